-- Importing relations: how accounts stand to prospects before the first campaign.

CREATE FUNCTION campaign.import_relation_batch(rows jsonb, first_line bigint)
    RETURNS TABLE (line bigint, result text, prospect_id bigint, account_id bigint, detail text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    v_plan jsonb;
BEGIN
    WITH read AS MATERIALIZED (
        SELECT t.n + first_line AS line, t.account_id, t.account, t.channel, t.prospect_id, t.external_id, t.source,
            lower(t.email) AS email, lower(t.linkedin_url) AS linkedin_url, lower(t.state) AS state,
            COALESCE(t.since, campaign.clock()) AS since
        FROM ROWS FROM (jsonb_to_recordset(rows) AS (account_id text, account text, channel text, prospect_id text,
            external_id text, source text, email text, linkedin_url text, state text, since timestamptz)) WITH ORDINALITY
            AS t(account_id, account, channel, prospect_id, external_id, source, email, linkedin_url, state, since, n)
    ), found AS (
        SELECT r.*, a.ids AS accounts, p.ids AS prospects
        FROM read r
        LEFT JOIN LATERAL (
            SELECT array_agg(a.id) AS ids
            FROM campaign.account a
            JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
            WHERE a.workspace_id = v_workspace
              AND CASE WHEN r.account_id IS NOT NULL THEN a.id::text = r.account_id
                  ELSE lower(a.address) = lower(r.account) END
              AND (r.channel IS NULL OR h.name = r.channel)
        ) a ON true
        -- each key has its index; only the first that is given is asked
        LEFT JOIN LATERAL (
            SELECT array_agg(q.id) AS ids FROM (
                SELECT p.id FROM campaign.prospect p
                WHERE p.workspace_id = v_workspace
                  AND p.id = CASE WHEN r.prospect_id ~ '^\d{1,18}$' THEN r.prospect_id::bigint END
                UNION ALL
                SELECT p.id FROM campaign.prospect p
                WHERE r.prospect_id IS NULL AND p.workspace_id = v_workspace
                  AND p.external_id = r.external_id AND p.source = COALESCE(r.source, '')
                UNION ALL
                SELECT p.id FROM campaign.prospect p
                WHERE r.prospect_id IS NULL AND r.external_id IS NULL AND p.workspace_id = v_workspace
                  AND lower(p.email) = r.email
                UNION ALL
                SELECT p.id FROM campaign.prospect p
                WHERE r.prospect_id IS NULL AND r.external_id IS NULL AND r.email IS NULL
                  AND p.workspace_id = v_workspace AND lower(p.linkedin_url) = r.linkedin_url
            ) q
        ) p ON true
    ), judged AS (
        SELECT f.*, CASE
            WHEN COALESCE(f.account_id, f.account) IS NULL THEN 'no account'
            WHEN f.accounts IS NULL THEN format('unknown account %L', "left"(COALESCE(f.account_id, f.account), 100))
            WHEN cardinality(f.accounts) > 1 THEN format('several accounts have the address %L; give channel or account_id', "left"(f.account, 100))
            WHEN COALESCE(f.prospect_id, f.external_id, f.email, f.linkedin_url) IS NULL
                THEN 'no prospect_id, external_id, email or linkedin_url'
            WHEN f.prospects IS NULL THEN format('unknown prospect %L', "left"(COALESCE(f.prospect_id, f.external_id, f.email, f.linkedin_url), 100))
            WHEN cardinality(f.prospects) > 1 THEN 'several prospects are meant; give prospect_id or external_id'
            WHEN f.state IS NULL THEN 'no state'
            WHEN f.state NOT IN ('none', 'pending', 'connected') THEN format('state %L is not none, pending or connected', "left"(f.state, 100))
            WHEN NOT isfinite(f.since) THEN 'since is not an instant'
            WHEN f.since > campaign.clock() THEN 'since is in the future'
        END AS fault
        FROM found f
    ), placed AS (
        SELECT j.line, j.fault, j.state, j.since, j.prospects[1] AS prospect, j.accounts[1] AS account,
            o.state AS old_state, o.since AS old_since,
            first_value(j.line) OVER (PARTITION BY j.fault IS NULL, j.prospects[1], j.accounts[1]
                ORDER BY j.since DESC, j.line) AS best
        FROM judged j
        LEFT JOIN campaign.relation o ON j.fault IS NULL AND o.workspace_id = v_workspace
            AND o.prospect_id = j.prospects[1] AND o.account_id = j.accounts[1]
    )
    SELECT jsonb_agg(jsonb_build_object('line', p.line, 'state', p.state, 'since', p.since,
        'prospect_id', p.prospect, 'account_id', p.account,
        'result', CASE WHEN p.fault IS NOT NULL THEN 'rejected' WHEN p.best <> p.line THEN 'duplicate'
            WHEN p.old_since IS NULL THEN 'inserted'
            WHEN p.old_since > p.since OR (p.old_since, p.old_state) = (p.since, p.state) THEN 'skipped' ELSE 'merged' END,
        'detail', CASE WHEN p.fault IS NOT NULL THEN p.fault
            WHEN p.best <> p.line THEN format('line %s is about the same two, and later', p.best)
            WHEN p.old_since > p.since THEN format('known as %s since a later instant', p.old_state) END))
    INTO v_plan
    FROM placed p;

    -- an acceptance that is found out this way counts as one that is reported (S1.22)
    INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n)
    SELECT v_workspace, a.campaign_id, a.step, (campaign.clock() AT TIME ZONE c.time_zone)::date, k.kind, count(*)
    FROM jsonb_to_recordset(v_plan) AS p(prospect_id bigint, account_id bigint, state text, result text)
    JOIN campaign.relation o ON o.workspace_id = v_workspace AND o.prospect_id = p.prospect_id AND o.account_id = p.account_id
        AND o.state = 'pending'
    JOIN campaign.action a ON a.workspace_id = v_workspace AND a.id = o.origin
    JOIN campaign.enrollment e ON e.workspace_id = v_workspace AND e.id = a.enrollment_id AND e.ended_at IS NULL
    JOIN campaign.campaign c ON c.workspace_id = v_workspace AND c.id = a.campaign_id
    CROSS JOIN LATERAL (VALUES ('accepted', true), ('accepted_noted', COALESCE(a.content #>> '{content,note}', '') <> '')) k(kind, counts)
    WHERE p.result = 'merged' AND p.state = 'connected' AND k.counts
    GROUP BY a.campaign_id, a.step, c.time_zone, k.kind;
    INSERT INTO campaign.relation AS o (workspace_id, prospect_id, account_id, state, since)
    SELECT v_workspace, p.prospect_id, p.account_id, p.state, p.since
    FROM jsonb_to_recordset(v_plan) AS p(prospect_id bigint, account_id bigint, state text, since timestamptz, result text)
    WHERE p.result IN ('inserted', 'merged')
    ON CONFLICT ON CONSTRAINT relation_pkey DO UPDATE SET state = EXCLUDED.state, since = EXCLUDED.since,
        origin = CASE WHEN EXCLUDED.state <> 'none' THEN o.origin END
        -- what was recorded meanwhile and is later stays
        WHERE EXCLUDED.since >= o.since;
    -- runs that wait for a relation are told, as by record_event()
    INSERT INTO campaign.inbox (workspace_id, kind, person, prospect_id, account_id, occurred_at, actor)
    SELECT v_workspace, CASE p.state WHEN 'connected' THEN 'connected' WHEN 'pending' THEN 'invited' ELSE 'disconnected' END,
        r.person_key, p.prospect_id, p.account_id, campaign.clock(), campaign.acting_name()
    FROM jsonb_to_recordset(v_plan) AS p(prospect_id bigint, account_id bigint, state text, result text)
    JOIN campaign.prospect r ON r.workspace_id = v_workspace AND r.id = p.prospect_id
    WHERE p.result IN ('inserted', 'merged')
      AND EXISTS (SELECT FROM campaign.enrollment e
                  WHERE e.workspace_id = v_workspace AND e.prospect_id = p.prospect_id AND e.ended_at IS NULL);
    PERFORM campaign.wake();
    RETURN QUERY SELECT p.line, p.result, p.prospect_id, p.account_id, p.detail
    FROM jsonb_to_recordset(v_plan) AS p(line bigint, result text, prospect_id bigint, account_id bigint, detail text)
    ORDER BY p.line;
END
$$;
COMMENT ON FUNCTION campaign.import_relation_batch(jsonb, bigint) IS
    'Internal, but called with the rights of the caller of import_relations(), which it checks: takes over one batch of rows';

CREATE FUNCTION campaign.import_relations(source regclass)
    RETURNS TABLE (line bigint, result text, prospect_id bigint, account_id bigint, detail text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_known text[] := '{account_id,account,address,channel,prospect_id,external_id,source,email,linkedin_url,state,since}';
    v_columns text[];
    v_item text;
    v_rows jsonb;
    v_first bigint := 0;
BEGIN
    SELECT array_agg(c.known_as), format('jsonb_build_object(%s)', string_agg(format('%L, %s',
        CASE c.known_as WHEN 'address' THEN 'account' ELSE c.known_as END,
        CASE WHEN c.known_as <> 'since' THEN c.expression
            WHEN c.type IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
                THEN format('s.%I::timestamptz', c.name)
            ELSE format('campaign.instant_or_infinity(%s)', c.expression) END), ', '))
    INTO v_columns, v_item
    FROM campaign.source_columns(source, v_known) c
    WHERE c.known_as IS NOT NULL;
    IF NOT COALESCE(v_columns && '{account_id,account,address}' AND v_columns @> '{state}'
        AND v_columns && '{prospect_id,external_id,email,linkedin_url}', false) THEN
        RAISE EXCEPTION '% does not have the columns of relations', source
            USING ERRCODE = 'undefined_column',
                DETAIL = format('What it has of them is %s.', COALESCE(NULLIF(array_to_string(v_columns, ', '), ''), 'nothing')),
                HINT = 'It takes account_id, or account (an address); prospect_id, external_id, email or linkedin_url; and state. It may have channel, source and since.';
    END IF;
    FOR v_rows IN EXECUTE campaign.source_query(source, v_item) LOOP
        RETURN QUERY SELECT b.line, b.result, b.prospect_id, b.account_id, b.detail
            FROM campaign.import_relation_batch(v_rows, v_first) b;
        v_first := v_first + jsonb_array_length(v_rows);
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.import_relations(regclass) IS
    'Takes over how accounts stand to prospects from the rows of a table with the columns account_id or account (an address), prospect_id, external_id, email or linkedin_url, state (none, pending, connected) and since; what is known since a later instant stays';
