-- Conditions that are SQL/JSON paths, wherever a condition may stand, and those of a whole campaign.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 09:00:00+00';

INSERT INTO campaign.member (id, name) VALUES (801, 'Anna Berg');
INSERT INTO campaign.account (id, member_id, channel_id, address, can_send_note) VALUES (801, 801, 1, 'anna@linkedin', false);
INSERT INTO campaign.prospect (id, external_id, email, country, attributes) VALUES
    (8001, 'fr', 'fr@example.com', 'FR', '{"age": 40, "vip": true, "tags": ["a", "b"], "status": "active"}'),
    (8002, 'at', 'at@example.com', 'AT', '{"age": 17, "vip": false, "status": "active"}'),
    (8003, 'no', NULL, NULL, '{"age": "unknown", "status": "active"}');
-- Where runs stand, and how they ended.
CREATE FUNCTION pg_temp.runs(campaign bigint) RETURNS TABLE (who text, step text, substatus text, ended text, due timestamptz)
    LANGUAGE sql AS $$
    SELECT s.external_id, s.step, CASE WHEN s.end_kind IS NULL THEN s.substatus END, s.end_kind || ' ' || s.code, s.due_at
    FROM campaign.prospect_status s WHERE s.campaign_id = $1 ORDER BY s.prospect_id, s.run
$$;
-- A campaign of these steps with everybody in it.
CREATE FUNCTION pg_temp.campaign(name text, definition jsonb, settings jsonb DEFAULT '{}', prospects bigint[] DEFAULT '{8001,8002,8003}')
    RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM campaign.create_sequence(name, definition);
    made := campaign.create_campaign(name, name, 801, '{801}', settings => settings || '{"exclusivity": "none"}');
    PERFORM campaign.launch(made);
    PERFORM campaign.enroll(made, prospects);
    RETURN made;
END
$$;

-- What the document has, told by what holds: an action of each that does.
SAVEPOINT start;
CREATE TEMPORARY TABLE asked (n serial, path text);
INSERT INTO asked (path) VALUES
    ('$.prospect.country == "FR"'), ('not $.prospect.country == "FR"'), ('$.prospect.age > 18'), ('$.prospect.vip'),
    ('not $.prospect.vip'), ('exists($.prospect.email)'), ('$.prospect.tags[*] == "b"'), ('$.prospect.age.double() > 18'),
    ('($.prospect.age > 18).type() == "boolean"'), ('$.relation == "none"'), ('$.facts[*] == "not_connected"'), ('$.facts[*] == "has_email"'),
    ('$.facts[*] == "clicked"'), ('$.sender.first_name == "Anna" && $.sender.can_send_note == false'), ('$.campaign.name starts with "Docu"'),
    ('$.enrollment.run == 1 && $.enrollment.step like_regex "^only"'), ('$.enrollment.started_at.datetime() <= $now.datetime()'),
    ('$now.datetime() > "2026-03-01".datetime()'), ('$now.datetime() > "2026-03-03".datetime()'),
    ('exists($.row)'), ('exists($.run.discount)'), ('strict $.prospect.nothing == 1'), ('(1 / $.prospect.age) > 0');
SELECT pg_temp.campaign('Document ' || a.n, jsonb_build_array(jsonb_build_object('visit', '{}'::jsonb), jsonb_build_object('only_if', a.path), '{"end": "success"}'::jsonb)) > 0 AS made FROM asked a;
SELECT campaign.tick() > 0 AS moved, campaign.tick() > 0 AS and_moved;
SELECT a.path, array_agg(s.external_id ORDER BY s.external_id) FILTER (WHERE s.end_kind = 'success') AS holds, count(s.end_kind) AS ended
    FROM asked a JOIN campaign.prospect_status s ON s.campaign = 'Document ' || a.n GROUP BY a.n, a.path ORDER BY a.n;
ROLLBACK TO start;
