-- The launch of a campaign: at once or at a time that is set, of all or of a first batch (S3.7).
--
-- Until its starts_at a live campaign's runs are due then, and not before; nothing else has to know. Who
-- waits behind the first batch is held with the reason first_batch. batch_left is how many more may go;
-- it is NULL where all may.

CREATE FUNCTION campaign.hold_behind_batch(workspace bigint, runs bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    UPDATE campaign.enrollment e SET held = 'first_batch', parked_due_at = COALESCE(e.parked_due_at, e.due_at), due_at = NULL
    WHERE e.workspace_id = $1 AND e.id = ANY ($2);
END
$$;
COMMENT ON FUNCTION campaign.hold_behind_batch(bigint, bigint[]) IS
    'Internal. These runs wait until continue_batch()';

CREATE FUNCTION campaign.launch(campaign bigint, start_at timestamptz DEFAULT NULL, first_batch integer DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'no key update');
    now timestamptz := campaign.clock();
    starts timestamptz := GREATEST($2, now);
    faults text;
    ways text;
    waiting bigint[];
    inside integer;
BEGIN
    IF c.state <> 'draft' THEN
        PERFORM campaign.refuse_state(c, 'be launched');
    ELSIF $3 IS NOT NULL AND c.settings ? 'cohort_size' THEN
        RAISE EXCEPTION 'campaign "%" has no first batch: newcomers come in with its slots', c.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Its cohort_size is %s.', c.settings ->> 'cohort_size'),
                HINT = 'Launch it without first_batch; its first cohort is the first batch.';
    ELSIF $3 < 1 OR NOT isfinite($2) THEN
        RAISE EXCEPTION 'invalid argument of launch()'
            USING ERRCODE = 'invalid_parameter_value',
                DETAIL = CASE WHEN $3 < 1 THEN format('first_batch is %s.', $3) ELSE format('start_at is %s.', $2) END,
                HINT = 'first_batch is how many go first, 1 or more; start_at is an instant.';
    END IF;
    SELECT string_agg(f.fault, E'\n' ORDER BY f.n), string_agg(DISTINCT f.hint, '; ') INTO faults, ways
    FROM campaign.launch_faults(workspace, c.id) WITH ORDINALITY f (fault, hint, item, remedy, n);
    IF faults IS NOT NULL THEN
        RAISE EXCEPTION 'campaign "%" cannot be launched yet', c.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = faults, HINT = ways || '.';
    END IF;

    PERFORM campaign.arm_at_launch();
    IF $3 IS NOT NULL THEN
        SELECT array_agg(e.id) FILTER (WHERE e.place > $3), count(*) INTO waiting, inside
        FROM (SELECT r.id, row_number() OVER (ORDER BY r.started_at, r.id) AS place
              FROM campaign.enrollment r
              WHERE r.workspace_id = workspace AND r.campaign_id = c.id AND r.status = 'in_progress') e;
        PERFORM campaign.hold_behind_batch(workspace, waiting);
    END IF;
    UPDATE campaign.campaign u
    SET state = 'live', launched_at = now, starts_at = starts, batch_left = CASE WHEN $3 IS NOT NULL THEN GREATEST($3 - inside, 0) END
    WHERE u.workspace_id = workspace AND u.id = c.id;
    PERFORM campaign.unpark(workspace, c.id, starts);
    PERFORM campaign.want_audience(workspace, c.audience_id);
    PERFORM campaign.note_event(workspace, 'launched', c.id,
        NULLIF(jsonb_strip_nulls(jsonb_build_object('start_at', NULLIF(starts, now), 'first_batch', $3)), '{}'));
    IF NOT campaign.preloaded() THEN
        RAISE WARNING 'campaign "%" is live, but no worker runs it', c.name
            USING DETAIL = 'The library is not loaded at server start.',
                HINT = 'Add campaign to shared_preload_libraries and restart the server.';
    END IF;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.launch(bigint, timestamptz, integer) IS
    'Starts a draft: its runs are moved and its actions sent, from now on or from start_at; with first_batch only the first so many are let go, and the others wait for continue_batch() (S3.7). Refuses with everything that is still missing';

CREATE FUNCTION campaign.restrain(c campaign.campaign, runs bigint[], at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    going integer;
    waiting bigint[];
BEGIN
    IF c.starts_at > $3 THEN
        UPDATE campaign.enrollment e
        SET due_at = GREATEST(e.due_at, CASE WHEN e.due_at IS NOT NULL THEN c.starts_at END), base_at = c.starts_at,
            parked_due_at = GREATEST(e.parked_due_at, CASE WHEN e.parked_due_at IS NOT NULL THEN c.starts_at END)
        WHERE e.workspace_id = c.workspace_id AND e.id = ANY ($2) AND e.status = 'in_progress';
    END IF;
    IF c.batch_left IS NULL THEN
        RETURN;
    END IF;
    -- who takes the last places, and who finds none: one after the other
    IF c.batch_left > 0 THEN
        SELECT u.batch_left INTO going FROM campaign.campaign u
        WHERE u.workspace_id = c.workspace_id AND u.id = c.id FOR NO KEY UPDATE;
    END IF;
    SELECT array_agg(e.id) FILTER (WHERE e.place > COALESCE(going, 0)), LEAST(COALESCE(going, 0), count(*)) INTO waiting, going
    FROM (SELECT r.id, row_number() OVER (ORDER BY r.id) AS place
          FROM campaign.enrollment r
          WHERE r.workspace_id = c.workspace_id AND r.id = ANY ($2) AND r.status = 'in_progress') e;
    PERFORM campaign.hold_behind_batch(c.workspace_id, waiting);
    UPDATE campaign.campaign u SET batch_left = u.batch_left - going
    WHERE u.workspace_id = c.workspace_id AND u.id = c.id AND going > 0;
END
$$;
COMMENT ON FUNCTION campaign.restrain(campaign.campaign, bigint[], timestamptz) IS
    'Internal. Has new runs wait for the start of their campaign, and behind its first batch';

CREATE FUNCTION campaign.continue_batch(campaign bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    -- Held against whoever enrols: those would wait behind a batch that is none any more.
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'update');
    now timestamptz := campaign.clock();
    going integer;
BEGIN
    IF c.state NOT IN ('live', 'paused') THEN
        PERFORM campaign.refuse_state(c, 'be continued');
    END IF;
    UPDATE campaign.campaign u SET batch_left = NULL WHERE u.workspace_id = workspace AND u.id = c.id;
    UPDATE campaign.enrollment e
    SET held = NULL, base_at = GREATEST(e.base_at, now),
        due_at = CASE WHEN w.goes_on THEN GREATEST(e.parked_due_at, now) END,
        parked_due_at = CASE WHEN NOT w.goes_on THEN e.parked_due_at END
    FROM (SELECT r.id, r.status = 'in_progress' AND c.state = 'live' AS goes_on
          FROM campaign.enrollment r
          WHERE r.workspace_id = workspace AND r.campaign_id = c.id AND r.ended_at IS NULL AND r.held = 'first_batch'
          ORDER BY r.id FOR UPDATE) w
    WHERE e.workspace_id = workspace AND e.id = w.id;
    GET DIAGNOSTICS going = ROW_COUNT;
    IF c.batch_left IS NOT NULL THEN
        PERFORM campaign.note_event(workspace, 'batch_continued', c.id, jsonb_build_object('waiting', going));
        -- who waits over the cap has waited behind the batch as well
        INSERT INTO campaign.place_request (workspace_id, campaign_id) VALUES (workspace, c.id);
    END IF;
    PERFORM campaign.wake();
    RETURN going;
END
$$;
COMMENT ON FUNCTION campaign.continue_batch(bigint) IS
    'Lets go those who wait behind the first batch of a launch, and whoever comes later; how many were waiting (S3.7)';
