-- A campaign lived through beforehand, in memory (B3), and when it will be through (B4). Both ask
-- rehearse(), which writes nothing.

CREATE FUNCTION campaign.rehearse(workspace bigint, campaign bigint, parked boolean, prospects bigint[], newcomers bigint[],
        slots_since timestamptz, until timestamptz, contents boolean, kinds text[], rates double precision[], afters bigint[], subjects bigint[],
        ats timestamptz[], steps integer[])
    RETURNS TABLE (at timestamptz, prospect_id bigint, step text, action text, what text, code text, content jsonb)
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'campaign_api_rehearse';
COMMENT ON FUNCTION campaign.rehearse(bigint, bigint, boolean, bigint[], bigint[], timestamptz, timestamptz, boolean, text[], double precision[], bigint[], bigint[], timestamptz[], integer[]) IS
    'Internal. Everything that would happen in a campaign until then: what is executed, skipped, refused, held, reported, decided by the owner, ended. prospects NULL = all inside; slots_since = the next slot that lets newcomers in begins after that, NULL = no cohorts; the arrays from kinds on are what people are assumed to do, see assumed_answers()';

-- {"replied": 0.1, "accepted": {"rate": 0.4, "after": "2 days"}, "script": [{"prospect": 17, "kind": "clicked", "at": "..."}]}
CREATE FUNCTION campaign.assumed_answers(c campaign.campaign, answers jsonb)
    RETURNS TABLE (kind text, rate double precision, after bigint, prospect bigint, at timestamptz, step integer)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key text;
    value jsonb;
    item jsonb;
    place text;
BEGIN
    IF jsonb_typeof($2) <> 'object' THEN
        RAISE EXCEPTION 'answers have to be an object'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('They are %s.', left($2::text, 100)),
                HINT = 'As in {"replied": 0.1, "accepted": {"rate": 0.4, "after": "2 days"}}.';
    END IF;
    FOR key, value IN SELECT e.key, e.value FROM jsonb_each($2) e WHERE e.key <> 'script' ORDER BY e.key LOOP
        kind := CASE key WHEN 'accepted' THEN 'connected' ELSE key END;
        IF jsonb_typeof(value) = 'number' THEN
            value := jsonb_build_object('rate', value);
        END IF;
        IF jsonb_typeof(value) <> 'object' OR value - '{rate,after}'::text[] <> '{}'
            OR jsonb_typeof(value -> 'rate') IS DISTINCT FROM 'number' OR value -> 'rate' NOT BETWEEN '0' AND '1' THEN
            PERFORM campaign.refuse_answer(format('$.%s', key), value, 'a share of 0 to 1, or {"rate": 0.4, "after": "2 days"}');
        END IF;
        PERFORM campaign.check_answer_kind(format('$.%s', key), kind);
        rate := (value ->> 'rate')::double precision;
        after := campaign.answer_delay(format('$.%s.after', key), COALESCE(value ->> 'after', CASE WHEN kind IN ('approved', 'blocked') THEN '0 days' ELSE '1 day' END));
        prospect := NULL;
        at := NULL;
        step := NULL;
        RETURN NEXT;
    END LOOP;
    IF COALESCE(jsonb_typeof($2 -> 'script'), 'array') <> 'array' THEN
        PERFORM campaign.refuse_answer('$.script', $2 -> 'script', 'an array');
    END IF;
    FOR item, place IN SELECT e.value, format('$.script[%s]', e.n - 1) FROM jsonb_array_elements($2 -> 'script') WITH ORDINALITY AS e(value, n) LOOP
        IF jsonb_typeof(item) <> 'object' OR item - '{prospect,kind,at,after,step}'::text[] <> '{}'
            OR NOT item ?& '{prospect,kind}' OR (item ? 'at') = (item ? 'after') OR item ? 'at' AND item ? 'step' THEN
            PERFORM campaign.refuse_answer(place, item, 'as {"prospect": 17, "kind": "replied", "at": TIME}, or {..., "after": "2 days", "step": NAME}');
        END IF;
        kind := item ->> 'kind';
        kind := CASE kind WHEN 'accepted' THEN 'connected' ELSE kind END;
        PERFORM campaign.check_answer_kind(place || '.kind', kind);
        prospect := CASE jsonb_typeof(item -> 'prospect') WHEN 'number' THEN (item ->> 'prospect')::bigint
            ELSE campaign.prospect_id(item ->> 'prospect') END;
        BEGIN
            at := (item ->> 'at')::timestamptz;
        EXCEPTION WHEN data_exception THEN
            PERFORM campaign.refuse_answer(place || '.at', item -> 'at', 'an instant');
        END;
        after := CASE WHEN item ? 'after' THEN campaign.answer_delay(place || '.after', item ->> 'after') END;
        step := CASE WHEN item ? 'step' THEN campaign.step_position(c, item ->> 'step') END;
        rate := NULL;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.assumed_answers(campaign.campaign, jsonb) IS
    'Internal. Reads the argument answers of dry_run() and forecast(): rate NULL = what this prospect does, at a time, or so many microseconds after a step or, step NULL, after the beginning';

CREATE FUNCTION campaign.refuse_answer(place text, value jsonb, wanted text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'invalid answers at %', $1
        USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE(left($2::text, 100), 'NULL')),
            HINT = format('It has to be %s.', $3);
END
$$;
COMMENT ON FUNCTION campaign.refuse_answer(text, jsonb, text) IS 'Internal. Raises the error of an answer that has no sense';

CREATE FUNCTION campaign.check_answer_kind(place text, kind text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- what the owner does with what is put up for him is assumed in the same way
    IF COALESCE(btrim($2), '') = '' OR $2 NOT IN ('approved', 'blocked') AND EXISTS (SELECT FROM campaign.event_kind k WHERE k.name = $2 AND NOT k.reported) THEN
        PERFORM campaign.refuse_answer($1, to_jsonb($2), 'a kind of event that can be reported, as replied, or "accepted"');
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_answer_kind(text, text) IS 'Internal. Refuses kinds of event that nobody reports';

CREATE FUNCTION campaign.answer_delay(place text, value text) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    length interval;
BEGIN
    length := $2::interval;
    IF length < '0' OR NOT isfinite(length) THEN
        RAISE data_exception;
    END IF;
    RETURN (EXTRACT(epoch FROM length) * 1000000)::bigint;
EXCEPTION WHEN data_exception THEN
    PERFORM campaign.refuse_answer($1, to_jsonb($2), 'a length of time, as "2 days"');
END
$$;
COMMENT ON FUNCTION campaign.answer_delay(text, text) IS 'Internal. A length of time as microseconds';

-- NULL: those whom the audience of the campaign would bring in now.
CREATE FUNCTION campaign.rehearsal_newcomers(c campaign.campaign, prospects bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now timestamptz := campaign.clock();
    found bigint[];
BEGIN
    IF c.state IN ('closed', 'archived') THEN
        RETURN '{}';
    ELSIF $2 IS NULL AND c.audience_id IS NOT NULL THEN
        RETURN COALESCE(campaign.eligible(c, COALESCE(campaign.audience_candidates(c, campaign.read_audience(c.workspace_id, c.audience_id), now), '{}'), now), '{}');
    END IF;
    SELECT array_agg(j.prospect_id ORDER BY j.prospect_id) INTO found
    FROM campaign.classify_prospects(c, ARRAY(SELECT DISTINCT u.id FROM unnest($2) u(id) WHERE u.id IS NOT NULL ORDER BY 1), now) j
    WHERE j.result IN ('enrolled', 'over_cap');
    RETURN COALESCE(found, '{}');
END
$$;
COMMENT ON FUNCTION campaign.rehearsal_newcomers(campaign.campaign, bigint[]) IS
    'Internal. Who is not inside and would be taken in now: of these prospects, or else of the audience';

-- As launch() and resume() would set the clock of its slots.
CREATE FUNCTION campaign.rehearsal_slots_since(c campaign.campaign) RETURNS timestamptz
    LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c.settings ? 'cohort_size' THEN campaign.slots_since(c, k,
            CASE c.state WHEN 'draft' THEN 'launch' WHEN 'paused' THEN 'resume' ELSE 'other' END) END
    FROM (SELECT) one
    LEFT JOIN campaign.slot_clock k ON k.workspace_id = c.workspace_id AND k.campaign_id = c.id
$$;
COMMENT ON FUNCTION campaign.rehearsal_slots_since(campaign.campaign) IS
    'Internal. After when the next slot of a campaign with cohorts begins, if it went on now; NULL without cohorts';

-- Who lives through it: those inside, as far as they are asked for, and of the others who would be taken in.
CREATE FUNCTION campaign.rehearse_campaign(c campaign.campaign, prospects bigint[], until timestamptz, answers jsonb, contents boolean)
    RETURNS TABLE (at timestamptz, prospect_id bigint, step text, action text, what text, code text, content jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    a record;
BEGIN
    IF c.state = 'archived' THEN
        RAISE EXCEPTION 'campaign "%" is archived', c.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Nothing will happen in it.',
                HINT = 'copy_campaign() makes a draft like it.';
    ELSIF $3 IS NULL OR NOT isfinite($3) OR $3 < campaign.clock() THEN
        RAISE EXCEPTION 'a rehearsal needs a time to live through'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It would end at %s.', COALESCE($3::text, 'NULL')),
                HINT = 'The horizon is a length of time, as "30 days".';
    END IF;
    SELECT array_agg(v.kind) AS kinds, array_agg(v.rate) AS rates, array_agg(v.after) AS afters,
        array_agg(v.prospect) AS prospects, array_agg(v.at) AS ats, array_agg(v.step) AS steps
    INTO a FROM campaign.assumed_answers(c, COALESCE($4, '{}')) v;
    RETURN QUERY
        SELECT * FROM campaign.rehearse(c.workspace_id, c.id, c.state IN ('draft', 'paused'), $2, campaign.rehearsal_newcomers(c, $2),
            campaign.rehearsal_slots_since(c), $3, $5,
            COALESCE(a.kinds, '{}'), COALESCE(a.rates, '{}'), COALESCE(a.afters, '{}'), COALESCE(a.prospects, '{}'),
            COALESCE(a.ats, '{}'), COALESCE(a.steps, '{}'));
END
$$;
COMMENT ON FUNCTION campaign.rehearse_campaign(campaign.campaign, bigint[], timestamptz, jsonb, boolean) IS
    'Internal. rehearse() of those who are inside, or of these prospects, who are inside or would be taken in';

CREATE FUNCTION campaign.dry_run(campaign bigint, prospects bigint[] DEFAULT NULL, horizon interval DEFAULT '30 days', answers jsonb DEFAULT '{}')
    RETURNS TABLE (at timestamptz, prospect_id bigint, step text, action text, content jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
BEGIN
    RETURN QUERY
        SELECT r.at, r.prospect_id, r.step, r.action,
            CASE r.what WHEN 'held' THEN jsonb_build_object('held', r.code) ELSE r.content END
        FROM campaign.rehearse_campaign(c, $2, campaign.clock() + $3, $4, true) r
        WHERE r.what IN ('executed', 'held');
END
$$;
COMMENT ON FUNCTION campaign.dry_run(bigint, bigint[], interval, jsonb) IS
    'A campaign lived through in memory from now on, on the data of now, with the answers that are assumed: what would be sent to whom and when, as it would be rendered, or held and why; writes nothing (B3, S3.5)';
