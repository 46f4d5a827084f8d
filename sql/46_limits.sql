-- What users write into definition tables can let waiting actions go: a quota that was raised, an
-- account that was connected again. One statement trigger has the dispatchers look at commit.

CREATE FUNCTION campaign.limits_changed() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'campaign_api_limits_changed';
COMMENT ON FUNCTION campaign.limits_changed() IS
    'Internal. Trigger of tables that say what may be sent: has every waiting lane looked at again after commit';

CREATE TRIGGER limits_changed AFTER INSERT OR UPDATE OR DELETE ON campaign.quota
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.limits_changed();
CREATE TRIGGER limits_changed AFTER INSERT OR UPDATE OR DELETE ON campaign.provider_limit
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.limits_changed();
CREATE TRIGGER limits_changed AFTER UPDATE ON campaign.account
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.limits_changed();
CREATE TRIGGER limits_changed AFTER UPDATE ON campaign.channel
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.limits_changed();
-- Whether agents take from its lanes or dispatchers look at them.
CREATE FUNCTION campaign.transport_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE campaign.lane l SET pulled = n.transport = 'agent', ready_at = CASE WHEN n.transport <> 'agent' THEN campaign.clock() END
    FROM changed n JOIN campaign.account a ON a.workspace_id = n.workspace_id AND a.channel_id = n.id
    WHERE l.workspace_id = n.workspace_id AND l.account_id = a.id AND l.pulled <> (n.transport = 'agent');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.transport_changed() IS
    'Internal. Trigger of channels: lanes of one whose transport becomes agent are left alone by dispatchers, and those of one that is none any more looked at';
CREATE TRIGGER transport_changed AFTER UPDATE ON campaign.channel
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION campaign.transport_changed();
CREATE TRIGGER limits_changed AFTER UPDATE ON campaign.member
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.limits_changed();
CREATE TRIGGER limits_changed AFTER INSERT OR UPDATE OR DELETE ON campaign.secret_entry
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.limits_changed();
