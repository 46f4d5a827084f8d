-- A campaign lived through beforehand, in memory (B3), and when it will be through (B4). Both ask
-- rehearse(), which writes nothing.

CREATE FUNCTION campaign.rehearse(workspace bigint, campaign bigint, parked boolean, prospects bigint[], newcomers bigint[],
        imagined campaign.prospect[], documents jsonb[], slots_since timestamptz, until timestamptz, contents boolean, kinds text[], rates double precision[], afters bigint[], subjects bigint[],
        ats timestamptz[], steps integer[])
    RETURNS TABLE (at timestamptz, prospect_id bigint, step text, action text, what text, code text, content jsonb)
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'campaign_api_rehearse';
COMMENT ON FUNCTION campaign.rehearse(bigint, bigint, boolean, bigint[], bigint[], campaign.prospect[], jsonb[], timestamptz, timestamptz, boolean, text[], double precision[], bigint[], bigint[], timestamptz[], integer[]) IS
    'Internal. Everything that would happen in a campaign until then: what is executed, skipped, refused, held, reported, decided by the owner, ended. prospects NULL = all inside; imagined, and what paths see of them: those of the newcomers who are no prospects yet, whose ids are -1, -2 and so on; slots_since = the next slot that lets newcomers in begins after that, NULL = no cohorts; the arrays from kinds on are what people are assumed to do, see assumed_answers()';

-- {"replied": 0.1, "accepted": {"rate": 0.4, "after": "2 days"}, "script": [{"prospect": 17, "kind": "clicked", "at": "..."}]}
CREATE FUNCTION campaign.assumed_answers(c campaign.campaign, answers jsonb, imagined campaign.prospect[])
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
            ELSE COALESCE((SELECT -i.ordinality FROM unnest($3) WITH ORDINALITY AS i(workspace_id, id, external_id)
                WHERE i.external_id = item ->> 'prospect' LIMIT 1), campaign.prospect_id(item ->> 'prospect')) END;
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
COMMENT ON FUNCTION campaign.assumed_answers(campaign.campaign, jsonb, campaign.prospect[]) IS
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

-- As judge_prospects() says it of prospects, as far as it can be said of who is none.
CREATE FUNCTION campaign.would_take(c campaign.campaign, prospect campaign.prospect) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT campaign.is_suppressed((c).workspace_id, ($2).person_key, ($2).email, ($2).professional_email, ($2).linkedin_url)
        AND (($2).opted_in OR EXISTS (SELECT FROM campaign.step f
            WHERE f.workspace_id = (c).workspace_id AND f.campaign_id = (c).id AND f.kind = 'stage' AND f.content ->> 'phase' = 'candidates'))
$$;
COMMENT ON FUNCTION campaign.would_take(campaign.campaign, campaign.prospect) IS
    'Internal. Whether enrolling would take whom a row of a source would become';

-- Of an audience that nobody looks at the source is read; what campaigns use was read a short while ago.
CREATE FUNCTION campaign.foreseen_newcomers(c campaign.campaign, a campaign.audience, at timestamptz,
        OUT known bigint[], OUT imagined campaign.prospect[], OUT matching bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    IF a.source IS NULL OR a.next_at IS NOT NULL THEN
        known := campaign.audience_candidates(c, a, $3);
        matching := campaign.count_matching(a, $3);
    ELSE
        SELECT array_agg(DISTINCT i.known) FILTER (WHERE i.known IS NOT NULL),
            array_agg(i.prospect) FILTER (WHERE i.known IS NULL AND campaign.would_take(c, i.prospect)),
            count(*) FILTER (WHERE NOT campaign.is_suppressed(c.workspace_id, (i.prospect).person_key, (i.prospect).email,
                (i.prospect).professional_email, (i.prospect).linkedin_url))
        INTO known, imagined, matching
        FROM campaign.imagine_prospects(a, NULL, $3) i WHERE i.known IS NOT NULL OR i.fault IS NULL;
        known := campaign.audience_candidates(c, a, $3, COALESCE(known, '{}'));
    END IF;
    known := campaign.eligible(c, COALESCE(known, '{}'), $3);
END
$$;
COMMENT ON FUNCTION campaign.foreseen_newcomers(campaign.campaign, campaign.audience, timestamptz) IS
    'Internal. Whom an audience would bring in now, prospects and those who are none yet, and how many match it and are not suppressed';

CREATE FUNCTION campaign.rehearsal_newcomers(c campaign.campaign, prospects bigint[], OUT known bigint[], OUT imagined campaign.prospect[])
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now timestamptz := campaign.clock();
BEGIN
    IF c.state IN ('closed', 'archived') THEN
        NULL;
    ELSIF $2 IS NULL AND c.audience_id IS NOT NULL THEN
        SELECT f.known, f.imagined INTO known, imagined FROM campaign.foreseen_newcomers(c, campaign.read_audience(c.workspace_id, c.audience_id), now) f;
    ELSE
        SELECT array_agg(j.prospect_id ORDER BY j.prospect_id) INTO known
        FROM campaign.classify_prospects(c, ARRAY(SELECT DISTINCT u.id FROM unnest($2) u(id) WHERE u.id IS NOT NULL ORDER BY 1), now) j
        WHERE j.result IN ('enrolled', 'over_cap');
    END IF;
    known := COALESCE(known, '{}');
    imagined := COALESCE(imagined, '{}');
END
$$;
COMMENT ON FUNCTION campaign.rehearsal_newcomers(campaign.campaign, bigint[]) IS
    'Internal. Who is not inside and would be taken in now: of these prospects, or, NULL, of the audience of the campaign';

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
CREATE FUNCTION campaign.rehearse_campaign(c campaign.campaign, prospects bigint[], until timestamptz, answers jsonb, contents boolean,
        newcomers bigint[] DEFAULT NULL, imagined campaign.prospect[] DEFAULT '{}')
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
    IF newcomers IS NULL THEN
        SELECT n.known, n.imagined INTO newcomers, imagined FROM campaign.rehearsal_newcomers(c, $2) n;
    END IF;
    SELECT array_agg(v.kind) AS kinds, array_agg(v.rate) AS rates, array_agg(v.after) AS afters,
        array_agg(v.prospect) AS prospects, array_agg(v.at) AS ats, array_agg(v.step) AS steps
    INTO a FROM campaign.assumed_answers(c, COALESCE($4, '{}'), imagined) v;
    RETURN QUERY
        SELECT * FROM campaign.rehearse(c.workspace_id, c.id, c.state IN ('draft', 'paused'), $2,
            newcomers || ARRAY(SELECT -i FROM generate_series(1, cardinality(imagined)) i), imagined,
            -- as a document has a prospect
            ARRAY(SELECT jsonb_strip_nulls(to_jsonb(i) - '{workspace_id,id,attributes,removed_at,ordinality}'::text[])
                  FROM unnest(imagined) WITH ORDINALITY AS i(workspace_id, id, external_id) ORDER BY i.ordinality),
            campaign.rehearsal_slots_since(c), $3, $5,
            COALESCE(a.kinds, '{}'), COALESCE(a.rates, '{}'), COALESCE(a.afters, '{}'), COALESCE(a.prospects, '{}'),
            COALESCE(a.ats, '{}'), COALESCE(a.steps, '{}'));
END
$$;
COMMENT ON FUNCTION campaign.rehearse_campaign(campaign.campaign, bigint[], timestamptz, jsonb, boolean, bigint[], campaign.prospect[]) IS
    'Internal. rehearse() of those who are inside, or of these prospects as far as they are, and of those who would be taken in, which rehearsal_newcomers() says where newcomers and imagined do not';

-- Who is no prospect yet has no id, and is told by that of his row.
CREATE FUNCTION campaign.dry_run_of(c campaign.campaign, prospects bigint[], horizon interval, answers jsonb,
        newcomers bigint[], imagined campaign.prospect[])
    RETURNS TABLE (at timestamptz, prospect_id bigint, step text, action text, content jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.at, CASE WHEN r.prospect_id > 0 THEN r.prospect_id END, r.step, r.action,
        CASE WHEN r.what = 'executed' THEN CASE WHEN r.prospect_id > 0 THEN r.content ELSE r.content #- '{prospect,id}' END
            WHEN r.prospect_id > 0 THEN jsonb_build_object('held', r.code)
            ELSE jsonb_build_object('held', r.code, 'prospect', jsonb_build_object('external_id', ($6)[-r.prospect_id].external_id)) END
    FROM campaign.rehearse_campaign(c, $2, campaign.clock() + $3, $4, true, $5, $6) r
    WHERE r.what IN ('executed', 'held')
$$;
COMMENT ON FUNCTION campaign.dry_run_of(campaign.campaign, bigint[], interval, jsonb, bigint[], campaign.prospect[]) IS
    'Internal. What dry_run() says of them';

CREATE FUNCTION campaign.dry_run(campaign bigint, prospects bigint[] DEFAULT NULL, horizon interval DEFAULT '30 days', answers jsonb DEFAULT '{}')
    RETURNS TABLE (at timestamptz, prospect_id bigint, step text, action text, content jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    newcomers record := campaign.rehearsal_newcomers(c, $2);
BEGIN
    RETURN QUERY SELECT * FROM campaign.dry_run_of(c, $2, $3, $4, newcomers.known, newcomers.imagined);
END
$$;
COMMENT ON FUNCTION campaign.dry_run(bigint, bigint[], interval, jsonb) IS
    'A campaign lived through in memory from now on, on the data of now, with the answers that are assumed: what would be sent to whom and when, as it would be rendered, or held and why; writes nothing (B3, S3.5). Whom the source of its audience would bring in has prospect_id NULL as long as he is no prospect';

CREATE FUNCTION campaign.dry_run(campaign bigint, external_id text, horizon interval DEFAULT '30 days', answers jsonb DEFAULT '{}')
    RETURNS TABLE (at timestamptz, prospect_id bigint, step text, action text, content jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    one campaign.prospect;
BEGIN
    -- a literal of an array, or NULL, without a type comes here, too
    IF $2 IS NULL OR $2 ~ '^\s*\{[\d\s,]*\}\s*$' THEN
        RETURN QUERY SELECT * FROM campaign.dry_run($1, $2::bigint[], $3, $4);
        RETURN;
    ELSIF EXISTS (SELECT FROM campaign.prospect p WHERE p.workspace_id = workspace AND p.external_id = $2 AND p.removed_at IS NULL) THEN
        RETURN QUERY SELECT * FROM campaign.dry_run($1, ARRAY[campaign.prospect_id($2)], $3, $4);
        RETURN;
    END IF;
    one := (campaign.imagine_prospect(c, $2)).prospect;
    RETURN QUERY SELECT * FROM campaign.dry_run_of(c, '{}', $3, $4, '{}',
        CASE WHEN c.state NOT IN ('closed', 'archived') AND campaign.would_take(c, one) THEN ARRAY[one] ELSE '{}' END);
END
$$;
COMMENT ON FUNCTION campaign.dry_run(bigint, text, interval, jsonb) IS
    'As dry_run(campaign, prospects), for the prospect of this external_id, or whom the row of the source of the campaign''s audience that has this key would become';
