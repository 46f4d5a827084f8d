-- Sending a text for trial (S3.5, S3.6): by the channel that would send it, to another address, marked,
-- beside quotas, statistics, exclusivity and runs. By a gateway: test/t/032_send_test.pl. Everything
-- happens in one transaction that is rolled back.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 09:00+00';
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (711, 'trying');
SET campaign.workspace = 'trying';
INSERT INTO campaign.channel (workspace_id, id, name, transport, options) VALUES
    (711, 711, 'box', 'outbox', '{"classes": ["email", "linkedin"]}'), (711, 712, 'people', 'agent', '{"classes": ["person"]}');
INSERT INTO campaign.member (id, name) VALUES (711, 'Ann Smith');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (711, 711, 711, 'ann'), (712, 711, 712, 'ann');
-- none may be sent today
INSERT INTO campaign.quota (scope, period, max_actions) VALUES ('workspace', 'day', 0);
INSERT INTO campaign.prospect (id, external_id, email, linkedin_url, first_name) VALUES (7111, 'p1', 'carl@example.com', 'https://l.example/carl', 'Carl'), (7112, 'p2', NULL, NULL, NULL);
SELECT campaign.create_sequence('mails', '[{"email": {"subject": "Dear {{first_name}}", "body": "B"}}, {"delay": "1 day"}, {"message": {"body": "M"}}, {"task": {"title": "call"}}]') > 0 AS made;
SELECT campaign.create_campaign('Mails', 'mails', 711, '{711,712}', description => 'to be tried') AS mails \gset
SELECT count(*) FROM campaign.enroll(:mails, '{7111}');

-- in a draft, before anybody may be written to
SELECT item, ok, severity, detail, replace(remedy, :'mails', 'ID') AS remedy FROM campaign.preflight(:mails) WHERE item = 'tested';
CREATE TEMPORARY TABLE before AS SELECT (SELECT count(*) FROM campaign.event e WHERE e.workspace_id = 711) AS events, (SELECT count(*) FROM campaign.counter k WHERE k.workspace_id = 711) AS counters;
SELECT campaign.send_test(:mails, 'email', 7111, 'me@example.org') AS first \gset
SELECT campaign.send_test(:mails, 'message', 7111, 'https://l.example/me') > 0 AS asked;
SELECT step, kind, account, to_address, state, external_id, actor IS NOT NULL AS by_somebody FROM campaign.test_sends WHERE campaign_id = :mails ORDER BY test_id;
SELECT campaign.run_until('2026-01-05 09:10+00') > 0 AS moved;
SELECT step, state, finished_at, up_to_date FROM campaign.test_sends WHERE campaign_id = :mails ORDER BY test_id;
-- marked, to that address and no other
SELECT o.action_kind, (o.content - '{campaign,action_id,key}'::text[]) #- '{mail,message_id}' AS content, o.content ->> 'key' = o.key AS has_key FROM campaign.outbox o WHERE o.workspace_id = 711 ORDER BY o.action_id;
-- no run is moved, nothing counted, no quota asked
SELECT count(*) AS actions FROM campaign.action a WHERE a.workspace_id = 711;
SELECT count(*) AS used FROM campaign.usage u WHERE u.workspace_id = 711 AND u.used > 0;
SELECT b.events = (SELECT count(*) FROM campaign.event e WHERE e.workspace_id = 711) AND b.counters = (SELECT count(*) FROM campaign.counter k WHERE k.workspace_id = 711) AS nothing_counted FROM before b;
SELECT status, substatus, step FROM campaign.prospect_status WHERE campaign_id = :mails;
SELECT item, ok, severity, detail, remedy FROM campaign.preflight(:mails) WHERE item = 'tested';
-- another text was not tried
SELECT campaign.edit_step(:mails, 'email', '{"subject": "Dear {{first_name}}", "body": "C"}') IS NOT NULL AS edited;
SELECT ok, detail FROM campaign.preflight(:mails) WHERE item = 'tested';
SELECT step, up_to_date FROM campaign.test_sends WHERE campaign_id = :mails ORDER BY test_id;

-- what is refused
SELECT campaign.send_test(:mails, 'email', 7112, 'me@example.org');
SELECT campaign.send_test(:mails, 'email', 7111, ' ');
SELECT campaign.send_test(:mails, 'delay', 7111, 'me@example.org');
SELECT campaign.send_test(:mails, 'task', 7111, 'me@example.org');
SELECT campaign.suppress('domain', 'example.org', 'asked for it') IS NOT NULL AS stopped;
SELECT campaign.send_test(:mails, 'email', 7111, 'Me@Example.org');
ROLLBACK;
