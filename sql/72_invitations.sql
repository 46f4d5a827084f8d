-- What became of actions by bucket, and of invitations with and without a note.

CREATE VIEW campaign.action_buckets AS
    SELECT k.workspace_id, k.campaign_id, k.step, k.day,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'executed'), 0)::bigint AS sent,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'blocked_by_owner'), 0)::bigint AS blocked_by_owner,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'duplicate'), 0)::bigint AS duplicate,
        COALESCE(sum(k.n) FILTER (WHERE k.kind IN ('failed', 'refused')), 0)::bigint AS error,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'skipped'), 0)::bigint AS condition_false,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'already_invited'), 0)::bigint AS already_invited,
        sum(k.n)::bigint AS decided
    FROM campaign.counted k
    WHERE k.kind IN ('executed', 'blocked_by_owner', 'duplicate', 'failed', 'refused', 'skipped', 'already_invited')
    GROUP BY k.workspace_id, k.campaign_id, k.step, k.day;
COMMENT ON VIEW campaign.action_buckets IS
    'Internal. What was decided about actions, by campaign, step and local day of the campaign: the buckets are disjoint and add up to decided (S1.19)';

CREATE VIEW campaign.invitation_acceptance WITH (security_barrier) AS
    SELECT c.id AS campaign_id, c.name AS campaign, s.name AS step, n.with_note, n.sent, n.accepted,
        CASE WHEN n.sent > 0 THEN round(n.accepted::numeric / n.sent, 4) END AS ratio
    FROM campaign.step s
    JOIN campaign.campaign c ON c.workspace_id = s.workspace_id AND c.id = s.campaign_id
    CROSS JOIN LATERAL (SELECT a.options FROM campaign.action_kind a
                        WHERE a.name = s.action_kind ORDER BY a.built_in LIMIT 1) o
    LEFT JOIN (
        SELECT k.workspace_id, k.campaign_id, k.step,
            COALESCE(sum(k.n) FILTER (WHERE k.kind = 'executed'), 0) AS sent,
            COALESCE(sum(k.n) FILTER (WHERE k.kind = 'noted'), 0) AS noted,
            COALESCE(sum(k.n) FILTER (WHERE k.kind = 'accepted'), 0) AS accepted,
            COALESCE(sum(k.n) FILTER (WHERE k.kind = 'accepted_noted'), 0) AS accepted_noted
        FROM campaign.counted_total k
        WHERE k.workspace_id IN (SELECT campaign.my_workspaces())
        GROUP BY k.workspace_id, k.campaign_id, k.step
    ) t ON t.workspace_id = s.workspace_id AND t.campaign_id = s.campaign_id AND t.step = s.position
    CROSS JOIN LATERAL (VALUES
        (true, COALESCE(t.noted, 0)::bigint, COALESCE(t.accepted_noted, 0)::bigint),
        (false, COALESCE(t.sent - t.noted, 0)::bigint, COALESCE(t.accepted - t.accepted_noted, 0)::bigint)
    ) n(with_note, sent, accepted)
    WHERE o.options ->> 'relation' = 'pending' AND s.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.invitation_acceptance IS
    'How many invitations of each step were sent and accepted, with a note and without one (S2.6); accepted are those who connected while their run waited, having been invited by it';
