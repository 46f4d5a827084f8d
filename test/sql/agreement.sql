-- B5, B8, B9: four hundred prospects live through a branching sequence with replies, opt-outs, bounces,
-- acceptances in and out of time, a pause, and a removal; at every stop on the way the statistics agree
-- with the rows, and nobody is stuck. What happens to whom is drawn by a hash, so it repeats.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
    SELECT :member, 1, 'sender ' || n, 'linkedin' FROM generate_series(1, 3) n;
SELECT array_agg(id) AS accounts FROM campaign.account WHERE address LIKE 'sender _' \gset
INSERT INTO campaign.prospect (external_id, email, first_name)
    SELECT 'p' || n, CASE WHEN n % 7 > 0 THEN 'p' || n || '@example.com' END, 'P' FROM generate_series(1, 400) n;
INSERT INTO campaign.prospect (external_id, email, first_name) VALUES ('twin', 'P1@example.com', 'Twin');
SELECT campaign.create_sequence('Branching', $$[
    {"only_if": "not_connected"},
    {"visit": {}},
    {"delay": "1 day"},
    {"invite": {"note": "Hello"}},
    {"wait": {"until": "connected", "after": "6 hours", "within": "5 days", "else": [
        {"branch": [
            {"when": "has_email", "then": [
                {"email": {"subject": "Hello", "body": "{{first_name}}"}, "name": "by_mail"},
                {"wait": {"until": "clicked", "within": "3 days", "else": "failure"}}, {"end": "success"}]},
            {"else": [{"end": "failure"}]}]}]}},
    {"message": {"body": "{{first_name}}"}},
    {"wait": {"until": "replied", "within": "4 days", "else": "continue"}},
    {"message": {"body": "{{first_name}} again"}, "if": "not clicked"},
    {"delay": "2 days"}
]$$) > 0 AS created;
SELECT campaign.create_campaign('Agreement', 'Branching', :member, :'accounts'::bigint[]) AS c \gset
SELECT campaign.launch(:c);
SELECT e.result, count(*) FROM campaign.enroll(:c, ARRAY(SELECT id FROM campaign.prospect)) e GROUP BY 1;

-- what is reported within an hour, to whom a hash of hour and prospect says
CREATE FUNCTION pg_temp.happen(c bigint, h integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(campaign.record_event(k.kind, p.id, account => CASE k.kind WHEN 'connected' THEN a.account_id END))
    FROM campaign.prospect p
    CROSS JOIN LATERAL (SELECT hashtext(p.external_id || ':' || h) & 1023 AS draw) d
    JOIN (VALUES ('connected', 0, 12), ('replied', 12, 15), ('clicked', 15, 20), ('unsubscribed', 20, 21),
        ('bounced', 21, 22), ('opened', 22, 30)) k(kind, low, high) ON d.draw >= k.low AND d.draw < k.high
    LEFT JOIN campaign.enrollment e ON e.prospect_id = p.id AND e.campaign_id = c
    LEFT JOIN campaign.enrollment_account a ON a.enrollment_id = e.id AND a.channel_class = 'linkedin'
$$;
-- no row is what is to be seen: each is a disagreement
CREATE FUNCTION pg_temp.disagree(c bigint) RETURNS TABLE (what text, said bigint, counted bigint) LANGUAGE sql AS $$
    WITH o AS (SELECT * FROM campaign.overview WHERE campaign_id = c),
    e AS (SELECT * FROM campaign.enrollment WHERE campaign_id = c),
    a AS (SELECT x.*, s.name FROM campaign.action x JOIN campaign.step s ON s.campaign_id = x.campaign_id AND s.position = x.step WHERE x.campaign_id = c)
    SELECT v.* FROM o, LATERAL (VALUES
        ('enrolled', o.enrolled, (SELECT count(*) FROM e)),
        ('active', o.active, (SELECT count(*) FROM e WHERE ended_at IS NULL)),
        ('replied', o.replied, (SELECT count(*) FROM e WHERE status = 'replied')),
        ('finished', o.finished, (SELECT count(*) FROM e WHERE status = 'finished')),
        ('success', o.success, (SELECT count(*) FROM e WHERE end_kind = 'success')),
        ('failure', o.failure, (SELECT count(*) FROM e WHERE end_kind = 'failure')),
        ('removed', o.removed, (SELECT count(*) FROM e WHERE end_kind = 'removed')),
        ('places', (SELECT sum(n) FROM campaign.counter WHERE campaign_id = c AND kind = 'place'), (SELECT count(*) FROM e WHERE ended_at IS NULL AND status <> 'blocked')),
        ('over the cap', o.over_cap, (SELECT count(*) FROM e WHERE status = 'blocked')),
        ('all statuses', o.in_progress + o.over_cap + o.deferred + o.paused + o.replied + o.finished, o.enrolled),
        ('invitations', o.sent, (SELECT count(*) FROM a WHERE action_kind = 'invite' AND state = 'complete')),
        -- S1.19: what was decided, here and at the entry of a step, for which nothing is queued
        ('bucket sent', (SELECT sum(sent) FROM campaign.action_buckets WHERE campaign_id = c), (SELECT count(*) FROM a WHERE state = 'complete')),
        ('bucket condition_false', (SELECT sum(condition_false) FROM campaign.action_buckets WHERE campaign_id = c), (SELECT count(*) FROM a WHERE state = 'skipped')),
        ('bucket error and already_invited', (SELECT sum(error + already_invited) FROM campaign.action_buckets WHERE campaign_id = c),
            (SELECT count(*) FROM a WHERE state = 'failed' AND reason NOT IN ('suppressed', 'removed'))
            + (SELECT count(*) FROM e WHERE code IN ('already_connected', 'already_invited', 'not_connected', 'no_email')
                AND NOT EXISTS (SELECT FROM a WHERE a.enrollment_id = e.id AND a.step = e.step))),
        ('bucket decided', (SELECT sum(decided) FROM campaign.action_buckets WHERE campaign_id = c), (SELECT sum(sent + blocked_by_owner + duplicate + error
            + condition_false + already_invited) FROM campaign.action_buckets WHERE campaign_id = c)),
        ('sent by day', (SELECT sum(sent) FROM campaign.daily_stats WHERE campaign_id = c), (SELECT count(*) FROM a WHERE state = 'complete')),
        ('accepted by day', (SELECT sum(accepted) FROM campaign.daily_stats WHERE campaign_id = c), o.accepted),
        ('accepted with a note', (SELECT sum(accepted) FROM campaign.invitation_acceptance WHERE campaign_id = c AND with_note), o.accepted),
        ('invitations with a note', (SELECT sum(sent) FROM campaign.invitation_acceptance WHERE campaign_id = c AND with_note), o.sent),
        ('delivered', (SELECT count(*) FROM campaign.outbox b JOIN a ON a.id = b.action_id), (SELECT count(*) FROM a WHERE state = 'complete')),
        ('keys', (SELECT count(DISTINCT b.key) FROM campaign.outbox b JOIN a ON a.id = b.action_id), (SELECT count(*) FROM a WHERE state = 'complete')),
        ('ends logged', (SELECT count(*) FROM campaign.event WHERE campaign_id = c AND kind = 'ended'), (SELECT count(*) FROM e WHERE ended_at IS NOT NULL)),
        ('executions logged', (SELECT count(*) FROM campaign.event WHERE campaign_id = c AND kind = 'action_executed'), (SELECT count(*) FROM a WHERE state = 'complete')),
        ('stuck', (SELECT count(*) FROM campaign.stuck), 0),
        ('open without a run', (SELECT count(*) FROM a WHERE state IN ('queued', 'withdrawn', 'processing') AND NOT EXISTS (SELECT FROM e WHERE e.action_id = a.id AND e.ended_at IS NULL)), 0),
        ('twice at one step', (SELECT count(*) FROM (SELECT FROM a GROUP BY enrollment_id, step HAVING count(*) > 1) t), 0),
        ('sent after the end', (SELECT count(*) FROM a JOIN e ON e.id = a.enrollment_id WHERE a.executed_at > e.ended_at), 0),
        ('waits in the inbox', (SELECT count(*) FROM campaign.inbox), 0),
        ('unsealed', (SELECT count(*) FROM campaign.batch WHERE position IS NULL AND first_event <= (SELECT max(id) FROM campaign.event WHERE campaign_id = c AND kind = 'ended')), 0)
    ) v(what, said, counted) WHERE v.said IS DISTINCT FROM v.counted
$$;

-- a reply of one of two prospects that are one person ends the runs of both
SELECT campaign.run_until('2026-03-02 08:30+00') > 0 AS moved;
SELECT campaign.record_event('replied', external_id => 'twin');
SELECT campaign.tick() > 0 AS moved;
SELECT s.external_id, s.status FROM campaign.prospect_status s WHERE s.external_id IN ('p1', 'twin') ORDER BY 1;

-- two days and a half, hour by hour
SELECT sum(pg_temp.happen(:c, h)) > 0 AS happened, sum(campaign.run_until('2026-03-02 08:00+00'::timestamptz + h * interval '1 hour')) > 0 AS moved
    FROM generate_series(1, 60) h;
SELECT * FROM pg_temp.disagree(:c);
-- S2.31: a pause; nothing is in the queue, and what is reported is taken note of all the same
SELECT campaign.pause(:c);
SELECT count(*) AS queued FROM campaign.queue WHERE campaign_id = :c AND state = 'queued';
SELECT o.paused = o.active AS all_paused, o.light FROM campaign.overview o WHERE o.campaign_id = :c;
SELECT count(*) AS sent_before FROM campaign.outbox \gset
SELECT sum(pg_temp.happen(:c, h)) > 0 AS happened, sum(campaign.run_until('2026-03-02 08:00+00'::timestamptz + h * interval '1 hour')) > 0 AS moved
    FROM generate_series(61, 84) h;
SELECT count(*) - :sent_before AS sent_while_paused FROM campaign.outbox;
SELECT * FROM pg_temp.disagree(:c);
SELECT campaign.resume(:c);
-- the rest, day by day
SELECT sum(pg_temp.happen(:c, d)) > 0 AS happened, sum(campaign.run_until('2026-03-06 08:00+00'::timestamptz + (d - 84) * interval '1 day')) > 0 AS moved
    FROM generate_series(85, 110) d;
SELECT * FROM pg_temp.disagree(:c);
SELECT o.active, o.enrolled > 0 AS enrolled, o.replied > 0 AS replied, o.success > 0 AS success, o.failure > 0 AS failure,
    o.removed > 0 AS removed, o.error > 0 AS error, o.accepted > 0 AS accepted, o.light FROM campaign.overview o WHERE o.campaign_id = :c;
-- nothing is left that a dispatcher would look at
SELECT count(*) AS awake FROM campaign.lane WHERE ready_at IS NOT NULL;
-- B8: the log alone gives the present state, and a recount of it the counters
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
