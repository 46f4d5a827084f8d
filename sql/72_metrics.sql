-- What a monitoring system asks for, a row for each figure, by the names that Prometheus expects: base units, _total for
-- what only grows, and the parts of one figure by labels.

CREATE VIEW campaign.metrics WITH (security_barrier) AS
    WITH place AS (
        SELECT c.workspace_id, c.id, pg_catalog.jsonb_build_object('workspace', w.name, 'campaign_id', c.id::text, 'campaign', c.name) AS labels
        FROM campaign.campaign c
        JOIN campaign.workspace w ON w.id = c.workspace_id
        WHERE c.workspace_id IN (SELECT campaign.my_workspaces())
    ), looked AS MATERIALIZED (
        SELECT p.labels, o.* FROM campaign.overview o JOIN place p ON p.id = o.campaign_id WHERE o.state <> 'archived'
    )
    SELECT 'campaign_info' AS name, 'gauge' AS kind, pg_catalog.jsonb_build_object('version', campaign.library_version()) AS labels, 1::double precision AS value,
        'The version of the library.' AS help
    UNION ALL
    SELECT 'campaign_runs', 'gauge', o.labels || pg_catalog.jsonb_build_object('state', v.state), v.n, 'Runs that are inside, by what they do.'
    FROM looked o CROSS JOIN LATERAL (VALUES ('in_progress', o.in_progress), ('deferred', o.deferred), ('paused', o.paused), ('over_cap', o.over_cap)) v (state, n)
    UNION ALL
    SELECT 'campaign_enrolled_total', 'counter', o.labels, o.enrolled, 'Runs that were ever begun.' FROM looked o
    UNION ALL
    SELECT 'campaign_ended_total', 'counter', o.labels || pg_catalog.jsonb_build_object('end_kind', v.end_kind), v.n, 'Runs that have ended, by how.'
    FROM looked o CROSS JOIN LATERAL (VALUES ('success', o.success), ('failure', o.failure), ('end', o.ended), ('error', o.error), ('removed', o.removed)) v (end_kind, n)
    UNION ALL
    SELECT 'campaign_queued_actions', 'gauge', o.labels, o.in_queue, 'Actions that wait to be started.' FROM looked o
    UNION ALL
    SELECT 'campaign_health', 'gauge', o.labels || pg_catalog.jsonb_build_object('health', v.health), CASE WHEN v.health = o.health THEN 1 ELSE 0 END,
        '1 for the health that a live campaign has, 0 for the others.'
    FROM looked o CROSS JOIN (VALUES ('created'), ('scheduled'), ('running'), ('warnings'), ('errors'), ('stopped')) v (health)
    WHERE o.health IS NOT NULL
    UNION ALL
    SELECT 'campaign_actions_total', 'counter', p.labels || pg_catalog.jsonb_build_object('kind', s.action_kind, 'outcome', k.kind), sum(k.n), 'Actions that were executed or failed, by kind.'
    FROM campaign.counted_total k
    JOIN campaign.step s ON s.workspace_id = k.workspace_id AND s.campaign_id = k.campaign_id AND s.position = k.step AND s.action_kind IS NOT NULL
    JOIN place p ON p.workspace_id = k.workspace_id AND p.id = k.campaign_id
    WHERE k.workspace_id IN (SELECT campaign.my_workspaces()) AND k.kind IN ('executed', 'failed')
    GROUP BY p.labels, s.action_kind, k.kind
    UNION ALL
    SELECT 'campaign_answers_total', 'counter', p.labels || pg_catalog.jsonb_build_object('kind', k.kind), sum(k.n), 'What came back, by kind.'
    FROM campaign.counted_total k
    JOIN place p ON p.workspace_id = k.workspace_id AND p.id = k.campaign_id
    WHERE k.workspace_id IN (SELECT campaign.my_workspaces()) AND k.kind IN ('accepted', 'replied', 'bounced', 'unsubscribed')
    GROUP BY p.labels, k.kind
    UNION ALL
    SELECT v.name, 'gauge', pg_catalog.jsonb_build_object('workspace', w.name, 'account', a.address, 'action_kind', COALESCE(q.action_kind, ''), 'period', q.period, 'scope', q.scope), v.n, v.help
    FROM campaign.quota_usage q
    JOIN campaign.account a ON a.id = q.account_id AND a.workspace_id IN (SELECT campaign.my_workspaces())
    JOIN campaign.workspace w ON w.id = a.workspace_id
    CROSS JOIN LATERAL (VALUES ('campaign_quota_used', q.used, 'Actions of the present window of a quota.'), ('campaign_quota_limit', q.max_actions, 'Actions that a window of a quota may have.')) v (name, n, help)
    UNION ALL
    SELECT 'campaign_open_alerts', 'gauge', pg_catalog.jsonb_build_object('severity', s.severity), count(a.code), 'Alerts that are open, by severity.'
    FROM (VALUES ('warning'), ('error'), ('fatal')) s (severity)
    LEFT JOIN campaign.alerts a ON a.severity = s.severity AND a.closed_at IS NULL
    GROUP BY s.severity
    UNION ALL
    SELECT 'campaign_stuck_runs', 'gauge', '{}', count(*), 'Runs that nothing will move on; none when all is well.' FROM campaign.stuck
    UNION ALL
    SELECT 'campaign_unknown_outcomes', 'gauge', '{}', count(*), 'Actions of which nobody knows whether they were accepted.' FROM campaign.unknown_outcomes
    UNION ALL
    SELECT v.name, v.kind, pg_catalog.jsonb_build_object('kind', x.kind, 'number', x.number::text), v.n, v.help
    FROM campaign.worker_slots() x
    CROSS JOIN LATERAL (VALUES
        ('campaign_worker_up', 'gauge', CASE WHEN x.pid IS NULL THEN 0 ELSE 1 END, '1 for a process that runs, 0 for one that should.'),
        ('campaign_worker_heartbeat_timestamp_seconds', 'gauge', EXTRACT(epoch FROM x.heartbeat), 'When a process last said that it is well.'),
        ('campaign_worker_rounds_total', 'counter', x.rounds, 'Transactions of a process since it was started.'),
        ('campaign_worker_sends_total', 'counter', x.sends, 'Requests that a process handed to the network since it was started.'),
        ('campaign_worker_errors_total', 'counter', x.errors, 'Transactions of a process that failed since it was started.')) v (name, kind, n, help)
    WHERE v.n IS NOT NULL;
COMMENT ON VIEW campaign.metrics IS
    'Figures for a monitoring system, of all workspaces that the reader may read: name and kind (gauge, counter) as Prometheus has them, labels, value, help; metrics_text() says them in its format';

-- Compiling so many small statements would take longer than they do.
CREATE FUNCTION campaign.metrics_text() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
    SELECT COALESCE(string_agg(format(E'# HELP %1$s %2$s\n# TYPE %1$s %3$s\n%4$s', f.name, replace(replace(f.help, '\', '\\'), E'\n', '\n'), f.kind, f.lines), '' ORDER BY f.name), '')
    FROM (
        SELECT m.name, min(m.help) AS help, min(m.kind) AS kind, string_agg(m.name || m.labels || ' ' || m.value || E'\n', '' ORDER BY m.labels COLLATE "C") AS lines
        FROM (
            SELECT x.name, x.help, x.kind, x.value::text AS value,
                COALESCE((SELECT '{' || string_agg(format('%s="%s"', l.key, replace(replace(replace(l.value, '\', '\\'), '"', '\"'), E'\n', '\n')), ',' ORDER BY l.key COLLATE "C") || '}'
                          FROM jsonb_each_text(x.labels) l), '') AS labels
            FROM campaign.metrics x
        ) m
        GROUP BY m.name
    ) f
$$;
COMMENT ON FUNCTION campaign.metrics_text() IS
    'The view metrics in the text format that Prometheus reads, as of whoever calls';
