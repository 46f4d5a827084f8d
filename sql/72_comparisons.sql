-- Ways and campaigns side by side: which does better.

CREATE VIEW campaign.split_outcomes WITH (security_barrier) AS
    SELECT c.id AS campaign_id, c.name AS campaign, s.position, s.name AS step, w.n::integer AS way,
        (w.way ->> 'percent')::numeric AS percent, o.entered, o.inside, o.success, o.failure, o.otherwise, o.replied,
        CASE WHEN o.entered > 0 THEN round(o.success::numeric / o.entered, 4) END AS ratio
    FROM campaign.campaign c
    JOIN campaign.step s ON s.workspace_id = c.workspace_id AND s.campaign_id = c.id AND s.kind = 'split'
    CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(pg_catalog.jsonb_path_query_first(c.definition, s.path::pg_catalog.jsonpath))
        WITH ORDINALITY AS w (way, n)
    CROSS JOIN LATERAL (
        SELECT count(*) AS entered, count(*) FILTER (WHERE e.ended_at IS NULL) AS inside,
            count(*) FILTER (WHERE e.end_kind = 'success') AS success, count(*) FILTER (WHERE e.end_kind = 'failure') AS failure,
            count(*) FILTER (WHERE e.end_kind NOT IN ('success', 'failure')) AS otherwise,
            count(*) FILTER (WHERE e.status = 'replied') AS replied
        FROM (
            -- a run that came here again went the same way
            SELECT DISTINCT v.enrollment_id FROM campaign.event v
            WHERE v.workspace_id = s.workspace_id AND v.campaign_id = s.campaign_id AND v.step = s.position
              AND v.kind = 'split_drawn' AND v.detail ->> 'way' = w.n::text
        ) d
        JOIN campaign.enrollment e ON e.workspace_id = s.workspace_id AND e.id = d.enrollment_id
    ) o
    WHERE c.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.split_outcomes IS
    'The ways of each split side by side: what became of the runs that took them; ratio is success / entered (B14)';

CREATE VIEW campaign.top_network_growth WITH (security_barrier) AS
    SELECT o.campaign_id, o.campaign, o.program, o.owner, o.sent, o.accepted, o.ratio, o.ratio_indicator
    FROM campaign.campaign c
    JOIN campaign.overview o ON o.campaign_id = c.id
    WHERE c.workspace_id IN (SELECT campaign.my_workspaces()) AND o.sent > 0
    ORDER BY o.ratio DESC, o.accepted DESC, o.campaign_id;
COMMENT ON VIEW campaign.top_network_growth IS
    'Campaigns that sent invitations, those with the best ratio of accepted ones first (S1.22); the indicator is green from 0.40';

CREATE VIEW campaign.program_overview WITH (security_barrier) AS
    SELECT o.program, CASE WHEN GROUPING(o.campaign) = 0 THEN o.campaign END AS campaign, count(*) AS campaigns,
        sum(o.enrolled)::bigint AS enrolled, sum(o.active)::bigint AS active, sum(o.replied)::bigint AS replied, sum(o.finished)::bigint AS finished,
        sum(o.success)::bigint AS success, sum(o.failure)::bigint AS failure,
        sum(o.sent_today)::bigint AS sent_today, sum(o.planned_today)::bigint AS planned_today, sum(o.sent)::bigint AS sent, sum(o.accepted)::bigint AS accepted,
        CASE WHEN sum(o.sent) > 0 THEN round(sum(o.accepted) / sum(o.sent), 4) END AS ratio,
        CASE WHEN sum(o.sent) > 0 THEN CASE WHEN sum(o.accepted) / sum(o.sent) >= 0.40 THEN 'green' ELSE 'red' END END AS ratio_indicator
    FROM campaign.overview o
    GROUP BY GROUPING SETS ((o.program, o.campaign), (o.program));
COMMENT ON VIEW campaign.program_overview IS
    'Campaigns of the same program and name together, and each program in all, where campaign is NULL (S1.23); the indicator is green from 0.40';
