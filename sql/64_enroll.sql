-- Taking prospects into a campaign. Everything is set-wise: one statement for each table, whatever
-- the number of prospects. Locks are taken in order (persons by key, runs by prospect), so that
-- enrolments of the same people at the same time wait for each other and never in a circle.

CREATE FUNCTION campaign.refuse_state(found campaign.campaign, wish text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'campaign "%" cannot %: it is %', found.name, wish, found.state
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('Campaign %s is in state %s.', found.id, found.state),
            HINT = CASE found.state
                WHEN 'draft' THEN 'Possible now: launch() or archive().'
                WHEN 'live' THEN 'Possible now: pause(), stop() or archive().'
                WHEN 'paused' THEN 'Possible now: resume(), stop(campaign, finish => false) or archive().'
                WHEN 'closed' THEN 'Possible now: stop(campaign, finish => false) or archive(); for new prospects make another campaign with create_campaign().'
                ELSE 'An archived campaign stays as it is; make another one with create_campaign().'
            END;
END
$$;
COMMENT ON FUNCTION campaign.refuse_state(campaign.campaign, text) IS
    'Internal. Raises the error that a campaign''s state does not allow something, with what is possible instead';

CREATE FUNCTION campaign.read_campaign(workspace bigint, campaign bigint, strength text DEFAULT 'none')
    RETURNS campaign.campaign LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_row campaign.campaign;
BEGIN
    CASE strength
        WHEN 'none' THEN
            SELECT * INTO found_row FROM campaign.campaign c WHERE c.workspace_id = $1 AND c.id = $2;
        WHEN 'key share' THEN
            SELECT * INTO found_row FROM campaign.campaign c WHERE c.workspace_id = $1 AND c.id = $2 FOR KEY SHARE;
        WHEN 'share' THEN
            SELECT * INTO found_row FROM campaign.campaign c WHERE c.workspace_id = $1 AND c.id = $2 FOR SHARE;
        WHEN 'no key update' THEN
            SELECT * INTO found_row FROM campaign.campaign c WHERE c.workspace_id = $1 AND c.id = $2 FOR NO KEY UPDATE;
        WHEN 'update' THEN
            SELECT * INTO found_row FROM campaign.campaign c WHERE c.workspace_id = $1 AND c.id = $2 FOR UPDATE;
    END CASE;
    IF found_row.id IS NULL THEN
        RAISE EXCEPTION 'campaign % does not exist', COALESCE($2::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such campaign is in the current workspace.',
                HINT = 'campaign_id(name) finds the id of a campaign.';
    END IF;
    RETURN found_row;
END
$$;
COMMENT ON FUNCTION campaign.read_campaign(bigint, bigint, text) IS
    'Internal. The row of a campaign, locked with this strength, or an error if there is none';

CREATE FUNCTION campaign.acting_name() RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT COALESCE(NULLIF(pg_catalog.current_setting('campaign.actor', true), ''), SESSION_USER)
$$;
COMMENT ON FUNCTION campaign.acting_name() IS
    'Internal. Who is named in events: the setting campaign.actor, else the role that logged in';

CREATE FUNCTION campaign.sorted_ids(ids bigint[]) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.array_agg(d.id)
    FROM (SELECT DISTINCT u.id FROM pg_catalog.unnest($1) AS u(id) WHERE u.id IS NOT NULL ORDER BY u.id) d
$$;
COMMENT ON FUNCTION campaign.sorted_ids(bigint[]) IS
    'Internal. The same ids in order, each once, without NULL; NULL if there are none';

CREATE FUNCTION campaign.listed_prospects(workspace bigint, list bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM campaign.list l WHERE l.workspace_id = $1 AND l.id = $2) THEN
        RAISE EXCEPTION 'list % does not exist', COALESCE($2::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such list is in the current workspace.',
            HINT = 'list_id(name) finds the id of a list.';
    END IF;
    RETURN ARRAY(SELECT l.prospect_id FROM campaign.list_prospect l WHERE l.workspace_id = $1 AND l.list_id = $2);
END
$$;
COMMENT ON FUNCTION campaign.listed_prospects(bigint, bigint) IS
    'Internal. The prospects that are on a list now, or an error if there is no such list';

CREATE FUNCTION campaign.candidates(campaign bigint, prospects bigint[] DEFAULT NULL, list bigint DEFAULT NULL)
    RETURNS TABLE (prospect_id bigint, result text, detail text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    asked bigint[] := $2;
BEGIN
    IF c.state IN ('closed', 'archived') THEN
        PERFORM campaign.refuse_state(c, 'take new prospects');
    END IF;
    IF $3 IS NOT NULL THEN
        asked := campaign.listed_prospects(workspace, $3);
        IF $2 IS NOT NULL THEN
            SELECT array_agg(a.id) INTO asked FROM unnest(asked) AS a(id) WHERE a.id = ANY ($2);
        END IF;
    ELSIF asked IS NULL THEN
        SELECT array_agg(p.id) INTO asked FROM campaign.prospect p
        WHERE p.workspace_id = workspace AND p.removed_at IS NULL;
    END IF;

    RETURN QUERY
        SELECT j.prospect_id, j.result, j.detail
        FROM campaign.classify_prospects(c, campaign.sorted_ids(asked), campaign.clock(), true) j;
END
$$;
COMMENT ON FUNCTION campaign.candidates(bigint, bigint[], bigint) IS
    'What enroll() would say of these prospects, of those on a list, or of all, doing nothing: enrolled, over_cap, not_eligible (the entry condition does not hold), or a refusal code (S2.39)';

-- Runs that are surely there already. ids, prospects and results are parallel, sorted by prospect, and all
-- of them were accepted. They take places here, which who is inside gives up when he leaves
-- (src/store/places.h).
CREATE FUNCTION campaign.note_enrolled(c campaign.campaign, ids bigint[], prospects bigint[], results text[], at timestamptz, actor text)
    RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    era smallint := COALESCE((SELECT i.era FROM campaign.instance i), 0);
    batch bigint := campaign.new_id('campaign.batch_id_seq');
    first_event bigint := campaign.new_id('campaign.event_id_seq');
    last_event bigint;
    over_cap bigint := cardinality(array_positions($4, 'over_cap'));
BEGIN
    -- Ids that one session draws go up, so two that are drawn around the rows bound them.
    INSERT INTO campaign.event (workspace_id, id, era, batch_id, kind, campaign_id, prospect_id, enrollment_id, at, actor, detail)
    SELECT c.workspace_id, campaign.new_id('campaign.event_id_seq'), era, batch, 'enrolled', c.id, v.prospect_id, v.id, $5, $6,
        CASE v.result WHEN 'over_cap' THEN jsonb '{"over_cap": true}' END
    FROM unnest(ids, prospects, $4) AS v(id, prospect_id, result);
    last_event := campaign.new_id('campaign.event_id_seq');
    INSERT INTO campaign.batch (workspace_id, id, first_event, last_event, events)
    VALUES (c.workspace_id, batch, first_event, last_event, cardinality(ids));
    INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n)
    SELECT c.workspace_id, c.id, -1, v.day, v.kind, v.n
    FROM (VALUES (($5 AT TIME ZONE c.time_zone)::date, 'enrolled', cardinality(ids)),
        (date '2000-01-01', 'place', cardinality(ids) - over_cap)) AS v(day, kind, n)
    WHERE v.n <> 0;
    -- places that were taken when we looked may be free by the time that our commit is seen
    IF over_cap > 0 AND NOT c.settings ? 'cohort_size' THEN
        INSERT INTO campaign.place_request (workspace_id, campaign_id) VALUES (c.workspace_id, c.id);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.note_enrolled(campaign.campaign, bigint[], bigint[], text[], timestamptz, text) IS
    'Internal. Writes to the log and the statistics that these runs began, or wait over the cap';

-- S2.40: takes back those of these new runs that clash with one that somebody else began meanwhile.
CREATE FUNCTION campaign.settle_clashes(c campaign.campaign, ids bigint[], prospects bigint[], at timestamptz) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    clashing bigint[];
    taken_back bigint;
BEGIN
    clashing := CASE c.exclusivity
        WHEN 'exclusive' THEN campaign.exclusive_clashes(c.workspace_id, $3)
        WHEN 'exclusive_only' THEN ARRAY(SELECT campaign.guard_exclusive_only(c, ARRAY(
            SELECT v.prospect_id FROM unnest($2, $3) AS v(id, prospect_id)
            JOIN campaign.enrollment e ON e.workspace_id = c.workspace_id AND e.id = v.id
            ORDER BY v.prospect_id), $4))
    END;
    IF COALESCE(cardinality(clashing), 0) = 0 THEN
        RETURN 0;
    END IF;
    DELETE FROM campaign.enrollment e
    USING unnest($2, $3) AS v(id, prospect_id)
    WHERE e.workspace_id = c.workspace_id AND e.id = v.id AND v.prospect_id = ANY (clashing);
    GET DIAGNOSTICS taken_back = ROW_COUNT;
    RETURN taken_back;
END
$$;
COMMENT ON FUNCTION campaign.settle_clashes(campaign.campaign, bigint[], bigint[], timestamptz) IS
    'Internal. Takes back new runs that clash with runs which other transactions began meanwhile; how many';

-- c was read with a lock, see enroll(); prospects are in order, each once.
CREATE FUNCTION campaign.take_in(c campaign.campaign, prospects bigint[], payload jsonb, at timestamptz, actor text)
    RETURNS TABLE (prospect_id bigint, enrollment_id bigint, result text, detail text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off SET enable_nestloop = on AS $$
#variable_conflict use_column
DECLARE
    workspace bigint := c.workspace_id;
    accepted bigint[];
    ids bigint[];
    persons text[];
    runs integer[];
    results text[];
    refused bigint[];
    codes text[];
    details text[];
    failing bigint[];
    written bigint;
    cohort text := c.settings ->> 'cohort_size';
    is_shown boolean := cardinality($2) >= 1000 AND campaign.progress_begin('enroll', workspace, c.id);
BEGIN
    -- each of the runs gets a copy
    IF octet_length($3::text) > 100000 THEN
        RAISE EXCEPTION 'payload is larger than 100,000 bytes'
            USING ERRCODE = 'program_limit_exceeded', DETAIL = format('It has %s.', octet_length($3::text)),
                HINT = 'Give what the texts and conditions of the campaign need, and keep the rest in a table of your own.';
    END IF;
    PERFORM campaign.plan_for(cardinality($2));
    IF is_shown THEN
        PERFORM campaign.progress_phase('checking', cardinality($2));
    END IF;
    SELECT array_agg(j.prospect_id) FILTER (WHERE j.result IN ('enrolled', 'over_cap', 'not_eligible')),
        array_agg(j.person) FILTER (WHERE j.result IN ('enrolled', 'over_cap', 'not_eligible')),
        array_agg(j.run) FILTER (WHERE j.result IN ('enrolled', 'over_cap', 'not_eligible')),
        array_agg(j.result) FILTER (WHERE j.result IN ('enrolled', 'over_cap', 'not_eligible')),
        array_agg(j.prospect_id) FILTER (WHERE j.result NOT IN ('enrolled', 'over_cap', 'not_eligible')),
        array_agg(j.result) FILTER (WHERE j.result NOT IN ('enrolled', 'over_cap', 'not_eligible')),
        array_agg(j.detail) FILTER (WHERE j.result NOT IN ('enrolled', 'over_cap', 'not_eligible'))
    INTO accepted, persons, runs, results, refused, codes, details
    FROM (SELECT * FROM campaign.classify_prospects(c, $2, $4, c.state = 'live' AND c.starts_at <= $4) ORDER BY prospect_id) j;
    RETURN QUERY SELECT v.prospect_id, NULL::bigint, v.code, v.detail
        FROM unnest(refused, codes, details) AS v(prospect_id, code, detail);
    IF accepted IS NULL THEN
        RETURN;
    END IF;
    -- they wait for a slot as others do for a place
    IF cohort IS NOT NULL THEN
        results := array_replace(results, 'enrolled', 'over_cap');
    END IF;

    IF is_shown THEN
        PERFORM campaign.progress_phase('writing persons', cardinality(persons));
    END IF;
    INSERT INTO campaign.person (workspace_id, key, since)
    SELECT workspace, k.key, $4 FROM unnest(persons) AS k(key) ORDER BY k.key
    ON CONFLICT DO NOTHING;
    IF is_shown THEN
        PERFORM campaign.progress_phase('writing runs', cardinality(accepted));
    END IF;
    SELECT array_agg(campaign.new_id('campaign.enrollment_id_seq')) INTO ids
    FROM generate_series(1, cardinality(accepted));
    -- Who waits over the cap has no timer: whoever lets him in gives him one.
    INSERT INTO campaign.enrollment (workspace_id, id, campaign_id, prospect_id, run, exclusion,
        status, due_at, parked_due_at, base_at, step_at, started_at, payload)
    SELECT workspace, campaign.progress_row(v.id), c.id, v.prospect_id, v.run, campaign.exclusion_of(c.exclusivity, c.id),
        CASE v.result WHEN 'over_cap' THEN 'blocked' ELSE 'in_progress' END,
        CASE WHEN c.state = 'live' AND v.result <> 'over_cap' THEN $4 END,
        CASE WHEN c.state <> 'live' AND v.result <> 'over_cap' THEN $4 END, $4, $4, $4, $3
    FROM unnest(ids, accepted, runs, results) AS v(id, prospect_id, run, result)
    ON CONFLICT (workspace_id, prospect_id, exclusion) WHERE ended_at IS NULL DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;
    written := written - campaign.settle_clashes(c, ids, accepted, $4);

    -- S2.40: somebody else was quicker with some of them
    IF written < cardinality(accepted) THEN
        refused := ARRAY(
            SELECT v.prospect_id FROM unnest(ids, accepted) AS v(id, prospect_id)
            WHERE NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.workspace_id = workspace AND e.id = v.id)
            ORDER BY v.prospect_id);
        RETURN QUERY
            SELECT j.prospect_id, NULL::bigint, 'already_in_campaign',
                CASE j.result WHEN 'already_in_campaign' THEN j.detail ELSE 'enrolled by another transaction meanwhile' END
            FROM campaign.classify_prospects(c, refused, $4) j;
        SELECT array_agg(v.id), array_agg(v.prospect_id), array_agg(v.result) INTO ids, accepted, results
        FROM (SELECT u.id, u.prospect_id, u.result FROM unnest(ids, accepted, results) AS u(id, prospect_id, result)
              WHERE u.prospect_id <> ALL (refused) ORDER BY u.prospect_id) v;
        IF ids IS NULL THEN
            RETURN;
        END IF;
    END IF;
    IF is_shown THEN
        PERFORM campaign.progress_phase('writing events', cardinality(ids));
    END IF;
    PERFORM campaign.note_enrolled(c, ids, accepted, results, $4, $5);

    -- D17: who does not meet the entry condition leaves here and now. It may ask about the payload, which
    -- only the runs have.
    IF c.state = 'live' AND $3 IS NOT NULL AND c.definition -> 0 ? 'only_if' THEN
        failing := ids;
        PERFORM campaign.advance_enrollments(workspace, failing);
    ELSIF 'not_eligible' = ANY (results) THEN
        failing := ARRAY(SELECT v.id FROM unnest(ids, results) AS v(id, result) WHERE v.result = 'not_eligible');
        PERFORM campaign.advance_enrollments(workspace, failing);
    END IF;
    IF c.starts_at > $4 OR c.batch_left IS NOT NULL THEN
        PERFORM campaign.restrain(c, ids, $4);
    END IF;
    RETURN QUERY
        SELECT v.prospect_id, v.id,
            CASE WHEN e.id IS NOT NULL THEN 'ended' WHEN v.result = 'over_cap' AND cohort IS NULL THEN 'over_cap' ELSE 'enrolled' END,
            CASE
                WHEN e.id IS NOT NULL THEN format('only_if %s', c.definition -> 0 -> 'only_if')
                WHEN v.result = 'over_cap' THEN CASE WHEN cohort IS NULL
                    THEN format('waits for one of %s places', campaign.active_cap_of(c.settings))
                    ELSE format('waits for a slot, which lets in %s', cohort) END
            END
        FROM unnest(ids, accepted, results) AS v(id, prospect_id, result)
        LEFT JOIN campaign.enrollment e ON failing IS NOT NULL AND e.workspace_id = workspace AND e.id = v.id AND e.ended_at IS NOT NULL;
    IF is_shown THEN
        PERFORM campaign.progress_end();
    END IF;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.take_in(campaign.campaign, bigint[], jsonb, timestamptz, text) IS
    'Internal. Takes prospects into a campaign that is read with a lock: what enroll() does once rights and state are looked at';

CREATE FUNCTION campaign.enroll(campaign bigint, prospects bigint[], payload jsonb DEFAULT NULL)
    RETURNS TABLE (prospect_id bigint, enrollment_id bigint, result text, detail text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'key share');
BEGIN
    -- While nothing runs, newcomers are parked; a launch must then wait until they can be seen. A
    -- live campaign is held less tightly, so that an open transaction does not keep it from being paused.
    IF c.state IN ('draft', 'paused') THEN
        c := campaign.read_campaign(workspace, $1, 'share');
    END IF;
    IF c.state IN ('closed', 'archived') THEN
        PERFORM campaign.refuse_state(c, 'take new prospects');
    END IF;
    RETURN QUERY SELECT * FROM campaign.take_in(c, campaign.sorted_ids($2), $3, campaign.clock(), campaign.acting_name());
END
$$;
COMMENT ON FUNCTION campaign.enroll(bigint, bigint[], jsonb) IS
    'Takes prospects into a campaign, as part of the caller''s transaction. Result: enrolled, over_cap (waits for a place, S2.24), ended (the entry condition does not hold: a run that ended at once), or a refusal: unknown_prospect, suppressed, not_opted_in, already_in_campaign, reentry_refused. payload is these runs'' own data';

CREATE FUNCTION campaign.enroll_list(campaign bigint, list bigint, payload jsonb DEFAULT NULL)
    RETURNS TABLE (prospect_id bigint, enrollment_id bigint, result text, detail text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
BEGIN
    RETURN QUERY SELECT * FROM campaign.enroll($1, campaign.listed_prospects(workspace, $2), $3);
END
$$;
COMMENT ON FUNCTION campaign.enroll_list(bigint, bigint, jsonb) IS
    'As enroll(), of those who are on the list now: whoever is put on it later is not taken. Level operator';

-- In a round, which must not wait for the transaction of a user: not for the row of a campaign that he is
-- changing, nor for a prospect whom he is just enrolling somewhere himself. Then one by one, so that only
-- those whom he holds are refused.
CREATE FUNCTION campaign.take_in_promptly(c campaign.campaign, prospects bigint[], at timestamptz)
    RETURNS TABLE (prospect_id bigint, enrollment_id bigint, result text, detail text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '50ms' AS $$
DECLARE
    each bigint;
BEGIN
    BEGIN
        RETURN QUERY SELECT * FROM campaign.take_in(c, $2, NULL, $3, NULL);
        RETURN;
    EXCEPTION WHEN lock_not_available THEN
        NULL;
    END;
    FOREACH each IN ARRAY $2 LOOP
        BEGIN
            RETURN QUERY SELECT * FROM campaign.take_in(c, ARRAY[each], NULL, $3, NULL);
        EXCEPTION WHEN lock_not_available THEN
            RETURN QUERY SELECT each, NULL::bigint, 'already_in_campaign', 'another transaction is just enrolling him';
        END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.take_in_promptly(campaign.campaign, bigint[], timestamptz) IS
    'Internal. As take_in(), without waiting for other transactions: whom one of them is just enrolling is refused';

-- What a step {"enroll": NAME} calls, in the round that ends the run. The name is looked up then: of
-- several that bear it the one that is live, else the newest.
CREATE FUNCTION campaign.enroll_elsewhere(workspace bigint, name text, prospects bigint[])
    RETURNS TABLE (prospect_id bigint, enrollment_id bigint, result text, detail text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_target campaign.campaign;
    v_id bigint;
BEGIN
    SELECT c.* INTO v_target FROM campaign.campaign c
    WHERE c.workspace_id = $1 AND c.name = $2 AND c.state IN ('draft', 'live', 'paused')
    ORDER BY c.state = 'live' DESC, c.id DESC LIMIT 1;
    IF v_target.id IS NULL THEN
        RETURN QUERY SELECT p.id, NULL::bigint, 'unknown_campaign', format('no campaign "%s" takes prospects', $2)
            FROM unnest($3) AS p(id);
        RETURN;
    END IF;
    -- As in enroll(): a launch waits until those who are parked can be seen. The state is that of the
    -- locked row. A round does not wait for whoever is changing it: those it brings are not parked then,
    -- but due at once, and parked by the round that finds the campaign at rest.
    v_id := v_target.id;
    IF v_target.state <> 'live' THEN
        SELECT c.* INTO v_target FROM campaign.campaign c
        WHERE c.workspace_id = $1 AND c.id = v_id FOR SHARE SKIP LOCKED;
    END IF;
    IF v_target.id IS NULL OR v_target.state = 'live' THEN
        SELECT c.* INTO v_target FROM campaign.campaign c
        WHERE c.workspace_id = $1 AND c.id = v_id FOR KEY SHARE SKIP LOCKED;
        v_target.state := CASE WHEN v_target.state IN ('draft', 'paused') THEN 'live' ELSE v_target.state END;
    END IF;
    IF v_target.id IS NULL OR v_target.state IN ('closed', 'archived') THEN
        RETURN QUERY SELECT p.id, NULL::bigint, 'unknown_campaign', format('campaign "%s" is just being closed', $2)
            FROM unnest($3) AS p(id);
        RETURN;
    END IF;
    RETURN QUERY SELECT * FROM campaign.take_in_promptly(v_target, campaign.sorted_ids($3), campaign.clock());
END
$$;
COMMENT ON FUNCTION campaign.enroll_elsewhere(bigint, text, bigint[]) IS
    'Internal. Enrols prospects in the campaign of this name on behalf of a step; result as of enroll(), or unknown_campaign';
