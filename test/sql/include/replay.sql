-- B8: the log alone, folded in the order in which its transactions committed, gives the present state of
-- every run and action; and the counters are what a recount of the log gives. Read by tests with \i; makes
-- the schema replay. replay.differences() and replay.miscounts() have no row when all is well.
-- large statements over small tables: compiling them takes longer than running them
SET jit = off;
CREATE SCHEMA replay;

CREATE VIEW replay.log AS
    SELECT e.*, row_number() OVER (ORDER BY b.position NULLS LAST, b.id, e.id) AS place
    FROM campaign.event e
    JOIN campaign.batch b ON b.workspace_id = e.workspace_id AND b.id = e.batch_id;

-- ---- actions: a pause takes all that is queued of a campaign, or of a run, out of the queue, and says so once ---

CREATE TYPE replay.action_state AS (state text, campaign_paused boolean, run_paused boolean);
CREATE FUNCTION replay.next_action(s replay.action_state, kind text, detail jsonb) RETURNS replay.action_state
    LANGUAGE sql IMMUTABLE AS $$
    SELECT ROW(
        CASE kind
            WHEN 'paused' THEN CASE WHEN s.state IN ('queued', 'awaiting_approval') THEN 'withdrawn' ELSE s.state END
            WHEN 'prospect_paused' THEN CASE WHEN s.state IN ('queued', 'awaiting_approval') THEN 'withdrawn' ELSE s.state END
            WHEN 'side_action_queued' THEN 'queued'
            WHEN 'action_queued' THEN CASE WHEN s.campaign_paused OR s.run_paused THEN 'withdrawn'
                WHEN detail ->> 'approval' = 'asked' THEN 'awaiting_approval' ELSE 'queued' END
            WHEN 'approval_withdrawn' THEN CASE s.state WHEN 'queued' THEN 'awaiting_approval' ELSE s.state END
            WHEN 'action_blocked' THEN 'cancelled'
            WHEN 'action_pending' THEN 'processing'
            WHEN 'action_retried' THEN 'queued'
            WHEN 'action_requeued' THEN CASE WHEN detail ->> 'approval' = 'asked' THEN 'awaiting_approval' ELSE 'queued' END
            WHEN 'action_held' THEN 'held'
            WHEN 'action_executed' THEN 'complete'
            WHEN 'action_failed' THEN 'failed'
            WHEN 'action_skipped' THEN 'skipped'
            -- what has left comes to its own end
            WHEN 'action_withdrawn' THEN CASE
                WHEN detail ->> 'reason' = 'paused' THEN 'withdrawn'
                WHEN s.state IN ('queued', 'awaiting_approval', 'withdrawn', 'held') THEN 'cancelled'
                ELSE s.state END
            ELSE s.state END,
        CASE kind WHEN 'paused' THEN true WHEN 'resumed' THEN false WHEN 'stopped' THEN false ELSE s.campaign_paused END,
        CASE kind WHEN 'prospect_paused' THEN true WHEN 'prospect_resumed' THEN false ELSE s.run_paused END
    )::replay.action_state
$$;
CREATE AGGREGATE replay.action_after(kind text, detail jsonb) (sfunc = replay.next_action, stype = replay.action_state, initcond = '(,f,f)');

CREATE VIEW replay.action AS
    WITH log AS MATERIALIZED (
        SELECT l.workspace_id, l.campaign_id, l.prospect_id, l.enrollment_id, l.action_id, l.kind, l.detail, l.place FROM replay.log l
    ), action AS MATERIALIZED (
        SELECT DISTINCT l.workspace_id, l.campaign_id, l.enrollment_id, l.action_id FROM log l WHERE l.kind IN ('action_queued', 'side_action_queued')
    )
    SELECT x.workspace_id, x.action_id, (replay.action_after(x.kind, x.detail ORDER BY x.place)).state
    FROM (
        SELECT a.workspace_id, a.action_id, l.kind, l.detail, l.place
        FROM action a
        JOIN log l ON l.workspace_id = a.workspace_id AND l.action_id = a.action_id
        UNION ALL
        SELECT a.workspace_id, a.action_id, l.kind, l.detail, l.place
        FROM action a
        JOIN log l ON l.workspace_id = a.workspace_id AND l.campaign_id = a.campaign_id AND l.prospect_id IS NULL
            AND l.kind IN ('paused', 'resumed', 'stopped')
        UNION ALL
        SELECT a.workspace_id, a.action_id, l.kind, l.detail, l.place
        FROM action a
        JOIN log l ON l.workspace_id = a.workspace_id AND l.enrollment_id = a.enrollment_id
            AND l.kind IN ('prospect_paused', 'prospect_resumed')
    ) x
    GROUP BY 1, 2;

-- ---- runs ------------------------------------------------------------------------------------------------------

CREATE TYPE replay.run_state AS (status text, step integer, held text, end_kind text, code text);
CREATE FUNCTION replay.next_run(s replay.run_state, kind text, step integer, detail jsonb) RETURNS replay.run_state
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind
        WHEN 'enrolled' THEN ROW(CASE detail ->> 'over_cap' WHEN 'true' THEN 'blocked' ELSE 'in_progress' END, 0, NULL, NULL, NULL)::replay.run_state
        WHEN 'blocked' THEN ROW('blocked', s.step, s.held, NULL, NULL)::replay.run_state
        WHEN 'unblocked' THEN ROW('in_progress', s.step, s.held, NULL, NULL)::replay.run_state
        WHEN 'action_queued' THEN ROW(s.status, step, s.held, NULL, NULL)::replay.run_state
        WHEN 'delay_started' THEN ROW(s.status, step, s.held, NULL, NULL)::replay.run_state
        WHEN 'wait_started' THEN ROW(s.status, step, s.held, NULL, NULL)::replay.run_state
        WHEN 'stage_entered' THEN ROW(s.status, step, s.held, NULL, NULL)::replay.run_state
        WHEN 'promoted' THEN ROW(s.status, (detail ->> 'to_step')::integer, s.held, NULL, NULL)::replay.run_state
        WHEN 'prospect_paused' THEN ROW('paused', s.step, s.held, NULL, NULL)::replay.run_state
        WHEN 'prospect_resumed' THEN ROW('in_progress', s.step, s.held, NULL, NULL)::replay.run_state
        WHEN 'held' THEN ROW(s.status, step, detail ->> 'reason', NULL, NULL)::replay.run_state
        WHEN 'released' THEN ROW(s.status, step, NULL, NULL, NULL)::replay.run_state
        WHEN 'ended' THEN ROW(CASE detail ->> 'code' WHEN 'replied' THEN 'replied' ELSE 'finished' END, step, NULL, detail ->> 'end', detail ->> 'code')::replay.run_state
        ELSE s
    END
$$;
CREATE AGGREGATE replay.run_after(kind text, step integer, detail jsonb) (sfunc = replay.next_run, stype = replay.run_state);

CREATE VIEW replay.run AS
    SELECT l.workspace_id, l.enrollment_id, replay.run_after(l.kind, l.step, l.detail ORDER BY l.place) AS state
    FROM replay.log l WHERE l.enrollment_id IS NOT NULL GROUP BY 1, 2;

-- ---- what differs ------------------------------------------------------------------------------------------------

CREATE FUNCTION replay.differences() RETURNS TABLE (what text, id bigint, replayed text, there_is text) LANGUAGE sql AS $$
    SELECT 'run', COALESCE(e.id, r.enrollment_id), r.state::text, n.state::text
    FROM campaign.enrollment e
    CROSS JOIN LATERAL (SELECT ROW(e.status, e.step, e.held, e.end_kind, e.code)::replay.run_state AS state) n
    FULL JOIN replay.run r ON r.workspace_id = e.workspace_id AND r.enrollment_id = e.id
    WHERE n.state IS DISTINCT FROM r.state
    UNION ALL
    SELECT 'action', COALESCE(a.id, r.action_id), r.state, a.state
    FROM campaign.action a
    FULL JOIN replay.action r ON r.workspace_id = a.workspace_id AND r.action_id = a.id
    -- what is just under way has an event once its outcome is known
    WHERE a.state IS DISTINCT FROM r.state AND NOT (a.state = 'processing' AND r.state IN ('queued', 'withdrawn', 'cancelled'))
    UNION ALL
    -- what was submitted and reviewed, and what was paid
    SELECT 'submission', s.id, r.state, s.state
    FROM campaign.submission s
    LEFT JOIN LATERAL (
        SELECT COALESCE(l.detail ->> 'decision', 'submitted') AS state FROM replay.log l
        WHERE l.workspace_id = s.workspace_id AND l.kind IN ('deliverable_submitted', 'content_bound', 'deliverable_reviewed')
          AND (l.detail ->> 'submission')::bigint = s.id ORDER BY l.place DESC LIMIT 1
    ) r ON true
    WHERE r.state IS DISTINCT FROM s.state
    UNION ALL
    SELECT 'payment', p.id, r.state, p.state
    FROM campaign.payment p
    LEFT JOIN LATERAL (
        SELECT CASE l.kind WHEN 'incentive_fulfilled' THEN 'fulfilled' ELSE 'failed' END AS state FROM replay.log l
        WHERE l.workspace_id = p.workspace_id AND l.kind IN ('incentive_fulfilled', 'incentive_failed')
          AND (l.action_id = p.action_id OR p.action_id IS NULL AND l.prospect_id = p.prospect_id AND (l.detail ->> 'incentive')::bigint = p.incentive_id)
        ORDER BY l.place DESC LIMIT 1
    ) r ON true
    WHERE p.state <> 'queued' AND r.state IS DISTINCT FROM p.state
    UNION ALL
    -- every batch holds what it says, and each event is in one
    SELECT 'batch', b.id, b.events::text, (SELECT count(*) FROM campaign.event e WHERE e.workspace_id = b.workspace_id AND e.batch_id = b.id
                                            AND e.id BETWEEN b.first_event AND b.last_event)::text
    FROM campaign.batch b
    WHERE b.events <> (SELECT count(*) FROM campaign.event e WHERE e.workspace_id = b.workspace_id AND e.batch_id = b.id
                         AND e.id BETWEEN b.first_event AND b.last_event)
    UNION ALL
    SELECT 'event', e.id, NULL, 'without a batch' FROM campaign.event e
    WHERE NOT EXISTS (SELECT FROM campaign.batch b WHERE b.workspace_id = e.workspace_id AND b.id = e.batch_id)
$$;

-- Which counters an event goes with; those without an event of their own (passed, noted, accepted) are
-- left out, and those of paused runs and of places, which go up and down, are compared with the rows.
CREATE VIEW replay.counted AS
    SELECT e.workspace_id, e.campaign_id, COALESCE(e.step, -1) AS step, k.kind, count(*) AS n
    FROM campaign.event e
    CROSS JOIN LATERAL (
        SELECT CASE e.kind WHEN 'enrolled' THEN 'enrolled' WHEN 'action_queued' THEN 'queued' WHEN 'side_action_queued' THEN 'queued' WHEN 'action_executed' THEN 'executed'
            WHEN 'action_retried' THEN 'retried' WHEN 'action_held' THEN 'held' WHEN 'action_skipped' THEN 'skipped'
            WHEN 'action_blocked' THEN 'blocked_by_owner'
            WHEN 'action_prevented' THEN 'prevented' WHEN 'wait_timed_out' THEN 'timed_out'
            WHEN 'action_withdrawn' THEN CASE WHEN e.detail IS NULL THEN 'withdrawn' END

            -- who is not to be written to at all is in none of the buckets
            WHEN 'action_failed' THEN CASE WHEN COALESCE(e.detail ->> 'code', '') NOT IN ('suppressed', 'removed', 'goal', 'exit_if') THEN 'not sent' END
            WHEN 'ended' THEN e.detail ->> 'end' WHEN 'split_drawn' THEN 'way_' || (e.detail ->> 'way') END AS kind
        UNION ALL
        -- what was refused before it was queued has no action that could fail
        SELECT 'not sent' WHERE (e.kind = 'action_prevented' OR e.kind = 'ended' AND e.detail ->> 'end' = 'error')
            AND e.detail ->> 'code' IN ('already_connected', 'already_invited', 'not_connected', 'no_email', 'precondition_failed')
            AND (e.enrollment_id, e.step) NOT IN (SELECT f.enrollment_id, f.step FROM campaign.event f WHERE f.kind = 'action_failed')
        UNION ALL
        SELECT 'entered' WHERE e.kind IN ('action_queued', 'delay_started', 'wait_started', 'stage_entered')
        UNION ALL
        SELECT 'left_replied' WHERE e.kind = 'ended' AND e.detail ->> 'code' = 'replied'
        UNION ALL
        SELECT 'duplicate' WHERE e.kind = 'ended' AND e.detail ->> 'code' = 'duplicate'
        UNION ALL
        SELECT e.kind WHERE e.enrollment_id IS NOT NULL
            AND (SELECT k.reported FROM campaign.event_kind k WHERE k.name = e.kind ORDER BY k.built_in LIMIT 1)
    ) k
    WHERE k.kind IS NOT NULL
    GROUP BY 1, 2, 3, 4;

CREATE FUNCTION replay.miscounts() RETURNS TABLE (campaign_id bigint, step integer, kind text, counter numeric, recount numeric) LANGUAGE sql AS $$
    SELECT * FROM (
        SELECT COALESCE(c.campaign_id, r.campaign_id), COALESCE(c.step, r.step), COALESCE(c.kind, r.kind), COALESCE(c.n, 0), COALESCE(r.n, 0)
        FROM (
            SELECT k.workspace_id, k.campaign_id, k.step, CASE WHEN k.kind IN ('failed', 'refused', 'already_invited') THEN 'not sent' ELSE k.kind END AS kind, sum(k.n) AS n
            FROM campaign.counted k WHERE k.kind NOT IN ('passed', 'noted', 'accepted', 'accepted_noted', 'paused', 'place') AND k.kind NOT LIKE 'waited%' GROUP BY 1, 2, 3, 4
        ) c
        FULL JOIN replay.counted r ON r.workspace_id = c.workspace_id AND r.campaign_id = c.campaign_id AND r.step = c.step AND r.kind = c.kind
        UNION ALL
        -- the rows say the same
        SELECT a.campaign_id, a.step, 'complete actions', (SELECT COALESCE(sum(k.n), 0) FROM campaign.counted k
            WHERE k.workspace_id = a.workspace_id AND k.campaign_id = a.campaign_id AND k.step = a.step AND k.kind = 'executed'), count(*)
        FROM campaign.action a WHERE a.state = 'complete' GROUP BY a.workspace_id, a.campaign_id, a.step
        UNION ALL
        SELECT e.campaign_id, e.step, 'ended as ' || e.end_kind, (SELECT COALESCE(sum(k.n), 0) FROM campaign.counted k
            WHERE k.workspace_id = e.workspace_id AND k.campaign_id = e.campaign_id AND k.step = e.step AND k.kind = e.end_kind), count(*)
        FROM campaign.enrollment e WHERE e.ended_at IS NOT NULL GROUP BY e.workspace_id, e.campaign_id, e.step, e.end_kind
        UNION ALL
        SELECT e.campaign_id, -1, 'runs', (SELECT COALESCE(sum(k.n), 0) FROM campaign.counted k
            WHERE k.workspace_id = e.workspace_id AND k.campaign_id = e.campaign_id AND k.kind = 'enrolled'), count(*)
        FROM campaign.enrollment e GROUP BY e.workspace_id, e.campaign_id
        UNION ALL
        SELECT e.campaign_id, -1, 'paused', (SELECT COALESCE(sum(k.n), 0) FROM campaign.counted k
            WHERE k.workspace_id = e.workspace_id AND k.campaign_id = e.campaign_id AND k.kind = 'paused'), count(*) FILTER (WHERE e.status = 'paused')
        FROM campaign.enrollment e GROUP BY e.workspace_id, e.campaign_id
        UNION ALL
        SELECT e.campaign_id, -1, 'place', (SELECT COALESCE(sum(k.n), 0) FROM campaign.counted k
            WHERE k.workspace_id = e.workspace_id AND k.campaign_id = e.campaign_id AND k.kind = 'place'),
            count(*) FILTER (WHERE e.ended_at IS NULL AND e.status <> 'blocked')
        FROM campaign.enrollment e GROUP BY e.workspace_id, e.campaign_id
    ) m (campaign_id, step, kind, counter, recount)
    WHERE m.counter <> m.recount
$$;
