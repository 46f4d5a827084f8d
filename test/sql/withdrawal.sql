-- S2.28, S2.30: a reply, an opt-out, a bounce take a queued action out of the queue, for good, and the
-- stop list does so at the moment of sending; nothing that was withdrawn is ever sent.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna@example.com') RETURNING id AS account \gset
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'email', 'day', 1);
INSERT INTO campaign.prospect (external_id, email)
    SELECT n, n || '@example.com' FROM unnest('{sent,replies,opts_out,bounces,suppressed,removed,changes,waits}'::text[]) n;
SELECT campaign.create_sequence('Mail', '[{"email": {"subject": "a", "body": "b"}}, {"delay": "30 days"}]') > 0 AS created;
SELECT campaign.create_campaign('Mail', 'Mail', :member, ARRAY[:account]::bigint[]) AS mail \gset
SELECT campaign.launch(:mail);
SELECT count(*) FROM campaign.enroll(:mail, ARRAY[campaign.prospect_id('sent')]);
SELECT campaign.tick() > 0 AS moved;
SELECT count(*) FROM campaign.enroll(:mail, ARRAY(SELECT id FROM campaign.prospect WHERE external_id <> 'sent'));
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SELECT q.state, count(*) FROM campaign.queue q WHERE q.campaign_id = :mail GROUP BY 1;

-- while they wait for tomorrow's quota
SELECT campaign.record_event('replied', external_id => 'replies');
SELECT campaign.record_event('unsubscribed', external_id => 'opts_out');
SELECT campaign.record_event('bounced', external_id => 'bounces');
SELECT campaign.suppress('email', 'Suppressed@example.com', 'asked by phone') > 0 AS suppressed;
UPDATE campaign.prospect SET removed_at = campaign.clock() WHERE external_id = 'removed';
-- another address makes another person of him; what is reported still finds his run
UPDATE campaign.prospect SET email = 'new@example.com' WHERE external_id = 'changes';
SELECT campaign.record_event('replied', external_id => 'changes');
SELECT campaign.tick() > 0 AS moved;
SELECT s.external_id, s.status, s.end_kind, s.code, a.state, a.reason
    FROM campaign.prospect_status s JOIN campaign.action a ON a.enrollment_id = s.enrollment_id
    WHERE s.campaign_id = :mail ORDER BY s.prospect_id;
-- the stop list and the removal are seen when it would be sent, and cost no quota
SELECT campaign.run_until('2026-03-03 12:00+00') > 0 AS moved;
SELECT s.external_id, s.status, s.end_kind, s.code, a.state, a.reason
    FROM campaign.prospect_status s JOIN campaign.action a ON a.enrollment_id = s.enrollment_id
    WHERE s.external_id IN ('suppressed', 'removed', 'waits') ORDER BY s.prospect_id;
SELECT p.external_id, o.at FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY o.at;
SELECT campaign.run_until('2026-03-20 12:00+00') > 0 AS moved;
SELECT count(*) AS sent FROM campaign.outbox;
-- who opted out is on the stop list, and nobody enrolls him again
SELECT x.kind, x.value, x.reason FROM campaign.suppression x ORDER BY x.kind, x.value;
SELECT e.result FROM campaign.enroll(:mail, ARRAY[campaign.prospect_id('opts_out')]) e;
SELECT count(*) AS stuck FROM campaign.stuck;
-- B8: the log alone gives the present state, and a recount of it the counters
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
