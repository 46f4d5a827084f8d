-- Reading a source: a table or view of the caller's, most often a temporary table that \copy has
-- filled.
--
-- It is read by a function that runs as the caller: the rights, the row-level security and whatever
-- code stands behind a view are the caller's own. Rows go on in batches, as jsonb, to a function that
-- checks the rights in the workspace and writes as the owner.

-- RFC 5321 4.5.3.1.1 and 4.5.3.1.2 limit the parts to 64 and 255 octets, RFC 5322 3.2.3 gives the
-- dot-atom of the local part, RFC 6531 lets both parts hold more than ASCII, RFC 1035 2.3.1 the form
-- of labels. Quoted local parts, comments and address literals are allowed there and refused here.
CREATE FUNCTION campaign.email_fault(email text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        -- most are like this, and one look says so
        WHEN $1 ~ '^[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9]+(-[A-Za-z0-9]+)*(\.[A-Za-z0-9]+(-[A-Za-z0-9]+)*)+$'
            AND pg_catalog.octet_length($1) <= 64 THEN NULL
        WHEN $1 ~ '[[:cntrl:]]' THEN 'contains a control character'
        WHEN $1 !~ '^[^@]*@[^@]*$' THEN 'does not have exactly one @'
        WHEN pg_catalog.octet_length(pg_catalog.split_part($1, '@', 1)) NOT BETWEEN 1 AND 64
            THEN 'does not have 1 to 64 bytes before the @'
        WHEN pg_catalog.octet_length(pg_catalog.split_part($1, '@', 2)) NOT BETWEEN 1 AND 255
            THEN 'does not have 1 to 255 bytes after the @'
        WHEN pg_catalog.split_part($1, '@', 1) ~ '[[:space:]"(),:;<>\[\\\]]|^\.|\.\.|\.$'
            THEN 'has a local part that is not valid'
        WHEN pg_catalog.split_part($1, '@', 2) !~ '\.' THEN 'has a domain without a dot'
        WHEN pg_catalog.split_part($1, '@', 2) ~ '[[:space:]!-,/:-@\[-`{-~]|(^|\.)(\.|-|$)|-(\.|$)'
            THEN 'has a domain that is not valid'
    END
$$;
COMMENT ON FUNCTION campaign.email_fault(text) IS
    'Internal. What is wrong with an email address, NULL if nothing is';

CREATE FUNCTION campaign.json_object_or_null(value text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN json_object_or_null.value::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN 'null';
END
$$;
COMMENT ON FUNCTION campaign.json_object_or_null(text) IS
    'Internal. A text as jsonb, or the null of JSON where it is none';

CREATE FUNCTION campaign.instant_or_infinity(value text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN instant_or_infinity.value::timestamptz;
EXCEPTION WHEN data_exception THEN
    RETURN 'infinity';
END
$$;
COMMENT ON FUNCTION campaign.instant_or_infinity(text) IS
    'Internal. A text as an instant, or infinity where it is none';

-- Without settings of its own, so that it is inlined: it is asked of each row.
CREATE FUNCTION campaign.yes_or_no(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN pg_catalog.lower($1) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true
        WHEN pg_catalog.lower($1) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false END
$$;
COMMENT ON FUNCTION campaign.yes_or_no(text) IS
    'Internal. What people write for true and false; NULL if it is neither';

CREATE FUNCTION campaign.source_columns(source regclass, known text[])
    RETURNS TABLE (name text, known_as text, type oid, expression text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_twice text;
BEGIN
    IF source_columns.source IS NULL THEN
        RAISE EXCEPTION 'no source is named'
            USING ERRCODE = 'null_value_not_allowed', DETAIL = 'The source is NULL.',
                HINT = 'It is the name of a table, as in import_prospects(''leads'').';
    END IF;
    RETURN QUERY
    SELECT a.attname::text, k.name, a.atttypid,
        format($e$NULLIF(btrim(s.%I::text, E' \t\r\n'), '')$e$, a.attname)
    FROM pg_attribute a
    LEFT JOIN unnest(source_columns.known) AS k(name)
        ON k.name = regexp_replace(lower(btrim(a.attname)), '[ -]+', '_', 'g')
    WHERE a.attrelid = source_columns.source AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum;

    SELECT string_agg(quote_ident(a.attname), ', ') INTO v_twice
    FROM pg_attribute a
    JOIN unnest(source_columns.known) AS k(name)
        ON k.name = regexp_replace(lower(btrim(a.attname)), '[ -]+', '_', 'g')
    WHERE a.attrelid = source_columns.source AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY k.name HAVING count(*) > 1;
    IF v_twice IS NOT NULL THEN
        RAISE EXCEPTION 'columns of % mean the same', source_columns.source
            USING ERRCODE = 'duplicate_column', DETAIL = format('They are %s.', v_twice),
                HINT = 'Rename all but one; upper and lower case, blanks and hyphens make no difference.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.source_columns(regclass, text[]) IS
    'Internal. The columns of a source, which known column each stands for, and the expression that reads it trimmed, empty text as NULL';

CREATE FUNCTION campaign.source_query(source regclass, item text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('SELECT jsonb_agg(r.item ORDER BY r.line)'
        ' FROM (SELECT row_number() OVER () AS line, %s AS item FROM %s s) r'
        ' GROUP BY (r.line - 1) / 20000 ORDER BY min(r.line)', item, source)
$$;
COMMENT ON FUNCTION campaign.source_query(regclass, text) IS
    'Internal. The statement that reads a source in batches of 20,000 rows, each row as what the expression item makes of it';
