-- Which limits hold for an account and a kind of action: read by the dispatcher before it starts
-- one, and by the view quota_usage. How much of a limit is used up stands in usage, one row for each
-- (scope, scope_id, usage_kind, period).
--
-- For one (kind or all kinds, period) the account's own quota replaces the one for each account, and
-- that one the provider's limit; quotas of a channel and of the workspace hold beside them. A limit
-- for one kind and one for all kinds hold at once. Windows shared by several accounts are those of
-- the workspace's time zone, since the members' zones may differ.

CREATE VIEW campaign.account_quota AS
    WITH length (period, length) AS NOT MATERIALIZED (
        VALUES ('hour', interval '1 hour'), ('day', '1 day'), ('week', '7 days'), ('month', '31 days')
    ), kind AS NOT MATERIALIZED (
        SELECT k.name FROM campaign.action_kind k GROUP BY k.name
    ), own AS NOT MATERIALIZED (
        SELECT a.workspace_id, a.id AS account_id, k.name AS action_kind, q.period,
            COALESCE(q.action_kind, '') AS usage_kind, q.max_actions, q.mode, q.ramp, 1 AS precedence
        FROM campaign.account a
        JOIN campaign.quota q ON q.workspace_id = a.workspace_id AND q.scope = 'account'
            AND COALESCE(q.account_id, q.channel_id, 0) = a.id
        JOIN kind k ON COALESCE(q.action_kind, '') IN (k.name, '')
        UNION ALL
        SELECT a.workspace_id, a.id, k.name, q.period, COALESCE(q.action_kind, ''), q.max_actions, q.mode, q.ramp, 2
        FROM campaign.account a
        JOIN campaign.quota q ON q.workspace_id = a.workspace_id AND q.scope = 'each_account'
        JOIN kind k ON COALESCE(q.action_kind, '') IN (k.name, '')
        UNION ALL
        -- '*' is any provider without a row of its own for this kind
        SELECT a.workspace_id, a.id, l.action_kind, l.period, l.action_kind, l.max_actions,
            'calendar', NULL, CASE WHEN l.built_in THEN 4 ELSE 3 END
        FROM campaign.account a
        JOIN campaign.provider_limit l
            ON pg_catalog.lower(l.provider) = CASE
                WHEN EXISTS (SELECT FROM campaign.provider_limit o
                             WHERE pg_catalog.lower(o.provider) = pg_catalog.lower(a.provider)
                               AND o.action_kind = l.action_kind)
                THEN pg_catalog.lower(a.provider) ELSE '*' END
    ), strongest AS NOT MATERIALIZED (
        SELECT DISTINCT ON (o.workspace_id, o.account_id, o.action_kind, o.usage_kind, o.period)
            o.workspace_id, o.account_id, o.action_kind, o.usage_kind, o.period, o.max_actions,
            o.mode, o.ramp
        FROM own o
        ORDER BY o.workspace_id, o.account_id, o.action_kind, o.usage_kind, o.period, o.precedence
    )
    SELECT s.workspace_id, s.account_id, s.action_kind, s.period,
        'account'::text AS scope, s.account_id AS scope_id, s.usage_kind, s.max_actions, m.time_zone,
        s.mode, s.ramp, l.length
    FROM strongest s
    JOIN campaign.account a ON a.workspace_id = s.workspace_id AND a.id = s.account_id
    JOIN campaign.member m ON m.workspace_id = a.workspace_id AND m.id = a.member_id
    JOIN length l ON l.period = s.period
    UNION ALL
    SELECT a.workspace_id, a.id, k.name, q.period, q.scope,
        CASE q.scope WHEN 'channel' THEN a.channel_id ELSE a.workspace_id END,
        COALESCE(q.action_kind, ''), q.max_actions, COALESCE(s.time_zone, w.time_zone),
        q.mode, q.ramp, l.length
    FROM campaign.account a
    JOIN campaign.quota q ON q.workspace_id = a.workspace_id
        AND (q.scope = 'workspace' OR q.scope = 'channel' AND q.channel_id = a.channel_id)
    JOIN kind k ON COALESCE(q.action_kind, '') IN (k.name, '')
    JOIN campaign.workspace w ON w.id = a.workspace_id
    JOIN length l ON l.period = q.period
    LEFT JOIN campaign.workspace_setting s ON s.workspace_id = a.workspace_id;
COMMENT ON VIEW campaign.account_quota IS
    'The limits that hold for an account and a kind of action, all at once. usage_kind: the action_kind of the row of usage that counts for it, empty = all kinds; time_zone: the one of its windows; length: that of every window where mode is rolling';

-- Paces and rates are kept as rolling limits of other lengths: one start of an account in any window as
-- long as its pace, and as many of a channel as its rate says.
CREATE VIEW campaign.account_pace AS
    SELECT a.workspace_id, a.id AS account_id, 'pace'::text AS period, 'account'::text AS scope, a.id AS scope_id,
        1 AS max_actions, COALESCE(a.pace, (c.options ->> 'pace')::interval) AS length,
        COALESCE(a.pace_jitter, (c.options ->> 'pace_jitter')::interval, '0') AS jitter
    FROM campaign.account a
    JOIN campaign.channel c ON c.workspace_id = a.workspace_id AND c.id = a.channel_id
    WHERE a.pace IS NOT NULL OR c.options ? 'pace'
    UNION ALL
    SELECT a.workspace_id, a.id, 'rate', 'channel', c.id, r.n, interval '1 second' * (r.n / r.rate)::double precision, '0'
    FROM campaign.account a
    JOIN campaign.channel c ON c.workspace_id = a.workspace_id AND c.id = a.channel_id
    CROSS JOIN LATERAL (
        SELECT t.rate, GREATEST(pg_catalog.floor(t.rate), 1)::integer AS n
        FROM (SELECT (c.options ->> 'rate_per_second')::numeric AS rate) t
    ) r
    WHERE c.options ? 'rate_per_second';
COMMENT ON VIEW campaign.account_pace IS
    'What spreads the actions of an account: its pace, and the rate of its channel; at most max_actions in any window of that length';

CREATE VIEW campaign.account_usage AS
    SELECT q.workspace_id, q.account_id, q.action_kind, q.period, q.scope, q.scope_id, q.usage_kind, q.mode,
        r.max_actions, n.window_start, n.used,
        -- of a rolling quota: when the next may start
        CASE WHEN q.mode = 'calendar' THEN n.window_end
            WHEN n.used < r.max_actions THEN campaign.clock()
            ELSE (SELECT pg_catalog.min(e.at) + q.length
                  FROM (SELECT x.at, sum(x.n) OVER (ORDER BY x.at DESC) - x.n AS later
                        FROM unnest(u.recent_at, u.recent_n) x (at, n)) e
                  WHERE e.later < r.max_actions)
        END AS window_end
    FROM campaign.account_quota q
    LEFT JOIN campaign.usage u ON u.workspace_id = q.workspace_id AND u.scope = q.scope AND u.scope_id = q.scope_id
        AND u.action_kind = q.usage_kind AND u.period = q.period
    LEFT JOIN LATERAL campaign.ramp_step(q.ramp, u.since, q.time_zone, campaign.clock()) p ON q.ramp IS NOT NULL
    CROSS JOIN LATERAL (SELECT LEAST(q.max_actions, p.max_actions) AS max_actions) r
    CROSS JOIN LATERAL (
        SELECT t.starts AT TIME ZONE q.time_zone AS starts,
            (t.starts + ('1 ' || q.period)::interval) AT TIME ZONE q.time_zone AS ends
        FROM (SELECT pg_catalog.date_trunc(q.period, campaign.clock() AT TIME ZONE q.time_zone) AS starts) t
    ) w
    CROSS JOIN LATERAL (
        SELECT campaign.clock() - q.length, NULL::timestamptz, COALESCE(sum(x.n), 0)::integer
        FROM unnest(u.recent_at, u.recent_n) x (at, n)
        WHERE q.mode = 'rolling' AND x.at > campaign.clock() - q.length
        HAVING q.mode = 'rolling' AND u.recent_at IS NOT NULL
        UNION ALL
        SELECT CASE WHEN u.window_end > campaign.clock() THEN u.window_start ELSE w.starts END,
            CASE WHEN u.window_end > campaign.clock() THEN u.window_end ELSE w.ends END,
            CASE WHEN u.window_end > campaign.clock() THEN u.used ELSE 0 END
        WHERE q.mode = 'calendar' OR u.recent_at IS NULL
    ) n (window_start, window_end, used);
COMMENT ON VIEW campaign.account_usage IS
    'account_quota with the present window of each limit, and how much of it is used; max_actions by its ramp; window_end of a rolling one: when the next may start';
