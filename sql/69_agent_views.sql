-- Who takes work, and whether anybody does: what waits for agents, and when they were last heard of.

-- The oldest that could be taken now, of each queue: quotas that are used up keep it from everybody.
CREATE VIEW campaign.agent_queue AS
    SELECT l.workspace_id, l.account_id, l.id AS lane_id, o.not_before AS waiting_since
    FROM campaign.lane l
    CROSS JOIN LATERAL (
        SELECT q.not_before FROM campaign.action q
        WHERE q.workspace_id = l.workspace_id AND q.lane_id = l.id AND q.state = 'queued' AND q.not_before <= campaign.clock()
        ORDER BY q.not_before LIMIT 1
    ) o
    WHERE l.pulled AND (l.deferred_until IS NULL OR l.deferred_until <= campaign.clock());
COMMENT ON VIEW campaign.agent_queue IS 'Internal. The queues of agents in which work waits, and since when';

CREATE VIEW campaign.agent_silence AS
    SELECT s.workspace_id, s.account_id, s.address, s.lanes, s.since
    FROM (
        SELECT a.workspace_id, a.id AS account_id, a.address, q.lanes, h.options ->> 'silent_after' AS silent_after,
            GREATEST(q.waiting_since, (SELECT pg_catalog.max(g.seen_at) FROM campaign.agent_sign g
                                       WHERE g.workspace_id = a.workspace_id AND g.account_id = a.id)) AS since
        FROM (
            SELECT w.workspace_id, w.account_id, pg_catalog.array_agg(w.lane_id) AS lanes, pg_catalog.min(w.waiting_since) AS waiting_since
            FROM campaign.agent_queue w
            GROUP BY w.workspace_id, w.account_id
        ) q
        JOIN campaign.account a ON a.workspace_id = q.workspace_id AND a.id = q.account_id
        JOIN campaign.member m ON m.workspace_id = a.workspace_id AND m.id = a.member_id
        JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
        -- nobody is given the work of others, which has a cause of its own
        WHERE a.session_state = 'connected' AND a.identity_active AND m.is_active
    ) s
    WHERE s.since <= campaign.clock() - COALESCE(s.silent_after, '1 day')::interval;
COMMENT ON VIEW campaign.agent_silence IS
    'Internal. Accounts whose work nobody takes: since when it waits, or since when its agents were not heard of';

CREATE VIEW campaign.agent_cause AS
    SELECT c.workspace_id, c.id AS campaign_id, s.account_id::text AS subject, s.since,
        pg_catalog.format('work of account "%s" waits, and its agents are silent', s.address) AS message,
        pg_catalog.format('SELECT * FROM campaign.take(%s)', s.account_id) AS remedy
    FROM campaign.agent_silence s
    JOIN campaign.campaign_account o ON o.workspace_id = s.workspace_id AND o.account_id = s.account_id
    JOIN campaign.campaign c ON c.workspace_id = o.workspace_id AND c.id = o.campaign_id AND c.state = 'live'
    WHERE EXISTS (
        SELECT FROM campaign.action q
        WHERE q.workspace_id = s.workspace_id AND q.lane_id = ANY (s.lanes) AND q.campaign_id = c.id AND q.state = 'queued'
          AND q.not_before <= campaign.clock());
COMMENT ON VIEW campaign.agent_cause IS 'Internal. Live campaigns whose work nobody takes';

CREATE VIEW campaign.known_agent AS
    SELECT a.workspace_id, a.member_id, a.id AS account_id, a.address AS account, m.name AS member, h.name AS channel, g.agent, g.seen_at,
        w.taken, w.waiting, w.waiting_since, l.account_id IS NOT NULL AS is_silent
    FROM campaign.account a
    JOIN campaign.member m ON m.workspace_id = a.workspace_id AND m.id = a.member_id
    JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id AND h.transport = 'agent'
    LEFT JOIN campaign.agent_sign g ON g.workspace_id = a.workspace_id AND g.account_id = a.id
    LEFT JOIN campaign.agent_silence l ON l.workspace_id = a.workspace_id AND l.account_id = a.id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE q.state = 'processing') AS taken, count(*) FILTER (WHERE q.state = 'queued') AS waiting,
            pg_catalog.min(q.not_before) FILTER (WHERE q.state = 'queued') AS waiting_since
        FROM campaign.lane o
        CROSS JOIN LATERAL (
            SELECT x.state, x.not_before FROM campaign.action x
            WHERE x.workspace_id = o.workspace_id AND x.lane_id = o.id AND x.state = 'queued' AND x.not_before <= campaign.clock()
              AND (o.deferred_until IS NULL OR o.deferred_until <= campaign.clock())
            UNION ALL
            SELECT x.state, NULL FROM campaign.action x
            WHERE x.workspace_id = o.workspace_id AND x.lane_id = o.id AND x.state = 'processing' AND x.reason = 'leased'
        ) q
        WHERE o.workspace_id = a.workspace_id AND o.account_id = a.id AND o.pulled
    ) w;
COMMENT ON VIEW campaign.known_agent IS 'Internal. The view agents, of everybody';

CREATE VIEW campaign.agents WITH (security_barrier) AS
    SELECT k.account_id, k.account, k.member, k.channel, k.agent, k.seen_at, k.taken, k.waiting, k.waiting_since, k.is_silent
    FROM campaign.known_agent k
    WHERE k.workspace_id IN (SELECT campaign.my_workspaces())
    UNION ALL
    SELECT k.account_id, k.account, k.member, k.channel, k.agent, k.seen_at, k.taken, k.waiting, k.waiting_since, k.is_silent
    FROM campaign.my_members() m
    JOIN campaign.known_agent k ON k.workspace_id = m.workspace_id AND k.member_id = m.member_id;
COMMENT ON VIEW campaign.agents IS
    'The accounts whose channel is of transport agent, with each role that has taken of their work: when it was last heard of (it took, extended a lease or reported; NULL: nobody ever did), how many actions of the account are taken and how many wait that could be, since when the oldest; is_silent: work waits, and no agent of the account was heard of for as long as the option silent_after of its channel says, a day if it does not. An agent sees the accounts of his member';
