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
CREATE TRIGGER limits_changed AFTER UPDATE ON campaign.member
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.limits_changed();
CREATE TRIGGER limits_changed AFTER INSERT OR UPDATE OR DELETE ON campaign.secret
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.limits_changed();
