-- resume(..., 'skip_overdue') (D8): timers have run on, and what would have been sent in the pause is
-- skipped, each action at its own time; the other two ways are in lifecycle.
\set SHOW_CONTEXT never
\pset format unaligned
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna@example.com') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT unnest('{alone,in_delay,in_queue,later,newcomer,under_way}'::text[]);
CREATE FUNCTION pg_temp.of(VARIADIC names text[]) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(p.id ORDER BY p.id) FROM campaign.prospect p WHERE p.external_id = ANY (names)
$$;
CREATE VIEW pg_temp.stand AS SELECT external_id, status, substatus, step, due_at, end_kind, code FROM campaign.prospect_status;
CREATE VIEW pg_temp.done AS SELECT p.external_id, s.name AS step, a.state, a.reason, a.executed_at
    FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id
    JOIN campaign.step s ON s.campaign_id = a.campaign_id AND s.position = a.step;
SELECT campaign.create_sequence('walk', '[{"visit": {}, "name": "first"}, {"delay": "5 days"}, {"follow": {}, "name": "second"}, {"delay": "5 days"},
    {"follow": {}, "name": "third"}, {"branch": [{"when": "has_email", "then": []}, {"else": [{"follow": {}, "name": "fourth"}]}]},
    {"wait": {"until": "clicked", "within": "10 days", "else": "failure"}}]') > 0 AS made;
SELECT campaign.create_campaign('Walk', 'walk', :member, ARRAY[:account]::bigint[]) AS walk \gset
SELECT campaign.launch(:walk);
SELECT count(*) AS enrolled FROM campaign.enroll(:walk, pg_temp.of('in_delay', 'alone'));
SELECT campaign.run_until('2026-01-08 09:00+00') > 0 AS moved;
SELECT count(*) AS enrolled FROM campaign.enroll(:walk, pg_temp.of('later'));
SELECT campaign.run_until('2026-01-08 10:00+00') > 0 AS moved;
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'visit', 'month', 0) RETURNING id AS quota \gset
SELECT count(*) AS enrolled FROM campaign.enroll(:walk, pg_temp.of('in_queue'));
SELECT campaign.run_until('2026-01-08 11:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand ORDER BY 1;
-- from the 9th to the 12th
SET LOCAL campaign.now = '2026-01-09 09:00+00';
SELECT campaign.pause_prospects(:walk, pg_temp.of('alone')) AS paused;
SELECT campaign.pause(:walk);
SELECT result FROM campaign.enroll(:walk, pg_temp.of('newcomer'));
DELETE FROM campaign.quota WHERE id = :quota;
SELECT campaign.run_until('2026-01-12 09:00+00') >= 0 AS lived;
SAVEPOINT paused;
SELECT campaign.resume(:walk, on_resume => 'skip_overdue');
SELECT campaign.run_until('2026-01-12 09:00+00') > 0 AS moved;
-- in_queue lost its visit as of the pause, in_delay its second step as of the 10th; later is not touched,
-- newcomer begins, and who is paused by himself stays so
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT * FROM pg_temp.done ORDER BY 1, 2;
SELECT e.kind, e.detail, count(*) FROM campaign.event e WHERE e.kind IN ('action_skipped', 'resumed') GROUP BY 1, 2 ORDER BY 1;
SELECT count(*) AS stuck FROM campaign.stuck;
-- he loses what lay in the campaign's pause, and what was due before it
SELECT campaign.resume_prospects(:walk, pg_temp.of('alone')) AS resumed;
SELECT campaign.run_until('2026-01-20 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT * FROM pg_temp.done WHERE external_id <> 'newcomer' ORDER BY 1, 2;
ROLLBACK TO paused;

-- a pause over several steps: all of them are skipped, a walk on from what follows too
SELECT campaign.run_until('2026-01-30 09:00+00') >= 0 AS lived;
SELECT campaign.resume(:walk, 'skip_overdue');
SELECT campaign.run_until('2026-01-30 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT * FROM pg_temp.done WHERE external_id IN ('in_queue', 'later') ORDER BY 1, 2;
-- a later pause that ends otherwise skips nothing
SELECT campaign.pause(:walk);
SELECT campaign.run_until('2026-02-06 09:00+00') >= 0 AS lived;
SELECT campaign.resume(:walk);
SELECT campaign.run_until('2026-02-06 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.done WHERE external_id = 'newcomer' ORDER BY 2;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK TO paused;

-- what came of an action that was under way is followed by nothing that lay in the pause
SELECT campaign.resume(:walk);
SELECT result FROM campaign.enroll(:walk, pg_temp.of('under_way'));
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'visit', 'month', 0);
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.run_until('2026-01-13 09:00+00') >= 0 AS lived;
UPDATE campaign.action a SET state = 'processing', attempt = 1, started_at = campaign.clock(), begun_at = campaign.clock(),
    expires_at = campaign.clock() + interval '9 days', content = '{}'
    FROM campaign.prospect p WHERE p.id = a.prospect_id AND p.external_id = 'under_way' AND a.state = 'queued';
SELECT campaign.pause(:walk);
SET LOCAL campaign.now = '2026-01-14 09:00+00';
SELECT campaign.report(a.id, 'complete') FROM campaign.action a WHERE a.campaign_id = :walk AND a.state = 'processing';
SELECT campaign.run_until('2026-01-25 09:00+00') > 0 AS moved;
SELECT campaign.resume(:walk, 'skip_overdue');
SELECT campaign.run_until('2026-01-25 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand WHERE external_id = 'under_way';
SELECT * FROM pg_temp.done WHERE external_id = 'under_way' ORDER BY 2;
ROLLBACK TO paused;

-- what is sent in slots is overdue where its slot lay in the pause: the first one after the 12th is on the 14th
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:walk, 3, '08:00', '10:00');
SELECT campaign.resume(:walk, 'skip_overdue');
SELECT campaign.run_until('2026-01-14 09:30+00') > 0 AS moved;
SELECT * FROM pg_temp.done WHERE external_id = 'in_delay' ORDER BY 2;
ROLLBACK;
