-- One row for each campaign. Its numbers come from counters, not from its rows, so that they cost the same
-- at a thousand and at ten million (sql/42_counted.sql).

CREATE VIEW campaign.overview WITH (security_barrier) AS
    WITH invitation AS MATERIALIZED (
        SELECT s.workspace_id, s.campaign_id, s.position
        FROM campaign.step s
        WHERE s.action_kind IN (SELECT k.name FROM campaign.action_kind k GROUP BY k.name
                                HAVING (pg_catalog.array_agg(k.options ORDER BY k.built_in))[1] ->> 'relation' = 'pending')
          AND s.workspace_id IN (SELECT campaign.my_workspaces())
    ), tally AS (
        SELECT k.workspace_id, k.campaign_id,
            sum(k.n) FILTER (WHERE k.kind = 'enrolled') AS enrolled,
            sum(k.n) FILTER (WHERE k.kind = 'success') AS success,
            sum(k.n) FILTER (WHERE k.kind = 'failure') AS failure,
            sum(k.n) FILTER (WHERE k.kind = 'end') AS ended,
            sum(k.n) FILTER (WHERE k.kind = 'error') AS error,
            sum(k.n) FILTER (WHERE k.kind = 'removed') AS removed,
            sum(k.n) FILTER (WHERE k.kind = 'archived') AS archived,
            sum(k.n) FILTER (WHERE k.kind = 'left_replied') AS replied,
            sum(k.n) FILTER (WHERE k.kind = 'paused') AS paused,
            sum(k.n) FILTER (WHERE k.kind = 'place') AS places,
            sum(k.n) FILTER (WHERE k.kind = 'executed' AND i.position IS NOT NULL) AS sent,
            sum(k.n) FILTER (WHERE k.kind = 'accepted') AS accepted
        FROM campaign.counted_total k
        LEFT JOIN invitation i ON i.workspace_id = k.workspace_id AND i.campaign_id = k.campaign_id AND i.position = k.step
        WHERE k.workspace_id IN (SELECT campaign.my_workspaces())
          AND k.kind IN ('enrolled', 'success', 'failure', 'end', 'error', 'removed', 'archived', 'left_replied', 'paused', 'place',
                         'executed', 'accepted')
        GROUP BY k.workspace_id, k.campaign_id
    ), open_action AS (
        SELECT a.workspace_id, a.campaign_id, count(*) AS in_queue,
            count(*) FILTER (WHERE l.deferred_until > campaign.clock()) AS deferred
        FROM campaign.action a
        JOIN campaign.lane l ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
        WHERE a.state = 'queued' AND a.workspace_id IN (SELECT campaign.my_workspaces())
        GROUP BY a.workspace_id, a.campaign_id
    ), number AS (
        SELECT c.workspace_id, c.id AS campaign_id,
            COALESCE(t.enrolled, 0)::bigint AS enrolled,
            (COALESCE(t.enrolled, 0) - COALESCE(t.success, 0) - COALESCE(t.failure, 0) - COALESCE(t.ended, 0)
                - COALESCE(t.error, 0) - COALESCE(t.removed, 0) - COALESCE(t.archived, 0))::bigint AS inside,
            COALESCE(t.success, 0)::bigint AS success, COALESCE(t.failure, 0)::bigint AS failure,
            COALESCE(t.ended, 0)::bigint AS ended, COALESCE(t.error, 0)::bigint AS error,
            COALESCE(t.removed, 0)::bigint AS removed, COALESCE(t.archived, 0)::bigint AS archived,
            COALESCE(t.replied, 0)::bigint AS replied, COALESCE(d.sent_today, 0)::bigint AS sent_today,
            COALESCE(t.sent, 0)::bigint AS sent, COALESCE(t.accepted, 0)::bigint AS accepted,
            COALESCE(t.places, 0)::bigint AS active,
            CASE WHEN c.state = 'paused' THEN COALESCE(t.places, 0) ELSE COALESCE(t.paused, 0) END::bigint AS paused,
            COALESCE(o.in_queue, 0) AS in_queue,
            CASE WHEN c.state = 'paused' THEN 0 ELSE COALESCE(o.deferred, 0) END AS deferred
        FROM campaign.campaign c
        LEFT JOIN tally t ON t.workspace_id = c.workspace_id AND t.campaign_id = c.id
        LEFT JOIN open_action o ON o.workspace_id = c.workspace_id AND o.campaign_id = c.id
        CROSS JOIN LATERAL (
            SELECT sum(k.n) AS sent_today
            FROM campaign.counted k
            WHERE k.workspace_id = c.workspace_id AND k.campaign_id = c.id AND k.kind = 'executed'
              AND k.day = (campaign.clock() AT TIME ZONE c.time_zone)::date
        ) d
        WHERE c.workspace_id IN (SELECT campaign.my_workspaces())
    )
    SELECT c.id AS campaign_id, c.name AS campaign, c.program, m.name AS owner, c.state,
        CASE WHEN n.inside = 0 THEN 'red' WHEN n.in_queue = 0 THEN 'orange' ELSE 'green' END AS light,
        n.enrolled, n.active,
        n.active - n.deferred - n.paused AS in_progress, n.inside - n.active AS over_cap, n.deferred, n.paused,
        n.replied, n.enrolled - n.inside - n.replied AS finished,
        n.success, n.failure, n.ended, n.error, n.removed, n.archived,
        n.in_queue, n.sent_today, n.sent, n.accepted,
        CASE WHEN n.sent > 0 THEN round(n.accepted::numeric / n.sent, 4) END AS ratio,
        CASE WHEN n.sent > 0 THEN CASE WHEN n.accepted::numeric / n.sent >= 0.40 THEN 'green' ELSE 'red' END END AS ratio_indicator,
        c.created_at, c.launched_at, c.starts_at, c.paused_at, c.paused_by, c.pause_reason, c.closed_at, c.archived_at,
        CASE WHEN c.batch_left IS NULL THEN 0 ELSE (
            SELECT count(*) FROM campaign.enrollment w
            WHERE w.workspace_id = c.workspace_id AND w.campaign_id = c.id AND w.ended_at IS NULL AND w.held = 'first_batch') END AS waiting_batch
    FROM campaign.campaign c
    JOIN number n ON n.workspace_id = c.workspace_id AND n.campaign_id = c.id
    JOIN campaign.member m ON m.workspace_id = c.workspace_id AND m.id = c.owner_id
    WHERE c.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.overview IS
    'One row for each campaign. in_progress + over_cap + deferred + paused + replied + finished = enrolled (B9); over_cap wait for a place (S2.24). light: red nobody inside, orange nothing queued, green actions in the queue (S2.29). sent and accepted are invitations, ratio their quotient, its indicator green from 0.40 (S1.21)';
