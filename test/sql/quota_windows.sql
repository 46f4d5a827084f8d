-- Quotas in windows of their own: rolling ones, ramps, the nights on which clocks are changed, and clocks
-- that jump.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-05 10:00:00+00';
INSERT INTO campaign.member (name, time_zone) VALUES ('Anna', 'Europe/Paris') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, pace)
    SELECT :member, 1, a, CASE a WHEN 'jumpy paced' THEN interval '20 minutes' END
    FROM unnest('{rolling,switched,ramp,dated,night,hours,rolling night,jumpy,jumpy rolling,jumpy paced,jumpy weeks}'::text[]) a;
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 1000) n;
SELECT campaign.create_sequence('Visit', '[{"visit": {}}]') > 0 AS created;
CREATE TEMPORARY TABLE sending AS SELECT a.address, a.id AS account,
    campaign.create_campaign(a.address, 'Visit', :member, ARRAY[a.id], settings => '{"exclusivity": "none"}') AS campaign
    FROM campaign.account a;
SELECT count(campaign.launch(s.campaign)::text) AS launched FROM sending s;
-- enrols so many that are not in the campaign yet
CREATE FUNCTION pg_temp.visit(address text, n integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM sending s CROSS JOIN LATERAL campaign.enroll(s.campaign, ARRAY(
        SELECT p.id FROM campaign.prospect p WHERE p.id NOT IN (
            SELECT e.prospect_id FROM campaign.enrollment e WHERE e.campaign_id = s.campaign) ORDER BY p.id LIMIT $2)) e
    WHERE s.address = $1
$$;
CREATE FUNCTION pg_temp.sent(address text) RETURNS TABLE (at timestamptz, n bigint) LANGUAGE sql AS $$
    SELECT o.at, count(*) FROM campaign.outbox o JOIN campaign.account a ON a.id = o.account_id WHERE a.address = $1 GROUP BY 1 ORDER BY 1
$$;
-- the most that any window of this length holds
CREATE FUNCTION pg_temp.fullest(address text, length interval) RETURNS numeric LANGUAGE sql AS $$
    SELECT max(w.n) FROM (SELECT sum(s.n) OVER (ORDER BY s.at RANGE BETWEEN CURRENT ROW AND $2 - interval '1 microsecond' FOLLOWING) AS n
        FROM pg_temp.sent($1) s) w
$$;

-- D7: a rolling quota: never more than three in any 24 hours, and the next as soon as that allows
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions, mode)
    SELECT 'account', account, 'visit', 'day', 3, 'rolling' FROM sending WHERE address = 'rolling';
SELECT pg_temp.visit('rolling', 2) AS enrolled;
SELECT campaign.run_until('2026-03-05 22:30+00') > 0 AS moved;
SELECT u.used, u.max_actions, u.window_start, u.window_end, u.deferred FROM campaign.quota_usage u WHERE u.account = 'rolling' AND u.action_kind = 'visit';
-- shortly before midnight four more: a calendar day would let the rest go at midnight
SELECT pg_temp.visit('rolling', 4) AS enrolled;
SELECT campaign.run_until('2026-03-05 22:30+00') > 0 AS moved;
SELECT u.used, u.max_actions, u.window_start, u.window_end, u.deferred FROM campaign.quota_usage u WHERE u.account = 'rolling' AND u.action_kind = 'visit';
SELECT x.reason, x.detail, x.next_change_at FROM campaign.prospect_status s
    CROSS JOIN LATERAL campaign.explain(s.campaign_id, s.prospect_id) x WHERE s.status = 'deferred' AND x.reason = 'quota' LIMIT 1;
SELECT campaign.run_until('2026-03-08 22:30+00') > 0 AS moved;
SELECT * FROM pg_temp.sent('rolling');
SELECT pg_temp.fullest('rolling', '24 hours') AS fullest;

-- a quota that becomes a rolling one counts what its window has counted, as if it had been just now
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions)
    SELECT 'account', account, 'visit', 'day', 3 FROM sending WHERE address = 'switched';
SELECT pg_temp.visit('switched', 8) AS enrolled;
SELECT campaign.run_until('2026-03-08 22:40+00') > 0 AS moved;
UPDATE campaign.quota q SET mode = 'rolling' FROM sending s WHERE s.address = 'switched' AND q.account_id = s.account;
SELECT campaign.run_until('2026-03-08 22:50+00') >= 0 AS moved;
SELECT u.used, u.window_end, u.deferred FROM campaign.quota_usage u WHERE u.account = 'switched' AND u.action_kind = 'visit';
SELECT campaign.run_until('2026-03-10 12:00+00') > 0 AS moved;
SELECT * FROM pg_temp.sent('switched');
-- and back: the day knows what was sent in it
UPDATE campaign.quota q SET mode = 'calendar' FROM sending s WHERE s.address = 'switched' AND q.account_id = s.account;
SELECT u.used, u.window_start, u.window_end FROM campaign.quota_usage u WHERE u.account = 'switched' AND u.action_kind = 'visit';

-- ramps: 2 a day from the first use, 4 from the third day on, and never more than max_actions
\set VERBOSITY terse
SAVEPOINT wrong;
INSERT INTO campaign.quota (scope, account_id, period, max_actions, ramp) SELECT 'account', account, 'day', 3, '[{"after": "soon", "max": 1}]' FROM sending LIMIT 1;
ROLLBACK TO wrong;
SELECT v.ramp, campaign.is_ramp(v.ramp::jsonb) FROM (VALUES ('[]'), ('{}'), ('[{"after": "1 day"}]'), ('[{"after": "1 day", "max": -1}]'),
    ('[{"after": "-1 day", "max": 1}]'), ('{"from": "tomorrow", "steps": [{"after": "0", "max": 1}]}'), ('{"from": "2026-02-31", "steps": [{"after": "0", "max": 1}]}'),
    ('{"steps": [{"after": "0 days", "max": 1}]}'), ('{"from": "2026-03-02", "steps": [{"after": "0 days", "max": 1}]}')) v(ramp);
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions, ramp)
    SELECT 'account', account, 'visit', 'day', 5, '[{"after": "0 days", "max": 2}, {"after": "2 days", "max": 4}, {"after": "3 days", "max": 100}]'
    FROM sending WHERE address = 'ramp';
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions, ramp)
    SELECT 'account', account, 'visit', 'day', 5, '{"from": "2026-03-12", "steps": [{"after": "0 days", "max": 1}, {"after": "1 day", "max": 3}]}'
    FROM sending WHERE address = 'dated';
SELECT pg_temp.visit('ramp', 20) + pg_temp.visit('dated', 10) AS enrolled;
SELECT u.account, u.max_actions FROM campaign.quota_usage u WHERE u.account IN ('ramp', 'dated') AND u.action_kind = 'visit' ORDER BY 1;
SELECT campaign.run_until('2026-03-14 12:00+00') > 0 AS moved;
SELECT * FROM pg_temp.sent('ramp');
SELECT * FROM pg_temp.sent('dated');
SELECT u.account, u.max_actions FROM campaign.quota_usage u WHERE u.account IN ('ramp', 'dated') AND u.action_kind = 'visit' ORDER BY 1;

-- the nights on which clocks are changed: days of 23 and of 25 hours, each with its 3; and 1 an hour, in
-- windows that follow each other
SET LOCAL campaign.now = '2026-03-28 12:00:00+00';
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions)
    SELECT 'account', account, 'visit', 'day', 3 FROM sending WHERE address = 'night' UNION ALL
    SELECT 'account', account, 'visit', 'hour', 1 FROM sending WHERE address = 'hours';
-- 24 hours are 24 hours, whatever the clocks on the wall say
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions, mode)
    SELECT 'account', account, 'visit', 'day', 3, 'rolling' FROM sending WHERE address = 'rolling night';
SELECT pg_temp.visit('rolling night', 9) AS enrolled;
SELECT pg_temp.visit('night', 12) AS enrolled;
SELECT campaign.run_until('2026-03-28 23:30+00') > 0 AS moved;
SELECT pg_temp.visit('hours', 5) AS enrolled;
SELECT campaign.run_until('2026-03-30 12:00+00') > 0 AS moved;
SELECT s.at, s.at AT TIME ZONE 'Europe/Paris' AS local, s.n FROM pg_temp.sent('night') s;
SELECT s.at, s.at AT TIME ZONE 'Europe/Paris' AS local, s.n FROM pg_temp.sent('hours') s;
SET LOCAL campaign.now = '2026-10-24 12:00:00+00';
SELECT pg_temp.visit('night', 12) + pg_temp.visit('rolling night', 9) AS enrolled;
SELECT campaign.run_until('2026-10-24 23:30+00') > 0 AS moved;
SELECT pg_temp.visit('hours', 5) AS enrolled;
SELECT campaign.run_until('2026-10-26 12:00+00') > 0 AS moved;
SELECT s.at, s.at AT TIME ZONE 'Europe/Paris' AS local, s.n FROM pg_temp.sent('night') s WHERE s.at > '2026-10-01';
SELECT s.at, s.at AT TIME ZONE 'Europe/Paris' AS local, s.n FROM pg_temp.sent('hours') s WHERE s.at > '2026-10-01';

SELECT s.at, s.at AT TIME ZONE 'Europe/Paris' AS local, s.n FROM pg_temp.sent('rolling night') s;
SELECT pg_temp.fullest('rolling night', '24 hours') AS fullest;

-- a clock that jumps by an hour and by a day, both ways: no window is used twice
SET LOCAL campaign.now = '2026-11-03 10:30:00+00';
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions, mode)
    SELECT 'account', s.account, 'visit', v.period, v.max, CASE s.address WHEN 'jumpy' THEN 'calendar' ELSE 'rolling' END
    FROM sending s, (VALUES ('hour', 2), ('day', 3)) v(period, max) WHERE s.address IN ('jumpy', 'jumpy rolling');
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions)
    SELECT 'account', s.account, 'visit', 'week', 4 FROM sending s WHERE s.address = 'jumpy weeks';
SELECT sum(pg_temp.visit(s.address, 50)) AS enrolled FROM sending s WHERE s.address LIKE 'jumpy%';
DO $$
DECLARE
    at timestamptz;
BEGIN
    FOREACH at IN ARRAY '{2026-11-03 10:30+00,2026-11-03 11:30+00,2026-11-03 10:30+00,2026-11-03 11:31+00,2026-11-04 11:30+00,
        2026-11-03 11:30+00,2026-11-03 12:30+00,2026-11-03 13:30+00,2026-11-04 10:30+00,2026-11-04 12:30+00,2026-11-05 12:00+00}'::timestamptz[] LOOP
        PERFORM set_config('campaign.now', at::text, true);
        -- whatever a lane has gone to sleep for, it is looked at at this time of the clock
        UPDATE campaign.lane SET ready_at = at WHERE ready_at IS NOT NULL;
        WHILE campaign.tick() > 0 LOOP END LOOP;
    END LOOP;
END
$$;
SELECT * FROM pg_temp.sent('jumpy');
SELECT * FROM pg_temp.sent('jumpy rolling');
SELECT max(d.n) AS a_day FROM (SELECT sum(s.n) AS n FROM pg_temp.sent('jumpy') s GROUP BY (s.at AT TIME ZONE 'Europe/Paris')::date) d;
SELECT pg_temp.fullest('jumpy rolling', '1 hour') AS hour, pg_temp.fullest('jumpy rolling', '24 hours') AS day;
-- nor is a pace outrun by a clock that goes back over it, and a week that was left and come back to is the same week
SELECT count(*) > 4 AS sent, min(g.gap) >= '20 minutes' AS apart FROM (SELECT s.at - lag(s.at) OVER (ORDER BY s.at) AS gap FROM pg_temp.sent('jumpy paced') s) g;
SELECT sum(s.n) AS in_one_week FROM pg_temp.sent('jumpy weeks') s;
ROLLBACK;
