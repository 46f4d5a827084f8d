-- Schema attempts: calls every function of campaign as whoever asks, with arguments made up by their types and
-- names, and says what came of it. Read by tests of rights and of hostile input.
CREATE SCHEMA attempts;
GRANT USAGE ON SCHEMA attempts TO PUBLIC;

-- ids that arguments of these names get, beside what their types do
CREATE TABLE attempts.given (name text PRIMARY KEY, value text NOT NULL);
GRANT SELECT ON attempts.given TO PUBLIC;

CREATE FUNCTION attempts.argument(name text, type oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s::%s', COALESCE(
        (SELECT quote_literal(CASE WHEN t.typcategory = 'A' AND g.value NOT LIKE '{%' THEN '{' || g.value || '}' ELSE g.value END)
         FROM attempts.given g WHERE g.name = $1 AND ((g.value ~ '^[{]?[0-9]+[}]?$') = (format_type($2, NULL) ~ '^(bigint|integer|smallint)'))),
        CASE
            WHEN t.typtype = 'c' OR t.typelem <> 0 AND EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typtype = 'c') THEN 'NULL'
            WHEN t.typcategory = 'A' THEN quote_literal('{}')
            WHEN t.typcategory = 'N' AND t.typname <> 'regclass' THEN quote_literal('1')
            WHEN t.typname = 'regclass' THEN quote_literal('campaign.prospect_id_seq')
            WHEN t.typname = 'date' THEN quote_literal('2026-01-05')
            WHEN t.typname = 'regrole' THEN quote_literal(current_user)
            WHEN t.typname = 'bool' THEN quote_literal('false')
            WHEN t.typname IN ('timestamptz') THEN quote_literal('2026-01-05 09:00+00')
            WHEN t.typname = 'interval' THEN quote_literal('1 day')
            WHEN t.typname = 'jsonb' THEN quote_literal('{}')
            WHEN t.typname = 'jsonpath' THEN quote_literal('$.a')
            WHEN t.typname = 'uuid' THEN quote_literal('00000000-0000-4000-8000-000000000000')
            ELSE quote_literal('x') END), format_type($2, NULL))
    FROM pg_type t WHERE t.oid = $2
$$;

CREATE FUNCTION attempts.call(routine oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('SELECT * FROM campaign.%I(%s)', p.proname,
        (SELECT string_agg(CASE WHEN p.provariadic <> 0 AND a.n = p.pronargs THEN 'VARIADIC ' ELSE '' END || attempts.argument(p.proargnames[a.n], a.type), ', ' ORDER BY a.n) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a (type, n)))
    FROM pg_proc p WHERE p.oid = $1
$$;

-- What a statement comes to: its SQLSTATE and message, or its rows as text; and it is undone, unless it is to stay.
CREATE FUNCTION attempts.outcome(statement text, stays boolean DEFAULT false, OUT state text, OUT message text) LANGUAGE plpgsql AS $$
DECLARE
    path text := current_setting('search_path');
    wanted text := COALESCE(current_setting('attempts.search_path', true), '');
    said text;
BEGIN
    state := '00000';
    IF wanted <> '' THEN
        PERFORM set_config('search_path', wanted, false);
    END IF;
    BEGIN
        EXECUTE format('SELECT pg_catalog.string_agg(r::pg_catalog.text, pg_catalog.chr(10)) FROM (%s) r', statement) INTO said;
        IF NOT stays THEN
            RAISE SQLSTATE 'UNDO0';
        END IF;
    EXCEPTION WHEN OTHERS THEN
        IF SQLSTATE OPERATOR(pg_catalog.<>) 'UNDO0' THEN
            state := SQLSTATE;
            said := SQLERRM;
        END IF;
    END;
    message := said;
    PERFORM pg_catalog.set_config('search_path', path, false);
END
$$;

CREATE FUNCTION attempts.routines(stays boolean DEFAULT false) RETURNS TABLE (routine text, state text, message text) LANGUAGE plpgsql AS $$
DECLARE
    p record;
    o record;
BEGIN
    FOR p IN SELECT r.oid, r.oid::regprocedure::text AS name, attempts.call(r.oid) AS statement FROM pg_proc r
             WHERE r.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'campaign')
               -- a procedure ends transactions, and what takes or gives any row wants a statement of its own
               AND r.prokind = 'f' AND r.prorettype <> 'trigger'::regtype
               AND 'record'::regtype <> ALL (r.proargtypes::oid[]) AND (r.prorettype <> 'record'::regtype OR r.proargmodes IS NOT NULL)
             ORDER BY r.oid::regprocedure::text COLLATE "C" LOOP
        o := attempts.outcome(p.statement, stays);
        routine := p.name;
        state := o.state;
        message := o.message;
        RETURN NEXT;
    END LOOP;
END
$$;

-- The same for relations: each privilege by a statement that takes it and changes nothing.
CREATE FUNCTION attempts.relations() RETURNS TABLE (relation text, privilege text, state text, message text) LANGUAGE plpgsql AS $$
DECLARE
    c record;
    o record;
BEGIN
    FOR c IN SELECT r.relname, r.relkind, s.privilege, format(s.statement, r.relname,
                (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname <> 'workspace_id'
                 ORDER BY a.attnum LIMIT 1)) AS statement
             FROM pg_class r
             JOIN (VALUES ('{r,p,v}'::"char"[], 'SELECT', 'SELECT FROM campaign.%I LIMIT 0'),
                    ('{r,p,v}', 'INSERT', 'INSERT INTO campaign.%I (%I) SELECT NULL WHERE false'),
                    ('{r,p,v}', 'UPDATE', 'UPDATE campaign.%I SET %I = DEFAULT WHERE false'),
                    ('{r,p,v}', 'DELETE', 'DELETE FROM campaign.%I WHERE false'),
                    ('{r,p}', 'TRUNCATE', 'TRUNCATE campaign.%I'),
                    ('{S}', 'USAGE', 'SELECT nextval(''campaign.%I'')'),
                    ('{S}', 'UPDATE', 'SELECT setval(''campaign.%I'', 1, false)'),
                    ('{S}', 'SELECT', 'SELECT last_value FROM campaign.%I')) AS s (kinds, privilege, statement) ON r.relkind = ANY (s.kinds)
             WHERE r.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'campaign')
             ORDER BY r.relname COLLATE "C", s.privilege LOOP
        relation := c.relname;
        privilege := c.privilege;
        state := '00000';
        message := NULL;
        BEGIN
            EXECUTE c.statement;
            RAISE SQLSTATE 'UNDO0';
        EXCEPTION WHEN OTHERS THEN
            IF SQLSTATE <> 'UNDO0' THEN
                state := SQLSTATE;
                message := SQLERRM;
            END IF;
        END;
        RETURN NEXT;
    END LOOP;
END
$$;
