-- Credits are added by hand; actions that were held for want of them go on by themselves.

CREATE FUNCTION campaign.release_no_credit(workspace bigint) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_left bigint;
    v_actions bigint[];
    v_lanes bigint[];
BEGIN
    -- no row: nothing is counted any more
    SELECT GREATEST(c.balance, 0) INTO v_left FROM campaign.workspace_credit c WHERE c.workspace_id = release_no_credit.workspace;
    SELECT array_agg(h.id), array_agg(h.lane_id) INTO v_actions, v_lanes FROM (
        SELECT a.id, a.lane_id FROM campaign.action a
        WHERE a.workspace_id = release_no_credit.workspace AND a.state = 'held' AND a.reason = 'no_credit'
        ORDER BY a.id LIMIT v_left FOR UPDATE SKIP LOCKED) h;
    IF v_actions IS NULL THEN
        RETURN 0;
    END IF;
    -- Held like this, a lane is not put to sleep before what is queued here is seen; one that is just
    -- being emptied is not waited for, since it is looked at again.
    PERFORM FROM campaign.lane l WHERE l.workspace_id = release_no_credit.workspace AND l.id = ANY (v_lanes)
        ORDER BY l.id FOR KEY SHARE;
    UPDATE campaign.action a SET state = 'queued', reason = NULL, not_before = campaign.clock()
    WHERE a.workspace_id = release_no_credit.workspace AND a.id = ANY (v_actions);
    PERFORM campaign.note_actions(release_no_credit.workspace, 'action_requeued', v_actions, '{"reason": "credits"}');
    UPDATE campaign.lane l SET ready_at = campaign.clock()
    FROM (SELECT o.id FROM campaign.lane o
          WHERE o.workspace_id = release_no_credit.workspace AND o.id = ANY (v_lanes) AND o.deferred_until IS NULL AND NOT o.pulled
          ORDER BY o.id FOR NO KEY UPDATE SKIP LOCKED) w
    WHERE l.workspace_id = release_no_credit.workspace AND l.id = w.id;
    PERFORM campaign.wake();
    RETURN cardinality(v_actions);
END
$$;
COMMENT ON FUNCTION campaign.release_no_credit(bigint) IS
    'Internal. Queues again what was held for want of credits, as many as there are credits for, the oldest first';

CREATE FUNCTION campaign.add_credits(n integer, reason text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('admin');
BEGIN
    IF COALESCE(add_credits.n, 0) = 0 THEN
        RAISE EXCEPTION 'no credits to add'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The number is %s.', COALESCE(add_credits.n::text, 'NULL')),
                HINT = 'Give a number above 0; one below takes credits away again.';
    ELSIF COALESCE(add_credits.reason, '') !~ '\S' THEN
        RAISE EXCEPTION 'credits need a reason'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The reason is %s.', quote_nullable(add_credits.reason)),
                HINT = 'Say where they come from, as ''bought, invoice 17''.';
    END IF;
    INSERT INTO campaign.credit_total AS t (workspace_id, total) VALUES (v_workspace, add_credits.n)
    ON CONFLICT (workspace_id) DO UPDATE SET total = t.total + EXCLUDED.total;
    INSERT INTO campaign.credit (workspace_id, at, amount, reason)
    VALUES (v_workspace, campaign.clock(), add_credits.n, add_credits.reason);
    PERFORM campaign.release_no_credit(v_workspace);
    RETURN (SELECT c.balance FROM campaign.workspace_credit c WHERE c.workspace_id = v_workspace);
END
$$;
COMMENT ON FUNCTION campaign.add_credits(integer, text) IS
    'Adds enrichment credits to the workspace and returns what there is now, NULL where none are counted; actions held for want of them go on. Level admin';

-- A plan that includes more, or none any more, lets them go on as well.
CREATE FUNCTION campaign.release_by_plan() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'workspace' THEN
        PERFORM campaign.release_no_credit(NEW.id);
    ELSE
        PERFORM campaign.release_no_credit(COALESCE(NEW.workspace_id, OLD.workspace_id));
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.release_by_plan() IS
    'Internal. Trigger: a workspace''s plan may have changed';
CREATE TRIGGER release_by_plan AFTER UPDATE ON campaign.workspace
    FOR EACH ROW EXECUTE FUNCTION campaign.release_by_plan();
CREATE TRIGGER release_by_plan AFTER INSERT OR UPDATE OR DELETE ON campaign.workspace_setting
    FOR EACH ROW EXECUTE FUNCTION campaign.release_by_plan();

CREATE VIEW campaign.credit_balance WITH (security_barrier) AS
    SELECT w.name AS workspace, c.plan, c.included, c.booked, c.balance,
        (SELECT count(*) FROM campaign.action a WHERE a.workspace_id = c.workspace_id
           AND a.state = 'held' AND a.reason = 'no_credit') AS held
    FROM campaign.workspace_credit c
    JOIN campaign.workspace w ON w.id = c.workspace_id
    WHERE c.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.credit_balance IS
    'Enrichment credits of each workspace that has a plan: included in it, booked since, left; held: actions that wait for some (S2.11)';
