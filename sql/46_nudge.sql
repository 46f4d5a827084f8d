-- What users write into definition tables can let waiting actions go: a quota that was raised, an
-- account that was connected again. One statement trigger tells the dispatchers to look.

CREATE FUNCTION campaign.nudge_lanes() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- A lane that is just being emptied, or written by another change, is looked at anyway.
    UPDATE campaign.lane l SET ready_at = campaign.clock()
    FROM (
        SELECT o.workspace_id, o.id FROM campaign.lane o
        WHERE o.ready_at > campaign.clock() FOR NO KEY UPDATE SKIP LOCKED
    ) w
    WHERE l.workspace_id = w.workspace_id AND l.id = w.id;
    PERFORM campaign.wake();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.nudge_lanes() IS
    'Internal. Trigger of tables that say what may be sent: has every waiting lane looked at again at commit';

CREATE TRIGGER nudge_lanes AFTER INSERT OR UPDATE OR DELETE ON campaign.quota
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.nudge_lanes();
CREATE TRIGGER nudge_lanes AFTER INSERT OR UPDATE OR DELETE ON campaign.provider_limit
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.nudge_lanes();
CREATE TRIGGER nudge_lanes AFTER UPDATE ON campaign.account
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.nudge_lanes();
CREATE TRIGGER nudge_lanes AFTER UPDATE ON campaign.channel
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.nudge_lanes();
CREATE TRIGGER nudge_lanes AFTER UPDATE ON campaign.member
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.nudge_lanes();
