-- Retention of the log. It is a ring of eight partitions: when an era has lasted a seventh of the time for
-- which events are kept, the oldest partition is emptied and becomes the one that is written to. So an
-- event is kept for that time at least, and for a seventh of it more at most, as long as anything happens.

CREATE FUNCTION campaign.keep_of_era(gone smallint, present smallint, OUT kept bigint) LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    -- views ask which way a run took, however long ago; of no batch, so that nobody reads it a second time
    INSERT INTO campaign.event (workspace_id, id, era, batch_id, kind, campaign_id, prospect_id, enrollment_id, action_id, step, at, actor, detail)
    SELECT v.workspace_id, v.id, $2, 0, v.kind, v.campaign_id, v.prospect_id, v.enrollment_id, v.action_id, v.step, v.at, v.actor, v.detail
    FROM campaign.event v
    WHERE v.era = $1 AND v.kind = 'split_drawn'
      AND EXISTS (SELECT FROM campaign.enrollment e WHERE e.workspace_id = v.workspace_id AND e.id = v.enrollment_id)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS kept = ROW_COUNT;
    INSERT INTO campaign.log_start AS s (workspace_id, position)
    SELECT b.workspace_id, max(b.position)
    FROM (SELECT DISTINCT v.workspace_id, v.batch_id FROM campaign.event v WHERE v.era = $1) g
    JOIN campaign.batch b ON b.workspace_id = g.workspace_id AND b.id = g.batch_id AND b.position IS NOT NULL
    GROUP BY b.workspace_id
    ON CONFLICT ON CONSTRAINT log_start_pkey DO UPDATE SET position = GREATEST(s.position, excluded.position);
END
$$;
COMMENT ON FUNCTION campaign.keep_of_era(smallint, smallint) IS
    'Internal. Writes down what must outlive the events of an era: the ways that runs took, and where the log begins then';

CREATE FUNCTION campaign.turn_era(keep interval) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    i campaign.instance;
    oldest smallint;
BEGIN
    IF $1 <= interval '0' THEN
        RETURN false;
    END IF;
    SELECT * INTO i FROM campaign.instance x FOR NO KEY UPDATE SKIP LOCKED;
    IF i.era_since IS NULL THEN
        UPDATE campaign.instance x SET era_since = campaign.clock() WHERE x.id = i.id;
        RETURN false;
    ELSIF campaign.clock() < i.era_since + $1 / 7 THEN
        RETURN false;
    END IF;
    oldest := (i.era + 1) % 8;
    BEGIN
        -- nobody reads of the oldest part for long; who does is not waited for
        EXECUTE format('LOCK TABLE ONLY campaign.%I IN ACCESS EXCLUSIVE MODE', 'event_' || oldest);
        PERFORM campaign.keep_of_era(oldest, i.era);
        EXECUTE format('TRUNCATE ONLY campaign.%I', 'event_' || oldest);
    EXCEPTION WHEN lock_not_available THEN
        RETURN false;
    END;
    UPDATE campaign.instance x SET era = oldest, era_since = campaign.clock() WHERE x.id = i.id;
    RETURN true;
END
$$;
COMMENT ON FUNCTION campaign.turn_era(interval) IS
    'Internal. Part of upkeep: empties the oldest part of the log and goes on writing there, when it is time and nobody is reading it; keep 0 = never. True if it did';

CREATE FUNCTION campaign.clean_batches(workspace bigint, most integer) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    gone integer;
BEGIN
    DELETE FROM campaign.batch b
    WHERE b.workspace_id = $1 AND b.position = ANY (ARRAY(
        SELECT o.position FROM campaign.batch o
        WHERE o.workspace_id = $1 AND o.position <= (SELECT s.position FROM campaign.log_start s WHERE s.workspace_id = $1)
        ORDER BY o.position LIMIT $2));
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION campaign.clean_batches(bigint, integer) IS
    'Internal. Part of upkeep: deletes batches whose events are not kept any more; how many';
