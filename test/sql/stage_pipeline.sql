-- A pipeline in which stages and automatic steps take turns: mails, a delay, a wait, a branch, what is set, and stages
-- that are left by hand, by an event, by what is delivered and by what is paid. What dry_run() says of it is
-- what then happens, and the log alone leads to the rows all the way (B3, B8).
\set ECHO none
BEGIN;
\i test/sql/include/replay.sql
\set ECHO all
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL jit = off;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna');
INSERT INTO campaign.prospect (external_id, email, first_name, attributes)
    SELECT 'p' || n, 'p' || n || '@x.org', 'F' || n, jsonb_build_object('followers', n * 500) FROM generate_series(1, 4) n;
CREATE FUNCTION pg_temp.p(VARIADIC n integer[]) RETURNS bigint[] LANGUAGE sql AS 'SELECT array_agg(campaign.prospect_id(''p'' || u) ORDER BY u) FROM unnest($1) u';
CREATE VIEW pg_temp.faults AS SELECT row_to_json(x)::text AS fault FROM replay.differences() x UNION ALL SELECT row_to_json(x)::text FROM replay.miscounts() x
    UNION ALL SELECT row_to_json(x)::text FROM campaign.stuck x;
INSERT INTO campaign.message_template (name, subject, body) VALUES ('Nudge', 'Still there, {{first_name}}?', 'Please apply');
SELECT campaign.create_sequence('Pipeline', '[
    {"stage": {"title": "Listed"}, "name": "listed"},
    {"email": {"subject": "Hello {{first_name}}", "body": "Would you like to?"}, "name": "invitation"},
    {"delay": "1 day", "name": "a_day"},
    {"stage": {"title": "Invited", "on_event": "applied", "messages": [{"template": "Nudge", "delivery": "on_entry"}]}, "name": "invited"},
    {"set": {"tier": "new"}},
    {"branch": [{"when": "$.prospect.followers >= 1500", "then": [{"stage": {"title": "Interview"}, "name": "interview"}]}, {"else": []}], "name": "famous"},
    {"stage": {"title": "Working", "phase": "participants", "promoted_by": "deliverables"}, "name": "working"},
    {"wait": {"until": "clicked", "within": "3 days", "else": "continue"}, "name": "published"},
    {"stage": {"title": "Paying", "phase": "complete", "promoted_by": "post_incentives"}, "name": "paying"},
    {"email": {"subject": "Thanks {{first_name}}", "body": "You were {{tier|with us}}"}, "name": "thanks"},
    {"stage": {"title": "Done", "phase": "complete", "promoted_by": null}, "name": "done"}]') > 0 AS made;
SELECT campaign.create_campaign('Pipeline', 'Pipeline', :member, ARRAY[campaign.account_id('anna')]) AS c \gset
INSERT INTO campaign.deliverable (campaign_id, name) VALUES (:c, 'Reel');
INSERT INTO campaign.incentive (campaign_id, name, amount) VALUES (:c, 'Fee', 100);
SELECT campaign.launch(:c);
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(1, 2, 3, 4));
CREATE VIEW pg_temp.at AS SELECT external_id, status, substatus, step, due_at, code FROM campaign.prospect_status ORDER BY 1;
CREATE VIEW pg_temp.sent AS SELECT o.at, p.external_id, o.content #>> '{content,subject}' AS subject FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY o.at, p.external_id, o.id;

-- at a stage nothing happens by itself, and nothing is said beforehand
SELECT count(*) FROM campaign.dry_run(:c);
SELECT campaign.run_until('2026-03-03 08:00+00') > 0 AS lived;
SELECT count(*) FROM pg_temp.sent;
-- a mail follows: promoted, they stand before it, and the scheduler queues it
SELECT campaign.promote(:c, pg_temp.p(1, 2, 3, 4)) AS promoted;
SELECT * FROM pg_temp.at;
SELECT * FROM pg_temp.faults;
-- what is said of the days to come, if three of them apply: a mail now, and no other before people have done their part
SELECT d.at, p.external_id, d.step FROM campaign.dry_run(:c, answers => jsonb_build_object('script', (SELECT jsonb_agg(jsonb_build_object(
    'prospect', u, 'kind', 'applied', 'after', '2 days', 'step', 'invitation')) FROM unnest(pg_temp.p(1, 2, 3)) u))) d
    JOIN campaign.prospect p ON p.id = d.prospect_id ORDER BY 1, 2;
SELECT campaign.run_until('2026-03-03 09:00+00') > 0 AS lived;
SELECT * FROM pg_temp.sent;
SELECT * FROM pg_temp.at;
-- an event that comes during the delay has the stage passed over; nobody is promoted out of an automatic step
SELECT campaign.promote(:c, pg_temp.p(4)) AS promoted;
SELECT campaign.record_event('applied', external_id => 'p1');
SELECT campaign.run_until('2026-03-04 09:00+00') > 0 AS lived;
SELECT * FROM pg_temp.at;
SELECT * FROM pg_temp.sent WHERE at > '2026-03-04';
SELECT campaign.record_event('applied', external_id => 'p2') AND campaign.record_event('applied', external_id => 'p3') AS applied;
SELECT campaign.tick() > 0 AS ticked;
-- the one with more followers is interviewed, by a stage that is in an arm of the branch
SELECT external_id, step, (SELECT attributes ->> 'tier' FROM campaign.prospect p WHERE p.external_id = a.external_id) AS tier FROM pg_temp.at a;
SELECT * FROM pg_temp.faults;
SELECT campaign.promote(:c, pg_temp.p(3)) AS promoted;
SELECT external_id, step FROM pg_temp.at;

-- S5.8: the last that is delivered leads on in its own transaction, to whatever comes next: here a wait
SELECT campaign.bind_content(:c, u, 'https://x.org/' || u, campaign.deliverable_id(:c, 'Reel')) > 0 AS bound FROM unnest(pg_temp.p(1, 2, 3)) u;
SELECT external_id, substatus, step, due_at FROM pg_temp.at;
SELECT campaign.record_event('clicked', external_id => 'p1');
-- a pause of the campaign, and of one of them; timers run on (D8)
SELECT campaign.pause_prospects(:c, pg_temp.p(2)) AS paused;
SELECT campaign.pause(:c);
SELECT campaign.run_until('2026-03-08 09:00+00') >= 0 AS lived;
SELECT campaign.fulfil_incentive(:c, pg_temp.p(1, 2, 3), campaign.incentive_id(:c, 'Fee')) AS paid;
SELECT external_id, substatus, step FROM pg_temp.at;
SELECT * FROM pg_temp.faults;
-- paid already when they come to the stage that waits for it: they go on at once, to the mail and the end
SELECT campaign.resume(:c);
SELECT campaign.run_until('2026-03-08 10:00+00') > 0 AS lived;
SELECT campaign.resume_prospects(:c, pg_temp.p(2)) AS resumed;
SELECT campaign.run_until('2026-03-08 11:00+00') > 0 AS lived;
SELECT * FROM pg_temp.at;
SELECT * FROM pg_temp.sent WHERE at > '2026-03-05';
SELECT * FROM pg_temp.faults;
-- dropped in an automatic step, its action is taken back; and back to a stage beyond it
SELECT campaign.drop_out(:c, pg_temp.p(4)) AS dropped;
UPDATE campaign.account SET session_state = 'disconnected';
SELECT campaign.promote(:c, pg_temp.p(4), 'listed') AS back, campaign.promote(:c, pg_temp.p(4)) AS promoted;
SELECT campaign.tick() > 0 AS ticked;
SELECT substatus, step FROM pg_temp.at WHERE external_id = 'p4' AND status = 'in_progress';
SELECT campaign.drop_out(:c, pg_temp.p(4), 'on second thought') AS dropped;
SELECT state, reason, count(*) FROM campaign.action WHERE state <> 'complete' GROUP BY 1, 2;
SELECT campaign.promote(:c, pg_temp.p(4), 'paying') AS back;
SELECT campaign.fulfil_incentive(:c, pg_temp.p(4), campaign.incentive_id(:c, 'Fee')) AS paid;
SELECT substatus, step FROM pg_temp.at WHERE external_id = 'p4' AND status = 'in_progress';
UPDATE campaign.account SET session_state = 'connected';
SELECT campaign.run_until('2026-03-08 12:00+00') > 0 AS lived;
SELECT stage, members, ever FROM campaign.stage_members WHERE campaign_id = :c ORDER BY position;
SELECT step, kind, entered, now_here, executed FROM campaign.step_funnel WHERE campaign_id = :c ORDER BY position;
SELECT * FROM pg_temp.faults;
ROLLBACK;
