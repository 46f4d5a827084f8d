-- What members were told over channels of the network, and what came of it.

CREATE VIEW campaign.notices WITH (security_barrier) AS
    SELECT n.campaign_id, c.name AS campaign, n.id AS notice_id, m.name AS member, h.name AS channel, n.kind, n.state,
        n.attempt AS attempts, n.queued_at, n.not_before, n.started_at, n.finished_at, n.content, n.outcome
    FROM campaign.notice n
    JOIN campaign.campaign c ON c.workspace_id = n.workspace_id AND c.id = n.campaign_id
    LEFT JOIN campaign.member m ON m.workspace_id = n.workspace_id AND m.id = n.member_id
    LEFT JOIN campaign.channel h ON h.workspace_id = n.workspace_id AND h.id = n.channel_id
    WHERE n.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.notices IS
    'What members are told over their notify_channel_id, where that is of transport http or smtp (what channels of transport outbox are told is in outbox), and what came of it: queued, also between attempts; processing; complete; failed; or unknown, where nobody knows whether it was accepted';
