-- One row for each campaign. Its numbers come from counters, not from its rows, so that they cost the same
-- at a thousand and at ten million (sql/42_counted.sql).

CREATE VIEW campaign.campaign_tally AS
    SELECT k.workspace_id, k.campaign_id,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'enrolled'), 0)::bigint AS enrolled,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'success'), 0)::bigint AS success,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'failure'), 0)::bigint AS failure,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'end'), 0)::bigint AS ended,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'error'), 0)::bigint AS error,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'removed'), 0)::bigint AS removed,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'archived'), 0)::bigint AS archived,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'left_replied'), 0)::bigint AS replied,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'paused'), 0)::bigint AS paused,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'place'), 0)::bigint AS places,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'executed' AND i.position IS NOT NULL), 0)::bigint AS sent,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'accepted'), 0)::bigint AS accepted,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'enrolled'), 0)::bigint - COALESCE(sum(k.n) FILTER (
            WHERE k.kind IN ('success', 'failure', 'end', 'error', 'removed', 'archived')), 0)::bigint AS inside
    FROM campaign.counted_total k
    LEFT JOIN (SELECT s.workspace_id, s.campaign_id, s.position FROM campaign.kind_of_step s WHERE s.options ->> 'relation' = 'pending') i
        ON i.workspace_id = k.workspace_id AND i.campaign_id = k.campaign_id AND i.position = k.step
    WHERE k.kind IN ('enrolled', 'success', 'failure', 'end', 'error', 'removed', 'archived', 'left_replied', 'paused', 'place',
                     'executed', 'accepted')
    GROUP BY k.workspace_id, k.campaign_id;
COMMENT ON VIEW campaign.campaign_tally IS
    'Internal. What was counted of each campaign over all days; sent and accepted are invitations, inside those who have not ended';

CREATE VIEW campaign.overview WITH (security_barrier) AS
    SELECT v.*
    FROM campaign.my_workspaces() w (id)
    -- one workspace at a time, so that all that is behind it is read of that one alone
    CROSS JOIN LATERAL (
        SELECT c.id AS campaign_id, c.name AS campaign, c.program, m.name AS owner, c.state, h.health,
            h.details AS health_details,
            CASE WHEN COALESCE(t.inside, 0) = 0 THEN 'red' WHEN h.in_queue = 0 THEN 'orange' ELSE 'green' END AS light,
            COALESCE(t.enrolled, 0) AS enrolled, COALESCE(t.places, 0) AS active,
            COALESCE(t.places, 0) - p.deferred - p.paused AS in_progress, COALESCE(t.inside - t.places, 0) AS over_cap,
            p.deferred, p.paused, COALESCE(t.replied, 0) AS replied, COALESCE(t.enrolled - t.inside - t.replied, 0) AS finished,
            COALESCE(t.success, 0) AS success, COALESCE(t.failure, 0) AS failure, COALESCE(t.ended, 0) AS ended,
            COALESCE(t.error, 0) AS error, COALESCE(t.removed, 0) AS removed, COALESCE(t.archived, 0) AS archived,
            h.in_queue, h.executed AS sent_today,
            h.planned AS planned_today, h.progress_pct,
            r.in_campaign_pct, r.as_of AS in_campaign_as_of,
            COALESCE(t.sent, 0) AS sent, COALESCE(t.accepted, 0) AS accepted,
            CASE WHEN t.sent > 0 THEN round(t.accepted::numeric / t.sent, 4) END AS ratio,
            -- not by the rounded one: 39.999 % is no 40 % (D2)
            CASE WHEN t.sent > 0 THEN CASE WHEN t.accepted::numeric / t.sent >= 0.40 THEN 'green' ELSE 'red' END END AS ratio_indicator,
            c.created_at, c.launched_at, c.starts_at, h.next_slot_at, c.paused_at, c.paused_by, c.pause_reason, c.closed_at, c.archived_at,
            COALESCE(b.waiting, 0) AS waiting_batch
        FROM campaign.campaign c
        JOIN campaign.member m ON m.workspace_id = c.workspace_id AND m.id = c.owner_id
        LEFT JOIN campaign.campaign_tally t ON t.workspace_id = c.workspace_id AND t.campaign_id = c.id
        JOIN campaign.campaign_health h ON h.workspace_id = c.workspace_id AND h.campaign_id = c.id
        LEFT JOIN campaign.campaign_reach r ON r.workspace_id = c.workspace_id AND r.campaign_id = c.id
        LEFT JOIN (
            SELECT o.workspace_id, o.id, count(*) AS waiting
            FROM campaign.campaign o
            JOIN campaign.enrollment e ON e.workspace_id = o.workspace_id AND e.campaign_id = o.id AND e.ended_at IS NULL AND e.held = 'first_batch'
            WHERE o.batch_left IS NOT NULL
            GROUP BY o.workspace_id, o.id
        ) b ON b.workspace_id = c.workspace_id AND b.id = c.id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN c.state = 'paused' THEN COALESCE(t.places, 0) ELSE COALESCE(t.paused, 0) END AS paused,
                CASE WHEN c.state = 'paused' THEN 0 ELSE h.deferred END AS deferred
        ) p
        WHERE c.workspace_id = w.id
        OFFSET 0
    ) v;
COMMENT ON VIEW campaign.overview IS
    'One row for each campaign. in_progress + over_cap + deferred + paused + replied + finished = enrolled (B9); over_cap wait for a place (S2.24). health as in the view health. light: red nobody inside, orange nothing queued, green actions in the queue (S2.29). planned_today and progress_pct as in the view today. sent and accepted are invitations, ratio their quotient, its indicator green from 0.40 (S1.21)';
