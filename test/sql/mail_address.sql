-- S2.13: which address a mail goes to, and what becomes of those who have none (S2.12): the way that the sequence names, or an
-- end with its code.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna@sender.example') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email, professional_email) VALUES
    ('both', 'ada@home.example', 'ada@work.example'), ('found', NULL, 'bea@work.example'), ('known', 'carl@home.example', NULL),
    ('found none', 'dora@home.example', 'none'), ('none', NULL, NULL), ('no address', 'emil at home', NULL), ('lost', 'fred@home.example', NULL);
CREATE FUNCTION pg_temp.begin(name text, steps text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM campaign.create_sequence(name, steps::jsonb);
    made := campaign.create_campaign(name, name, (SELECT m.id FROM campaign.member m), ARRAY[campaign.account_id('anna@sender.example')], settings => '{"exclusivity": "none"}');
    PERFORM campaign.launch(made);
    PERFORM campaign.enroll(made, ARRAY(SELECT p.id FROM campaign.prospect p));
    RETURN made;
END
$$;
SELECT pg_temp.begin('branch', '[{"delay": "1 day"}, {"email": {"subject": "a", "body": "a"}, "on_precondition": [{"visit": {}}, {"end": "failure"}]}]') AS branch,
    pg_temp.begin('skip', '[{"delay": "1 day"}, {"email": {"subject": "a", "body": "a"}, "on_precondition": "skip"}, {"visit": {}}]') AS skip,
    pg_temp.begin('leave', '[{"delay": "1 day"}, {"email": {"subject": "a", "body": "a"}}]') AS leave,
    pg_temp.begin('ask', '[{"delay": "1 day"}, {"branch": [{"when": "has_email", "then": [{"email": {"subject": "a", "body": "a"}}]}, {"else": [{"visit": {}}]}]}]') AS ask \gset
-- what he has when the mail is to leave counts
SELECT campaign.run_until('2026-03-03 07:59:59+00') >= 0 AS moved;
UPDATE campaign.prospect SET email = NULL WHERE external_id = 'lost';
SELECT campaign.run_until('2026-03-04 00:00:00+00') > 0 AS moved;
SELECT c.name AS campaign, p.external_id AS prospect, e.end_kind, e.code,
    (SELECT string_agg(o.action_kind || COALESCE(' ' || (o.content #>> '{mail,to,address}'), ''), ', ' ORDER BY o.id) FROM campaign.outbox o
     JOIN campaign.action a ON a.id = o.action_id WHERE a.enrollment_id = e.id) AS sent
FROM campaign.enrollment e JOIN campaign.campaign c ON c.id = e.campaign_id JOIN campaign.prospect p ON p.id = e.prospect_id ORDER BY c.id, p.id;
ROLLBACK;
