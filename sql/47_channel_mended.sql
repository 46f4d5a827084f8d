-- Whoever writes a channel that could not be reached has put it right, until an attempt says otherwise: what
-- waits for another attempt is tried at once. The lanes are looked at by limits_changed (46_limits.sql).

CREATE FUNCTION campaign.channel_mended() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    now timestamptz := campaign.clock();
BEGIN
    DELETE FROM campaign.channel_fault f WHERE f.workspace_id = NEW.workspace_id AND f.channel_id = NEW.id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE campaign.action a SET not_before = now
    FROM campaign.account o
    JOIN campaign.lane l ON l.workspace_id = NEW.workspace_id AND l.account_id = o.id
    WHERE o.workspace_id = NEW.workspace_id AND o.channel_id = NEW.id
      AND a.workspace_id = NEW.workspace_id AND a.lane_id = l.id AND a.state = 'queued' AND a.attempt > 0 AND a.not_before > now;
    UPDATE campaign.notice n SET not_before = now
    WHERE n.workspace_id = NEW.workspace_id AND n.channel_id = NEW.id AND n.state = 'queued' AND n.not_before > now;
    PERFORM campaign.wake();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.channel_mended() IS
    'Internal. Trigger of channels: forgets that it could not be reached, and has what waits for that tried again';
CREATE TRIGGER channel_mended AFTER UPDATE ON campaign.channel
    FOR EACH ROW EXECUTE FUNCTION campaign.channel_mended();
