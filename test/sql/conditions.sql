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

-- What is read before a walk: a wait goes on at the next look, and a path found too late does not count (S2.21).
SELECT pg_temp.campaign('Paid', '[
    {"wait": {"until": "$.prospect.paid == true", "within": "1 hour", "else": "failure"}}, {"end": "success"}]') AS paid \gset
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:paid);
SELECT x.reason, x.detail, x.next_change_at FROM campaign.explain(:paid, 8001) x;
-- nobody reports it: it is seen at the next look, every campaign.recheck
UPDATE campaign.prospect SET attributes = attributes || '{"paid": true}' WHERE id = 8001;
SELECT campaign.run_until('2026-03-02 09:04:59') > 0 AS moved;
SELECT * FROM pg_temp.runs(:paid);
SELECT campaign.run_until('2026-03-02 09:05:00') > 0 AS moved;
SELECT * FROM pg_temp.runs(:paid);
-- anything that is reported of the person has it looked at
SET LOCAL campaign.now = '2026-03-02 09:06:00+00';
UPDATE campaign.prospect SET attributes = attributes || '{"paid": true}' WHERE id = 8002;
SELECT campaign.record_event('opened', 8002);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:paid);
-- an hour is over when somebody looks again
SET LOCAL campaign.now = '2026-03-02 10:30:00+00';
UPDATE campaign.prospect SET attributes = attributes || '{"paid": true}' WHERE id = 8003;
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:paid);
ROLLBACK TO start;

-- S2.21, "not connected && 15 days": not before the time has passed, then as soon as it holds, then else.
SELECT pg_temp.campaign('After', '[
    {"wait": {"until": "not $.prospect.paid == true", "after": "15 days", "within": "20 days", "else": "failure"}}, {"end": "success"}]') AS after \gset
UPDATE campaign.prospect SET attributes = attributes || '{"paid": true}' WHERE id IN (8002, 8003);
SELECT campaign.run_until('2026-03-17 08:59:59') > 0 AS moved;
SELECT * FROM pg_temp.runs(:after);
SELECT campaign.run_until('2026-03-17 09:00:00') > 0 AS moved;
SELECT * FROM pg_temp.runs(:after);
SET LOCAL campaign.now = '2026-03-17 09:10:00+00';
UPDATE campaign.prospect SET attributes = attributes - 'paid' WHERE id = 8002;
SELECT campaign.tick() > 0 AS moved;
SET LOCAL campaign.now = '2026-03-23 09:00:00+00';
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:after);
ROLLBACK TO start;

-- What has just been reported is among the facts when the step after it asks (S2.25), however it is reported.
SELECT pg_temp.campaign('Clicked', '[
    {"wait": {"until": "clicked", "within": "1 day", "else": "end"}},
    {"branch": [{"when": "$.facts[*] == \"clicked\" && $.prospect.vip == true", "then": [{"end": "success"}]}, {"else": [{"end": "failure"}]}]}]') AS clicked \gset
SELECT pg_temp.campaign('Both', '[
    {"wait": {"until": "$.facts[*] == \"clicked\" && $.facts[*] == \"opened\"", "within": "1 day", "else": "failure"}}, {"end": "success"}]') AS both \gset
SELECT f.bit, f.kind FROM campaign.campaign_fact f WHERE f.campaign_id IN (:clicked, :both) ORDER BY f.campaign_id, f.bit;
SELECT campaign.tick() > 0 AS moved;
SET LOCAL campaign.now = '2026-03-02 09:01:00+00';
SELECT count(campaign.record_event('clicked', p)) FROM unnest('{8001,8002}'::bigint[]) p;
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:clicked);
SELECT * FROM pg_temp.runs(:both);
SELECT campaign.record_event('opened', 8001);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:both);
ROLLBACK TO start;

-- A scheduler that comes late: what was reported after the wait had ended does not count, with a path in the way.
SELECT pg_temp.campaign('Late', '[
    {"delay": "1 hour"}, {"branch": [{"when": "$.prospect.vip", "then": [{"delay": "1 hour"}]}, {"else": []}]},
    {"wait": {"until": "clicked", "within": "1 hour", "else": "failure"}}]') AS late \gset
SELECT campaign.tick() > 0 AS moved;
SET LOCAL campaign.now = '2026-03-02 15:00:00+00';
SELECT campaign.record_event('clicked', 8001, occurred_at => '2026-03-02 11:30:00+00');
SELECT campaign.record_event('clicked', 8002, occurred_at => '2026-03-02 11:30:00+00');
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:late);
ROLLBACK TO start;

-- By state of the relation: $.relation, and the names among the facts.
INSERT INTO campaign.relation (workspace_id, prospect_id, account_id, state, since)
    VALUES (campaign.current_workspace(), 8001, 801, 'connected', '2026-01-01'), (campaign.current_workspace(), 8002, 801, 'pending', '2026-01-01');
SELECT pg_temp.campaign('Relation', '[{"branch": [
    {"when": "$.relation == \"connected\" && $.facts[*] == \"connected\"", "then": [{"end": "success"}]},
    {"when": "$.relation == \"pending\" && !($.facts[*] == \"connected\")", "then": [{"end": "failure"}]},
    {"else": [{"end": "end"}]}]}]') AS relation \gset
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:relation);
ROLLBACK TO start;

-- The first step as entry condition (S2.27, D17): the run ends at once. The payload of the run is $.run.
SELECT campaign.create_sequence('Entry', '[{"only_if": "$.run.discount > 5 && $.prospect.age > 18"}, {"visit": {}}]') > 0 AS created;
SELECT campaign.create_campaign('Entry', 'Entry', 801, '{801}') AS entry \gset
SELECT campaign.launch(:entry);
SELECT e.prospect_id, e.result FROM campaign.enroll(:entry, '{8001,8002}', '{"discount": 10}') e ORDER BY 1;
SELECT e.prospect_id, e.result FROM campaign.enroll(:entry, '{8003}', '{"discount": 1}') e ORDER BY 1;
ROLLBACK TO start;

-- B2: an "if" is asked in the transaction that starts the action: a value that changed a second before is honoured.
SELECT pg_temp.campaign('Dunning', '[{"visit": {}, "if": "not $.prospect.paid == true"}, {"follow": {}, "if": "not replied"}]') AS dunning \gset
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = 801;
SELECT campaign.run_until('2026-03-02 12:00:00') > 0 AS queued;
UPDATE campaign.prospect SET attributes = attributes || '{"paid": true}' WHERE id = 8002;
UPDATE campaign.account SET session_state = 'connected' WHERE id = 801;
SELECT campaign.run_until('2026-03-02 13:00:00') > 0 AS sent;
SELECT p.external_id, a.action_kind, a.state, a.reason FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id
    WHERE a.campaign_id = :dunning ORDER BY a.prospect_id, a.step;
SELECT p.external_id, o.action_kind FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY 1, o.action_kind DESC;
ROLLBACK TO start;

-- A value of a strange type is no error, nor is a prospect who is gone meanwhile.
SELECT pg_temp.campaign('Strange', '[{"delay": "1 hour"}, {"only_if": "$.prospect.age.datetime() < $now.datetime() || $.prospect.tags.size() > 1 || ($.prospect.age / 0) > 1"}, {"visit": {}}]') AS strange \gset
SELECT campaign.tick() > 0 AS moved;
UPDATE campaign.prospect SET removed_at = campaign.clock() WHERE id = 8001;
SELECT campaign.run_until('2026-03-02 13:00:00') > 0 AS moved;
SELECT * FROM pg_temp.runs(:strange);
SELECT count(*) AS held FROM campaign.enrollment WHERE held IS NOT NULL;
ROLLBACK TO start;

-- Campaigns without paths make no document: theirs go on where the statement that makes them cannot run.
SELECT pg_temp.campaign('Plain', '[{"visit": {}, "if": "not replied"}, {"only_if": "has_email"}, {"delay": "1 hour"}, {"wait": {"until": "clicked", "within": "1 hour", "else": "failure"}}]',
    '{"goal": "connected", "exit_if": "suppressed", "hold_if": "bounced"}') AS plain \gset
SELECT pg_temp.campaign('Path', '[{"delay": "3 hours"}, {"only_if": "$.prospect.vip"}]') AS path \gset
SELECT campaign.tick() > 0 AS moved;
ALTER TABLE campaign.account RENAME COLUMN can_send_note TO renamed;
SELECT campaign.record_event('opened', 8001);
SELECT campaign.run_until('2026-03-02 11:59:59') > 0 AS moved;
SELECT * FROM pg_temp.runs(:plain);
-- a path is asked when its step is come to, and not before
SELECT * FROM pg_temp.runs(:path);
DO $$
BEGIN
    PERFORM campaign.run_until('2026-03-02 12:00:00');
    RAISE NOTICE 'no document was made';
EXCEPTION WHEN undefined_column THEN
    RAISE NOTICE '%', SQLERRM;
END
$$;
ROLLBACK TO start;

-- Limits, and the same path twice.
SELECT count(*) AS faults FROM campaign.validate_sequence((SELECT jsonb_agg(jsonb_build_object('only_if', '$.prospect.a' || n || ' == 1')) FROM generate_series(1, 48) n));
SELECT v.path, v.code, v.detail FROM campaign.validate_sequence((SELECT jsonb_agg(jsonb_build_object('only_if', '$.prospect.a' || n || ' == 1')) FROM generate_series(1, 49) n)) v;
SELECT count(*) AS faults FROM campaign.validate_sequence((SELECT jsonb_agg(jsonb_build_object('only_if', '$.prospect.a == 1')) FROM generate_series(1, 60) n));
-- Each named fact is accepted, with and without not; an opened message counts where it is named, and where it is not it sets nothing (B13).
SELECT f.fact, count(v.*) AS faults FROM unnest('{connected,pending,not_connected,has_email,suppressed,replied,email_found,clicked,bounced,complained,unsubscribed,invited,disconnected,opened}'::text[]) f (fact)
    LEFT JOIN LATERAL campaign.validate_sequence(jsonb_build_array(jsonb_build_object('only_if', f.fact), jsonb_build_object('only_if', 'not ' || f.fact))) v ON true
    GROUP BY 1 ORDER BY 1;
ROLLBACK;
