-- The example of README.md, which the guard test/check/reference holds against this test and its output.
-- It has a database of its own, since it commits; there output is as outside of the tests.
\setenv PGDATESTYLE ISO
-- README
CREATE DATABASE playground;
\c playground
CREATE EXTENSION campaign;
SELECT campaign.virtual_time(true) \gset
SET TIME ZONE 'UTC'; SET campaign.now = '2026-03-02 08:00';

INSERT INTO campaign.member (name) VALUES ('Mia Roth') RETURNING id AS mia \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:mia, 1, 'mia.roth') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, first_name, company) VALUES ('ada', 'Ada', 'Engines Ltd'), ('ben', 'Ben', NULL);
SELECT campaign.create_sequence('intro', '[
    {"visit": {}}, {"delay": "2 days"},
    {"invite": {"note": "Hello {{first_name}}, greetings to {{company|your team}}"}},
    {"wait": {"until": "connected", "within": "15 days", "else": "failure"}},
    {"message": {"body": "Thank you, {{first_name}}. {{sender.first_name}}"}},
    {"wait": {"until": "replied", "within": "7 days", "else": "failure"}}]') AS id \gset
SELECT campaign.create_campaign('Spring', 'intro', :mia, ARRAY[:account]) AS spring \gset
SELECT campaign.launch(:spring) \gset
SELECT prospect_id, result FROM campaign.enroll(:spring, ARRAY(SELECT id FROM campaign.prospect));

CALL campaign.run_to('2026-03-05 10:00');
SELECT campaign.record_event('connected', external_id => 'ada') AS recorded \gset
CALL campaign.run_to('2026-03-06 10:00');
SELECT reason, detail, next_change_at FROM campaign.explain(:spring, campaign.prospect_id('ben'));

SELECT campaign.record_event('replied', external_id => 'ada') AS recorded \gset
CALL campaign.run_to('2026-04-01');
SELECT state, enrolled, active, success, failure, sent, accepted, ratio FROM campaign.overview;

SELECT at, action_kind, content -> 'content' AS content FROM campaign.outbox WHERE action_kind <> 'visit' ORDER BY id;
-- end of README
\c postgres
DROP DATABASE playground;
