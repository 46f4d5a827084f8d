-- Importing prospects. The functions of 57_source.sql read; import_batch() judges, matches and writes.

CREATE TYPE campaign.import_row AS (
    line bigint,
    result text,
    prospect_id bigint,
    detail text,
    external_id text,
    source text,
    person text,
    email text,
    professional_email text,
    phone text,
    linkedin_url text,
    first_name text,
    last_name text,
    company text,
    job_title text,
    country text,
    time_zone text,
    opted_in boolean,
    attributes jsonb
);
COMMENT ON TYPE campaign.import_row IS 'Internal. A row of an import with what is to become of it';

CREATE FUNCTION campaign.import_list(workspace bigint, list text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_id bigint;
BEGIN
    INSERT INTO campaign.list (workspace_id, name) VALUES (import_list.workspace, import_list.list)
    ON CONFLICT DO NOTHING;
    SELECT l.id INTO v_id FROM campaign.list l
    WHERE l.workspace_id = import_list.workspace AND l.name = import_list.list;
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION campaign.import_list(bigint, text) IS
    'Internal. The id of the list of this name, which is made if there is none';

-- Written so that it is inlined, which makes it some ten times as fast. Limits keep values within what
-- an index can hold.
CREATE FUNCTION campaign.import_fault(r campaign.import_row, opted_in text, zone_known boolean) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN COALESCE(r.external_id, r.email, r.linkedin_url) IS NULL THEN 'no external_id, email or linkedin_url'
        WHEN campaign.email_fault(r.email) IS NOT NULL
            THEN pg_catalog.format('email %L %s', pg_catalog."left"(r.email, 100), campaign.email_fault(r.email))
        WHEN campaign.email_fault(r.professional_email) IS NOT NULL
            THEN pg_catalog.format('professional_email %L %s', pg_catalog."left"(r.professional_email, 100), campaign.email_fault(r.professional_email))
        WHEN pg_catalog.concat(r.external_id, r.source, r.person, r.linkedin_url) ~ '[[:cntrl:]]'
            THEN 'a control character in external_id, source, person or linkedin_url'
        WHEN pg_catalog.octet_length(r.source) > 100 THEN 'source is longer than 100 bytes'
        WHEN pg_catalog.octet_length(r.external_id) > 1000 THEN 'external_id is longer than 1000 bytes'
        WHEN pg_catalog.octet_length(r.person) > 1000 THEN 'person is longer than 1000 bytes'
        WHEN pg_catalog.octet_length(r.linkedin_url) > 1000 THEN 'linkedin_url is longer than 1000 bytes'
        WHEN GREATEST(pg_catalog.length(r.phone), pg_catalog.length(r.first_name), pg_catalog.length(r.last_name),
            pg_catalog.length(r.company), pg_catalog.length(r.job_title), pg_catalog.length(r.country)) > 1000
            THEN 'phone, first_name, last_name, company, job_title or country is longer than 1000 characters'
        WHEN NOT zone_known THEN pg_catalog.format('unknown time_zone %L', pg_catalog."left"(r.time_zone, 100))
        WHEN opted_in IS NOT NULL AND r.opted_in IS NULL
            THEN pg_catalog.format('opted_in %L is neither true nor false', pg_catalog."left"(opted_in, 100))
        WHEN pg_catalog.jsonb_typeof(r.attributes) <> 'object' THEN 'attributes is not a JSON object'
        WHEN pg_catalog.pg_column_size(r.attributes) > 100000 THEN 'attributes are larger than 100,000 bytes'
    END
$$;
COMMENT ON FUNCTION campaign.import_fault(campaign.import_row, text, boolean) IS
    'Internal. Why a row of an import is rejected, NULL if it is not; zone_known says whether there is a time zone of the name';

-- Keys go in this order: external_id within its source, email, LinkedIn profile. The later two are
-- asked only where one of the sides has no external_id, since several business objects may be reached
-- through one person. seen are prospects that earlier batches of the same import have dealt with.
CREATE FUNCTION campaign.import_plan(workspace bigint, rows jsonb, first_line bigint, on_duplicate text,
    seen bigint[], seen_lines bigint[])
    RETURNS campaign.import_row[] LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    WITH read AS MATERIALIZED (
        SELECT t.n + first_line AS line, t.external_id, COALESCE(t.source, '') AS source, t.person, t.email,
            t.professional_email, t.phone, t.linkedin_url, t.first_name, t.last_name, t.company, t.job_title,
            t.country, t.time_zone,
            campaign.yes_or_no(t.opted_in) AS opted_in,
            COALESCE(t.attributes, '{}') AS attributes, t.opted_in AS opted_in_text,
            -- reads the time zones at most once
            CASE WHEN t.time_zone IS NOT NULL THEN t.time_zone IN (SELECT z.name FROM pg_timezone_names z) END AS zone_known
        FROM ROWS FROM (jsonb_to_recordset(rows) AS (external_id text, source text, person text, email text,
            professional_email text, phone text, linkedin_url text, first_name text, last_name text, company text,
            job_title text, country text, time_zone text, opted_in text, attributes jsonb)) WITH ORDINALITY
            AS t(external_id, source, person, email, professional_email, phone, linkedin_url, first_name,
                last_name, company, job_title, country, time_zone, opted_in, attributes, n)
    ), judged AS MATERIALIZED (
        SELECT r.*, lower(r.email) AS email_key, lower(r.linkedin_url) AS linkedin_key,
            campaign.import_fault(ROW(r.line, NULL, NULL, NULL, r.external_id, r.source, r.person, r.email,
                r.professional_email, r.phone, r.linkedin_url, r.first_name, r.last_name, r.company, r.job_title,
                r.country, r.time_zone, r.opted_in, r.attributes)::campaign.import_row,
                r.opted_in_text, r.zone_known) AS fault
        FROM read r
    ), matched AS (
        SELECT j.*, COALESCE(x.merged_into, x.id, e.ids[1], l.ids[1]) AS known,
            CASE WHEN x.id IS NOT NULL THEN 'external_id' WHEN e.ids IS NOT NULL THEN 'email'
                WHEN l.ids IS NOT NULL THEN 'linkedin_url' END AS known_by,
            CASE WHEN x.id IS NOT NULL THEN false
                ELSE COALESCE(e.ambiguous, l.ambiguous, false) END AS ambiguous
        FROM judged j
        LEFT JOIN campaign.prospect x
            ON x.workspace_id = workspace AND x.source = j.source AND x.external_id = j.external_id
            AND j.fault IS NULL
        LEFT JOIN LATERAL (
            SELECT array_agg(q.id ORDER BY q.keyed, q.id) AS ids, bool_and(q.keyed) AND count(*) > 1 AS ambiguous
            FROM (SELECT p.id, p.external_id IS NOT NULL AS keyed FROM campaign.prospect p
                  WHERE p.workspace_id = workspace AND lower(p.email) = j.email_key AND p.merged_into IS NULL
                    AND (j.external_id IS NULL OR p.external_id IS NULL)
                  ORDER BY 2, 1 LIMIT 2) q
            HAVING count(*) > 0
        ) e ON x.id IS NULL AND j.fault IS NULL
        LEFT JOIN LATERAL (
            SELECT array_agg(q.id ORDER BY q.keyed, q.id) AS ids, bool_and(q.keyed) AND count(*) > 1 AS ambiguous
            FROM (SELECT p.id, p.external_id IS NOT NULL AS keyed FROM campaign.prospect p
                  WHERE p.workspace_id = workspace AND lower(p.linkedin_url) = j.linkedin_key AND p.merged_into IS NULL
                    AND (j.external_id IS NULL OR p.external_id IS NULL)
                  ORDER BY 2, 1 LIMIT 2) q
            HAVING count(*) > 0
        ) l ON x.id IS NULL AND e.ids IS NULL AND j.fault IS NULL
    ), compared AS (
        SELECT m.*, s.line AS seen_line,
            m.fault IS NULL AND NOT m.ambiguous AS is_good,
            min(m.line) FILTER (WHERE m.fault IS NULL) OVER (PARTITION BY m.source, m.external_id) AS first_external_id,
            min(m.line) FILTER (WHERE m.fault IS NULL) OVER (PARTITION BY m.email_key) AS first_email,
            min(m.line) FILTER (WHERE m.fault IS NULL AND m.external_id IS NULL) OVER (PARTITION BY m.email_key) AS first_email_only,
            min(m.line) FILTER (WHERE m.fault IS NULL) OVER (PARTITION BY m.linkedin_key) AS first_linkedin,
            min(m.line) FILTER (WHERE m.fault IS NULL AND m.external_id IS NULL) OVER (PARTITION BY m.linkedin_key) AS first_linkedin_only,
            min(m.line) FILTER (WHERE m.fault IS NULL) OVER (PARTITION BY m.known) AS first_known
        FROM matched m
        LEFT JOIN unnest(seen, seen_lines) AS s(id, line) ON s.id = m.known
    ), decided AS (
        SELECT c.*, CASE WHEN c.is_good THEN CASE
            WHEN c.seen_line IS NOT NULL THEN format('the same %s as line %s', c.known_by, c.seen_line)
            WHEN c.external_id IS NOT NULL AND c.first_external_id < c.line
                THEN format('the same external_id as line %s', c.first_external_id)
            WHEN c.email_key IS NOT NULL AND CASE WHEN c.external_id IS NULL THEN c.first_email ELSE c.first_email_only END < c.line
                THEN format('the same email as line %s', CASE WHEN c.external_id IS NULL THEN c.first_email ELSE c.first_email_only END)
            WHEN c.linkedin_key IS NOT NULL AND CASE WHEN c.external_id IS NULL THEN c.first_linkedin ELSE c.first_linkedin_only END < c.line
                THEN format('the same linkedin_url as line %s', CASE WHEN c.external_id IS NULL THEN c.first_linkedin ELSE c.first_linkedin_only END)
            WHEN c.known IS NOT NULL AND c.first_known < c.line
                THEN format('the same prospect as line %s', c.first_known)
        END END AS repeats
        FROM compared c
    )
    SELECT array_agg(ROW(d.line,
        CASE WHEN NOT d.is_good THEN 'rejected' WHEN d.repeats IS NOT NULL THEN 'duplicate'
            WHEN d.known IS NULL THEN 'inserted' WHEN on_duplicate = 'merge' THEN 'merged' ELSE 'skipped' END,
        CASE WHEN NOT d.is_good THEN NULL WHEN d.known IS NOT NULL THEN d.known
            WHEN d.repeats IS NULL THEN campaign.new_id('campaign.prospect_id_seq') END,
        CASE WHEN d.fault IS NOT NULL THEN d.fault
            WHEN d.ambiguous THEN format('several prospects have this %s; give the external_id', d.known_by)
            WHEN d.repeats IS NOT NULL THEN d.repeats
            WHEN d.known IS NOT NULL THEN format('found by %s', d.known_by) END,
        d.external_id, d.source, d.person, d.email, d.professional_email, d.phone, d.linkedin_url, d.first_name,
        d.last_name, d.company, d.job_title, d.country, d.time_zone, d.opted_in, d.attributes)::campaign.import_row
        ORDER BY d.line)
    FROM (SELECT * FROM decided o ORDER BY o.line) d
$$;
COMMENT ON FUNCTION campaign.import_plan(bigint, jsonb, bigint, text, bigint[], bigint[]) IS
    'Internal. What is to become of each row of a batch: inserted (with the id to be), merged or skipped (with the one that is known), duplicate of an earlier line, or rejected';

CREATE FUNCTION campaign.import_batch(rows jsonb, first_line bigint, list text, on_duplicate text,
    seen bigint[], seen_lines bigint[])
    RETURNS TABLE (line bigint, result text, prospect_id bigint, detail text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    v_list bigint;
    v_plan campaign.import_row[];
    v_row campaign.import_row;
BEGIN
    -- imports into a workspace go one after the other, so that none inserts what another has just found missing
    PERFORM FROM campaign.workspace w WHERE w.id = v_workspace FOR NO KEY UPDATE;
    v_plan := campaign.import_plan(v_workspace, rows, first_line, on_duplicate, seen, seen_lines);
    IF on_duplicate = 'error' THEN
        SELECT p.* INTO v_row FROM unnest(v_plan) p WHERE p.result IN ('skipped', 'duplicate') ORDER BY p.line LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'line % is a duplicate', v_row.line
                USING ERRCODE = 'unique_violation', DETAIL = format('It is %s.', v_row.detail),
                    HINT = 'With on_duplicate => ''merge'' or ''skip'' the import goes on over it.';
        END IF;
    END IF;

    INSERT INTO campaign.prospect (workspace_id, id, external_id, source, person, email, professional_email, phone,
        linkedin_url, first_name, last_name, company, job_title, country, time_zone, opted_in, attributes)
    SELECT v_workspace, p.prospect_id, p.external_id, p.source, p.person, p.email, p.professional_email, p.phone,
        p.linkedin_url, p.first_name, p.last_name, p.company, p.job_title, p.country, p.time_zone,
        COALESCE(p.opted_in, true), p.attributes
    FROM unnest(v_plan) p WHERE p.result = 'inserted';

    -- what is empty in the file leaves what is known, and nobody is opted in again by a file
    UPDATE campaign.prospect o
    SET external_id = COALESCE(o.external_id, p.external_id),
        source = CASE WHEN o.external_id IS NULL AND p.external_id IS NOT NULL THEN p.source ELSE o.source END,
        person = COALESCE(p.person, o.person), email = COALESCE(p.email, o.email),
        professional_email = COALESCE(p.professional_email, o.professional_email),
        phone = COALESCE(p.phone, o.phone), linkedin_url = COALESCE(p.linkedin_url, o.linkedin_url),
        first_name = COALESCE(p.first_name, o.first_name), last_name = COALESCE(p.last_name, o.last_name),
        company = COALESCE(p.company, o.company), job_title = COALESCE(p.job_title, o.job_title),
        country = COALESCE(p.country, o.country), time_zone = COALESCE(p.time_zone, o.time_zone),
        opted_in = o.opted_in AND COALESCE(p.opted_in, true), attributes = o.attributes || p.attributes
    FROM unnest(v_plan) p
    WHERE p.result = 'merged' AND o.workspace_id = v_workspace AND o.id = p.prospect_id;

    IF list IS NOT NULL THEN
        v_list := campaign.import_list(v_workspace, list);
        INSERT INTO campaign.list_prospect (workspace_id, list_id, prospect_id)
        SELECT v_workspace, v_list, p.prospect_id FROM unnest(v_plan) p
        WHERE p.result IN ('inserted', 'merged', 'skipped')
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN QUERY SELECT p.line, p.result, p.prospect_id, p.detail FROM unnest(v_plan) p;
END
$$;
COMMENT ON FUNCTION campaign.import_batch(jsonb, bigint, text, text, bigint[], bigint[]) IS
    'Internal, but called with the rights of the caller of import_prospects(), which it checks: takes over one batch of rows';

CREATE FUNCTION campaign.prospect_item(source regclass, known text[]) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH pair AS (
        SELECT c.known_as, c.name, (row_number() OVER (PARTITION BY c.known_as IS NULL ORDER BY c.name) - 1) / 40 AS part,
            CASE WHEN c.known_as IS DISTINCT FROM 'attributes' THEN c.expression
                WHEN c.type IN ('json'::regtype, 'jsonb'::regtype) THEN format('s.%I::jsonb', c.name)
                ELSE format('campaign.json_object_or_null(%s)', c.expression) END AS expression
        FROM campaign.source_columns(source, known) c
    ), other AS (
        -- a call takes at most 100 arguments
        SELECT format('jsonb_strip_nulls(jsonb_build_object(%s))', string_agg(format('%L, %s', p.name, p.expression), ', ')) AS object
        FROM pair p WHERE p.known_as IS NULL GROUP BY p.part
    ), own AS (
        SELECT p.expression FROM pair p WHERE p.known_as = 'attributes'
    )
    SELECT format('jsonb_build_object(%s)', concat_ws(', ',
        (SELECT string_agg(format('%L, %s', p.known_as, p.expression), ', ') FROM pair p WHERE p.known_as <> 'attributes'),
        CASE WHEN EXISTS (SELECT FROM other) OR EXISTS (SELECT FROM own) THEN
            '''attributes'', ' || concat_ws(' || ', (SELECT string_agg(o.object, ' || ') FROM other o),
                (SELECT format('COALESCE(%s, ''{}'')', o.expression) FROM own o)) END))
$$;
COMMENT ON FUNCTION campaign.prospect_item(regclass, text[]) IS
    'Internal. The expression that makes an object of a row of a source: the known columns, and all others in its attributes';

CREATE FUNCTION campaign.import_prospects(source regclass, list text DEFAULT NULL, on_duplicate text DEFAULT 'merge')
    RETURNS TABLE (line bigint, result text, prospect_id bigint, detail text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_known text[] := '{external_id,source,person,email,professional_email,phone,linkedin_url,first_name,last_name,company,job_title,country,time_zone,opted_in,attributes}';
    v_columns text[];
    v_rows jsonb;
    v_first bigint := 0;
    v_seen bigint[] := '{}';
    v_seen_lines bigint[] := '{}';
BEGIN
    IF on_duplicate IS NULL OR on_duplicate NOT IN ('merge', 'skip', 'error') THEN
        RAISE EXCEPTION 'unknown on_duplicate %', COALESCE('"' || on_duplicate || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It says what becomes of rows that are known already.',
                HINT = 'It is merge, skip or error.';
    ELSIF list = '' THEN
        RAISE EXCEPTION 'a list has to have a name'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The name is empty.', HINT = 'Leave it out to use no list.';
    END IF;
    SELECT array_agg(c.known_as) INTO v_columns FROM campaign.source_columns(source, v_known) c;
    IF NOT COALESCE(v_columns && '{external_id,email,linkedin_url}', false) THEN
        RAISE EXCEPTION '% has no column that tells prospects apart', source
            USING ERRCODE = 'undefined_column', DETAIL = 'None is called external_id, email or linkedin_url.',
                HINT = 'Name one so; upper and lower case, blanks and hyphens make no difference.';
    END IF;

    FOR v_rows IN EXECUTE campaign.source_query(source, campaign.prospect_item(source, v_known)) LOOP
        FOR line, result, prospect_id, detail IN
            SELECT b.line, b.result, b.prospect_id, b.detail
            FROM campaign.import_batch(v_rows, v_first, list, on_duplicate, v_seen, v_seen_lines) b LOOP
            IF result IN ('inserted', 'merged', 'skipped') THEN
                v_seen := v_seen || prospect_id;
                v_seen_lines := v_seen_lines || line;
            END IF;
            RETURN NEXT;
        END LOOP;
        v_first := v_first + jsonb_array_length(v_rows);
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.import_prospects(regclass, text, text) IS
    'Takes over the rows of a table, which \copy may have filled: columns are matched by name, others become attributes. Says of each line whether it was inserted, merged, skipped, a duplicate of an earlier line, or rejected, and why';
