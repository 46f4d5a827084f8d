-- Editing the steps of a campaign: contents and delays at any time (S2.45, S2.46), their structure where
-- nobody has come yet (B17). What is edited is the campaign's own definition; its revision goes up, and
-- with it every process compiles the steps anew. An action that was started keeps its bytes; one that
-- waits gets the new text.

CREATE FUNCTION campaign.path_steps(path text) RETURNS text[]
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.array_agg(COALESCE(t.m[1], t.m[2]) ORDER BY t.n)
    FROM pg_catalog.regexp_matches($1, '\.(\w+)|\[(\d+)\]', 'g') WITH ORDINALITY AS t(m, n)
$$;
COMMENT ON FUNCTION campaign.path_steps(text) IS
    'Internal. The path of a step in the form that operators of jsonb take: $[3].wait is {3,wait}; NULL for $';

-- Two steps of one shape differ by no more than their texts and times.
CREATE FUNCTION campaign.step_shape(written jsonb, kind text, key text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE $2
        -- a message of a stage: which template, and when, may change at any time
        WHEN 'action' THEN CASE WHEN $3 ~ '^\d+$' THEN '{}' ELSE
            ($1 - 'payload' - CASE WHEN $3 = 'action' THEN '' ELSE $3 END)
            || CASE WHEN pg_catalog.jsonb_typeof($1 -> 'on_precondition') = 'array' THEN '{"on_precondition": []}' ELSE '{}' END::jsonb END
        WHEN 'stage' THEN $1 || pg_catalog.jsonb_build_object('stage', ($1 -> 'stage') - '{title,disabled,required,messages}'::text[])
        WHEN 'delay' THEN $1 - 'delay'
        WHEN 'wait' THEN $1 || pg_catalog.jsonb_build_object('wait', ($1 -> 'wait') - '{within,after}'::text[]
            || CASE WHEN pg_catalog.jsonb_typeof($1 #> '{wait,else}') = 'array' THEN '{"else": []}' ELSE '{}' END::jsonb)
        WHEN 'branch' THEN $1 || pg_catalog.jsonb_build_object('branch', (
            SELECT pg_catalog.jsonb_agg(a.arm - '{then,else}'::text[] ORDER BY a.n) FROM pg_catalog.jsonb_array_elements($1 -> 'branch') WITH ORDINALITY AS a(arm, n)))
        WHEN 'split' THEN $1 || pg_catalog.jsonb_build_object('split', (
            SELECT pg_catalog.jsonb_agg(a.arm - 'then' ORDER BY a.n) FROM pg_catalog.jsonb_array_elements($1 -> 'split') WITH ORDINALITY AS a(arm, n)))
        ELSE $1
    END
$$;
COMMENT ON FUNCTION campaign.step_shape(jsonb, text, text) IS
    'Internal. A step as it is written, without its texts, its times and the steps inside it';

CREATE FUNCTION campaign.shaped_steps(definition jsonb)
    RETURNS TABLE ("position" integer, path text, name text, kind text, action_kind text, content jsonb, delay text, missing_content boolean, shape jsonb)
    LANGUAGE sql STABLE AS $$
    SELECT s.position, s.path, s.name, s.kind, s.action_kind, s.content, s.delay, s.missing_content,
        campaign.step_shape($1 #> w.way[:pg_catalog.cardinality(w.way) - 1], s.kind, w.way[pg_catalog.cardinality(w.way)])
    FROM campaign.compiled_steps($1) s
    CROSS JOIN LATERAL (SELECT campaign.path_steps(s.path) AS way) w
$$;
COMMENT ON FUNCTION campaign.shaped_steps(jsonb) IS
    'Internal. The steps of a definition as runs walk them, each with its shape; the first error of the definition is raised';

CREATE FUNCTION campaign.rearm_enrollments(workspace bigint, enrollments bigint[]) RETURNS bigint
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_rearm_enrollments';
COMMENT ON FUNCTION campaign.rearm_enrollments(bigint, bigint[]) IS
    'Internal. Reckons the timers of these runs anew from when the step before was completed, since their step says another time; how many';

CREATE FUNCTION campaign.rearm_steps(workspace bigint, campaign bigint, positions integer[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    runs bigint[] := ARRAY(SELECT e.id FROM campaign.enrollment e
        WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.ended_at IS NULL AND e.halt IN (2, 3) AND e.step = ANY ($3)
        ORDER BY e.id);
BEGIN
    FOR i IN 1 .. COALESCE(cardinality(runs), 0) BY 5000 LOOP
        PERFORM campaign.rearm_enrollments($1, runs[i : i + 4999]);
    END LOOP;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.rearm_steps(bigint, bigint, integer[]) IS
    'Internal. Has a changed delay or wait count for the runs that are in it';

-- The first place at which the two are not of one shape, and what stands there; no row if there is none.
CREATE FUNCTION campaign.first_difference(old jsonb, new jsonb) RETURNS TABLE ("position" integer, path text, name text)
    LANGUAGE sql STABLE AS $$
    SELECT COALESCE(o.position, n.position), COALESCE(o.path, n.path), COALESCE(o.name, n.name)
    FROM campaign.shaped_steps($1) o
    FULL JOIN campaign.shaped_steps($2) n ON n.position = o.position
    WHERE (o.path, o.name, o.kind, o.action_kind, o.shape) IS DISTINCT FROM (n.path, n.name, n.kind, n.action_kind, n.shape)
    ORDER BY 1 LIMIT 1
$$;
COMMENT ON FUNCTION campaign.first_difference(jsonb, jsonb) IS
    'Internal. The first step at which two definitions differ by more than texts and times';

CREATE FUNCTION campaign.refuse_trodden(c campaign.campaign, "position" integer, path text, name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    there bigint := (SELECT count(*) FROM campaign.enrollment e
        WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.ended_at IS NULL AND e.step >= $2);
BEGIN
    IF there > 0 OR EXISTS (SELECT FROM campaign.counted_total k
                            WHERE k.workspace_id = c.workspace_id AND k.campaign_id = c.id AND k.step >= $2) THEN
        RAISE EXCEPTION 'step "%" of campaign "%" cannot be changed: prospects have come to it', $4, c.name
            USING ERRCODE = 'object_not_in_prerequisite_state',
                DETAIL = format('It is the first that is changed, at %s; %s stand there or further on, others have passed.', $3, there),
                HINT = 'Contents and delays can be changed everywhere; for other steps make a campaign by copy_campaign().';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.refuse_trodden(campaign.campaign, integer, text, text) IS
    'Internal. Refuses a change of structure at a step to which anybody has ever come, now or in history';

-- c is locked against the rounds, and in a state in which it may be edited. Returns its new revision.
CREATE FUNCTION campaign.put_steps(c campaign.campaign, definition jsonb) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    now timestamptz := campaign.clock();
    actor text := campaign.acting_name();
    before text[] := ARRAY(SELECT f.fault FROM campaign.launch_faults(c.workspace_id, c.id) f);
    faults text;
    ways text;
    place record;
    timed integer[];
    known jsonb;
    changes jsonb;
BEGIN
    SELECT d.position, d.path, d.name INTO place FROM campaign.first_difference(c.definition, $2) d;
    IF place.position IS NOT NULL AND c.state <> 'draft' THEN
        PERFORM campaign.refuse_trodden(c, place.position, place.path, place.name);
    END IF;
    SELECT array_agg(o.position) INTO timed
    FROM campaign.compiled_steps(c.definition) o
    WHERE o.kind IN ('delay', 'wait') AND (o.position < place.position OR place.position IS NULL)
      AND c.definition #> campaign.path_steps(o.path) IS DISTINCT FROM $2 #> campaign.path_steps(o.path);

    -- the versions that were there, of steps that are edited for the first time
    SELECT jsonb_object_agg(s.name, to_jsonb(s)) INTO known
    FROM campaign.step s WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id;
    INSERT INTO campaign.step_revision (workspace_id, campaign_id, step, revision, content, delay)
    SELECT c.workspace_id, c.id, s.name, s.revision, s.content, s.delay
    FROM campaign.step s
    JOIN campaign.compiled_steps($2) n ON n.name = s.name
    WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id AND (n.content, n.delay) IS DISTINCT FROM (s.content, s.delay)
    ON CONFLICT DO NOTHING;

    UPDATE campaign.campaign u SET definition = $2, revision = u.revision + 1
    WHERE u.workspace_id = c.workspace_id AND u.id = c.id;
    DELETE FROM campaign.step s WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id;
    INSERT INTO campaign.step (workspace_id, campaign_id, position, path, name, kind, action_kind, content, delay, revision, edited_by, edited_at)
    SELECT c.workspace_id, c.id, n.position, n.path, n.name, n.kind, n.action_kind, n.content, n.delay,
        CASE WHEN o.same THEN (o.old ->> 'revision')::integer ELSE COALESCE((o.old ->> 'revision')::integer, r.last, 0) + 1 END,
        CASE WHEN o.same THEN o.old ->> 'edited_by' ELSE actor END, CASE WHEN o.same THEN (o.old ->> 'edited_at')::timestamptz ELSE now END
    FROM campaign.compiled_steps($2) n
    CROSS JOIN LATERAL (SELECT known -> n.name AS old, known ? n.name
        AND (NULLIF(known -> n.name -> 'content', 'null'), known -> n.name ->> 'delay') IS NOT DISTINCT FROM (n.content, n.delay) AS same) o
    LEFT JOIN LATERAL (SELECT max(v.revision) AS last FROM campaign.step_revision v
        WHERE v.workspace_id = c.workspace_id AND v.campaign_id = c.id AND v.step = n.name) r ON true;
    INSERT INTO campaign.step_revision (workspace_id, campaign_id, step, revision, content, delay, edited_by, edited_at)
    SELECT s.workspace_id, s.campaign_id, s.name, s.revision, s.content, s.delay, s.edited_by, s.edited_at
    FROM campaign.step s
    WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id AND s.edited_at IS NOT NULL
    ON CONFLICT DO NOTHING;
    PERFORM campaign.renew_facts(c.workspace_id, c.id);

    -- what was missing before is no fault of the edit
    SELECT string_agg(f.fault, E'\n' ORDER BY f.n), string_agg(DISTINCT f.hint, '; ') INTO faults, ways
    FROM campaign.launch_faults(c.workspace_id, c.id) WITH ORDINALITY f (fault, hint, item, remedy, n) WHERE f.fault <> ALL (before);
    IF faults IS NOT NULL AND c.state <> 'draft' THEN
        RAISE EXCEPTION 'campaign "%" could not go on with these steps', c.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = faults, HINT = ways || '.';
    END IF;
    PERFORM campaign.rearm_steps(c.workspace_id, c.id, timed);
    IF c.state <> 'draft' THEN
        PERFORM campaign.date_messages(c.workspace_id, c.id);
    END IF;
    PERFORM campaign.withdraw_approvals(c, ARRAY(SELECT s.position FROM campaign.step s
        WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id AND s.content IS DISTINCT FROM NULLIF(known -> s.name -> 'content', 'null')));

    -- which texts, not what they say: that is in step_revision
    SELECT jsonb_object_agg(s.name, jsonb_strip_nulls(jsonb_build_object('revision', s.revision,
            'delay', CASE WHEN known -> s.name ->> 'delay' <> s.delay
                THEN jsonb_build_object('from', known -> s.name -> 'delay', 'to', s.delay) END,
            'content', CASE WHEN known ? s.name THEN (
                SELECT jsonb_agg(k.key ORDER BY k.key) FROM jsonb_object_keys(COALESCE(NULLIF(known -> s.name -> 'content', 'null'), '{}') || s.content) AS k(key)
                WHERE s.content -> k.key IS DISTINCT FROM known -> s.name -> 'content' -> k.key) END)))
    INTO changes
    FROM campaign.step s
    WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id
      AND (known -> s.name ->> 'revision')::integer IS DISTINCT FROM s.revision;
    PERFORM campaign.note_event(c.workspace_id, 'edited', c.id, jsonb_strip_nulls(jsonb_build_object(
        'revision', c.revision + 1, 'from_step', place.name, 'steps', changes)));
    RETURN c.revision + 1;
END
$$;
COMMENT ON FUNCTION campaign.put_steps(campaign.campaign, jsonb) IS
    'Internal. Puts another definition into a campaign that is locked, with all that follows: steps, their versions, facts, timers, an event';

CREATE FUNCTION campaign.read_editable(workspace bigint, campaign bigint) RETURNS campaign.campaign
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c campaign.campaign := campaign.read_campaign($1, $2, 'no key update');
BEGIN
    IF c.state NOT IN ('draft', 'live', 'paused') THEN
        PERFORM campaign.refuse_state(c, 'be edited');
    END IF;
    RETURN c;
END
$$;
COMMENT ON FUNCTION campaign.read_editable(bigint, bigint) IS
    'Internal. The row of a campaign, locked against the rounds, or an error if it is in no state in which it may be edited';

CREATE FUNCTION campaign.with_content(definition jsonb, s campaign.step, content jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    way text[] := campaign.path_steps(s.path);
    parent text[] := way[:cardinality(way) - 1];
    kind_key text := way[cardinality(way)];
    is_message boolean := COALESCE(way[cardinality(way) - 1] = 'messages', false);
    declared jsonb := (SELECT k.options -> 'contents' FROM campaign.action_kind k WHERE k.name = s.action_kind ORDER BY k.built_in LIMIT 1);
    result jsonb := $1;
    item record;
    place text[];
BEGIN
    FOR item IN SELECT e.key, e.value FROM jsonb_each($3) e ORDER BY e.key LOOP
        -- a text stands under the kind's own key if the kind knows it, else in the payload
        place := CASE WHEN is_message THEN way ELSE parent || CASE WHEN kind_key = 'action' OR result #> (parent || '{payload}'::text[]) ? item.key
                OR NOT COALESCE(declared ? item.key OR item.key = 'template', false) THEN 'payload' ELSE kind_key END END;
        IF jsonb_typeof(item.value) = 'null' THEN
            result := result #- (place || item.key);
        ELSE
            IF result #> place IS NULL THEN
                result := jsonb_set(result, place, '{}');
            END IF;
            result := jsonb_set(result, place || item.key, item.value);
        END IF;
    END LOOP;
    RETURN result;
END
$$;
COMMENT ON FUNCTION campaign.with_content(jsonb, campaign.step, jsonb) IS
    'Internal. A definition with these texts of an action merged into it, each where it belongs; null takes one out';

CREATE FUNCTION campaign.edit_step(campaign bigint, step text, content jsonb DEFAULT NULL, delay text DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_editable(workspace, $1);
    s campaign.step;
    definition jsonb := c.definition;
BEGIN
    SELECT x.* INTO s FROM campaign.step x WHERE x.workspace_id = workspace AND x.campaign_id = c.id AND x.name = $2;
    IF s.name IS NULL THEN
        RAISE EXCEPTION 'campaign "%" has no step %', c.name, COALESCE('"' || $2 || '"', 'NULL')
            USING ERRCODE = 'undefined_object',
                DETAIL = (SELECT format('Its steps are %s.', string_agg(x.name, ', ' ORDER BY x.position)) FROM campaign.step x
                          WHERE x.workspace_id = workspace AND x.campaign_id = c.id),
                HINT = 'The view steps has their names.';
    ELSIF $3 IS NOT NULL AND (s.kind <> 'action' OR jsonb_typeof($3) <> 'object') OR $4 IS NOT NULL AND s.kind NOT IN ('delay', 'wait') THEN
        RAISE EXCEPTION 'step "%" cannot be edited so', s.name
            USING ERRCODE = 'invalid_parameter_value',
                DETAIL = CASE WHEN $4 IS NOT NULL AND s.kind NOT IN ('delay', 'wait') THEN format('It is of kind %s, which has no delay.', s.kind)
                    WHEN s.kind <> 'action' THEN format('It is of kind %s, which has no content.', s.kind)
                    ELSE format('The content is %s.', jsonb_typeof($3)) END,
                HINT = 'Actions have a content, an object of texts; delays and waits have a delay. edit_steps() replaces the steps as a whole.';
    END IF;
    IF $3 IS NOT NULL THEN
        definition := campaign.with_content(definition, s, $3);
    END IF;
    IF $4 IS NOT NULL THEN
        -- a delay until a date is an object
        definition := jsonb_set(definition,
            campaign.path_steps(s.path) || CASE s.kind WHEN 'wait' THEN '{within}'::text[] ELSE '{}' END,
            CASE WHEN s.kind = 'delay' AND $4 ~ '^\s*\{' THEN $4::jsonb ELSE to_jsonb($4) END);
    END IF;
    IF definition <> c.definition THEN
        PERFORM campaign.put_steps(c, definition);
    END IF;
    RETURN (SELECT x.revision FROM campaign.step x WHERE x.workspace_id = workspace AND x.campaign_id = c.id AND x.name = s.name);
END
$$;
COMMENT ON FUNCTION campaign.edit_step(bigint, text, jsonb, text) IS
    'Changes the texts of an action (merged key by key, null takes one out), or the time of a delay or a wait, of a draft, live or paused campaign; returns the revision of the step. What was started keeps its text, what waits gets the new one; a changed time counts for those who are in it (S2.45, S2.46)';

CREATE FUNCTION campaign.edit_steps(campaign bigint, definition jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_editable(workspace, $1);
BEGIN
    IF $2 IS NOT DISTINCT FROM c.definition THEN
        RETURN c.revision;
    END IF;
    PERFORM campaign.check_stage_order(c, $2);
    RETURN campaign.put_steps(c, $2);
END
$$;
COMMENT ON FUNCTION campaign.edit_steps(bigint, jsonb) IS
    'Replaces the steps of a draft, or of a live or paused campaign where the structure differs only at steps to which nobody has ever come; texts and times may differ everywhere. Returns the revision of the campaign (B17)';
