-- S2.24, S2.26: under a full quota the time between execution and queueing is the delay still, while
-- the execution comes later: the 201st invitation of a week waits as deferred for the next one.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
-- a Thursday; the week ends on Monday at 00:00 in the member's zone, which is an hour before UTC's
SET LOCAL campaign.now = '2026-03-05 10:00:00+00';

INSERT INTO campaign.member (name, time_zone) VALUES ('Anna', 'Europe/Paris') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
    VALUES (:member, 1, 'anna@linkedin', 'linkedin') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email)
    SELECT 'p' || n, 'p' || n || '@example.com' FROM generate_series(1, 203) n;
SELECT campaign.create_sequence('Invite and write', $$[
    {"visit": {}}, {"delay": "1 day"}, {"invite": {}}, {"delay": "2 hours"},
    {"email": {"subject": "Hello", "body": "Hello"}}, {"delay": "30 days"}
]$$) > 0 AS created;
SELECT campaign.create_campaign('Quota', 'Invite and write', :member, ARRAY[:account]::bigint[]) AS quota \gset
SELECT campaign.launch(:quota);
SELECT e.result, count(*) FROM campaign.enroll(:quota, ARRAY(SELECT id FROM campaign.prospect)) e GROUP BY 1;

-- the invitations become due on Friday: exactly 200 leave
SELECT campaign.run_until('2026-03-06 11:00+00') > 0 AS moved;
SELECT o.action_kind, count(*), min(o.at), max(o.at) FROM campaign.outbox o GROUP BY 1 ORDER BY 1;
SELECT s.status, s.substatus, count(*) FROM campaign.prospect_status s WHERE s.campaign_id = :quota GROUP BY 1, 2 ORDER BY 1, 2;
SELECT u.action_kind, u.window_start, u.window_end, u.used, u.max_actions, u.deferred FROM campaign.quota_usage u WHERE u.used > 0;
SELECT x.reason, x.next_change_at FROM campaign.explain(:quota,
    (SELECT s.prospect_id FROM campaign.prospect_status s WHERE s.status = 'deferred' LIMIT 1)) x;

-- emails of the same people are not deferred (S2.24): theirs goes on as soon as they were invited
SELECT campaign.run_until('2026-03-08 22:59+00') > 0 AS moved;
SELECT o.action_kind, count(*) FROM campaign.outbox o GROUP BY 1 ORDER BY 1;
-- Sunday 23:00 UTC is Monday 00:00 in Paris: the new week begins
SELECT campaign.run_until('2026-03-08 23:00+00') > 0 AS moved;
SELECT o.action_kind, count(*), max(o.at) FROM campaign.outbox o GROUP BY 1 ORDER BY 1;

-- S2.26: the delay lies between execution and queueing, to the microsecond, for those that waited too
SELECT i.executed_at > i.queued_at AS waited, i.queued_at - v.executed_at AS delay, count(*)
    FROM campaign.action v JOIN campaign.action i ON i.enrollment_id = v.enrollment_id AND i.action_kind = 'invite'
    WHERE v.action_kind = 'visit' GROUP BY 1, 2 ORDER BY 1;
-- what follows counts from when it was executed
SELECT campaign.run_until('2026-03-09 02:00+00') > 0 AS moved;
SELECT e.queued_at - i.executed_at AS delay, count(*)
    FROM campaign.action i JOIN campaign.action e ON e.enrollment_id = i.enrollment_id AND e.action_kind = 'email'
    WHERE i.action_kind = 'invite' GROUP BY 1;

-- a quota that is raised lets the rest go at once; one of its own stands before the provider's
SELECT count(*) AS stuck FROM campaign.stuck;
SELECT u.used, u.max_actions FROM campaign.quota_usage u WHERE u.action_kind = 'invite';
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'invite', 'week', 250);
SELECT u.used, u.max_actions FROM campaign.quota_usage u WHERE u.action_kind = 'invite';
-- B8: the log alone gives the present state, and a recount of it the counters
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
