-- Which limits hold for an account and a kind of action: read by the dispatcher before it starts
-- one, and by the view quota_usage. How much of a limit is used up stands in usage, one row for each
-- (scope, scope_id, usage_kind, period).
--
-- For one (kind or all kinds, period) the account's own quota replaces the one for each account, and
-- that one the provider's limit; quotas of a channel and of the workspace hold beside them. A limit
-- for one kind and one for all kinds hold at once. Windows shared by several accounts are those of
-- the workspace's time zone, since the members' zones may differ.

CREATE VIEW campaign.account_quota AS
    WITH kind AS NOT MATERIALIZED (
        SELECT k.name FROM campaign.action_kind k GROUP BY k.name
    ), own AS NOT MATERIALIZED (
        SELECT a.workspace_id, a.id AS account_id, k.name AS action_kind, q.period,
            COALESCE(q.action_kind, '') AS usage_kind, q.max_actions, 1 AS precedence
        FROM campaign.account a
        JOIN campaign.quota q ON q.workspace_id = a.workspace_id AND q.scope = 'account'
            AND COALESCE(q.account_id, q.channel_id, 0) = a.id
        JOIN kind k ON COALESCE(q.action_kind, '') IN (k.name, '')
        UNION ALL
        SELECT a.workspace_id, a.id, k.name, q.period, COALESCE(q.action_kind, ''), q.max_actions, 2
        FROM campaign.account a
        JOIN campaign.quota q ON q.workspace_id = a.workspace_id AND q.scope = 'each_account'
        JOIN kind k ON COALESCE(q.action_kind, '') IN (k.name, '')
        UNION ALL
        -- '*' is any provider without a row of its own for this kind
        SELECT a.workspace_id, a.id, l.action_kind, l.period, l.action_kind, l.max_actions,
            CASE WHEN l.built_in THEN 4 ELSE 3 END
        FROM campaign.account a
        JOIN campaign.provider_limit l
            ON pg_catalog.lower(l.provider) = CASE
                WHEN EXISTS (SELECT FROM campaign.provider_limit o
                             WHERE pg_catalog.lower(o.provider) = pg_catalog.lower(a.provider)
                               AND o.action_kind = l.action_kind)
                THEN pg_catalog.lower(a.provider) ELSE '*' END
    ), strongest AS NOT MATERIALIZED (
        SELECT DISTINCT ON (o.workspace_id, o.account_id, o.action_kind, o.usage_kind, o.period)
            o.workspace_id, o.account_id, o.action_kind, o.usage_kind, o.period, o.max_actions
        FROM own o
        ORDER BY o.workspace_id, o.account_id, o.action_kind, o.usage_kind, o.period, o.precedence
    )
    SELECT s.workspace_id, s.account_id, s.action_kind, s.period,
        'account'::text AS scope, s.account_id AS scope_id, s.usage_kind, s.max_actions, m.time_zone
    FROM strongest s
    JOIN campaign.account a ON a.workspace_id = s.workspace_id AND a.id = s.account_id
    JOIN campaign.member m ON m.workspace_id = a.workspace_id AND m.id = a.member_id
    UNION ALL
    SELECT a.workspace_id, a.id, k.name, q.period, q.scope,
        CASE q.scope WHEN 'channel' THEN a.channel_id ELSE a.workspace_id END,
        COALESCE(q.action_kind, ''), q.max_actions, COALESCE(s.time_zone, w.time_zone)
    FROM campaign.account a
    JOIN campaign.quota q ON q.workspace_id = a.workspace_id
        AND (q.scope = 'workspace' OR q.scope = 'channel' AND q.channel_id = a.channel_id)
    JOIN kind k ON COALESCE(q.action_kind, '') IN (k.name, '')
    JOIN campaign.workspace w ON w.id = a.workspace_id
    LEFT JOIN campaign.workspace_setting s ON s.workspace_id = a.workspace_id;
COMMENT ON VIEW campaign.account_quota IS
    'The limits that hold for an account and a kind of action, all at once. usage_kind: the action_kind of the row of usage that counts for it, empty = all kinds; time_zone: the one of its windows';

CREATE VIEW campaign.account_usage AS
    SELECT q.workspace_id, q.account_id, q.action_kind, q.period, q.scope, q.scope_id, q.usage_kind, q.max_actions,
        CASE WHEN u.id IS NULL THEN w.starts ELSE u.window_start END AS window_start,
        CASE WHEN u.id IS NULL THEN w.ends ELSE u.window_end END AS window_end,
        COALESCE(u.used, 0) AS used
    FROM campaign.account_quota q
    CROSS JOIN LATERAL (
        SELECT t.starts AT TIME ZONE q.time_zone AS starts,
            (t.starts + ('1 ' || q.period)::interval) AT TIME ZONE q.time_zone AS ends
        FROM (SELECT pg_catalog.date_trunc(q.period, campaign.clock() AT TIME ZONE q.time_zone) AS starts) t
    ) w
    LEFT JOIN campaign.usage u ON u.workspace_id = q.workspace_id AND u.scope = q.scope AND u.scope_id = q.scope_id
        AND u.action_kind = q.usage_kind AND u.period = q.period AND u.window_end > campaign.clock();
COMMENT ON VIEW campaign.account_usage IS
    'account_quota with the present window of each limit, and how much of it is used';
