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

-- The one predicate of enroll() and candidates(), for ids in order, each once. A function of one
-- query without settings of its own, so that it is planned as part of its callers, who know how many
-- prospects there are. The suppression joins say what is_suppressed() says, for all at once.
CREATE FUNCTION campaign.judge_prospects(workspace bigint, campaign bigint, exclusion bigint, prospects bigint[])
    RETURNS TABLE (prospect_id bigint, person text, run integer, result text, detail text)
    LANGUAGE sql STABLE AS $$
    SELECT u.id, p.person_key, COALESCE(r.run, 0) + 1,
        CASE
            WHEN p.id IS NULL OR p.removed_at IS NOT NULL THEN 'unknown_prospect'
            WHEN COALESCE(sp.id, se.id, sf.id, sd.id, sg.id, sl.id) IS NOT NULL THEN 'suppressed'
            WHEN NOT p.opted_in THEN 'not_opted_in'
            WHEN a.id IS NOT NULL OR r.is_active THEN 'already_in_campaign'
            WHEN r.end_kind NOT IN ('removed', 'archived') THEN 'reentry_refused'
            ELSE 'enrolled'
        END,
        CASE
            WHEN p.id IS NULL THEN pg_catalog.format('there is no prospect %s', u.id)
            WHEN p.removed_at IS NOT NULL THEN pg_catalog.format('removed at %s', p.removed_at)
            WHEN sp.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'person ' || sp.value, sp.reason)
            WHEN se.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'email ' || se.value, se.reason)
            WHEN sf.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'email ' || sf.value, sf.reason)
            WHEN sd.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'domain ' || sd.value, sd.reason)
            WHEN sg.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'domain ' || sg.value, sg.reason)
            WHEN sl.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'linkedin ' || sl.value, sl.reason)
            WHEN NOT p.opted_in THEN NULL
            WHEN a.id IS NOT NULL THEN (
                SELECT pg_catalog.format('in campaign %s "%s" since %s', c.id, c.name, a.started_at)
                FROM campaign.campaign c WHERE c.workspace_id = $1 AND c.id = a.campaign_id)
            WHEN r.is_active THEN 'in this campaign'
            WHEN r.end_kind NOT IN ('removed', 'archived') THEN
                pg_catalog.format('run %s ended as %s (%s) at %s', r.run, r.end_kind, r.code, r.ended_at)
        END
    FROM pg_catalog.unnest($4) AS u(id)
    LEFT JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = u.id
    LEFT JOIN campaign.suppression sp ON sp.workspace_id = $1 AND sp.kind = 'person' AND sp.value = p.person_key
    LEFT JOIN campaign.suppression se ON se.workspace_id = $1 AND se.kind = 'email'
        AND se.value = pg_catalog.lower(p.email)
    LEFT JOIN campaign.suppression sf ON sf.workspace_id = $1 AND sf.kind = 'email'
        AND sf.value = pg_catalog.lower(p.professional_email)
    LEFT JOIN campaign.suppression sd ON sd.workspace_id = $1 AND sd.kind = 'domain'
        AND sd.value = pg_catalog.lower(pg_catalog.split_part(p.email, '@', 2))
    LEFT JOIN campaign.suppression sg ON sg.workspace_id = $1 AND sg.kind = 'domain'
        AND sg.value = pg_catalog.lower(pg_catalog.split_part(p.professional_email, '@', 2))
    LEFT JOIN campaign.suppression sl ON sl.workspace_id = $1 AND sl.kind = 'linkedin'
        AND sl.value = pg_catalog.lower(p.linkedin_url)
    LEFT JOIN campaign.enrollment a ON a.workspace_id = $1 AND a.prospect_id = u.id AND a.exclusion = $3
        AND a.ended_at IS NULL
    LEFT JOIN (
        SELECT DISTINCT ON (e.prospect_id) e.prospect_id, e.run, e.end_kind, e.code, e.ended_at, e.ended_at IS NULL AS is_active
        FROM pg_catalog.unnest($4) AS i(id)
        JOIN campaign.enrollment e ON e.workspace_id = $1 AND e.campaign_id = $2 AND e.prospect_id = i.id
        ORDER BY e.prospect_id, e.run DESC
    ) r ON r.prospect_id = u.id
$$;
COMMENT ON FUNCTION campaign.judge_prospects(bigint, bigint, bigint, bigint[]) IS
    'Internal. What enrolling each of these would say: enrolled, or a refusal code and what it is about';

-- Where many rows came in since the last ANALYZE, the planner takes a table for small and looks
-- through all of it for each prospect; a hash table costs the same whatever was expected. Callers have
-- the setting among their own, so that it ends with them.
CREATE FUNCTION campaign.plan_for(number integer) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $1 > 1000 THEN
        PERFORM set_config('enable_nestloop', 'off', true);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.plan_for(integer) IS
    'Internal. Has the statements that follow planned for so many prospects, whatever the statistics of the tables say';

CREATE FUNCTION campaign.candidates(campaign bigint, prospects bigint[] DEFAULT NULL, list bigint DEFAULT NULL)
    RETURNS TABLE (prospect_id bigint, result text, detail text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off SET enable_nestloop = on AS $$
#variable_conflict use_column
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    asked bigint[] := $2;
    has_entry boolean;
BEGIN
    IF c.state IN ('closed', 'archived') THEN
        PERFORM campaign.refuse_state(c, 'take new prospects');
    END IF;
    IF $3 IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM campaign.list l WHERE l.workspace_id = workspace AND l.id = $3) THEN
            RAISE EXCEPTION 'list % does not exist', $3
                USING ERRCODE = 'undefined_object', DETAIL = 'No such list is in the current workspace.',
                HINT = 'list_id(name) finds the id of a list.';
        END IF;
        SELECT array_agg(l.prospect_id) INTO asked FROM campaign.list_prospect l
        WHERE l.workspace_id = workspace AND l.list_id = $3 AND ($2 IS NULL OR l.prospect_id = ANY ($2));
    ELSIF asked IS NULL THEN
        SELECT array_agg(p.id) INTO asked FROM campaign.prospect p
        WHERE p.workspace_id = workspace AND p.removed_at IS NULL;
    END IF;

    asked := campaign.sorted_ids(asked);
    PERFORM campaign.plan_for(cardinality(asked));

    -- D17: who does not meet the entry condition is not eligible
    has_entry := c.definition -> 0 ? 'only_if';
    RETURN QUERY
        WITH judged AS MATERIALIZED (
            SELECT * FROM campaign.judge_prospects(workspace, c.id, CASE WHEN c.exclusive THEN 0 ELSE c.id END, asked)
        )
        SELECT j.prospect_id,
            CASE WHEN n.prospect_id IS NULL THEN j.result ELSE 'not_eligible' END,
            CASE WHEN n.prospect_id IS NULL THEN j.detail ELSE format('only_if %s', c.definition -> 0 -> 'only_if') END
        FROM judged j
        LEFT JOIN campaign.entry_allows(workspace, c.id, (SELECT array_agg(k.prospect_id) FROM judged k
                                               WHERE has_entry AND k.result = 'enrolled')) AS n
            ON n.prospect_id = j.prospect_id AND NOT n.allowed;
END
$$;
COMMENT ON FUNCTION campaign.candidates(bigint, bigint[], bigint) IS
    'What enroll() would say of these prospects, of those on a list, or of all, doing nothing: enrolled, not_eligible (the entry condition does not hold), or a refusal code (S2.39)';

-- Runs that are surely there already: inserts them and what goes with them into the log and the
-- statistics. ids and prospects are parallel, sorted by prospect, and all of them were accepted.
CREATE FUNCTION campaign.note_enrolled(c campaign.campaign, ids bigint[], prospects bigint[], at timestamptz, actor text)
    RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    era smallint := COALESCE((SELECT i.era FROM campaign.instance i), 0);
    batch bigint := campaign.new_id('campaign.batch_id_seq');
    first_event bigint := campaign.new_id('campaign.event_id_seq');
    last_event bigint;
BEGIN
    -- Ids that one session draws go up, so two that are drawn around the rows bound them.
    INSERT INTO campaign.event (workspace_id, id, era, batch_id, kind, campaign_id, prospect_id, enrollment_id, at, actor)
    SELECT c.workspace_id, campaign.new_id('campaign.event_id_seq'), era, batch, 'enrolled', c.id, v.prospect_id, v.id, $4, $5
    FROM unnest(ids, prospects) AS v(id, prospect_id);
    last_event := campaign.new_id('campaign.event_id_seq');
    INSERT INTO campaign.batch (workspace_id, id, first_event, last_event, events)
    VALUES (c.workspace_id, batch, first_event, last_event, cardinality(ids));
    INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n)
    VALUES (c.workspace_id, c.id, -1, ($4 AT TIME ZONE c.time_zone)::date, 'enrolled', cardinality(ids));
END
$$;
COMMENT ON FUNCTION campaign.note_enrolled(campaign.campaign, bigint[], bigint[], timestamptz, text) IS
    'Internal. Writes to the log and the statistics that these runs began';

CREATE FUNCTION campaign.enroll(campaign bigint, prospects bigint[], payload jsonb DEFAULT NULL)
    RETURNS TABLE (prospect_id bigint, enrollment_id bigint, result text, detail text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off SET enable_nestloop = on AS $$
#variable_conflict use_column
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'key share');
    asked bigint[] := campaign.sorted_ids($2);
    now timestamptz := campaign.clock();
    slot bigint;
    accepted bigint[];
    ids bigint[];
    persons text[];
    runs integer[];
    refused bigint[];
    codes text[];
    details text[];
    written bigint;
    failing bigint[];
BEGIN
    -- While nothing runs, newcomers are parked; a launch must then wait until they can be seen. A
    -- live campaign is held less tightly, so that an open transaction does not keep it from being paused.
    IF c.state IN ('draft', 'paused') THEN
        c := campaign.read_campaign(workspace, $1, 'share');
    END IF;
    IF c.state IN ('closed', 'archived') THEN
        PERFORM campaign.refuse_state(c, 'take new prospects');
    END IF;
    PERFORM campaign.plan_for(cardinality(asked));
    slot := CASE WHEN c.exclusive THEN 0 ELSE c.id END;

    SELECT array_agg(j.prospect_id) FILTER (WHERE j.result = 'enrolled'),
        array_agg(j.person) FILTER (WHERE j.result = 'enrolled'),
        array_agg(j.run) FILTER (WHERE j.result = 'enrolled'),
        array_agg(j.prospect_id) FILTER (WHERE j.result <> 'enrolled'),
        array_agg(j.result) FILTER (WHERE j.result <> 'enrolled'),
        array_agg(j.detail) FILTER (WHERE j.result <> 'enrolled')
    INTO accepted, persons, runs, refused, codes, details
    FROM (SELECT * FROM campaign.judge_prospects(workspace, c.id, slot, asked) ORDER BY prospect_id) j;
    RETURN QUERY SELECT v.prospect_id, NULL::bigint, v.code, v.detail
        FROM unnest(refused, codes, details) AS v(prospect_id, code, detail);
    IF accepted IS NULL THEN
        RETURN;
    END IF;

    INSERT INTO campaign.person (workspace_id, key, since)
    SELECT workspace, k.key, now FROM unnest(persons) AS k(key) ORDER BY k.key
    ON CONFLICT DO NOTHING;
    SELECT array_agg(campaign.new_id('campaign.enrollment_id_seq')) INTO ids
    FROM generate_series(1, cardinality(accepted));
    INSERT INTO campaign.enrollment (workspace_id, id, campaign_id, prospect_id, run, exclusion,
        due_at, parked_due_at, base_at, step_at, started_at, payload)
    SELECT workspace, v.id, c.id, v.prospect_id, v.run, slot,
        CASE WHEN c.state = 'live' THEN now END, CASE WHEN c.state <> 'live' THEN now END, now, now, now, $3
    FROM unnest(ids, accepted, runs) AS v(id, prospect_id, run)
    ON CONFLICT (workspace_id, prospect_id, exclusion) WHERE ended_at IS NULL DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;

    -- S2.40: somebody else was quicker with some of them
    IF written < cardinality(accepted) THEN
        RETURN QUERY SELECT v.prospect_id, NULL::bigint, 'already_in_campaign', 'enrolled by another transaction meanwhile'
            FROM unnest(ids, accepted) AS v(id, prospect_id)
            WHERE NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.workspace_id = workspace AND e.id = v.id);
        SELECT array_agg(v.id), array_agg(v.prospect_id) INTO ids, accepted
        FROM (SELECT u.id, u.prospect_id FROM unnest(ids, accepted) AS u(id, prospect_id)
              JOIN campaign.enrollment e ON e.workspace_id = workspace AND e.id = u.id
              ORDER BY u.prospect_id) v;
        IF ids IS NULL THEN
            RETURN;
        END IF;
    END IF;
    PERFORM campaign.note_enrolled(c, ids, accepted, now, campaign.acting_name());

    -- D17: who does not meet the entry condition leaves here and now
    IF c.state = 'live' AND c.definition -> 0 ? 'only_if' THEN
        SELECT array_agg(v.id) INTO failing
        FROM campaign.entry_allows(workspace, c.id, accepted) a
        JOIN unnest(ids, accepted) AS v(id, prospect_id) ON v.prospect_id = a.prospect_id
        WHERE NOT a.allowed;
    END IF;
    IF failing IS NULL THEN
        RETURN QUERY SELECT v.prospect_id, v.id, 'enrolled', NULL::text FROM unnest(ids, accepted) AS v(id, prospect_id);
    ELSE
        PERFORM campaign.advance_enrollments(workspace, failing);
        RETURN QUERY
            SELECT v.prospect_id, v.id, CASE WHEN e.id IS NULL THEN 'enrolled' ELSE 'ended' END,
                CASE WHEN e.id IS NOT NULL THEN format('only_if %s', c.definition -> 0 -> 'only_if') END
            FROM unnest(ids, accepted) AS v(id, prospect_id)
            LEFT JOIN campaign.enrollment e ON e.workspace_id = workspace AND e.id = v.id AND e.ended_at IS NOT NULL;
    END IF;
    IF c.state = 'live' THEN
        PERFORM campaign.wake();
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.enroll(bigint, bigint[], jsonb) IS
    'Takes prospects into a campaign, as part of the caller''s transaction. Result: enrolled, ended (the entry condition does not hold: a run that ended at once), or a refusal: unknown_prospect, suppressed, not_opted_in, already_in_campaign, reentry_refused. payload is these runs'' own data';
