-- What the owner does with selected prospects: pause, resume, take out, and enrol again.
\set SHOW_CONTEXT never
\pset format unaligned
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna@example.com') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || i FROM generate_series(1, 9) i;
CREATE FUNCTION pg_temp.of(VARIADIC names text[]) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(p.id ORDER BY p.id) FROM campaign.prospect p WHERE p.external_id = ANY (names)
$$;
CREATE VIEW pg_temp.stand AS SELECT external_id, run, status, substatus, step, due_at, end_kind, code FROM campaign.prospect_status;
SELECT campaign.create_sequence('walk', '[{"visit": {}}, {"delay": "5 days"}, {"follow": {}},
    {"wait": {"until": "clicked", "within": "10 days", "else": "failure"}}]') > 0 AS made;
SELECT campaign.create_campaign('Walk', 'walk', :member, ARRAY[:account]::bigint[]) AS walk \gset
SELECT campaign.launch(:walk);

-- ---- paused and resumed (S2.35, S2.36, S2.24) --------------------------------------------------------------

INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'visit', 'day', 0) RETURNING id AS quota \gset
SELECT count(*) AS enrolled FROM campaign.enroll(:walk, pg_temp.of('p1', 'p2', 'p3', 'p4'));
SELECT campaign.run_until('2026-01-05 10:00+00') > 0 AS moved;
-- p9 is not inside, and nobody is paused twice
SELECT campaign.pause_prospects(:walk, pg_temp.of('p1', 'p2', 'p9')) AS paused;
SELECT campaign.pause_prospects(:walk, pg_temp.of('p1', 'p2')) AS paused;
SELECT campaign.pause_prospects(:walk, NULL) AS paused, campaign.pause_prospects(:walk, '{}') AS none;
SELECT external_id, state FROM campaign.queue WHERE campaign_id = :walk ORDER BY 1;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT reason, detail, next_change_at FROM campaign.explain(:walk, campaign.prospect_id('p1')) LIMIT 1;
SELECT status, count(*) FROM campaign.prospect_status WHERE campaign_id = :walk GROUP BY 1 ORDER BY 1;
SELECT enrolled, in_progress, deferred, paused, finished, in_queue, light FROM campaign.overview WHERE campaign_id = :walk;
-- nothing is sent to them, and there is nothing to do for them
UPDATE campaign.quota SET max_actions = 100 WHERE id = :quota;
SET LOCAL campaign.now = '2026-01-06 09:00+00';
SELECT campaign.run_until('2026-01-06 10:00+00') > 0 AS moved;
SELECT campaign.tick() AS moved;
SELECT p.external_id, o.action_kind, o.at FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY 1;
-- nobody else takes them: a paused one counts as in a campaign (S2.40, D14)
SELECT result FROM campaign.candidates(:walk, pg_temp.of('p1'));
SELECT campaign.resume_prospects(:walk, pg_temp.of('p1', 'p3', 'p9')) AS resumed;
-- the command itself locks no lane: queueing is left to the round
SELECT state, (SELECT count(*) FROM campaign.enrollment e WHERE e.action_id = a.id AND e.due_at <= campaign.clock()) AS due
    FROM campaign.action a WHERE a.prospect_id = campaign.prospect_id('p1');
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.run_until('2026-01-06 11:00+00') >= 0 AS moved;
SELECT p.external_id, o.action_kind, o.at FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY 1;
SELECT * FROM pg_temp.stand ORDER BY 1;

-- ---- timers run on (D8), and what is reported is noted -----------------------------------------------------

-- p3 and p4 wait for the 11th; p3's timer runs out in his pause, p4's pause ends before
SELECT campaign.pause_prospects(:walk, pg_temp.of('p3', 'p4')) AS paused;
SELECT campaign.run_until('2026-01-08 09:00+00') >= 0 AS lived;
SELECT campaign.resume_prospects(:walk, pg_temp.of('p4')) AS resumed;
SELECT * FROM pg_temp.stand WHERE external_id IN ('p3', 'p4') ORDER BY 1;
SELECT campaign.run_until('2026-01-13 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand WHERE external_id IN ('p3', 'p4') ORDER BY 1;
SELECT campaign.resume_prospects(:walk, pg_temp.of('p3')) AS resumed;
SELECT campaign.run_until('2026-01-13 09:00+00') > 0 AS moved;
SELECT prospect.external_id, action_kind, queued_at FROM campaign.action JOIN campaign.prospect ON prospect.id = prospect_id
    WHERE step > 0 ORDER BY 1;
-- p4 waits for a click; one that comes in his pause moves him when he goes on, and not before
SELECT campaign.pause_prospects(:walk, pg_temp.of('p3', 'p4')) AS paused;
SELECT campaign.record_event('clicked', 'p4');
SELECT campaign.run_until('2026-01-14 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand WHERE external_id = 'p4';
SELECT campaign.resume_prospects(:walk, pg_temp.of('p4')) AS resumed;
SELECT campaign.run_until('2026-01-14 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand WHERE external_id = 'p4';
-- the deadline of a wait passes in the pause
SELECT campaign.run_until('2026-02-01 09:00+00') >= 0 AS lived;
SELECT * FROM pg_temp.stand WHERE external_id = 'p3';
SELECT count(*) AS stuck FROM campaign.stuck;
-- replies and opt-outs take a paused one out (S2.28)
SELECT campaign.record_event('replied', 'p3');
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.stand WHERE external_id = 'p3';
SELECT enrolled, active, paused, replied, in_progress + over_cap + deferred + paused + replied + finished = enrolled AS adds_up
    FROM campaign.overview WHERE campaign_id = :walk;

-- ---- in a paused campaign ----------------------------------------------------------------------------------

UPDATE campaign.quota SET max_actions = 0 WHERE id = :quota;
SELECT count(*) AS enrolled FROM campaign.enroll(:walk, pg_temp.of('p5', 'p6', 'p7', 'p8'));
SELECT campaign.run_until('2026-02-01 10:00+00') > 0 AS moved;
SELECT campaign.pause_prospects(:walk, pg_temp.of('p5', 'p6')) AS paused;
SELECT campaign.pause(:walk);
SELECT campaign.pause_prospects(:walk, pg_temp.of('p7')) AS paused;
SELECT campaign.resume_prospects(:walk, pg_temp.of('p6')) AS resumed;
SELECT campaign.tick() AS moved;
SELECT external_id, status, reason FROM campaign.prospect_status s, campaign.explain(:walk, s.prospect_id) e
    WHERE external_id IN ('p5', 'p6', 'p7', 'p8') AND status = 'paused' AND reason LIKE '%paused' ORDER BY 1, 3;
-- the campaign goes on: who is paused by himself stays so, whenever that was
SELECT campaign.resume(:walk);
SELECT campaign.run_until('2026-02-01 11:00+00') > 0 AS moved;
SELECT external_id, status, substatus FROM pg_temp.stand WHERE external_id IN ('p5', 'p6', 'p7', 'p8') ORDER BY 1;
SELECT external_id, state FROM campaign.queue WHERE campaign_id = :walk ORDER BY 1;
SELECT state, paused, in_progress, deferred FROM campaign.overview WHERE campaign_id = :walk;

-- ---- what is under way (S2.28) -----------------------------------------------------------------------------

-- as a gateway has it that reports later
UPDATE campaign.action a SET state = 'processing', attempt = 1, started_at = campaign.clock(), begun_at = campaign.clock(),
    expires_at = campaign.clock() + interval '1 day', content = '{}'
    FROM campaign.prospect p WHERE p.id = a.prospect_id AND p.external_id IN ('p6', 'p8') AND a.state = 'queued';
SELECT campaign.pause_prospects(:walk, pg_temp.of('p6')) AS paused;
SELECT campaign.remove_prospects(:walk, pg_temp.of('p8')) AS removed;
SELECT external_id, state FROM campaign.queue WHERE campaign_id = :walk ORDER BY 1;
SELECT external_id, status, substatus, code FROM pg_temp.stand WHERE external_id IN ('p6', 'p8') ORDER BY 1;
-- one that is to be tried again is not, before he goes on
SAVEPOINT under_way;
UPDATE campaign.quota SET max_actions = 100 WHERE id = :quota;
SELECT campaign.report(a.id, 'retry') FROM campaign.action a WHERE a.prospect_id = campaign.prospect_id('p6') AND a.state = 'processing';
SELECT campaign.run_until('2026-02-03 09:00+00') > 0 AS moved;
SELECT p.external_id, a.state, a.attempt FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE p.external_id IN ('p6', 'p8') ORDER BY 1;
SELECT campaign.resume_prospects(:walk, pg_temp.of('p6')) AS resumed;
SELECT campaign.run_until('2026-02-03 09:00+00') > 0 AS moved;
SELECT p.external_id, a.state, a.attempt FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE p.external_id IN ('p6', 'p8') ORDER BY 1;
ROLLBACK TO under_way;
SELECT campaign.report(a.id, 'complete') FROM campaign.action a WHERE a.campaign_id = :walk AND a.state = 'processing' ORDER BY a.id;
SELECT campaign.tick() > 0 AS moved;
-- both are recorded; who is paused stands at what follows, and goes no further
SELECT p.external_id, a.action_kind, a.state, a.executed_at FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id
    WHERE p.external_id IN ('p6', 'p8') ORDER BY 1;
SELECT * FROM pg_temp.stand WHERE external_id IN ('p6', 'p8') ORDER BY 1;
SELECT campaign.run_until('2026-02-10 09:00+00') >= 0 AS lived;
SELECT * FROM pg_temp.stand WHERE external_id = 'p6';

-- ---- taken out, and in again (S2.37, B16) -------------------------------------------------------------------

UPDATE campaign.quota SET max_actions = 100 WHERE id = :quota;
SELECT campaign.remove_prospects(:walk, pg_temp.of('p5', 'p6', 'p9')) AS removed;
SELECT campaign.remove_prospects(:walk, pg_temp.of('p5', 'p6')) AS removed;
SELECT external_id, run, status, step, end_kind, code FROM pg_temp.stand WHERE external_id IN ('p5', 'p6') ORDER BY 1;
SELECT count(*) AS open FROM campaign.action a WHERE a.prospect_id = ANY (pg_temp.of('p5', 'p6')) AND a.state IN ('queued', 'withdrawn');
SELECT result FROM campaign.enroll(:walk, pg_temp.of('p6'));
SELECT campaign.run_until('2026-02-10 10:00+00') > 0 AS moved;
-- from the beginning; the old run is as it was
SELECT external_id, run, status, substatus, step, end_kind, code FROM pg_temp.stand WHERE external_id = 'p6' ORDER BY run;
SELECT e.run, a.action_kind, a.state FROM campaign.action a JOIN campaign.enrollment e ON e.id = a.enrollment_id
    WHERE a.prospect_id = campaign.prospect_id('p6') ORDER BY 1;

-- ---- on record (B8, B9), and refused -------------------------------------------------------------------------

SET LOCAL campaign.actor = 'ann@example.com';
SELECT campaign.pause_prospects(:walk, pg_temp.of('p6')) AS paused;
SELECT kind, at, actor, enrollment_id IS NOT NULL AS of_a_run FROM campaign.event WHERE kind LIKE 'prospect%' ORDER BY id DESC LIMIT 1;
SELECT p.external_id, array_agg(e.kind ORDER BY e.id) FROM campaign.event e JOIN campaign.prospect p ON p.id = e.prospect_id
    WHERE e.kind LIKE 'prospect%' OR e.kind = 'ended' GROUP BY 1 ORDER BY 1;
SELECT o.paused = s.paused AND o.in_progress = s.in_progress AND o.finished = s.finished AND o.replied = s.replied AS agrees
FROM campaign.overview o, (SELECT count(*) FILTER (WHERE status = 'paused') AS paused, count(*) FILTER (WHERE status = 'in_progress') AS in_progress,
    count(*) FILTER (WHERE status = 'finished') AS finished, count(*) FILTER (WHERE status = 'replied') AS replied FROM pg_temp.stand) s
WHERE o.campaign_id = :walk;
SELECT count(*) AS stuck FROM campaign.stuck;
SELECT campaign.archive(:walk);
SELECT paused, archived, finished FROM campaign.overview WHERE campaign_id = :walk;
SELECT status, count(*) FROM pg_temp.stand GROUP BY 1 ORDER BY 1;
-- B8: the log alone gives the present state, and a recount of it the counters
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
\set VERBOSITY terse
SAVEPOINT archived;
SELECT campaign.pause_prospects(:walk, pg_temp.of('p7'));
ROLLBACK TO archived;
SELECT campaign.resume_prospects(:walk, pg_temp.of('p7'));
ROLLBACK TO archived;
SELECT campaign.remove_prospects(:walk, pg_temp.of('p7'));
ROLLBACK TO archived;
SELECT campaign.remove_prospects(1, pg_temp.of('p7'));
ROLLBACK;
