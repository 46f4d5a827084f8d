-- Editing stages: S5.3 and S5.4. The five refusals of S5.4 have codes of their own.

CREATE FUNCTION campaign.stage_way(s campaign.step) RETURNS text[]
    LANGUAGE sql IMMUTABLE AS $$
    SELECT w.way[:pg_catalog.cardinality(w.way) - 1] FROM (SELECT campaign.path_steps(($1).path) AS way) w
$$;
COMMENT ON FUNCTION campaign.stage_way(campaign.step) IS
    'Internal. Where a stage stands in the definition, as operators of jsonb take it';

-- The structure of a campaign that runs stays as it is (S5.4); a draft may be changed in every way.
CREATE FUNCTION campaign.check_draft(c campaign.campaign, code text, wish text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF c.state <> 'draft' THEN
        PERFORM campaign.refuse_stage($2, format('stages cannot be %s in a campaign that is %s', $3, c.state),
            format('Campaign "%s" was launched at %s.', c.name, c.launched_at), 'Make another campaign by copy_campaign(), and change it while it is a draft.');
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_draft(campaign.campaign, text, text) IS
    'Internal. Refuses a change of the order of stages once a campaign was launched';

CREATE FUNCTION campaign.add_stage(campaign bigint, after text, stage jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_editable(workspace, $1);
    s campaign.step;
    way text[];
    phase text;
    body jsonb;
BEGIN
    PERFORM campaign.check_draft(c, 'custom_stage_live', 'added');
    IF jsonb_typeof($3) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'a stage is an object'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE(jsonb_typeof($3), 'NULL')),
                HINT = 'Write {"title": "Interview"}, or a step {"stage": {...}, "name": "interview"}.';
    END IF;
    body := CASE WHEN $3 ? 'stage' THEN $3 ELSE jsonb_build_object('stage', $3) END;
    IF body -> 'stage' ? 'on_event' OR COALESCE(body #>> '{stage,promoted_by}', 'owner') <> 'owner' THEN
        PERFORM campaign.refuse_stage('manual_only', 'a custom stage is left by hand only',
            format('It says %s.', (body -> 'stage') - '{title,messages,phase,required}'::text[]), 'Leave on_event and promoted_by out.');
    END IF;
    IF $2 IS NULL THEN
        way := '{0}';
        phase := 'candidates';
    ELSE
        s := campaign.find_stage(c, $2);
        way := campaign.stage_way(s);
        -- S5.3: that of the default stage before
        phase := (SELECT x.content ->> 'phase' FROM campaign.step x
            WHERE x.workspace_id = workspace AND x.campaign_id = c.id AND x.kind = 'stage' AND x.position <= s.position
              AND NOT (x.content ->> 'custom')::boolean ORDER BY x.position DESC LIMIT 1);
        IF s.content ->> 'promoted_by' IS NULL THEN
            PERFORM campaign.refuse_stage('no_such_stage', format('nothing comes after stage "%s"', s.name), 'Runs end there.', 'Name an earlier stage.');
        END IF;
    END IF;
    body := jsonb_set(body, '{stage}', (body -> 'stage')
        || jsonb_build_object('custom', true, 'promoted_by', 'owner', 'phase', COALESCE(body #>> '{stage,phase}', phase)));
    RETURN campaign.put_steps(c, jsonb_insert(c.definition, way, body, $2 IS NOT NULL));
END
$$;
COMMENT ON FUNCTION campaign.add_stage(bigint, text, jsonb) IS
    'Puts a custom stage into a draft, right after a stage, or first (after NULL). It is left by hand only, by the owner, and belongs to the phase of the default stage before; refused once the campaign was launched: custom_stage_live. Returns the revision of the campaign (S5.3, S5.4)';

CREATE FUNCTION campaign.move_stage(campaign bigint, stage text, after text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_editable(workspace, $1);
    s campaign.step := campaign.find_stage(c, $2);
    f campaign.step;
    body jsonb;
    phase text := 'candidates';
    definition jsonb;
    way text[];
BEGIN
    PERFORM campaign.check_draft(c, 'stage_order_fixed', 'reordered');
    IF NOT (s.content ->> 'custom')::boolean THEN
        PERFORM campaign.refuse_stage('stage_order_fixed', format('default stage "%s" keeps its place', s.name),
            'Phases and gates go by the order of the default stages.', 'Only custom stages move; edit_steps() replaces the steps as a whole.');
    END IF;
    body := c.definition #> campaign.stage_way(s);
    definition := c.definition #- campaign.stage_way(s);
    IF $3 IS NOT NULL THEN
        f := campaign.find_stage(c, $3);
        IF f.name = s.name OR f.content ->> 'promoted_by' IS NULL THEN
            PERFORM campaign.refuse_stage('no_such_stage', format('stage "%s" cannot come after stage "%s"', s.name, f.name),
                CASE WHEN f.name = s.name THEN 'It is the same one.' ELSE 'Runs end there.' END, 'Name another stage.');
        END IF;
        phase := (SELECT x.content ->> 'phase' FROM campaign.step x
            WHERE x.workspace_id = workspace AND x.campaign_id = c.id AND x.kind = 'stage' AND x.position <= f.position
              AND NOT (x.content ->> 'custom')::boolean ORDER BY x.position DESC LIMIT 1);
    END IF;
    body := jsonb_set(body, '{stage,phase}', to_jsonb(phase));
    -- places behind the one that it has left have moved up
    SELECT campaign.path_steps(n.path) INTO way FROM campaign.compiled_steps(definition) n WHERE n.name = f.name;
    RETURN campaign.put_steps(c, jsonb_insert(definition, COALESCE(way[:cardinality(way) - 1], '{0}'), body, $3 IS NOT NULL));
END
$$;
COMMENT ON FUNCTION campaign.move_stage(bigint, text, text) IS
    'Moves a custom stage of a draft to right after another stage, or to the front (after NULL); its phase follows. Refused once the campaign was launched, and for default stages: stage_order_fixed (S5.4)';

-- Invited and Applied can be linked: one is disabled and enabled with the other (D13).
CREATE FUNCTION campaign.linked_stages(c campaign.campaign, s campaign.step) RETURNS SETOF campaign.step
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT x.* FROM campaign.step x
    WHERE x.workspace_id = ($1).workspace_id AND x.campaign_id = ($1).id AND x.kind = 'stage'
      AND (x.name = ($2).name
        OR COALESCE((($1).settings ->> 'link_application')::boolean, false) AND '{invited,applied}' @> ARRAY[x.name, ($2).name])
    ORDER BY x.position
$$;
COMMENT ON FUNCTION campaign.linked_stages(campaign.campaign, campaign.step) IS
    'Internal. A stage, and the one that is disabled and enabled with it where the campaign links invited and applied';

CREATE FUNCTION campaign.disable_stage(campaign bigint, stage text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_editable(workspace, $1);
    s campaign.step;
    found_templates text;
    ever bigint;
    definition jsonb := c.definition;
BEGIN
    FOR s IN SELECT l.* FROM campaign.linked_stages(c, campaign.find_stage(c, $2)) l LOOP
        IF (s.content ->> 'required')::boolean OR s.content ->> 'promoted_by' IS NULL THEN
            PERFORM campaign.refuse_stage('stage_required', format('stage "%s" cannot be disabled', s.name),
                CASE WHEN (s.content ->> 'required')::boolean THEN 'It is required.' ELSE 'Runs end there.' END, 'Other stages can be, as long as nobody was ever in them.');
        END IF;
        SELECT count(DISTINCT n.prospect_id) INTO ever FROM campaign.stage_entry n
        WHERE n.workspace_id = workspace AND n.campaign_id = c.id AND n.step = s.position;
        IF ever > 0 THEN
            PERFORM campaign.refuse_stage('stage_used', format('stage "%s" has contained prospects, and stays', s.name),
                format('%s have been in it, be they there now or not.', ever), 'Promote who is there; its history is kept.');
        END IF;
        IF c.state <> 'draft' THEN
            SELECT string_agg(m.content ->> 'template', ', ' ORDER BY m.position) INTO found_templates FROM campaign.step m
            WHERE m.workspace_id = workspace AND m.campaign_id = c.id AND starts_with(m.path, s.path || '.messages[')
              AND m.content -> 'delivery' <> '"manual"';
            IF found_templates IS NOT NULL THEN
                PERFORM campaign.refuse_stage('stage_has_template', format('stage "%s" sends a template by itself', s.name),
                    format('It is %s.', found_templates), 'Set its delivery to manual first, by edit_step(campaign, message, ''{"delivery": "manual"}'').');
            END IF;
        END IF;
        definition := jsonb_set(definition, campaign.stage_way(s) || '{stage,disabled}', 'true');
    END LOOP;
    IF definition = c.definition THEN
        RETURN c.revision;
    END IF;
    RETURN campaign.put_steps(c, definition);
END
$$;
COMMENT ON FUNCTION campaign.disable_stage(bigint, text) IS
    'Has a stage passed over, also while the campaign runs. Refused where it is required (stage_required), where anybody was ever in it (stage_used), and once launched where it sends a template by itself (stage_has_template). Returns the revision of the campaign (S5.4)';

CREATE FUNCTION campaign.enable_stage(campaign bigint, stage text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_editable(workspace, $1);
    s campaign.step;
    definition jsonb := c.definition;
BEGIN
    FOR s IN SELECT l.* FROM campaign.linked_stages(c, campaign.find_stage(c, $2)) l LOOP
        definition := definition #- (campaign.stage_way(s) || '{stage,disabled}'::text[]);
    END LOOP;
    IF definition = c.definition THEN
        RETURN c.revision;
    END IF;
    RETURN campaign.put_steps(c, definition);
END
$$;
COMMENT ON FUNCTION campaign.enable_stage(bigint, text) IS
    'Has a stage entered again that was disabled, also while the campaign runs; who has passed its place does not come back to it. Returns the revision of the campaign (S5.12)';

-- What a launched campaign may not have changed by edit_steps(): which stages it has, in which order, and
-- which of them are disabled, or cannot be.
CREATE FUNCTION campaign.check_stage_order(c campaign.campaign, definition jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old text[] := ARRAY(SELECT concat_ws(' ', s.name, s.content ->> 'disabled', s.content ->> 'required') FROM campaign.compiled_steps(c.definition) s WHERE s.kind = 'stage' ORDER BY s.position);
    new text[] := ARRAY(SELECT concat_ws(' ', s.name, s.content ->> 'disabled', s.content ->> 'required') FROM campaign.compiled_steps($2) s WHERE s.kind = 'stage' ORDER BY s.position);
BEGIN
    IF c.state <> 'draft' AND old <> new THEN
        PERFORM campaign.refuse_stage('stage_order_fixed', format('the stages of campaign "%s" stay as they are', c.name),
            'The new steps have others, in another order, or others are disabled or required.', 'disable_stage() and enable_stage() are possible while a campaign runs.');
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_stage_order(campaign.campaign, jsonb) IS
    'Internal. Refuses other stages in a campaign that was launched';
