-- What an audience says, as statements: its rules as conditions of SQL, and the query that reads its source.

CREATE FUNCTION campaign.rule_condition(rule text, root text, alias text, others text, columns text[], types oid[],
    document text, variables text)
    RETURNS text LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_rule_condition';
COMMENT ON FUNCTION campaign.rule_condition(text, text, text, text, text[], oid[], text, text) IS
    'Internal. A rule as a condition of SQL that indexes can serve: comparisons of columns and attributes as such, the rest asked of the document';

CREATE FUNCTION campaign.read_source(role oid, query text) RETURNS SETOF record
    LANGUAGE c VOLATILE STRICT ROWS 100000 AS 'MODULE_PATHNAME', 'campaign_api_read_source';
COMMENT ON FUNCTION campaign.read_source(oid, text) IS
    'Internal. The rows of a query, read as this role, read-only and no longer than campaign.source_timeout; the first column is a key, which may not come twice';

CREATE FUNCTION campaign.audience_columns() RETURNS text[]
    LANGUAGE sql IMMUTABLE AS $$
    SELECT '{person,email,professional_email,phone,linkedin_url,first_name,last_name,company,job_title,country,time_zone,opted_in}'::text[]
$$;
COMMENT ON FUNCTION campaign.audience_columns() IS
    'Internal. The columns of a prospect that columns of a source can be mapped to';

-- Where a column of the prospect is empty, the attribute of its name does not count: what an index
-- serves has to mean the same.
CREATE FUNCTION campaign.prospect_rule(rule text, at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    names text[];
    types oid[];
BEGIN
    SELECT array_agg(a.attname::text ORDER BY a.attnum), array_agg(a.atttypid ORDER BY a.attnum) INTO names, types
    FROM pg_attribute a
    WHERE a.attrelid = 'campaign.prospect'::regclass AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attname NOT IN ('workspace_id', 'attributes', 'removed_at', 'merged_into');
    RETURN campaign.rule_condition($1, 'prospect', 'p', 'attributes', names, types,
        format('pg_catalog.jsonb_build_object(''prospect'', (p.attributes - %L::text[])'
            ' || pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(p) - ''{workspace_id,attributes,removed_at,merged_into}''::text[]))', names),
        format('%L::jsonb', jsonb_build_object('now', date_trunc('second', $2))));
END
$$;
COMMENT ON FUNCTION campaign.prospect_rule(text, timestamptz) IS
    'Internal. A rule over prospects as a condition on campaign.prospect p';

CREATE FUNCTION campaign.source_rule(rule text, source regclass, columns jsonb, at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    names text[];
    types oid[];
    mapped text;
BEGIN
    SELECT array_agg(a.attname::text ORDER BY a.attnum), array_agg(a.atttypid ORDER BY a.attnum) INTO names, types
    FROM pg_attribute a WHERE a.attrelid = $2 AND a.attnum > 0 AND NOT a.attisdropped;
    SELECT string_agg(format('%L, s.%I', m.key, m.value), ', ') INTO mapped FROM jsonb_each_text($3) m;
    RETURN campaign.rule_condition($1, 'row', 's', '', names, types,
        format('pg_catalog.jsonb_build_object(''row'', pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(s)),'
            ' ''prospect'', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(%s)))', COALESCE(mapped, '')),
        format('%L::jsonb', jsonb_build_object('now', date_trunc('second', $4))));
END
$$;
COMMENT ON FUNCTION campaign.source_rule(text, regclass, jsonb, timestamptz) IS
    'Internal. A rule over the rows of a source as a condition on that source s';

-- The source as it is now; whatever it lacks is an error that says so.
CREATE FUNCTION campaign.audience_source(a campaign.audience) RETURNS regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found regclass := to_regclass(a.source);
    missing text;
BEGIN
    IF found IS NULL THEN
        RAISE EXCEPTION 'the source % does not exist', a.source
            USING ERRCODE = 'undefined_table', DETAIL = format('Audience "%s" reads it.', a.name),
                HINT = 'Make it again under this name, or name another one by alter_audience().';
    END IF;
    SELECT string_agg(n.name, ', ' ORDER BY n.name) INTO missing
    FROM (SELECT a.key_column AS name UNION SELECT m.value FROM jsonb_each_text(a.columns) m) n
    WHERE NOT EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = found AND t.attname = n.name AND t.attnum > 0 AND NOT t.attisdropped);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'the source % lacks %', a.source, missing
            USING ERRCODE = 'undefined_column', DETAIL = format('Audience "%s" has its key there, or maps it.', a.name),
                HINT = 'Give it the column again, or name others by alter_audience().';
    END IF;
    RETURN found;
END
$$;
COMMENT ON FUNCTION campaign.audience_source(campaign.audience) IS
    'Internal. The source of an audience, looked up by its name, or an error that names what is missing of it';

CREATE FUNCTION campaign.audience_condition(a campaign.audience, at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    source regclass := CASE WHEN a.source IS NOT NULL THEN campaign.audience_source(a) END;
BEGIN
    RETURN COALESCE((
        SELECT string_agg('(' || CASE WHEN source IS NULL THEN campaign.prospect_rule(r.rule ->> 'where', $2)
                ELSE campaign.source_rule(r.rule ->> 'where', source, a.columns, $2) END || ')', ' AND ' ORDER BY r.i)
        FROM jsonb_array_elements(a.rules) WITH ORDINALITY AS r(rule, i)), 'true');
END
$$;
COMMENT ON FUNCTION campaign.audience_condition(campaign.audience, timestamptz) IS
    'Internal. All rules of an audience as a condition, on campaign.prospect p or on its source s';

CREATE FUNCTION campaign.trimmed_column(name text) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.format($e$NULLIF(pg_catalog.btrim(s.%I::text, E' \t\r\n'), '')$e$, $1)
$$;
COMMENT ON FUNCTION campaign.trimmed_column(text) IS
    'Internal. The expression that reads a column of a source s as text, trimmed, empty text as NULL';

-- Key and mapped columns as text, those that are not mapped as NULL, in the order of audience_columns().
CREATE FUNCTION campaign.audience_query(a campaign.audience, at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    items text;
BEGIN
    SELECT string_agg(CASE WHEN a.columns ? c.name THEN campaign.trimmed_column(a.columns ->> c.name) ELSE 'NULL::text' END, ', ' ORDER BY c.i) INTO items
    FROM unnest(campaign.audience_columns()) WITH ORDINALITY AS c(name, i);
    RETURN format('SELECT s.%I::text, %s FROM %s s WHERE %s', a.key_column, items, campaign.audience_source(a),
        campaign.audience_condition(a, $2));
END
$$;
COMMENT ON FUNCTION campaign.audience_query(campaign.audience, timestamptz) IS
    'Internal. The statement that reads who matches of an audience''s source';

CREATE FUNCTION campaign.key_type(a campaign.audience, source regclass) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.format_type(t.atttypid, -1) FROM pg_catalog.pg_attribute t WHERE t.attrelid = $2 AND t.attname = a.key_column
$$;
COMMENT ON FUNCTION campaign.key_type(campaign.audience, regclass) IS
    'Internal. The type of the key of an audience''s source, so that an index over the column serves it';

-- Of the rows with these keys ($1, text[]): key, row, and whether it matches. As fresh as can be: what a
-- start looks at.
CREATE FUNCTION campaign.audience_rows_query(a campaign.audience, at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    source regclass := campaign.audience_source(a);
BEGIN
    RETURN format('SELECT s.%1$I::text, pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(s)), COALESCE(%2$s, false)'
        ' FROM %3$s s WHERE s.%1$I = ANY ($1::text[]::%4$s[])',
        a.key_column, campaign.audience_condition(a, $2), source, campaign.key_type(a, source));
END
$$;
COMMENT ON FUNCTION campaign.audience_rows_query(campaign.audience, timestamptz) IS
    'Internal. The statement that reads the rows of some keys of an audience''s source, and whether each matches';

-- Membership is looked up at every read: what the role may, it may now.
CREATE FUNCTION campaign.audience_reader(a campaign.audience) RETURNS oid
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found oid := (SELECT r.oid FROM pg_roles r WHERE r.rolname = a.reader);
BEGIN
    IF found IS NULL THEN
        RAISE EXCEPTION 'role "%" does not exist any more', a.reader
            USING ERRCODE = 'invalid_role_specification', DETAIL = format('It has made audience "%s", which is read as this role.', a.name),
                HINT = 'alter_audience() makes the role that calls it the reader.';
    ELSIF NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = found)
        AND NOT EXISTS (SELECT FROM pg_extension x WHERE x.extname = 'campaign' AND x.extowner = found)
        AND NOT EXISTS (SELECT FROM campaign.access x JOIN pg_roles r ON r.rolname = x.role
                        WHERE x.workspace_id = a.workspace_id AND x.level IN ('operator', 'admin') AND pg_has_role(found, r.oid, 'USAGE')) THEN
        RAISE EXCEPTION 'role "%" may not define audiences in this workspace any more', a.reader
            USING ERRCODE = 'invalid_role_specification', DETAIL = format('It has made audience "%s", which is read as this role.', a.name),
                HINT = 'Grant it level operator again, or have another role call alter_audience().';
    END IF;
    RETURN found;
END
$$;
COMMENT ON FUNCTION campaign.audience_reader(campaign.audience) IS
    'Internal. The role as which the source of an audience is read, if it still may act in the workspace';

-- For the engine: everything that a fresh look at some rows takes, in one row.
CREATE FUNCTION campaign.audience_reading(workspace bigint, audience bigint, at timestamptz)
    RETURNS TABLE (reader oid, query text, prospect_source text, fault text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    a campaign.audience;
BEGIN
    SELECT x.* INTO a FROM campaign.audience x WHERE x.workspace_id = $1 AND x.id = $2;
    prospect_source := a.prospect_source;
    IF a.source IS NULL THEN
        query := format('SELECT p.id::text, NULL::jsonb, COALESCE(%s, false) FROM campaign.prospect p'
            ' WHERE p.workspace_id = %s AND p.id = ANY ($1::text[]::bigint[])', campaign.audience_condition(a, $3), $1);
    ELSIF a.slow_until > $3 THEN
        fault := campaign.rest_code(a);
    ELSE
        reader := campaign.audience_reader(a);
        query := campaign.audience_rows_query(a, $3);
    END IF;
    RETURN NEXT;
EXCEPTION WHEN invalid_role_specification THEN
    fault := 'audience_owner_missing';
    RETURN NEXT;
WHEN undefined_table OR undefined_column THEN
    fault := CASE SQLSTATE WHEN '42P01' THEN 'source_missing' ELSE 'source_column_missing' END;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION campaign.audience_reading(bigint, bigint, timestamptz) IS
    'Internal. As whom, and by which statement, rows of an audience''s source are read; or why they cannot be';
