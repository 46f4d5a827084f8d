-- What a step would say to a prospect, by the code that says it when the time has come (S3.6).

CREATE FUNCTION campaign.render_step(workspace bigint, campaign bigint, step integer, prospect bigint, enrollment bigint,
        imagined campaign.prospect DEFAULT NULL, source_row jsonb DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'campaign_api_render_step';
COMMENT ON FUNCTION campaign.render_step(bigint, bigint, integer, bigint, bigint, campaign.prospect, jsonb) IS
    'Internal. The document that a gateway would be given for this step, by its number, and this prospect; enrollment is his active run, or NULL. prospect NULL = the one that a row of a source would become';

CREATE FUNCTION campaign.step_position(c campaign.campaign, step text) RETURNS integer
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_at integer;
BEGIN
    SELECT s.position INTO found_at FROM campaign.step s
    WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id AND s.name = $2;
    IF found_at IS NULL THEN
        RAISE EXCEPTION 'campaign "%" has no step "%"', c.name, COALESCE($2, 'NULL')
            USING ERRCODE = 'undefined_object',
                DETAIL = format('Its steps are %s.', (SELECT string_agg(s.name, ', ' ORDER BY s.position) FROM campaign.step s
                    WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id)),
                HINT = campaign.hint_of($2, ARRAY(SELECT s.name FROM campaign.step s WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id ORDER BY s.position),
                    'A step without a name is called by its kind; the view steps lists them.');
    END IF;
    RETURN found_at;
END
$$;
COMMENT ON FUNCTION campaign.step_position(campaign.campaign, text) IS
    'Internal. The number of the step of this name';

CREATE FUNCTION campaign.check_prospect(workspace bigint, prospect bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.id = $2 AND p.removed_at IS NULL) THEN
        RAISE EXCEPTION 'prospect % does not exist', COALESCE($2::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such prospect is in the current workspace, or it was removed.',
                HINT = 'prospect_id(external_id) finds the id of a prospect.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_prospect(bigint, bigint) IS
    'Internal. Refuses an id that no prospect has';

CREATE FUNCTION campaign.render(campaign bigint, step text, prospect bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
BEGIN
    PERFORM campaign.check_prospect(workspace, $3);
    RETURN campaign.render_step(workspace, c.id, campaign.step_position(c, $2), $3,
        (SELECT e.id FROM campaign.enrollment e
         WHERE e.workspace_id = workspace AND e.campaign_id = c.id AND e.prospect_id = $3 AND e.ended_at IS NULL));
END
$$;
COMMENT ON FUNCTION campaign.render(bigint, text, bigint) IS
    'What a step would say to a prospect now, as the gateway would be given it but for the id and key of an action; writes nothing. An error where a variable has no value';

-- Read as it would be taken over, and not written: nobody has its id yet.
CREATE FUNCTION campaign.imagine_prospects(a campaign.audience, key text, at timestamptz)
    RETURNS TABLE (known bigint, prospect campaign.prospect, source_row jsonb, fault text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    source regclass := campaign.audience_source(a);
    items text := (SELECT string_agg(format('%L, %s', m.key, campaign.trimmed_column(m.value)), ', ') FROM jsonb_each_text(a.columns) m);
BEGIN
    RETURN QUERY
        SELECT COALESCE(p.merged_into, p.id), i.one, s.whole,
            campaign.import_fault(ROW(NULL, NULL, NULL, NULL, s.external_id, a.prospect_source, (i.one).person, (i.one).email, (i.one).professional_email,
                (i.one).phone, (i.one).linkedin_url, (i.one).first_name, (i.one).last_name, (i.one).company, (i.one).job_title, (i.one).country,
                (i.one).time_zone, o.opted_in, '{}')::campaign.import_row, s.mapped ->> 'opted_in',
                CASE WHEN (i.one).time_zone IS NOT NULL THEN (i.one).time_zone IN (SELECT z.name FROM pg_timezone_names z) END)
        FROM campaign.read_source(campaign.audience_reader(a), format('SELECT s.%1$I::text, pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(%2$s)), %3$s'
            ' FROM %4$s s WHERE %5$s', a.key_column, items,
            CASE WHEN $2 IS NULL THEN 'NULL::jsonb' ELSE 'pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(s))' END, source,
            CASE WHEN $2 IS NULL THEN campaign.audience_condition(a, $3) ELSE format('s.%1$I = %2$L::%3$s', a.key_column, $2, campaign.key_type(a, source)) END))
            AS s(external_id text, mapped jsonb, whole jsonb)
        LEFT JOIN campaign.prospect p ON p.workspace_id = a.workspace_id AND p.source = a.prospect_source AND p.external_id = s.external_id
        CROSS JOIN LATERAL (SELECT campaign.yes_or_no(s.mapped ->> 'opted_in') AS opted_in) o
        CROSS JOIN LATERAL (SELECT jsonb_populate_record(NULL::campaign.prospect, s.mapped || jsonb_build_object(
            'workspace_id', a.workspace_id, 'external_id', s.external_id, 'source', a.prospect_source, 'attributes', '{}'::jsonb,
            'opted_in', COALESCE(o.opted_in, true), 'person_key', COALESCE(s.mapped ->> 'person', lower(s.mapped ->> 'email'),
                'nobody else: ' || s.external_id))) AS one OFFSET 0) i
        WHERE s.external_id IS NOT NULL;
END
$$;
COMMENT ON FUNCTION campaign.imagine_prospects(campaign.audience, text, timestamptz) IS
    'Internal. Whom the row of the source that has this key would become, whether it matches or not, or, key NULL, whom each that matches now would; known: he is a prospect already; source_row only for a key; fault: why the row cannot be one';

CREATE FUNCTION campaign.imagine_prospect(c campaign.campaign, external_id text, OUT prospect campaign.prospect, OUT source_row jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a campaign.audience;
    found record;
BEGIN
    SELECT x.* INTO a FROM campaign.audience x WHERE x.workspace_id = c.workspace_id AND x.id = c.audience_id AND x.source IS NOT NULL;
    -- where there is no source it says what there is not
    IF a.id IS NULL THEN
        PERFORM campaign.prospect_id($2);
    ELSE
        SELECT i.prospect, i.source_row, i.fault INTO found FROM campaign.imagine_prospects(a, $2, campaign.clock()) i;
    END IF;
    IF found.source_row IS NULL THEN
        RAISE EXCEPTION 'prospect "%" does not exist', COALESCE($2, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = format('No prospect has this external_id, and no row of the source of the audience of campaign "%s" this key.', c.name),
                HINT = 'import_prospects() makes prospects.';
    ELSIF found.fault IS NOT NULL THEN
        RAISE EXCEPTION 'row "%" cannot be a prospect', $2
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It has %s.', found.fault),
                HINT = format('Audience "%s" passes it over until that is mended in its source.', a.name);
    END IF;
    prospect := found.prospect;
    source_row := found.source_row;
END
$$;
COMMENT ON FUNCTION campaign.imagine_prospect(campaign.campaign, text) IS
    'Internal. The prospect that a row of the source of a campaign''s audience would become, and the row';

CREATE FUNCTION campaign.render(campaign bigint, step text, external_id text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    imagined record;
BEGIN
    IF EXISTS (SELECT FROM campaign.prospect p WHERE p.workspace_id = workspace AND p.external_id = $3 AND p.removed_at IS NULL) THEN
        RETURN campaign.render($1, $2, campaign.prospect_id($3));
    END IF;
    SELECT * INTO imagined FROM campaign.imagine_prospect(c, $3);
    -- nobody has its id yet
    RETURN campaign.render_step(workspace, c.id, campaign.step_position(c, $2), NULL, NULL, imagined.prospect, imagined.source_row) #- '{prospect,id}';
END
$$;
COMMENT ON FUNCTION campaign.render(bigint, text, text) IS
    'As render(campaign, step, prospect), for the prospect of this external_id, or whom the row of the source of the campaign''s audience that has this key would become';
