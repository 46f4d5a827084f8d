-- Looking at audiences, and admitting whom they find (S3.8). A look writes what has changed since the last
-- one and nothing else: a million rows of a source of which ten are new make ten prospects and ten runs.

-- How a source differs from the prospects that it made: several of these, each with a part of the rows.
CREATE TYPE campaign.audience_difference AS (
    added campaign.import_row[],
    changed campaign.import_row[],
    joined bigint[],
    gone bigint[],
    rejected bigint,
    rejected_detail text
);
COMMENT ON TYPE campaign.audience_difference IS
    'Internal. How a source differs from what was made of it: rows without a prospect, prospects whose mapped columns differ, prospects that match again, and those that do not match any more';

-- Parts of 5,000 rows; the last one has all that are only ids.
CREATE FUNCTION campaign.difference_query(a campaign.audience) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $query$
DECLARE
    differs text;
BEGIN
    SELECT COALESCE(string_agg(CASE n.name
        WHEN 'opted_in' THEN 'p.opted_in AND r.opted_in = false'
        ELSE format('p.%1$I IS DISTINCT FROM r.%1$I', n.name) END, ' OR '), 'false') INTO differs
    FROM unnest(campaign.audience_columns()) AS n(name) WHERE a.columns ? n.name;
    RETURN format($sql$
        WITH compared AS MATERIALIZED (
            SELECT r.*, p.id AS known, COALESCE(p.merged_into, p.id) AS target, COALESCE(%1$s, true) AS differs
            FROM (
                SELECT s.*, campaign.yes_or_no(s.opted_in_text) AS opted_in
                FROM campaign.read_source($3, $4) AS s(external_id text, person text, email text, professional_email text,
                    phone text, linkedin_url text, first_name text, last_name text, company text, job_title text, country text,
                    time_zone text, opted_in_text text)
            ) r
            LEFT JOIN campaign.prospect p ON p.workspace_id = $1 AND p.source = $5 AND p.external_id = r.external_id
        ), judged AS MATERIALIZED (
            SELECT c.*, campaign.import_fault(ROW(NULL, NULL, NULL, NULL, c.external_id, $5, c.person, c.email,
                c.professional_email, c.phone, c.linkedin_url, c.first_name, c.last_name, c.company, c.job_title, c.country,
                c.time_zone, c.opted_in, '{}')::campaign.import_row, c.opted_in_text,
                CASE WHEN c.time_zone IS NOT NULL THEN c.time_zone IN (SELECT z.name FROM pg_timezone_names z) END) AS fault
            FROM compared c
            WHERE c.known IS NULL AND c.external_id IS NOT NULL OR c.differs AND c.known = c.target
        ), parts AS (
            SELECT g.is_new, array_agg(ROW(NULL, NULL, COALESCE(g.known, campaign.new_id('campaign.prospect_id_seq')), NULL,
                g.external_id, $5, g.person, g.email, g.professional_email, g.phone, g.linkedin_url, g.first_name, g.last_name,
                g.company, g.job_title, g.country, g.time_zone, g.opted_in, '{}')::campaign.import_row) AS rows
            FROM (SELECT j.*, j.known IS NULL AS is_new, (row_number() OVER () - 1) / 5000 AS part FROM judged j WHERE j.fault IS NULL) g
            GROUP BY g.part, g.is_new
        ), joined AS (
            SELECT c.target FROM compared c
            LEFT JOIN campaign.audience_prospect m ON m.workspace_id = $1 AND m.audience_id = $2 AND m.prospect_id = c.target
            WHERE c.known IS NOT NULL AND m.prospect_id IS NULL
        ), gone AS (
            SELECT m.prospect_id FROM campaign.audience_prospect m
            LEFT JOIN compared c ON c.target = m.prospect_id
            WHERE m.workspace_id = $1 AND m.audience_id = $2 AND c.target IS NULL
        )
        SELECT CASE WHEN p.is_new THEN p.rows END, CASE WHEN NOT p.is_new THEN p.rows END, NULL::bigint[], NULL::bigint[], 0::bigint, NULL::text
        FROM parts p
        UNION ALL
        SELECT NULL, NULL,
            (SELECT array_agg(j.target ORDER BY j.target) FROM joined j),
            (SELECT array_agg(g.prospect_id ORDER BY g.prospect_id) FROM gone g),
            (SELECT count(*) FROM judged j WHERE j.fault IS NOT NULL) + (SELECT count(*) FROM compared c WHERE c.external_id IS NULL),
            COALESCE((SELECT format('%%s: %%s', j.external_id, j.fault) FROM judged j WHERE j.fault IS NOT NULL LIMIT 1),
                (SELECT 'a row without a key' FROM compared c WHERE c.external_id IS NULL LIMIT 1))
        $sql$, differs);
END
$query$;
COMMENT ON FUNCTION campaign.difference_query(campaign.audience) IS
    'Internal. The statement that reads a source and says how it differs from what was made of it';

CREATE FUNCTION campaign.apply_difference(a campaign.audience, d campaign.audience_difference) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    assignments text;
BEGIN
    IF d.added IS NOT NULL THEN
        INSERT INTO campaign.prospect (workspace_id, id, external_id, source, person, email, professional_email, phone,
            linkedin_url, first_name, last_name, company, job_title, country, time_zone, opted_in)
        SELECT a.workspace_id, r.prospect_id, r.external_id, r.source, r.person, r.email, r.professional_email, r.phone,
            r.linkedin_url, r.first_name, r.last_name, r.company, r.job_title, r.country, r.time_zone, COALESCE(r.opted_in, true)
        FROM unnest(d.added) r;
        INSERT INTO campaign.audience_prospect (workspace_id, audience_id, prospect_id)
        SELECT a.workspace_id, a.id, r.prospect_id FROM unnest(d.added) r;
    END IF;
    IF d.changed IS NOT NULL THEN
        -- nobody is opted in again by a source
        SELECT string_agg(CASE n.name WHEN 'opted_in' THEN 'opted_in = p.opted_in AND COALESCE(r.opted_in, true)'
            ELSE format('%1$I = r.%1$I', n.name) END, ', ') INTO assignments
        FROM unnest(campaign.audience_columns()) AS n(name) WHERE a.columns ? n.name;
        EXECUTE format('UPDATE campaign.prospect p SET %s FROM unnest($2) r WHERE p.workspace_id = $1 AND p.id = r.prospect_id', assignments)
        USING a.workspace_id, d.changed;
    END IF;
    IF d.joined IS NOT NULL THEN
        INSERT INTO campaign.audience_prospect (workspace_id, audience_id, prospect_id)
        SELECT a.workspace_id, a.id, j.id FROM unnest(d.joined) AS j(id) ON CONFLICT DO NOTHING;
    END IF;
    IF d.gone IS NOT NULL THEN
        DELETE FROM campaign.audience_prospect m
        WHERE m.workspace_id = a.workspace_id AND m.audience_id = a.id AND m.prospect_id = ANY (d.gone);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.apply_difference(campaign.audience, campaign.audience_difference) IS
    'Internal. Makes prospects and membership what the source says; writes only what differs';

-- Memory for a million rows; where few are expected, indexes find them. Statistics of tables that have just
-- grown do not count.
CREATE FUNCTION campaign.take_over_source(a campaign.audience, at timestamptz, OUT rejected bigint, OUT rejected_detail text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
    SET work_mem = '64MB' SET enable_nestloop = off AS $$
DECLARE
    reader oid := campaign.audience_reader(a);
    query text := campaign.audience_query(a, $2);
    d campaign.audience_difference;
BEGIN
    IF a.matching < 1000 THEN
        PERFORM set_config('enable_nestloop', 'on', true), set_config('enable_seqscan', 'off', true);
    END IF;
    FOR d IN EXECUTE campaign.difference_query(a) USING a.workspace_id, a.id, reader, query, a.prospect_source LOOP
        PERFORM campaign.apply_difference(a, d);
        rejected := d.rejected;
        rejected_detail := d.rejected_detail;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.take_over_source(campaign.audience, timestamptz) IS
    'Internal. Makes prospects and membership what the source says now, and writes only what differs';

-- Who matches and is not suppressed: of a source, as it was read last.
CREATE FUNCTION campaign.audience_matching(a campaign.audience, at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF a.source IS NOT NULL THEN
        RETURN format('SELECT m.prospect_id AS id FROM campaign.audience_prospect m WHERE m.workspace_id = %s AND m.audience_id = %s',
            a.workspace_id, a.id);
    END IF;
    RETURN format('SELECT p.id FROM campaign.prospect p WHERE p.workspace_id = %s AND p.removed_at IS NULL AND %s',
        a.workspace_id, campaign.audience_condition(a, $2));
END
$$;
COMMENT ON FUNCTION campaign.audience_matching(campaign.audience, timestamptz) IS
    'Internal. The statement that finds the ids of those who match';

CREATE FUNCTION campaign.count_matching(a campaign.audience, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    n bigint;
    matching text := campaign.audience_matching(a, $2);
BEGIN
    IF NOT EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = a.workspace_id) THEN
        EXECUTE format('SELECT count(*) FROM (%s) m', matching) INTO n;
        RETURN n;
    END IF;
    EXECUTE format($sql$
        SELECT count(*) FROM (%s) m
        JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = m.id
        WHERE NOT EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = $1 AND s.kind = 'person' AND s.value = p.person_key)
          AND NOT EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = $1 AND s.kind = 'email' AND s.value = lower(p.email))
          AND NOT EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = $1 AND s.kind = 'email' AND s.value = lower(p.professional_email))
          AND NOT EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = $1 AND s.kind = 'domain' AND s.value = lower(split_part(p.email, '@', 2)))
          AND NOT EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = $1 AND s.kind = 'domain' AND s.value = lower(split_part(p.professional_email, '@', 2)))
          AND NOT EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = $1 AND s.kind = 'linkedin' AND s.value = lower(p.linkedin_url))
        $sql$, matching) INTO n USING a.workspace_id;
    RETURN n;
END
$$;
COMMENT ON FUNCTION campaign.count_matching(campaign.audience, timestamptz) IS
    'Internal. How many match an audience and are not suppressed (D10)';

-- D15, S3.3, S3.4
CREATE FUNCTION campaign.untreated(workspace bigint, prospects bigint[], included boolean) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    result bigint[];
BEGIN
    PERFORM campaign.plan_for(cardinality($2));
    IF $3 THEN
        SELECT array_agg(v.id ORDER BY v.id) INTO result FROM unnest($2) AS v(id)
        WHERE NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.workspace_id = $1 AND e.prospect_id = v.id AND e.ended_at IS NULL);
        RETURN result;
    ELSIF cardinality($2) > 1000 THEN
        SELECT array_agg(v.id ORDER BY v.id) INTO result FROM unnest($2) AS v(id)
        WHERE NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.workspace_id = $1 AND e.prospect_id = v.id);
    ELSE
        -- no index leads from a prospect to runs that are over but through their campaigns
        SELECT array_agg(v.id ORDER BY v.id) INTO result FROM unnest($2) AS v(id)
        WHERE NOT EXISTS (SELECT FROM campaign.campaign c
            CROSS JOIN LATERAL (SELECT FROM campaign.enrollment e
                WHERE e.workspace_id = $1 AND e.campaign_id = c.id AND e.prospect_id = v.id OFFSET 0) r
            WHERE c.workspace_id = $1);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION campaign.untreated(bigint, bigint[], boolean) IS
    'Internal. Those of the prospects, in order, who were never in a campaign of the workspace; with included, who are in none now (D15)';

CREATE FUNCTION campaign.audience_candidates(c campaign.campaign, a campaign.audience, at timestamptz, matching bigint[] DEFAULT NULL) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    included boolean := COALESCE((c.settings ->> 'include_previously_treated')::boolean, false);
    found bigint[];
BEGIN
    -- first whoever has been here, which an index knows of each, so that little is left for the other look
    EXECUTE format($sql$
        SELECT array_agg(m.id ORDER BY m.id) FROM (%s) m
        WHERE NOT EXISTS (SELECT FROM campaign.enrollment e
            WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.prospect_id = m.id
              AND (NOT $3 OR e.ended_at IS NULL OR $4 AND e.end_kind NOT IN ('removed', 'archived')))
        $sql$, CASE WHEN $4 IS NULL THEN campaign.audience_matching(a, $3) ELSE 'SELECT u.id FROM unnest($5) u(id)' END)
    INTO found USING c.workspace_id, c.id, included, campaign.reentry_of(c.settings) IS NULL, $4;
    IF found IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN campaign.untreated(c.workspace_id, found, included);
END
$$;
COMMENT ON FUNCTION campaign.audience_candidates(campaign.campaign, campaign.audience, timestamptz, bigint[]) IS
    'Internal. Who matches the audience now and was not treated before, in order (S3.3, S3.4); matching: who does, where that is known';

-- D17: whoever does not meet the entry condition is passed over, and asked again at the next look.
CREATE FUNCTION campaign.eligible(c campaign.campaign, prospects bigint[], at timestamptz) RETURNS bigint[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(j.prospect_id ORDER BY j.prospect_id)
    FROM campaign.classify_prospects(c, prospects, at, true) j
    WHERE j.result IN ('enrolled', 'over_cap')
$$;
COMMENT ON FUNCTION campaign.eligible(campaign.campaign, bigint[], timestamptz) IS
    'Internal. Those of the prospects whom enrolling would take, and who meet the entry condition';

CREATE FUNCTION campaign.audience_newcomers(workspace bigint, campaign bigint, max_rows integer) RETURNS SETOF bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    c campaign.campaign := campaign.read_campaign($1, $2);
    now timestamptz := campaign.clock();
    found bigint[];
    good bigint[];
    first integer := 1;
    portion integer := GREATEST(200, 2 * max_rows);
    left_over integer := max_rows;
BEGIN
    IF c.audience_id IS NULL OR max_rows < 1 THEN
        RETURN;
    END IF;
    found := campaign.audience_candidates(c, campaign.read_audience($1, c.audience_id), now);
    WHILE left_over > 0 AND first <= cardinality(found) LOOP
        good := (campaign.eligible(c, found[first : first + portion - 1], now))[1 : left_over];
        RETURN QUERY SELECT g.id FROM unnest(good) AS g(id);
        left_over := left_over - COALESCE(cardinality(good), 0);
        first := first + portion;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.audience_newcomers(bigint, bigint, integer) IS
    'Internal. At most so many prospects whom the audience of a campaign would bring in now, in order of their ids: whom enrolling takes, who meet the entry condition, and were not treated before';

-- The campaign is locked, see enroll().
CREATE FUNCTION campaign.admit_audience(c campaign.campaign, a campaign.audience, at timestamptz, actor text)
    RETURNS TABLE (prospect_id bigint, enrollment_id bigint, result text, detail text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found bigint[] := campaign.audience_candidates(c, a, $3);
BEGIN
    IF c.definition -> 0 ? 'only_if' THEN
        found := campaign.eligible(c, found, $3);
    END IF;
    IF found IS NOT NULL THEN
        RETURN QUERY SELECT * FROM campaign.take_in(c, found, NULL, $3, $4);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.admit_audience(campaign.campaign, campaign.audience, timestamptz, text) IS
    'Internal. Takes in whom an audience finds; result as of enroll()';
