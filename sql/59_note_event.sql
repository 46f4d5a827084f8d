-- Events that commands in SQL write; the engine writes its own in C, in the same form.

CREATE FUNCTION campaign.note_event(workspace bigint, kind text, campaign bigint DEFAULT NULL,
    detail jsonb DEFAULT NULL, prospect bigint DEFAULT NULL, by_system boolean DEFAULT false)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    event_id bigint := campaign.new_id('campaign.event_id_seq');
    batch_id bigint := campaign.new_id('campaign.batch_id_seq');
    -- not within the INSERT, which on a cluster may have no subquery
    v_era smallint := COALESCE((SELECT i.era FROM campaign.instance i), 0);
BEGIN
    INSERT INTO campaign.event (workspace_id, id, era, batch_id, kind, campaign_id, prospect_id, at, actor, detail)
    VALUES (note_event.workspace, event_id, v_era, batch_id,
        note_event.kind, note_event.campaign, note_event.prospect, campaign.clock(),
        CASE WHEN NOT by_system THEN campaign.acting_name() END, note_event.detail);
    INSERT INTO campaign.batch (workspace_id, id, first_event, last_event, events)
    VALUES (note_event.workspace, batch_id, event_id, event_id, 1);
    -- the sealer numbers the batch and announces it
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.note_event(bigint, text, bigint, jsonb, bigint, boolean) IS
    'Internal. Writes one event and its batch; the actor is the setting campaign.actor, else the role that logged in, or NULL for the system';

-- One event for each of these actions, or runs: of a command that changes many of them (B8). Called after
-- the rows are changed, and so locked: what follows from the change is logged after it.
CREATE FUNCTION campaign.note_actions(workspace bigint, kind text, actions bigint[], detail jsonb DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    PERFORM campaign.note_rows($1, $2, v.campaigns, v.prospects, v.enrollments, v.actions, v.steps, $4)
    FROM (
        SELECT array_agg(a.campaign_id ORDER BY a.id) AS campaigns, array_agg(a.prospect_id ORDER BY a.id) AS prospects,
            array_agg(a.enrollment_id ORDER BY a.id) AS enrollments, array_agg(a.id ORDER BY a.id) AS actions, array_agg(a.step ORDER BY a.id) AS steps
        FROM campaign.action a WHERE a.workspace_id = $1 AND a.id = ANY ($3)
    ) v;
END
$$;
COMMENT ON FUNCTION campaign.note_actions(bigint, text, bigint[], jsonb) IS
    'Internal. Writes one event of this kind for each of these actions, in one batch';

CREATE FUNCTION campaign.note_runs(workspace bigint, kind text, enrollments bigint[], detail jsonb DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    PERFORM campaign.note_rows($1, $2, v.campaigns, v.prospects, v.enrollments, NULL, v.steps, $4)
    FROM (
        SELECT array_agg(e.campaign_id ORDER BY e.id) AS campaigns, array_agg(e.prospect_id ORDER BY e.id) AS prospects,
            array_agg(e.id ORDER BY e.id) AS enrollments, array_agg(e.step ORDER BY e.id) AS steps
        FROM campaign.enrollment e WHERE e.workspace_id = $1 AND e.id = ANY ($3)
    ) v;
END
$$;
COMMENT ON FUNCTION campaign.note_runs(bigint, text, bigint[], jsonb) IS
    'Internal. Writes one event of this kind for each of these runs, in one batch';

CREATE FUNCTION campaign.note_rows(workspace bigint, kind text, campaigns bigint[], prospects bigint[], enrollments bigint[],
        actions bigint[], steps integer[], detail jsonb)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    era smallint := COALESCE((SELECT i.era FROM campaign.instance i), 0);
    batch bigint;
    first_event bigint;
BEGIN
    IF $3 IS NULL THEN
        RETURN;
    END IF;
    batch := campaign.new_id('campaign.batch_id_seq');
    -- ids that one session draws go up, so two that are drawn around the rows bound them
    first_event := campaign.new_id('campaign.event_id_seq');
    INSERT INTO campaign.event (workspace_id, id, era, batch_id, kind, campaign_id, prospect_id, enrollment_id, action_id, step, at, actor, detail)
    SELECT $1, campaign.new_id('campaign.event_id_seq'), era, batch, $2, v.campaign_id, v.prospect_id, v.enrollment_id, v.action_id, v.step,
        campaign.clock(), campaign.acting_name(), $8
    FROM unnest($3, $4, $5, $6, $7) AS v (campaign_id, prospect_id, enrollment_id, action_id, step);
    INSERT INTO campaign.batch (workspace_id, id, first_event, last_event, events)
    VALUES ($1, batch, first_event, campaign.new_id('campaign.event_id_seq'), cardinality($3));
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.note_rows(bigint, text, bigint[], bigint[], bigint[], bigint[], integer[], jsonb) IS
    'Internal. Writes one event of this kind for each element of the arrays, in one batch';
