-- Stage workflows as people look at them.

CREATE VIEW campaign.stage_members WITH (security_barrier) AS
    WITH last_run AS (
        SELECT DISTINCT ON (e.workspace_id, e.campaign_id, e.prospect_id) e.workspace_id, e.campaign_id, e.prospect_id, e.id, e.step, e.halt, e.end_kind, e.code
        FROM campaign.enrollment e
        WHERE e.workspace_id IN (SELECT campaign.my_workspaces())
          AND EXISTS (SELECT FROM campaign.step s WHERE s.workspace_id = e.workspace_id AND s.campaign_id = e.campaign_id AND s.kind = 'stage')
        ORDER BY e.workspace_id, e.campaign_id, e.prospect_id, e.run DESC
    ), place AS (
        SELECT l.workspace_id, l.campaign_id,
            CASE WHEN l.halt = 5 OR l.end_kind = 'success' THEN l.step END AS step,
            l.end_kind IS NOT NULL AND l.end_kind <> 'success' AND l.code <> 'not_eligible' AS is_dropped,
            COALESCE(l.code = 'not_eligible', false) AS is_not_eligible, count(*) AS n
        FROM last_run l GROUP BY 1, 2, 3, 4, 5
    ), ever AS (
        SELECT n.workspace_id, n.campaign_id, n.step, count(DISTINCT n.prospect_id) AS n
        FROM campaign.stage_entry n WHERE n.workspace_id IN (SELECT campaign.my_workspaces()) GROUP BY 1, 2, 3
    )
    SELECT c.id AS campaign_id, c.name AS campaign, s.name AS stage, s.content ->> 'title' AS title, s.content ->> 'phase' AS phase, s.position,
        (SELECT COALESCE(sum(p.n), 0) FROM place p WHERE p.workspace_id = s.workspace_id AND p.campaign_id = s.campaign_id
            AND CASE WHEN s.content ->> 'phase' = 'dropped' THEN p.is_dropped ELSE p.step = s.position END)::bigint AS members,
        CASE WHEN s.content ->> 'phase' = 'dropped' THEN (
            SELECT count(DISTINCT e.prospect_id) FROM campaign.enrollment e
            WHERE e.workspace_id = s.workspace_id AND e.campaign_id = s.campaign_id AND e.end_kind <> 'success' AND e.code <> 'not_eligible')
            ELSE COALESCE((SELECT v.n FROM ever v WHERE v.workspace_id = s.workspace_id AND v.campaign_id = s.campaign_id AND v.step = s.position), 0) END AS ever,
        s.content ->> 'promoted_by' AS promoted_by, (s.content ->> 'required')::boolean AS required, (s.content ->> 'custom')::boolean AS custom,
        (s.content ->> 'disabled')::boolean AS disabled,
        (SELECT pg_catalog.array_agg(m.content ->> 'template' ORDER BY m.position) FROM campaign.step m
         WHERE m.workspace_id = s.workspace_id AND m.campaign_id = s.campaign_id AND pg_catalog.starts_with(m.path, s.path || '.messages[')
           AND (m.content ->> 'if_stage' IS NULL OR EXISTS (SELECT FROM campaign.step o WHERE o.workspace_id = m.workspace_id AND o.campaign_id = m.campaign_id
               AND o.name = m.content ->> 'if_stage' AND NOT (o.content ->> 'disabled')::boolean))
           AND (m.content ->> 'unless_stage' IS NULL OR NOT EXISTS (SELECT FROM campaign.step o WHERE o.workspace_id = m.workspace_id AND o.campaign_id = m.campaign_id
               AND o.name = m.content ->> 'unless_stage' AND NOT (o.content ->> 'disabled')::boolean))) AS templates
    FROM campaign.step s
    JOIN campaign.campaign c ON c.workspace_id = s.workspace_id AND c.id = s.campaign_id
    WHERE s.kind = 'stage' AND s.workspace_id IN (SELECT campaign.my_workspaces())
    UNION ALL
    SELECT c.id, c.name, 'not_eligible', 'Not Eligible', 'dropped', NULL,
        (SELECT COALESCE(sum(p.n), 0) FROM place p WHERE p.workspace_id = c.workspace_id AND p.campaign_id = c.id AND p.is_not_eligible)::bigint,
        (SELECT count(DISTINCT e.prospect_id) FROM campaign.enrollment e WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.code = 'not_eligible'),
        NULL, false, false, false, NULL
    FROM campaign.campaign c
    WHERE c.workspace_id IN (SELECT campaign.my_workspaces()) AND c.settings -> 'tcm' = 'true'
      AND EXISTS (SELECT FROM campaign.step s WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id AND s.kind = 'stage');
COMMENT ON VIEW campaign.stage_members IS
    'The stages of each campaign with how many prospects are in them now (members) and ever were (ever); templates: those of its messages that apply, by which stages are on. Who was dropped, or left otherwise than by completing, is in the stage of phase dropped; not_eligible is there in campaigns with the setting tcm (S5.10)';

CREATE VIEW campaign.deliverable_status WITH (security_barrier) AS
    WITH participant AS (
        SELECT n.workspace_id, n.campaign_id, n.prospect_id, min(n.entered_at) AS since
        FROM campaign.stage_entry n
        JOIN campaign.step s ON s.workspace_id = n.workspace_id AND s.campaign_id = n.campaign_id AND s.position = n.step
        WHERE n.workspace_id IN (SELECT campaign.my_workspaces()) AND s.content ->> 'phase' IN ('participants', 'complete')
        GROUP BY 1, 2, 3
    )
    SELECT c.id AS campaign_id, c.name AS campaign, t.prospect_id, p.external_id, d.id AS deliverable_id, d.name, d.kind, d.count,
        COALESCE(x.submitted, 0) AS submitted, COALESCE(x.approved, 0) AS approved,
        CASE WHEN COALESCE(x.approved, 0) >= d.count THEN 'approved' WHEN COALESCE(x.submitted, 0) >= d.count THEN 'submitted'
            WHEN x.last_state = 'needs_revision' THEN 'needs_revision' ELSE 'open' END AS state,
        -- due at the end of the day
        (LEAST(d.due_on, (t.since AT TIME ZONE c.time_zone + d.due_after)::date) + 1)::timestamp AT TIME ZONE c.time_zone AS due_at,
        x.at, x.submission_id, x.url, x.note
    FROM participant t
    JOIN campaign.campaign c ON c.workspace_id = t.workspace_id AND c.id = t.campaign_id
    JOIN campaign.deliverable d ON d.workspace_id = t.workspace_id AND d.campaign_id = t.campaign_id
    LEFT JOIN campaign.prospect p ON p.workspace_id = t.workspace_id AND p.id = t.prospect_id
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE s.state <> 'needs_revision') AS submitted, count(*) FILTER (WHERE s.state = 'approved') AS approved,
            (pg_catalog.array_agg(s.state ORDER BY s.id DESC))[1] AS last_state, (pg_catalog.array_agg(s.id ORDER BY s.id DESC))[1] AS submission_id,
            (pg_catalog.array_agg(s.url ORDER BY s.id DESC))[1] AS url, (pg_catalog.array_agg(s.note ORDER BY s.id DESC))[1] AS note,
            max(COALESCE(s.reviewed_at, s.submitted_at)) AS at
        FROM campaign.submission s
        WHERE s.workspace_id = t.workspace_id AND s.campaign_id = t.campaign_id AND s.prospect_id = t.prospect_id AND s.deliverable_id = d.id
    ) x ON true
    WHERE t.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.deliverable_status IS
    'What each participant has to deliver, and how far he is: open, submitted, needs_revision, approved; due_at: the end of the day on which it is due, at: when it changed last';

CREATE VIEW campaign.incentive_status WITH (security_barrier) AS
    WITH participant AS (
        SELECT DISTINCT n.workspace_id, n.campaign_id, n.prospect_id
        FROM campaign.stage_entry n
        JOIN campaign.step s ON s.workspace_id = n.workspace_id AND s.campaign_id = n.campaign_id AND s.position = n.step
        WHERE n.workspace_id IN (SELECT campaign.my_workspaces()) AND s.content ->> 'phase' IN ('participants', 'complete')
    )
    SELECT c.id AS campaign_id, c.name AS campaign, t.prospect_id, p.external_id, i.id AS incentive_id, i.name, i.timing, i.amount, i.currency,
        COALESCE(y.state, 'open') AS state, NULL::timestamptz AS due_at, y.at, y.action_id, y.by_whom
    FROM participant t
    JOIN campaign.campaign c ON c.workspace_id = t.workspace_id AND c.id = t.campaign_id
    JOIN campaign.incentive i ON i.workspace_id = t.workspace_id AND i.campaign_id = t.campaign_id
    LEFT JOIN campaign.prospect p ON p.workspace_id = t.workspace_id AND p.id = t.prospect_id
    LEFT JOIN LATERAL (
        SELECT o.state, o.at, o.action_id, o.by_whom FROM campaign.payment o
        WHERE o.workspace_id = t.workspace_id AND o.incentive_id = i.id AND o.prospect_id = t.prospect_id
        ORDER BY o.id DESC LIMIT 1
    ) y ON true
    WHERE t.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.incentive_status IS
    'What each participant gets: open, queued (an action is to pay it), fulfilled, failed; at: when it came to that';
