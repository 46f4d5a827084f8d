-- arm() and disarm(): who may send (B7). Both are a superuser's, since they concern all workspaces; he may
-- grant them to others. The lock keeps out rounds for as long as they run, so that nothing starts after.

CREATE FUNCTION campaign.in_doubt(c campaign.campaign) RETURNS bigint[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(e.prospect_id)
    FROM campaign.enrollment e
    LEFT JOIN campaign.action a ON a.workspace_id = (c).workspace_id AND a.id = e.action_id
    WHERE e.workspace_id = (c).workspace_id AND e.campaign_id = (c).id AND e.status = 'in_progress'
      AND (e.due_at <= campaign.clock() OR (a.state = 'queued' AND a.not_before <= campaign.clock()))
      AND EXISTS (
        SELECT FROM campaign.campaign_account o
        JOIN campaign.account b ON b.workspace_id = o.workspace_id AND b.id = o.account_id
        JOIN campaign.channel h ON h.workspace_id = b.workspace_id AND h.id = b.channel_id
        WHERE o.workspace_id = (c).workspace_id AND o.campaign_id = (c).id AND h.transport <> 'outbox'
          AND NOT COALESCE((h.options ->> 'idempotent')::boolean, false))
$$;
COMMENT ON FUNCTION campaign.in_doubt(campaign.campaign) IS
    'Internal. Prospects of a campaign to whom the original of this copy may have sent something that the copy knows nothing of, and would send again: what is due by now, where a gateway does not know keys';

CREATE FUNCTION campaign.alert_again() RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.reconcile_alerts(w.id, campaign.clock()) FROM campaign.workspace w
    WHERE EXISTS (SELECT FROM campaign.campaign c WHERE c.workspace_id = w.id AND c.state = 'live') ORDER BY w.id
$$;
COMMENT ON FUNCTION campaign.alert_again() IS
    'Internal. Raises and closes alerts of all workspaces at once: where nothing is armed no round does';

CREATE FUNCTION campaign.arm(nodes text[] DEFAULT NULL, in_doubt text DEFAULT 'pause')
    RETURNS TABLE (workspace text, campaign_id bigint, campaign text, due bigint, queued bigint, unknown bigint, paused bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    v_is_copy boolean;
    c campaign.campaign;
    v_runs bigint[];
BEGIN
    IF array_position($1, NULL) IS NOT NULL OR '' = ANY ($1) OR $2 IS NULL OR $2 NOT IN ('pause', 'send') THEN
        RAISE EXCEPTION 'invalid argument of arm()'
            USING ERRCODE = 'invalid_parameter_value',
                DETAIL = CASE WHEN $2 IN ('pause', 'send') THEN format('nodes is %s.', $1) ELSE format('in_doubt is %s.', COALESCE($2, 'NULL')) END,
                HINT = 'nodes are names that node_id() gave on other servers; in_doubt is pause or send.';
    END IF;
    LOCK TABLE campaign.arming IN ACCESS EXCLUSIVE MODE;
    v_is_copy := EXISTS (SELECT FROM campaign.instance i WHERE i.launched_at IS NOT NULL) AND NOT EXISTS (
        SELECT FROM campaign.arming a, campaign.arming_place() p
        WHERE a.system_identifier = p.system_identifier AND a.database_id = p.database_id
          AND (p.node = ANY (a.nodes) OR (a.node, a.timeline) = (p.node, p.timeline)));
    PERFORM campaign.bind_here($1);
    FOR c IN SELECT x.* FROM campaign.campaign x WHERE x.state IN ('live', 'closed') ORDER BY x.workspace_id, x.id FOR SHARE LOOP
        v_runs := NULL;
        IF v_is_copy AND $2 = 'pause' THEN
            v_runs := campaign.lock_chosen(c, campaign.in_doubt(c), '{in_progress}');
            PERFORM campaign.pause_runs(c, v_runs);
        END IF;
        PERFORM campaign.note_event(c.workspace_id, 'armed', c.id,
            CASE WHEN v_runs IS NOT NULL THEN jsonb_build_object('paused_in_doubt', cardinality(v_runs)) END);
        RETURN QUERY
            SELECT w.name, c.id, c.name,
                (SELECT count(*) FROM campaign.enrollment e
                 WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.status = 'in_progress' AND e.due_at <= campaign.clock()),
                count(*) FILTER (WHERE a.state = 'queued'), count(*) FILTER (WHERE a.state IN ('processing', 'held')),
                COALESCE(cardinality(v_runs), 0)::bigint
            FROM campaign.workspace w
            LEFT JOIN campaign.action a ON a.workspace_id = c.workspace_id AND a.campaign_id = c.id AND a.state IN ('queued', 'processing', 'held')
            WHERE w.id = c.workspace_id
            GROUP BY w.name;
    END LOOP;
    PERFORM campaign.alert_again();
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.arm(text[], text) IS
    'Lets this database send where it is now, after a restore, a copy, a promotion or disarm(), and also on these nodes (see node_id()) after a failover to one of them. One row for each campaign that goes on: how many runs are due, actions queued, and outcomes unknown. Of a copy, what is due by now may have been sent by its original: where a gateway does not know keys those runs are paused, each as by pause_prospects(), and counted in paused; in_doubt send lets them go, for an original that was stopped before the copy was made (B7)';

CREATE FUNCTION campaign.disarm(reason text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $1 IS NULL OR $1 !~ '\S' THEN
        RAISE EXCEPTION 'disarm() needs a reason'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE(quote_literal($1), 'NULL')),
                HINT = 'worker_status, alerts and explain() will say it.';
    END IF;
    LOCK TABLE campaign.arming IN ACCESS EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT FROM campaign.arming) THEN
        PERFORM campaign.instance_uuid();
        INSERT INTO campaign.arming (system_identifier, database_id, timeline, node, armed_at, armed_by)
        SELECT p.system_identifier, p.database_id, p.timeline, p.node, campaign.clock(), session_user FROM campaign.arming_place() p;
    END IF;
    UPDATE campaign.arming a SET disarmed_at = campaign.clock(), disarmed_by = session_user, reason = $1;
    PERFORM campaign.note_event(c.workspace_id, 'disarmed', c.id, jsonb_build_object('reason', $1))
    FROM campaign.campaign c WHERE c.state IN ('live', 'closed');
    PERFORM campaign.alert_again();
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.disarm(text) IS
    'Stops everything that leaves this database, at once: when it returns nothing starts any more until arm(). What is under way comes to its end, and is recorded. The reason is shown by worker_status, alerts, health and explain() (B7)';
