-- When a campaign will be through (B4): the rehearsal of those who are inside, counted by day.

-- Of each kind of event that was reported in this campaign, the share of those actions that it can answer.
CREATE FUNCTION campaign.past_answers(c campaign.campaign) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    WITH counted AS MATERIALIZED (
        SELECT k.kind, k.step, sum(k.n) AS n FROM campaign.counter k
        WHERE k.workspace_id = (c).workspace_id AND k.campaign_id = (c).id
          -- what was sent since yesterday may be answered yet
          AND (k.kind <> 'executed' OR k.day < (campaign.clock() AT TIME ZONE (c).time_zone)::date - 1)
        GROUP BY k.kind, k.step
    ), sent AS (
        SELECT COALESCE(sum(t.n) FILTER (WHERE o.options ->> 'relation' = 'pending'), 0) AS invitations,
            COALESCE(sum(t.n) FILTER (WHERE COALESCE((o.options ->> 'reaches')::boolean, false) AND o.options ->> 'relation' IS DISTINCT FROM 'pending'), 0) AS others
        FROM counted t
        JOIN campaign.step s ON s.workspace_id = (c).workspace_id AND s.campaign_id = (c).id AND s.position = t.step
        CROSS JOIN LATERAL (SELECT a.options FROM campaign.action_kind a WHERE a.name = s.action_kind ORDER BY a.built_in LIMIT 1) o
        WHERE t.kind = 'executed'
    )
    SELECT COALESCE(jsonb_object_agg(r.kind, r.rate), '{}')
    FROM (
        SELECT t.kind, LEAST(round(sum(t.n) / NULLIF(CASE t.kind WHEN 'accepted' THEN sent.invitations ELSE sent.others END, 0), 6), 1) AS rate
        FROM counted t CROSS JOIN sent
        -- who is connected without having been invited is no answer
        WHERE t.kind = 'accepted' OR t.kind <> 'connected' AND EXISTS (SELECT FROM campaign.event_kind e WHERE e.name = t.kind AND e.reported)
        GROUP BY t.kind, sent.invitations, sent.others
    ) r
    WHERE r.rate IS NOT NULL
$$;
COMMENT ON FUNCTION campaign.past_answers(campaign.campaign) IS
    'Internal. How those who were reached by a campaign have answered so far, as the argument answers of dry_run()';

CREATE FUNCTION campaign.forecast(campaign bigint, horizon interval DEFAULT '365 days', answers jsonb DEFAULT NULL)
    RETURNS TABLE (day date, sent bigint, sent_by_kind jsonb, answered jsonb, skipped bigint, ended bigint, inside bigint, through_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    newcomers record := campaign.rehearsal_newcomers(c, NULL);
BEGIN
    RETURN QUERY
        WITH happens AS MATERIALIZED (
            SELECT (r.at AT TIME ZONE c.time_zone)::date AS day, r.at, r.what, COALESCE(r.action, '') AS action, r.code
            FROM campaign.rehearse_campaign(c, NULL, campaign.clock() + $2, COALESCE($3, campaign.past_answers(c)), false,
                newcomers.known, newcomers.imagined) r
        ), counted AS (
            SELECT h.day, h.what, CASE h.what WHEN 'executed' THEN h.action WHEN 'reported' THEN h.code ELSE '' END AS kind, count(*) AS n
            FROM happens h GROUP BY 1, 2, 3
        ), days AS (
            SELECT k.day,
                COALESCE(sum(k.n) FILTER (WHERE k.what = 'executed'), 0)::bigint AS sent,
                COALESCE(jsonb_object_agg(k.kind, k.n) FILTER (WHERE k.what = 'executed'), '{}') AS sent_by_kind,
                COALESCE(jsonb_object_agg(k.kind, k.n) FILTER (WHERE k.what = 'reported'), '{}') AS answered,
                COALESCE(sum(k.n) FILTER (WHERE k.what IN ('skipped', 'refused')), 0)::bigint AS skipped,
                COALESCE(sum(k.n) FILTER (WHERE k.what = 'ended'), 0)::bigint AS ended
            FROM counted k GROUP BY k.day
        ), whole AS (
            SELECT (SELECT count(*) FROM campaign.enrollment e
                    WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.ended_at IS NULL)
                    + cardinality(newcomers.known) + cardinality(newcomers.imagined) AS people,
                (SELECT count(*) FROM happens h WHERE h.what = 'ended') AS ended,
                (SELECT max(h.at) FROM happens h WHERE h.what = 'ended') AS last_at
        )
        SELECT d.day, d.sent, d.sent_by_kind, d.answered, d.skipped, d.ended, (w.people - sum(d.ended) OVER (ORDER BY d.day))::bigint,
            CASE WHEN w.ended >= w.people THEN w.last_at END
        FROM days d CROSS JOIN whole w
        ORDER BY d.day;
END
$$;
COMMENT ON FUNCTION campaign.forecast(bigint, interval, jsonb) IS
    'What a campaign will do on each local day with those who are inside, given its quotas, slots and cap, and when the last of them will be through (through_at, NULL = not before the horizon); answers as for dry_run(), by default as they were so far (B4)';
