-- What dry_run() says, and what CALL run_to(), which commits each round, and tick() then do: branches, people who
-- reply as it is written in a script, and stages behind the gate of opting in (B3, S3.5, S5.6). In a database of its own.
\set SHOW_CONTEXT never
\pset format unaligned
SET client_min_messages = error;
CREATE DATABASE rehearsed;
\c rehearsed
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
CREATE EXTENSION campaign;
SELECT campaign.virtual_time(true) \gset
SET campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.member (id, name) VALUES (901, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (901, 901, 1, 'ann');
INSERT INTO campaign.prospect (id, external_id, email, first_name, opted_in, attributes)
SELECT 9000 + i, 'p' || i, 'p' || i || '@example.com', 'F' || i, i <> 3, jsonb_build_object('tier', i % 3) FROM generate_series(1, 9) i;
SELECT campaign.create_sequence('ways', '[{"visit": {}}, {"branch": [
        {"when": "$.prospect.tier == 0", "then": [{"delay": "2 days"}, {"email": {"subject": "Zero", "body": "Dear {{first_name}}"}}]},
        {"when": "$.prospect.tier == 1", "then": [{"email": {"subject": "One", "body": "B"}}, {"wait": {"until": "clicked", "within": "4 days", "else": "failure"}}]},
        {"else": [{"invite": {}}, {"wait": {"until": "connected", "within": "3 days", "else": "failure"}}]}]},
    {"delay": "1 day"}, {"message": {"body": "At last, {{first_name}}"}, "if": "connected"}, {"email": {"subject": "After", "body": "B"}}]') > 0 AS made;
SELECT campaign.create_campaign('Ways', 'ways', 901, '{901}', description => 'to be rehearsed', settings => '{"exclusivity": "none"}') AS ways \gset
SELECT count(*) FROM campaign.enroll(:ways, ARRAY(SELECT id FROM campaign.prospect ORDER BY id));
-- held before a stage that is not for him, and nothing is sent behind it
SELECT campaign.create_sequence('gate', '[{"visit": {}}, {"stage": {"title": "Asked", "on_event": "applied"}, "name": "asked"}, {"delay": "1 hour"}, {"follow": {}},
    {"stage": {"title": "In", "phase": "participants", "on_event": "confirmed"}, "name": "in"}, {"email": {"subject": "In", "body": "B"}}]') > 0 AS made;
SELECT campaign.create_campaign('Gate', 'gate', 901, '{901}', description => 'to be rehearsed', settings => '{"exclusivity": "none"}') AS gate \gset
SELECT result, count(*) FROM campaign.enroll(:gate, '{9002,9003}') GROUP BY 1;

CREATE TABLE said (name text, at timestamptz, prospect_id bigint, step text, action text, content jsonb);
CREATE TABLE script (at timestamptz, prospect_id bigint, kind text);
INSERT INTO script VALUES ('2026-01-06 12:00', 9001, 'replied'), ('2026-01-06 12:00', 9004, 'clicked'), ('2026-01-07 09:00', 9002, 'connected'), ('2026-01-08 18:00', 9005, 'connected'),
    ('2026-01-09 15:30', 9006, 'unsubscribed'), ('2026-01-05 11:00', 9008, 'connected'), ('2026-01-09 20:00', 9004, 'replied'),
    ('2026-01-07 09:30', 9002, 'applied'), ('2026-01-07 09:30', 9003, 'applied'), ('2026-01-07 12:00', 9002, 'confirmed'), ('2026-01-07 12:00', 9003, 'confirmed');
SELECT jsonb_build_object('script', jsonb_agg(jsonb_build_object('prospect', prospect_id, 'kind', kind, 'at', at) ORDER BY at)) AS answers FROM script \gset
\pset tuples_only on
BEGIN READ ONLY;
SELECT at, external_id, step, action, content #>> '{content,subject}' AS subject FROM campaign.dry_run(:ways, NULL, '20 days', :'answers') JOIN campaign.prospect p ON p.id = prospect_id ORDER BY at, prospect_id, action;
SELECT at, prospect_id, step, action, content -> 'held' FROM campaign.dry_run(:gate, NULL, '20 days', :'answers') ORDER BY at, prospect_id, action;
COMMIT;
INSERT INTO said SELECT 'Ways', d.* FROM campaign.dry_run(:ways, NULL, '20 days', :'answers') d;
INSERT INTO said SELECT 'Gate', d.* FROM campaign.dry_run(:gate, NULL, '20 days', :'answers') d;
SELECT campaign.launch(:ways), campaign.launch(:gate);

-- in earnest: up to each instant at which somebody does something by run_to(), and a tick() there
SELECT format('CALL campaign.run_to(%L)', GREATEST(at - interval '1 microsecond', lag(at) OVER w)), format('SET campaign.now = %L', at),
    format('SELECT campaign.record_event(%L, %s)', kind, prospect_id), 'SELECT campaign.tick() > 0'
FROM script WINDOW w AS (ORDER BY at, prospect_id) ORDER BY at, prospect_id \gexec
CALL campaign.run_to('2026-01-25 09:00+00');
CREATE VIEW done AS SELECT c.name, a.executed_at AS at, a.prospect_id, s.name AS step, a.action_kind AS action, a.content - '{action_id,key}'::text[] AS content
FROM campaign.action a JOIN campaign.campaign c ON c.id = a.campaign_id JOIN campaign.step s ON s.campaign_id = a.campaign_id AND s.position = a.step
WHERE a.executed_at IS NOT NULL;
-- ids of mails are made of keys
UPDATE said SET content = content #- '{mail,message_id}' #- '{mail,in_reply_to}' #- '{mail,references}';
CREATE VIEW compared AS SELECT name, at, prospect_id, step, action, content #- '{mail,message_id}' #- '{mail,in_reply_to}' #- '{mail,references}' AS content FROM done;
SELECT (SELECT count(*) FROM compared) AS done, (SELECT count(*) FROM (TABLE compared EXCEPT ALL SELECT * FROM said) x) AS only_done,
    (SELECT count(*) FROM (SELECT * FROM said WHERE content -> 'held' IS NULL EXCEPT ALL TABLE compared) x) AS only_said;
-- he who has not opted in is held in both
SELECT prospect_id, step, content FROM said WHERE content ? 'held';
SELECT prospect_id, held, step FROM campaign.prospect_status WHERE campaign_id = :gate AND held IS NOT NULL;
SELECT count(*) FROM campaign.stuck;
\c postgres
DROP DATABASE rehearsed;
