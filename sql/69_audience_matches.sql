-- What a sample meets: which rules hold of one prospect, or of a row that is no prospect yet (S3.5).

-- One row for each rule and one prospect: by id, or by the key of a row of the source.
CREATE FUNCTION campaign.rules_met(a campaign.audience, prospect bigint, key text, at timestamptz)
    RETURNS TABLE (rule text, ok boolean)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rules text[] := ARRAY(SELECT r ->> 'name' FROM jsonb_array_elements(a.rules) WITH ORDINALITY AS u(r, i) ORDER BY u.i);
    source regclass;
    items text;
    met boolean[];
BEGIN
    IF a.source IS NULL THEN
        SELECT string_agg(format('COALESCE(%s, false)', campaign.prospect_rule(r ->> 'where', $4)), ', ' ORDER BY i) INTO items
        FROM jsonb_array_elements(a.rules) WITH ORDINALITY AS u(r, i);
        EXECUTE format('SELECT ARRAY[%s]::boolean[] FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.id = $2 AND p.removed_at IS NULL', items)
        INTO met USING a.workspace_id, $2;
        RETURN QUERY SELECT v.name, COALESCE(v.ok, false) FROM unnest(rules, met) AS v(name, ok);
        RETURN;
    END IF;
    source := campaign.audience_source(a);
    SELECT string_agg(format('COALESCE(%s, false)', campaign.source_rule(r ->> 'where', source, a.columns, $4)), ', ' ORDER BY i) INTO items
    FROM jsonb_array_elements(a.rules) WITH ORDINALITY AS u(r, i);
    SELECT s.met INTO met
    FROM campaign.read_source(campaign.audience_reader(a), format('SELECT s.%1$I::text, ARRAY[%2$s]::boolean[] FROM %3$s s WHERE s.%1$I = %4$L::%5$s',
        a.key_column, items, source, $3, campaign.key_type(a, source))) AS s(key text, met boolean[]);
    RETURN QUERY SELECT 'in the source'::text, met IS NOT NULL;
    RETURN QUERY SELECT v.name, COALESCE(v.ok, false) FROM unnest(rules, met) AS v(name, ok);
END
$$;
COMMENT ON FUNCTION campaign.rules_met(campaign.audience, bigint, text, timestamptz) IS
    'Internal. Which rules of an audience hold of a prospect, or of the row of its source that has this key; over a source first whether there is such a row';

-- The row of the source for which a prospect stands, his own before those of others that were merged into him.
CREATE FUNCTION campaign.audience_key(a campaign.audience, prospect bigint) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT p.external_id FROM campaign.prospect p
    WHERE p.workspace_id = a.workspace_id AND (p.id = $2 OR p.merged_into = $2) AND p.source = a.prospect_source AND p.external_id IS NOT NULL
    ORDER BY p.id <> $2, p.id LIMIT 1
$$;
COMMENT ON FUNCTION campaign.audience_key(campaign.audience, bigint) IS
    'Internal. The key by which a prospect stands for a row of the audience''s source; NULL if for none';

CREATE FUNCTION campaign.rules_met_in(workspace bigint, campaign bigint, prospect bigint, key text) RETURNS TABLE (rule text, ok boolean)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c campaign.campaign := campaign.read_campaign($1, $2);
    a campaign.audience;
BEGIN
    IF c.audience_id IS NULL THEN
        RAISE EXCEPTION 'campaign "%" has no audience', c.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'There are no rules that anybody could meet.',
                HINT = 'alter_campaign(campaign, audience => ...) gives it one.';
    END IF;
    a := campaign.read_audience($1, c.audience_id);
    IF $3 IS NOT NULL AND NOT EXISTS (SELECT FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.id = $3) THEN
        RAISE EXCEPTION 'prospect % does not exist', $3
            USING ERRCODE = 'undefined_object', DETAIL = 'No such prospect is in the current workspace.',
                HINT = 'prospect_id(external_id) finds the id of a prospect.';
    END IF;
    RETURN QUERY SELECT m.rule, m.ok FROM campaign.rules_met(a, $3, COALESCE($4, campaign.audience_key(a, $3)), campaign.clock()) m;
END
$$;
COMMENT ON FUNCTION campaign.rules_met_in(bigint, bigint, bigint, text) IS
    'Internal. Which rules of a campaign''s audience hold of a prospect, or of a row of its source';

CREATE FUNCTION campaign.matches(campaign bigint, prospect bigint) RETURNS TABLE (rule text, ok boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
BEGIN
    RETURN QUERY SELECT * FROM campaign.rules_met_in(workspace, $1, $2, NULL);
END
$$;
COMMENT ON FUNCTION campaign.matches(bigint, bigint) IS
    'Which rules of a campaign''s audience a prospect meets now; over a source, first whether it has a row there (S3.5)';

CREATE FUNCTION campaign.matches(campaign bigint, external_id text) RETURNS TABLE (rule text, ok boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    a campaign.audience;
BEGIN
    IF c.audience_id IS NOT NULL THEN
        a := campaign.read_audience(workspace, c.audience_id);
    END IF;
    RETURN QUERY SELECT * FROM campaign.rules_met_in(workspace, $1,
        CASE WHEN a.source IS NULL THEN campaign.prospect_id($2) END, CASE WHEN a.source IS NOT NULL THEN $2 END);
END
$$;
COMMENT ON FUNCTION campaign.matches(bigint, text) IS
    'As matches(campaign, prospect), by external_id: also of a row of the source that is no prospect yet';

CREATE FUNCTION campaign.matching_audiences(prospect bigint) RETURNS TABLE (audience_id bigint, audience text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    now timestamptz := campaign.clock();
    a campaign.audience;
BEGIN
    FOR a IN SELECT x.* FROM campaign.audience x WHERE x.workspace_id = workspace ORDER BY x.name LOOP
        BEGIN
            IF (SELECT bool_and(m.ok) FROM campaign.rules_met(a, $1, campaign.audience_key(a, $1), now) m)
                OR a.source IS NULL AND a.rules = '[]' THEN
                audience_id := a.id;
                audience := a.name;
                RETURN NEXT;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- what cannot be read finds nobody, and its fault stands at the audience
            IF campaign.source_fault(SQLSTATE) IS NULL THEN
                RAISE;
            END IF;
        END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.matching_audiences(bigint) IS
    'The audiences of the workspace whose rules a prospect meets now; those that cannot be read find nobody (S3.5)';
