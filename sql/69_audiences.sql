-- Making audiences and changing them.

CREATE FUNCTION campaign.audience_id(name text)
    RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    v_found bigint;
BEGIN
    SELECT a.id INTO v_found FROM campaign.audience a
    WHERE a.workspace_id = v_workspace AND a.name = audience_id.name;
    IF v_found IS NULL THEN
        RAISE EXCEPTION 'audience "%" does not exist', audience_id.name
            USING ERRCODE = 'undefined_object', DETAIL = campaign.describe_search(VARIADIC '{}'),
                HINT = campaign.hint_of(audience_id.name, ARRAY(SELECT a.name FROM campaign.audience a WHERE a.workspace_id = v_workspace ORDER BY a.name LIMIT 1000),
                    'create_audience(name, rules) makes one.');
    END IF;
    RETURN v_found;
END
$$;
COMMENT ON FUNCTION campaign.audience_id(text) IS 'The id of the audience of this name';

CREATE FUNCTION campaign.read_audience(workspace bigint, audience bigint, strength text DEFAULT 'none')
    RETURNS campaign.audience LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a campaign.audience;
BEGIN
    IF strength = 'no key update' THEN
        SELECT x.* INTO a FROM campaign.audience x WHERE x.workspace_id = $1 AND x.id = $2 FOR NO KEY UPDATE;
    ELSE
        SELECT x.* INTO a FROM campaign.audience x WHERE x.workspace_id = $1 AND x.id = $2;
    END IF;
    IF a.id IS NULL THEN
        RAISE EXCEPTION 'audience % does not exist', COALESCE($2::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such audience is in the current workspace.',
                HINT = 'audience_id(name) finds the id of an audience.';
    END IF;
    RETURN a;
END
$$;
COMMENT ON FUNCTION campaign.read_audience(bigint, bigint, text) IS
    'Internal. The row of an audience, or an error if there is none';

-- The role that acting_workspace() looks at.
CREATE FUNCTION campaign.acting_role() RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT COALESCE(NULLIF(pg_catalog.current_setting('role'), 'none'), SESSION_USER)::text
$$;
COMMENT ON FUNCTION campaign.acting_role() IS
    'Internal. The role of the session, or of SET ROLE';

CREATE FUNCTION campaign.check_rules(a campaign.audience, at timestamptz) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
    seen text[] := '{}';
BEGIN
    FOR r IN SELECT u.rule, u.i - 1 AS i FROM jsonb_array_elements(a.rules) WITH ORDINALITY AS u(rule, i) LOOP
        IF jsonb_typeof(r.rule) <> 'object' OR r.rule - '{name,where}'::text[] <> '{}'
            OR COALESCE(jsonb_typeof(r.rule -> 'where'), '') <> 'string' OR COALESCE(jsonb_typeof(r.rule -> 'name'), '') <> 'string'
            OR r.rule ->> 'name' = '' THEN
            RAISE EXCEPTION 'invalid rule at $[%]', r.i
                USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', r.rule),
                    HINT = 'A rule has a name and a predicate, as {"name": "in France", "where": "$.prospect.country == \"FR\""}.';
        ELSIF r.rule ->> 'name' = ANY (seen) THEN
            RAISE EXCEPTION 'two rules have the name "%"', r.rule ->> 'name'
                USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The second one is at $[%s].', r.i),
                    HINT = 'Name each rule otherwise: matches() tells them apart by their names.';
        END IF;
        seen := seen || (r.rule ->> 'name');
    END LOOP;
    PERFORM campaign.audience_condition(a, $2);
END
$$;
COMMENT ON FUNCTION campaign.check_rules(campaign.audience, timestamptz) IS
    'Internal. Refuses rules that are none, or that cannot be asked of what the audience is over';

-- Columns that have the name of a column of prospects stand for it unless they are mapped otherwise; a
-- mapping to null leaves one out.
CREATE FUNCTION campaign.with_source(a campaign.audience, source regclass, key text, columns jsonb)
    RETURNS campaign.audience LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known text[] := campaign.audience_columns();
    relation record;
    unknown text;
BEGIN
    SELECT n.nspname, c.relname, c.relkind, c.relpersistence INTO relation
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $2;
    IF relation.relkind NOT IN ('r', 'p', 'v', 'm', 'f') OR relation.relpersistence = 't' THEN
        RAISE EXCEPTION '% cannot be a source', $2
            USING ERRCODE = 'wrong_object_type',
                DETAIL = CASE WHEN relation.relpersistence = 't' THEN 'It is temporary, and workers read it from sessions of their own.' ELSE 'It is neither a table nor a view.' END,
                HINT = 'A source is a table or a view that stays.';
    ELSIF NOT has_table_privilege(a.reader, $2, 'SELECT') THEN
        RAISE EXCEPTION 'role "%" may not read %', a.reader, $2
            USING ERRCODE = 'insufficient_privilege', DETAIL = 'A source is read as the role that made the audience.',
                HINT = format('Its owner may GRANT SELECT ON %s TO %I.', $2, a.reader);
    END IF;
    SELECT string_agg(m.key, ', ') INTO unknown FROM jsonb_each($4) m WHERE m.key <> ALL (known) OR jsonb_typeof(m.value) NOT IN ('string', 'null');
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'columns cannot be mapped to %', unknown
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Known are %s.', array_to_string(known, ', ')),
                HINT = 'As in {"email": "customer_email"}; every column is in $.row without being mapped.';
    END IF;
    a.source := format('%I.%I', relation.nspname, relation.relname);
    a.prospect_source := left(relation.nspname || '.' || relation.relname, 100);
    a.key_column := $3;
    a.columns := COALESCE((
        SELECT jsonb_object_agg(t.attname, t.attname) FROM pg_attribute t
        WHERE t.attrelid = $2 AND t.attname = ANY (known) AND t.attname <> $3 AND t.attnum > 0 AND NOT t.attisdropped), '{}');
    a.columns := jsonb_strip_nulls(a.columns || $4);
    PERFORM campaign.audience_source(a);
    RETURN a;
END
$$;
COMMENT ON FUNCTION campaign.with_source(campaign.audience, regclass, text, jsonb) IS
    'Internal. The row of an audience over this source, which is checked';

CREATE FUNCTION campaign.create_audience(name text, rules jsonb DEFAULT NULL, source regclass DEFAULT NULL,
    key name DEFAULT 'external_id', columns jsonb DEFAULT '{}', every interval DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    a campaign.audience;
BEGIN
    IF COALESCE(btrim($1), '') = '' THEN
        RAISE EXCEPTION 'an audience has to have a name'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The name is %s.', quote_nullable($1)),
                HINT = 'It tells the audiences of a workspace apart.';
    ELSIF $2 IS NULL AND $3 IS NULL THEN
        RAISE EXCEPTION 'audience "%" has neither rules nor a source', $1
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It would be everybody.',
                HINT = 'Give rules over prospects, a table or view of your own, or both. Rules of [] mean everybody.';
    ELSIF jsonb_typeof($2) <> 'array' OR jsonb_typeof($5) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'invalid argument of create_audience()'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('rules is %s, columns is %s.', jsonb_typeof($2), COALESCE(jsonb_typeof($5), 'NULL')),
                HINT = 'rules is an array of rules, columns an object.';
    END IF;
    a.workspace_id := v_workspace;
    a.id := campaign.new_id('campaign.audience_id_seq');
    a.name := $1;
    a.rules := COALESCE($2, '[]');
    a.columns := '{}';
    a.reader := campaign.acting_role();
    a.every := COALESCE($6, '5 minutes');
    a.created_at := campaign.clock();
    a.rejected := 0;
    a.lengthy := false;
    IF $3 IS NOT NULL THEN
        a := campaign.with_source(a, $3, $4, $5);
    END IF;
    PERFORM campaign.check_rules(a, a.created_at);
    INSERT INTO campaign.audience SELECT a.*;
    RETURN a.id;
END
$$;
COMMENT ON FUNCTION campaign.create_audience(text, jsonb, regclass, name, jsonb, interval) IS
    'Makes an audience: rules that all have to hold ([{"name": ..., "where": SQL/JSON path predicate}]), over prospects, or over the rows of a table or view of your own, which is read as the calling role: key tells its rows apart, columns maps its columns to those of prospects, every says how often it is looked at anew while a campaign uses it (S1.2, S3.1)';

CREATE FUNCTION campaign.alter_audience(audience bigint, rules jsonb DEFAULT NULL, source regclass DEFAULT NULL,
    key name DEFAULT NULL, columns jsonb DEFAULT NULL, every interval DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    a campaign.audience := campaign.read_audience(v_workspace, $1, 'no key update');
BEGIN
    IF jsonb_typeof($2) <> 'array' OR jsonb_typeof($5) <> 'object' THEN
        RAISE EXCEPTION 'invalid argument of alter_audience()'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('rules is %s, columns is %s.', jsonb_typeof($2), jsonb_typeof($5)),
                HINT = 'rules is an array of rules, columns an object.';
    END IF;
    a.rules := COALESCE($2, a.rules);
    a.every := COALESCE($6, a.every);
    a.reader := campaign.acting_role();
    IF $3 IS NOT NULL OR a.source IS NOT NULL THEN
        a := campaign.with_source(a, COALESCE($3, campaign.audience_source(a)), COALESCE($4, a.key_column, 'external_id'),
            COALESCE($5, CASE WHEN $3 IS NULL THEN a.columns END, '{}'));
    END IF;
    PERFORM campaign.check_rules(a, campaign.clock());
    UPDATE campaign.audience u
    SET rules = a.rules, source = a.source, prospect_source = a.prospect_source, key_column = a.key_column, columns = a.columns,
        reader = a.reader, every = a.every, next_at = CASE WHEN u.next_at IS NOT NULL THEN campaign.clock() END
    WHERE u.workspace_id = v_workspace AND u.id = a.id;
    PERFORM campaign.wake_readers();
END
$$;
COMMENT ON FUNCTION campaign.alter_audience(bigint, jsonb, regclass, name, jsonb, interval) IS
    'Changes what is not NULL of an audience; from then on its source is read as the calling role, which has to be allowed to';
