-- The clocks of campaigns with cohorts: set by whatever decides when the next slot begins. The round that
-- begins slots is src/engine/cohort.c.

CREATE FUNCTION campaign.next_slot(workspace bigint, campaign bigint, after timestamptz)
    RETURNS TABLE (starts_at timestamptz, ends_at timestamptz)
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_next_slot';
COMMENT ON FUNCTION campaign.next_slot(bigint, bigint, timestamptz) IS
    'Internal. The slot of a campaign that begins first after this instant; no row if there is none';

-- Slots last a day at most, which may have 25 hours.
CREATE FUNCTION campaign.current_slot(workspace bigint, campaign bigint, at timestamptz)
    RETURNS TABLE (starts_at timestamptz, ends_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    slot record;
    since timestamptz := $3 - interval '26 hours';
BEGIN
    LOOP
        SELECT s.starts_at, s.ends_at INTO slot FROM campaign.next_slot($1, $2, since) s;
        EXIT WHEN slot.starts_at IS NULL OR slot.starts_at > $3;
        since := slot.starts_at;
        IF slot.ends_at > $3 THEN
            RETURN QUERY SELECT slot.starts_at, slot.ends_at;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.current_slot(bigint, bigint, timestamptz) IS
    'Internal. The slots of a campaign that are in progress at this instant, the earliest first';

-- Day 0 is the local day on which launch() is called: nothing begins before it is over (S1.3), nor
-- before the start that was set. What began while the campaign was paused is over; a slot that is still
-- in progress begins late. Slots that are written count from their next start.
CREATE FUNCTION campaign.slots_since(c campaign.campaign, was campaign.slot_clock, cause text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now timestamptz := campaign.clock();
BEGIN
    RETURN CASE
        WHEN cause = 'launch' THEN
            GREATEST(((now AT TIME ZONE c.time_zone)::date + 1)::timestamp AT TIME ZONE c.time_zone, c.starts_at) - interval '1 microsecond'
        WHEN cause = 'resume' THEN GREATEST(was.begun_until, COALESCE(
            (SELECT min(s.starts_at) - interval '1 microsecond' FROM campaign.current_slot(c.workspace_id, c.id, now) s), now))
        -- one that is just about to begin is not lost
        WHEN was.due_at <= now THEN was.begun_until
        ELSE GREATEST(was.begun_until, now)
    END;
END
$$;
COMMENT ON FUNCTION campaign.slots_since(campaign.campaign, campaign.slot_clock, text) IS
    'Internal. The instant after which the next slot of a campaign with cohorts begins: was is its clock so far, cause launch, resume or something else';

CREATE FUNCTION campaign.set_slot_clock(c campaign.campaign, cause text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    was campaign.slot_clock;
    since timestamptz;
BEGIN
    IF NOT c.settings ? 'cohort_size' OR c.state NOT IN ('live', 'paused', 'closed') THEN
        DELETE FROM campaign.slot_clock k WHERE k.workspace_id = c.workspace_id AND k.campaign_id = c.id;
        -- nobody will end it any more
        UPDATE campaign.slot_occurrence o SET state = 'done'
        WHERE o.workspace_id = c.workspace_id AND o.campaign_id = c.id AND o.state = 'running';
        RETURN;
    END IF;
    SELECT * INTO was FROM campaign.slot_clock k
    WHERE k.workspace_id = c.workspace_id AND k.campaign_id = c.id FOR UPDATE;
    since := campaign.slots_since(c, was, cause);
    INSERT INTO campaign.slot_clock (workspace_id, campaign_id, begun_until, due_at)
    VALUES (c.workspace_id, c.id, since, LEAST(
        -- none begins in a pause, and what is in progress ends in it
        CASE WHEN c.state <> 'paused' THEN (SELECT s.starts_at FROM campaign.next_slot(c.workspace_id, c.id, since) s) END,
        (SELECT min(o.ends_at) FROM campaign.slot_occurrence o
         WHERE o.workspace_id = c.workspace_id AND o.campaign_id = c.id AND o.state = 'running')))
    ON CONFLICT (workspace_id, campaign_id) DO UPDATE SET begun_until = EXCLUDED.begun_until, due_at = EXCLUDED.due_at;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.set_slot_clock(campaign.campaign, text) IS
    'Internal. Reckons anew when the next slot of a campaign with cohorts begins, because of its launch, its resume, or something else';

CREATE FUNCTION campaign.slot_clock_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM campaign.set_slot_clock(NEW, CASE
        WHEN OLD.state = 'draft' AND NEW.state = 'live' THEN 'launch'
        WHEN OLD.state = 'paused' AND NEW.state = 'live' THEN 'resume'
        ELSE 'other' END);
    -- those who waited for a slot wait for a place alone
    IF OLD.settings ? 'cohort_size' AND NOT NEW.settings ? 'cohort_size' THEN
        INSERT INTO campaign.place_request (workspace_id, campaign_id) VALUES (NEW.workspace_id, NEW.id);
        PERFORM campaign.wake();
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.slot_clock_changed() IS
    'Internal. Trigger of campaigns: keeps the clock of one with cohorts';
-- seen by next_slot(), whose reading is that of a statement that follows the change
CREATE TRIGGER slot_clock_changed AFTER UPDATE ON campaign.campaign
    FOR EACH ROW WHEN ((OLD.settings ? 'cohort_size' OR NEW.settings ? 'cohort_size')
        AND (OLD.state, OLD.time_zone, OLD.settings -> 'cohort_size') IS DISTINCT FROM (NEW.state, NEW.time_zone, NEW.settings -> 'cohort_size'))
    EXECUTE FUNCTION campaign.slot_clock_changed();
