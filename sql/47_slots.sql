-- A slot that is written has what waits for the old ones looked at again.

CREATE FUNCTION campaign.slots_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    changed campaign.campaign[];
    now timestamptz := campaign.clock();
BEGIN
    -- Rounds hold the campaign while they queue by its slots, so none of them goes by the old ones later.
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(c) INTO changed
        FROM (SELECT x.* FROM campaign.campaign x
              WHERE (x.workspace_id, x.id) IN (SELECT s.workspace_id, s.campaign_id FROM written s UNION SELECT s.workspace_id, s.campaign_id FROM replaced s)
              ORDER BY x.workspace_id, x.id FOR NO KEY UPDATE) c;
    ELSE
        SELECT array_agg(c) INTO changed
        FROM (SELECT x.* FROM campaign.campaign x
              WHERE (x.workspace_id, x.id) IN (SELECT s.workspace_id, s.campaign_id FROM written s)
              ORDER BY x.workspace_id, x.id FOR NO KEY UPDATE) c;
    END IF;
    -- What has been put off for another reason keeps its time; the start looks at the slots in any case.
    UPDATE campaign.action a SET not_before = now
    FROM unnest(changed) c
    JOIN campaign.lane l ON l.workspace_id = c.workspace_id AND l.ready_at IS NOT NULL
    WHERE a.workspace_id = l.workspace_id AND a.lane_id = l.id AND a.campaign_id = c.id AND a.state = 'queued'
      AND a.not_before > now AND (a.reason = 'slot' OR a.reason IS NULL AND a.attempt = 0);
    -- what a pause has taken out of the queue comes back with the time that it has
    UPDATE campaign.action a SET not_before = now
    FROM unnest(changed) c
    WHERE a.workspace_id = c.workspace_id AND a.campaign_id = c.id AND a.state = 'withdrawn'
      AND a.not_before > now AND (a.reason = 'slot' OR a.reason IS NULL AND a.attempt = 0);
    PERFORM campaign.set_slot_clock(c, 'slots') FROM unnest(changed) c WHERE c.settings ? 'cohort_size';
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.slots_changed() IS
    'Internal. Trigger of slots: has actions that wait for one looked at again';

CREATE TRIGGER slots_changed_insert AFTER INSERT ON campaign.slot
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION campaign.slots_changed();
CREATE TRIGGER slots_changed_update AFTER UPDATE ON campaign.slot
    REFERENCING NEW TABLE AS written OLD TABLE AS replaced FOR EACH STATEMENT EXECUTE FUNCTION campaign.slots_changed();
CREATE TRIGGER slots_changed_delete AFTER DELETE ON campaign.slot
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION campaign.slots_changed();
CREATE TRIGGER limits_changed AFTER INSERT OR UPDATE OR DELETE ON campaign.slot
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.limits_changed();
