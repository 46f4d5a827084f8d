-- What campaigns that nurture come to: what was sent, who clicked, who answered, and how (S1.23).

CREATE VIEW campaign.nurture WITH (security_barrier) AS
    WITH contact AS MATERIALIZED (
        SELECT s.workspace_id, s.campaign_id, s.position
        FROM campaign.step s
        WHERE s.action_kind IN (SELECT k.name FROM campaign.action_kind k GROUP BY k.name
                                HAVING (pg_catalog.array_agg(k.options ORDER BY k.built_in))[1] @> '{"reaches": true}')
          AND s.workspace_id IN (SELECT campaign.my_workspaces())
    ), tally AS (
        SELECT k.workspace_id, k.campaign_id,
            sum(k.n) FILTER (WHERE k.kind = 'executed' AND t.position IS NOT NULL) AS sent,
            sum(k.n) FILTER (WHERE k.kind = 'clicked') AS clicked,
            sum(k.n) FILTER (WHERE k.kind = 'replied') AS replied,
            sum(k.n) FILTER (WHERE k.kind = 'scored') AS scored,
            sum(k.n) FILTER (WHERE k.kind = 'score') AS score
        FROM campaign.counted_total k
        LEFT JOIN contact t ON t.workspace_id = k.workspace_id AND t.campaign_id = k.campaign_id AND t.position = k.step
        WHERE k.workspace_id IN (SELECT campaign.my_workspaces())
          AND k.kind IN ('executed', 'clicked', 'replied', 'scored', 'score')
        GROUP BY k.workspace_id, k.campaign_id
    )
    SELECT c.id AS campaign_id, c.name AS campaign, c.program, m.name AS owner, c.state = 'live' AS is_active,
        COALESCE(t.sent, 0)::bigint AS sent, COALESCE(t.clicked, 0)::bigint AS clicked, COALESCE(t.replied, 0)::bigint AS replied,
        COALESCE(t.scored, 0)::bigint AS scored,
        CASE WHEN t.scored > 0 THEN round(t.score / t.scored / 1000, 4) END AS reply_score,
        CASE WHEN t.scored > 0 THEN CASE WHEN t.score / t.scored >= 500 THEN 'green' ELSE 'red' END END AS reply_indicator
    FROM campaign.campaign c
    JOIN campaign.member m ON m.workspace_id = c.workspace_id AND m.id = c.owner_id
    LEFT JOIN tally t ON t.workspace_id = c.workspace_id AND t.campaign_id = c.id
    WHERE c.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.nurture IS
    'Messages, clicks and replies of each campaign, and the mean of what replies were reported to be like: reply_score from 0 (hostile) to 1 (glad) over the scored ones, those whose event has detail.sentiment; its indicator is green from 0.5, NULL while none is scored (S1.23)';
