-- Since when something is as it is, where health depends on it: an error that is there when a slot starts
-- stops a campaign, one that comes during a slot does not (D1). Kept by triggers of definition tables.

ALTER TABLE campaign.account
    ADD COLUMN session_since timestamptz NOT NULL DEFAULT campaign.clock(),
    ADD COLUMN session_code text,
    ADD COLUMN identity_since timestamptz NOT NULL DEFAULT campaign.clock();
COMMENT ON COLUMN campaign.account.session_code IS 'Why the system has disconnected it: login_refused, by its mail server; another code, as the service says that it speaks to (see ingest); NULL = it has not';
COMMENT ON COLUMN campaign.account.session_since IS 'Since when session_state is what it is; kept by the system';
COMMENT ON COLUMN campaign.account.identity_since IS 'Since when identity_active is what it is; kept by the system';
ALTER TABLE campaign.member ADD COLUMN active_since timestamptz NOT NULL DEFAULT campaign.clock();
COMMENT ON COLUMN campaign.member.active_since IS 'Since when is_active is what it is; kept by the system';
ALTER TABLE campaign.campaign
    ADD COLUMN cohort_since timestamptz,
    ADD COLUMN slotless_since timestamptz;
COMMENT ON COLUMN campaign.campaign.cohort_since IS 'When the setting cohort_size was changed last; NULL = never since it was created';
COMMENT ON COLUMN campaign.campaign.slotless_since IS 'When its last slot was deleted; NULL = it has never had one that was';

CREATE FUNCTION campaign.account_since() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.session_since := CASE WHEN NEW.session_state = OLD.session_state THEN OLD.session_since ELSE campaign.clock() END;
    NEW.session_code := CASE WHEN NEW.session_state <> 'connected' THEN NEW.session_code END;
    NEW.identity_since := CASE WHEN NEW.identity_active = OLD.identity_active THEN OLD.identity_since ELSE campaign.clock() END;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION campaign.account_since() IS 'Internal. Trigger of accounts: keeps session_since, session_code and identity_since';
CREATE TRIGGER account_since BEFORE UPDATE ON campaign.account
    FOR EACH ROW EXECUTE FUNCTION campaign.account_since();

CREATE FUNCTION campaign.member_since() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.active_since := CASE WHEN NEW.is_active = OLD.is_active THEN OLD.active_since ELSE campaign.clock() END;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION campaign.member_since() IS 'Internal. Trigger of members: keeps active_since';
CREATE TRIGGER member_since BEFORE UPDATE ON campaign.member
    FOR EACH ROW EXECUTE FUNCTION campaign.member_since();

CREATE FUNCTION campaign.cohort_since() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.cohort_since := campaign.clock();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION campaign.cohort_since() IS 'Internal. Trigger of campaigns: keeps cohort_since';
CREATE TRIGGER cohort_since BEFORE UPDATE OF settings ON campaign.campaign
    FOR EACH ROW WHEN (OLD.settings -> 'cohort_size' IS DISTINCT FROM NEW.settings -> 'cohort_size')
    EXECUTE FUNCTION campaign.cohort_since();

-- After slots_changed, which has locked the campaigns, in the order of their ids.
CREATE FUNCTION campaign.slots_gone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    UPDATE campaign.campaign c SET slotless_since = campaign.clock()
    FROM (SELECT DISTINCT g.workspace_id, g.campaign_id FROM gone g) g
    WHERE c.workspace_id = g.workspace_id AND c.id = g.campaign_id
      AND NOT EXISTS (SELECT FROM campaign.slot s WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.slots_gone() IS 'Internal. Trigger of slots: notes when the last slot of a campaign went';
CREATE TRIGGER slots_gone_delete AFTER DELETE ON campaign.slot
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION campaign.slots_gone();
CREATE TRIGGER slots_gone_update AFTER UPDATE ON campaign.slot
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION campaign.slots_gone();
