-- Transport agent: programs and people take work, and report what came of it. They are given what a
-- dispatcher would start, by the same rules, and the dispatcher leaves it to them.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-03-02 08:00+00';
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (691, 'desk');
SET campaign.workspace = 'desk';
SET client_min_messages = error;
INSERT INTO campaign.channel (workspace_id, id, name, transport, options) VALUES
    (691, 691, 'desk', 'agent', '{}'), (691, 692, 'robot', 'agent', '{}'), (691, 693, 'safe robot', 'agent', '{"idempotent": true}'),
    (691, 694, 'once', 'agent', '{"on_lease_end": "unknown"}'), (691, 695, 'again', 'agent', '{"on_lease_end": "requeue", "retries": 2}'),
    (691, 696, 'box', 'outbox', '{}');
INSERT INTO campaign.member (id, name) VALUES (691, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address)
    SELECT h.id, 691, h.id, h.name FROM campaign.channel h WHERE h.id BETWEEN 691 AND 696;
INSERT INTO campaign.prospect (id, external_id, first_name, email) SELECT 6900 + i, 'p' || i, 'P' || i, 'p' || i || '@example.com' FROM generate_series(1, 60) i;
CREATE FUNCTION pg_temp.refusal(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE command;
    RETURN NEXT 'not refused';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT concat_ws(' / ', SQLSTATE, SQLERRM, detail, hint);
END
$$;
SELECT campaign.create_sequence('calls', '[{"task": {"title": "Call {{first_name}}", "within": "2 days"}}, {"delay": "1 day"}, {"task": {"title": "Call again"}}]') > 0
    AND campaign.create_sequence('visits', '[{"visit": {}}]') > 0 AS made;
SELECT campaign.create_campaign('Calls', 'calls', 691, '{691}', settings => '{"exclusivity": "none"}') AS calls \gset
SELECT count(campaign.launch(campaign.create_campaign(h.name, 'visits', 691, ARRAY[h.id], settings => '{"exclusivity": "none"}'))::text) AS launched
    FROM campaign.channel h WHERE h.id BETWEEN 692 AND 695;
CREATE TEMPORARY VIEW standing AS
    SELECT c.name AS campaign, p.external_id, a.action_kind AS kind, a.state, a.reason, a.attempt, a.maybe_sent AS maybe, s.substatus, s.end_kind, s.code
    FROM campaign.action a JOIN campaign.campaign c ON c.id = a.campaign_id JOIN campaign.prospect p ON p.id = a.prospect_id
    JOIN campaign.prospect_status s ON s.enrollment_id = a.enrollment_id ORDER BY c.name, a.prospect_id, a.step;
CREATE FUNCTION pg_temp.visit(name text, n integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM campaign.enroll(campaign.campaign_id($1), ARRAY(SELECT p.id FROM campaign.prospect p
        WHERE NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.campaign_id = campaign.campaign_id($1) AND e.prospect_id = p.id) ORDER BY p.id LIMIT $2)) e
    WHERE e.result = 'enrolled'
$$;

-- ---- a task is taken, and reported on ------------------------------------------------------------------

SELECT campaign.launch(:calls);
SELECT pg_temp.visit('Calls', 3) AS enrolled;
-- the dispatcher passes over it, and nothing is ever ready for it there
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SELECT action_kind, ready_at, pulled FROM campaign.lane;
SELECT external_id, kind, step, state, due_by FROM campaign.queue ORDER BY 1;
SELECT x.reason, x.detail, x.next_change_at FROM campaign.explain(:calls, 6902) x WHERE x.reason NOT IN ('queued', 'not_preloaded');
SELECT kind, account_id, campaign, external_id, title, content -> 'content' AS content, content ->> 'action_id' = action_id::text AS named,
    content ->> 'key' = key AS keyed, attempt, lease_until, due_by
    FROM campaign.take(campaign.account_id('desk'), 2, '3 hours');
SELECT external_id, state, reason, lease_until, due_by FROM campaign.queue ORDER BY 1;
SELECT s.external_id, s.substatus, x.reason, regexp_replace(x.detail, ' \d+,', ' N,') AS detail, x.next_change_at
    FROM campaign.prospect_status s, campaign.explain(s.campaign_id, s.prospect_id) x WHERE x.reason <> 'not_preloaded' AND s.external_id < 'p3' ORDER BY 1;
-- what is taken is nobody else's; what is left is there
SELECT external_id FROM campaign.take(max => 5);
SELECT external_id FROM campaign.take();
SELECT action_id AS p1 FROM campaign.queue WHERE external_id = 'p1' \gset
SELECT action_id AS p2 FROM campaign.queue WHERE external_id = 'p2' \gset
SELECT action_id AS p3 FROM campaign.queue WHERE external_id = 'p3' \gset
SELECT campaign.report(:p1, 'complete', '{"said": "yes"}'), campaign.report(:p1, 'complete') AS repeated;
SELECT campaign.report(:p2, 'rejected', '{"said": "no"}');
SELECT campaign.report(:p3, 'retry', '{"said": "busy"}');
SELECT count(*) AS too_soon FROM campaign.take();
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM standing;
SELECT session_id = :p1 AS first, kind, status, intention FROM campaign.sessions ORDER BY session_id;
SELECT e.kind, e.actor = SESSION_USER AS by_the_agent, e.detail FROM campaign.event e WHERE e.action_id = :p3 ORDER BY e.id;
-- after the pause between attempts it is given again: the same work, under the same key
SELECT campaign.run_until('2026-03-02 10:00+00') >= 0 AS moved;
SELECT external_id, attempt, key = (SELECT a.key FROM campaign.action a WHERE a.id = :p3) AS same_key FROM campaign.take();

-- ---- a lease runs out ------------------------------------------------------------------------------------

-- p3 is kept by two extensions, and then forgotten
SELECT campaign.extend_lease(:p3, '30 minutes'), campaign.extend_lease(:p3, '30 minutes', 1) AS of_another_attempt;
SELECT campaign.run_until('2026-03-02 10:25+00') >= 0 AS moved;
SELECT campaign.extend_lease(:p3, '30 minutes', 2);
SELECT campaign.run_until('2026-03-02 10:54+00') >= 0 AS moved;
SELECT * FROM standing WHERE external_id = 'p3';
SELECT campaign.run_until('2026-03-02 11:00+00') >= 0 AS moved;
SELECT * FROM standing WHERE external_id = 'p3';
SELECT campaign.extend_lease(:p3, '30 minutes') AS over;
-- the next one does it; what the one before says of a failure is not about that, but what is done is done
SELECT external_id, attempt FROM campaign.take();
SELECT campaign.report(:p3, 'failed', '{"attempt": 2}') AS failed, campaign.report(:p3, 'retry', '{"attempt": 2}') AS retry;
SELECT campaign.report(:p3, 'complete', '{"attempt": 2}') AS complete, campaign.report(:p3, 'failed', '{"attempt": 3}') AS too_late;
SELECT campaign.run_until('2026-03-02 12:00+00') > 0 AS moved;
SELECT * FROM standing WHERE external_id = 'p3';
-- by class of kind and options of the channel: a person's work and what knows its key go back, of the
-- rest nobody knows; what comes back time after time waits for a decision
SELECT pg_temp.visit(c, 1) FROM unnest('{robot,safe robot,once,again}'::text[]) c;
SELECT campaign.run_until('2026-03-02 12:01+00') > 0 AS moved;
SELECT campaign, kind, attempt FROM campaign.take(max => 10, lease => '10 minutes') ORDER BY 1;
SELECT campaign.run_until('2026-03-02 12:30+00') > 0 AS moved;
SELECT * FROM standing WHERE kind = 'visit';
SELECT campaign, kind, attempt FROM campaign.take(max => 10, lease => '10 minutes') ORDER BY 1;
SELECT campaign.run_until('2026-03-02 13:00+00') > 0 AS moved;
SELECT * FROM standing WHERE kind = 'visit';
SELECT a.code, a.message FROM campaign.alerts a ORDER BY 1, 2;
SELECT campaign.resolve(a.action_id, 'assume_sent') FROM campaign.alerts a WHERE a.campaign = 'again';
-- and a report that comes after all settles it
SELECT campaign.report(a.action_id, 'complete') FROM campaign.alerts a WHERE a.campaign = 'once';
SELECT campaign.run_until('2026-03-02 13:01+00') > 0 AS moved;
SELECT * FROM standing WHERE campaign IN ('again', 'once');

-- ---- quotas ------------------------------------------------------------------------------------------------

-- what was given out again did not ask for the quota a second time
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', 693, 'visit', 'day', 4), ('account', 692, 'visit', 'day', 3);
SELECT pg_temp.visit('safe robot', 6) + pg_temp.visit('robot', 6) AS enrolled;
SELECT campaign.run_until('2026-03-02 13:02+00') > 0 AS moved;
SELECT campaign, count(*), max(attempt) AS attempt FROM campaign.take(max => 20, lease => '10 minutes') GROUP BY 1 ORDER BY 1;
SELECT count(*) AS more FROM campaign.take(max => 20);
SELECT account, used, max_actions, deferred FROM campaign.quota_usage WHERE action_kind = 'visit' ORDER BY 1;
-- their leases run out: those that return are given again, within the quota that they have used
SELECT campaign.run_until('2026-03-02 14:00+00') > 0 AS moved;
SELECT campaign, count(*), min(attempt) AS least, max(attempt) AS most FROM campaign.take(max => 20, lease => '8 hours') GROUP BY 1 ORDER BY 1;
SELECT account, used, max_actions, deferred FROM campaign.quota_usage WHERE action_kind = 'visit' ORDER BY 1;
SELECT count(campaign.report(q.action_id, 'complete')) FROM campaign.queue q WHERE q.state = 'processing';
SELECT campaign.run_until('2026-03-03 00:01+00') > 0 AS moved;
SELECT campaign, count(*) FROM campaign.take(max => 20) GROUP BY 1 ORDER BY 1;
SELECT count(campaign.report(q.action_id, 'complete')) FROM campaign.queue q WHERE q.state = 'processing';
DELETE FROM campaign.quota;

-- ---- nothing is taken for those who are not to be reached (B15, S2.30) ------------------------------------------

SELECT pg_temp.visit('once', 5) AS enrolled;
SELECT campaign.run_until('2026-03-03 00:02+00') > 0 AS moved;
SELECT external_id FROM campaign.queue WHERE campaign = 'once' AND state = 'queued' ORDER BY 1;
SELECT campaign.suppress('email', 'p2@example.com') > 0 AS suppressed;
-- reported, and not applied yet
SELECT campaign.record_event('unsubscribed', external_id => 'p3');
-- the two that follow are given in their place; who is in flux waits for the next time
SELECT external_id FROM campaign.take(694, 2);
SELECT campaign.run_until('2026-03-03 00:03+00') > 0 AS moved;
SELECT * FROM standing WHERE campaign = 'once' AND external_id IN ('p2', 'p3', 'p4');
-- one who leaves while he is being visited: his visitor is told with the next heartbeat
SELECT campaign.record_event('replied', external_id => 'p4');
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.extend_lease(q.action_id, '1 hour') AS given_up FROM campaign.queue q WHERE q.campaign = 'once' AND q.external_id = 'p4';
SELECT campaign.report(q.action_id, 'complete') FROM campaign.queue q WHERE q.campaign = 'once' AND q.state = 'processing';
-- a campaign that is paused gives nothing out, and what is out can be reported on
SELECT campaign.pause(campaign.campaign_id('once'));
SELECT count(*) AS paused FROM campaign.take(694);
SELECT campaign.resume(campaign.campaign_id('once'));
SELECT campaign.tick() > 0 AS requeued;
SELECT external_id FROM campaign.take(694);
SELECT campaign.pause(campaign.campaign_id('once'));
SELECT campaign.report(q.action_id, 'complete') FROM campaign.queue q WHERE q.campaign = 'once' AND q.state = 'processing';
-- nor an account that is not connected
SELECT pg_temp.visit('robot', 1) AS enrolled;
SELECT campaign.tick() > 0 AS moved;
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = 692;
SELECT count(*) AS disconnected FROM campaign.take(692);
UPDATE campaign.account SET session_state = 'connected' WHERE id = 692;
SELECT count(*) AS connected FROM campaign.take(692);

-- ---- tasks have their time (S4.4) --------------------------------------------------------------------------------

INSERT INTO campaign.prospect (id, external_id, first_name) VALUES (6971, 't1', 'T'), (6972, 't2', 'T'), (6973, 't3', 'T'), (6974, 't4', 'T');
SET campaign.now = '2026-03-10 08:00+00';
SELECT campaign.run_until('2026-03-10 08:00+00') >= 0 AS moved;
SELECT count(campaign.report(t.action_id, 'complete')) AS done FROM campaign.take(691, 10) t;
SELECT count(*) FROM campaign.enroll(:calls, '{6971,6972,6973,6974}');
SELECT campaign.run_until('2026-03-11 09:00+00') > 0 AS moved;
-- no lease goes beyond it
SELECT external_id, lease_until, due_by FROM campaign.take(691, 2, '5 days');
SELECT campaign.report(q.action_id, 'complete') FROM campaign.queue q WHERE q.external_id = 't2';
SELECT campaign.run_until('2026-03-12 07:59+00') > 0 AS moved;
SELECT * FROM standing WHERE external_id LIKE 't%' AND campaign = 'Calls';
-- t1 was taken and never reported on, t3 and t4 were never taken: also if the campaign is paused
SELECT campaign.pause(:calls);
SELECT campaign.run_until('2026-03-12 08:00+00') > 0 AS moved;
SELECT campaign.resume(:calls);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM standing WHERE external_id LIKE 't%' AND campaign = 'Calls';
SELECT campaign.report(a.id, 'complete') AS too_late FROM campaign.action a WHERE a.prospect_id = 6971;
-- a task without a time waits for as long as it takes
SELECT campaign.run_until('2026-04-12 08:00+00') > 0 AS moved;
SELECT title, external_id, lease_until, due_by FROM campaign.take(691, 1);

-- ---- what is refused ------------------------------------------------------------------------------------------------

SELECT pg_temp.refusal(c) FROM unnest(ARRAY[
    $$SELECT campaign.take(1)$$,
    $$SELECT campaign.take(696)$$,
    $$SELECT campaign.take(691, 0)$$,
    $$SELECT campaign.take(691, 1001)$$,
    $$SELECT campaign.take(691, NULL)$$,
    $$SELECT campaign.take(691, 1, '0')$$,
    $$SELECT campaign.take(691, 1, '2 months')$$,
    $$SELECT campaign.extend_lease(1, '1 hour')$$,
    $$SELECT campaign.extend_lease((SELECT min(action_id) FROM campaign.queue), NULL)$$,
    $$SELECT campaign.report((SELECT min(action_id) FROM campaign.queue WHERE state = 'processing'), 'complete', '{"attempt": "one"}')$$,
    $$UPDATE campaign.channel SET options = '{"on_lease_end": "again"}' WHERE id = 691$$,
    $$UPDATE campaign.channel SET options = '{"on_lease_end": true}' WHERE id = 691$$]) c;

-- ---- a channel that is an agent's no more, and becomes one ----------------------------------------------------------

SELECT campaign.resume(campaign.campaign_id('once'));
SELECT pg_temp.visit('once', 2) AS enrolled;
SELECT campaign.tick() > 0 AS moved;
UPDATE campaign.channel SET transport = 'outbox', options = '{}' WHERE id = 694;
SELECT campaign.tick() > 0 AS moved;
SELECT count(*) AS sent FROM campaign.outbox;
UPDATE campaign.channel SET transport = 'agent' WHERE id = 694;
SELECT pg_temp.visit('once', 1) AS enrolled;
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.tick() >= 0 AS moved;
SELECT count(*) AS sent FROM campaign.outbox;
SELECT count(*) AS taken FROM campaign.take(694, 10);
-- ---- slots, and gaps between contacts ------------------------------------------------------------------------------

-- nothing is given out outside the slots of its campaign (S1.8): the 13th is a Monday
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (campaign.campaign_id('again'), 3, '09:00', '12:00');
SELECT pg_temp.visit('again', 4) AS enrolled;
SELECT campaign.run_until('2026-04-13 00:10+00') > 0 AS moved;
SELECT count(*) AS outside FROM campaign.take(695, 5);
SELECT campaign.run_until('2026-04-15 09:00+00') >= 0 AS moved;
SELECT count(*) AS within FROM campaign.take(695, 5, '1 day');
-- nor for one who was contacted too recently, by whatever account (B15)
INSERT INTO campaign.action_kind (name, channel_class, intention, options) VALUES ('ring', 'person', 'ring up', '{"reaches": true}');
SELECT campaign.create_sequence('rings', '[{"ring": {}}]') > 0 AS made;
SELECT count(campaign.launch(campaign.create_campaign('Ring ' || i, 'rings', 691, '{691}', settings => '{"exclusivity": "none", "min_gap": "1 day"}'))::text) FROM generate_series(1, 2) i;
SELECT count(*) FROM campaign.enroll(campaign.campaign_id('Ring 1'), '{6910}') UNION ALL SELECT count(*) FROM campaign.enroll(campaign.campaign_id('Ring 2'), '{6910}');
SELECT count(*) AS enrolled FROM campaign.enroll(:calls, '{6951,6952,6953,6954}');
SELECT campaign.run_until('2026-04-15 09:01+00') > 0 AS moved;
-- a kind of which there is little leaves more to the others
SELECT campaign, kind FROM campaign.take(691, 3, '1 hour') ORDER BY 1;
SELECT campaign.report(q.action_id, 'complete') FROM campaign.queue q WHERE q.kind = 'ring' AND q.state = 'processing';
SELECT campaign.run_until('2026-04-16 10:00+00') > 0 AS moved;
SELECT campaign FROM campaign.take(691, 5, '1 hour') WHERE kind = 'ring';
-- what nobody wants any more when its lease runs out is not given again
SELECT pg_temp.visit('safe robot', 3) AS enrolled;
SELECT campaign.tick() > 0 AS moved;
SELECT external_id FROM campaign.take(693, 2, '10 minutes');
SELECT bool_and(campaign.record_event('replied', q.prospect_id)) AS replied FROM campaign.queue q WHERE q.campaign = 'safe robot' AND q.state = 'processing';
SELECT campaign.run_until('2026-04-16 11:00+00') > 0 AS moved;
SELECT a.state, a.reason, a.attempt, count(*) FROM campaign.action a WHERE a.campaign_id = campaign.campaign_id('safe robot') AND a.state <> 'complete' GROUP BY 1, 2, 3 ORDER BY 1;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK;

-- who opted out since the transaction began would not be seen
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT campaign.virtual_time(true);
SELECT campaign.take();
ROLLBACK;
