-- Alerts follow health: raised once when a cause is first seen, closed when it has gone.

CREATE FUNCTION campaign.notify_subscribers(workspace bigint, raised bigint[], at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    -- one for each member, however many of his subscriptions fit
    PERFORM campaign.notify_members($1, array_agg(t.member_id ORDER BY t.alert_id, t.member_id),
        array_agg(format('alert:%s:%s', t.alert_id, t.member_id) ORDER BY t.alert_id, t.member_id),
        array_agg(t.content ORDER BY t.alert_id, t.member_id), $3)
    FROM (
        SELECT DISTINCT ON (a.id, m.id) a.id AS alert_id, m.id AS member_id, jsonb_build_object('kind', 'alert_raised', 'alert', a.id::text,
            'code', a.code, 'severity', a.severity, 'at', a.raised_at,
            'subject', campaign.one_line(format('%s: %s', c.name, a.message)), 'body', concat_ws(E'\n', a.message, 'Remedy: ' || a.remedy),
            'campaign', jsonb_build_object('id', c.id::text, 'name', c.name)) AS content
        FROM campaign.alert a
        JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = a.campaign_id
        JOIN campaign.alert_subscription s ON s.workspace_id = $1
            AND COALESCE(s.campaign_id = a.campaign_id, true) AND COALESCE(s.code = a.code, true)
        JOIN campaign.member m ON m.workspace_id = $1 AND m.id = s.member_id AND m.is_active AND m.notify_channel_id IS NOT NULL
        WHERE a.workspace_id = $1 AND a.id = ANY ($2)
        ORDER BY a.id, m.id) t
    HAVING count(*) > 0;
END
$$;
COMMENT ON FUNCTION campaign.notify_subscribers(bigint, bigint[], timestamptz) IS
    'Internal. Tells those who subscribed of these alerts, each once, over their notify_channel_id';

CREATE FUNCTION campaign.close_alerts(workspace bigint, found campaign.campaign_cause[], at timestamptz, only_of bigint[]) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    closed campaign.alert[];
    each campaign.alert;
BEGIN
    WITH gone AS (
        UPDATE campaign.alert a SET closed_at = $3
        WHERE a.workspace_id = $1 AND a.closed_at IS NULL AND ($4 IS NULL OR a.campaign_id = ANY ($4))
          AND NOT EXISTS (SELECT FROM unnest($2) f WHERE f.campaign_id = a.campaign_id AND f.code = a.code AND f.subject = a.subject)
        RETURNING a.*
    )
    SELECT array_agg(g ORDER BY g.id) INTO closed FROM gone g;
    FOREACH each IN ARRAY COALESCE(closed, '{}') LOOP
        PERFORM campaign.note_event($1, 'alert_closed', each.campaign_id,
            jsonb_build_object('alert', each.id::text, 'code', each.code), by_system => true);
    END LOOP;
    RETURN COALESCE(cardinality(closed), 0);
END
$$;
COMMENT ON FUNCTION campaign.close_alerts(bigint, campaign.campaign_cause[], timestamptz, bigint[]) IS
    'Internal. Closes the alerts, of these campaigns or of all, whose causes are none of these; how many';

CREATE FUNCTION campaign.raise_alerts(workspace bigint, found campaign.campaign_cause[], at timestamptz) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    raised bigint[] := '{}';
    cause campaign.campaign_cause;
    alert bigint;
BEGIN
    -- what has become worse is still the same alert
    UPDATE campaign.alert a SET severity = f.severity
    FROM unnest($2) f
    WHERE a.workspace_id = $1 AND a.closed_at IS NULL AND a.campaign_id = f.campaign_id AND a.code = f.code AND a.subject = f.subject
      AND array_position('{warning,error,fatal}'::text[], f.severity) > array_position('{warning,error,fatal}'::text[], a.severity);
    FOR cause IN
        SELECT f.* FROM unnest($2) f
        WHERE NOT EXISTS (SELECT FROM campaign.alert a WHERE a.workspace_id = $1 AND a.closed_at IS NULL
                          AND a.campaign_id = f.campaign_id AND a.code = f.code AND a.subject = f.subject)
        ORDER BY f.campaign_id, f.code, f.subject
    LOOP
        INSERT INTO campaign.alert (workspace_id, campaign_id, code, subject, severity, message, remedy, raised_at)
        VALUES ($1, cause.campaign_id, cause.code, cause.subject, cause.severity, cause.message, cause.remedy, $3)
        ON CONFLICT DO NOTHING RETURNING id INTO alert;
        CONTINUE WHEN alert IS NULL;
        raised := raised || alert;
        PERFORM campaign.note_event($1, 'alert_raised', cause.campaign_id, jsonb_strip_nulls(jsonb_build_object('alert', alert::text,
            'code', cause.code, 'severity', cause.severity, 'message', cause.message, 'remedy', cause.remedy)), by_system => true);
    END LOOP;
    IF raised <> '{}' THEN
        PERFORM campaign.notify_subscribers($1, raised, $3);
    END IF;
    RETURN cardinality(raised);
END
$$;
COMMENT ON FUNCTION campaign.raise_alerts(bigint, campaign.campaign_cause[], timestamptz) IS
    'Internal. Raises an alert, with an event, for each of these causes that has none; how many';

CREATE FUNCTION campaign.reconcile_alerts(workspace bigint, at timestamptz, asked boolean DEFAULT false) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off
    -- to plan it takes longer than to run it, and it is run again and again
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found campaign.campaign_cause[];
    only_of bigint[];
BEGIN
    -- what is written after this is read below, or asked for again
    WITH answered AS (DELETE FROM campaign.alert_request r WHERE r.workspace_id = $1 RETURNING r.campaign_id)
    SELECT CASE WHEN $3 AND bool_and(r.campaign_id IS NOT NULL) THEN array_agg(DISTINCT r.campaign_id) END INTO only_of FROM answered r;
    IF NOT EXISTS (SELECT FROM campaign.campaign c WHERE c.workspace_id = $1 AND c.state = 'live')
        AND NOT EXISTS (SELECT FROM campaign.alert a WHERE a.workspace_id = $1 AND a.closed_at IS NULL) THEN
        RETURN 0;
    END IF;
    IF only_of IS NULL THEN
        SELECT array_agg(f) INTO found FROM campaign.campaign_cause f WHERE f.workspace_id = $1;
    ELSE
        SELECT array_agg(ROW(f.workspace_id, f.campaign_id, f.code, f.subject, f.severity, f.since, f.message, f.remedy)::campaign.campaign_cause)
        INTO found
        FROM unnest(only_of) AS o(id)
        CROSS JOIN LATERAL (SELECT x.* FROM campaign.campaign_cause x WHERE x.workspace_id = $1 AND x.campaign_id = o.id OFFSET 0) f;
    END IF;
    -- that a campaign is through with those who were enrolled by hand is no news
    SELECT COALESCE(array_agg(f), '{}') INTO found
    FROM unnest(found) f
    WHERE f.code <> 'finder_empty' OR EXISTS (
        SELECT FROM campaign.campaign c
        WHERE c.workspace_id = $1 AND c.id = f.campaign_id AND (c.settings ? 'cohort_size' OR c.audience_id IS NOT NULL));
    -- an error that was there when the last slot started is fatal (D1); there are few, if any
    IF EXISTS (SELECT FROM unnest(found) f WHERE f.severity = 'error') THEN
        SELECT array_agg(ROW(f.workspace_id, f.campaign_id, f.code, f.subject,
            CASE WHEN f.severity = 'error' AND f.since <= s.began_at THEN 'fatal' ELSE f.severity END, f.since, f.message, f.remedy)::campaign.campaign_cause)
        INTO found
        FROM unnest(found) f
        LEFT JOIN campaign.slot_standing s ON s.workspace_id = $1 AND s.campaign_id = f.campaign_id;
    END IF;
    RETURN campaign.close_alerts($1, found, $2, only_of) + campaign.raise_alerts($1, found, $2);
END
$$;
COMMENT ON FUNCTION campaign.reconcile_alerts(bigint, timestamptz, boolean) IS
    'Internal. Part of a round: raises an alert for each cause that has none, and closes those whose causes have gone; how many. asked: of campaigns for which that was asked alone';
