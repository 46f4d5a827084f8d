-- Who may come into a campaign: what enroll(), enroll_list(), candidates() and explain() say of prospects,
-- all from one function, classify_prospects().
--
-- Two campaigns clash over a prospect by their modes (S2.40, D14):
--
--                    exclusive   exclusive_only   none
--   exclusive        clash       clash            -
--   exclusive_only   clash       -                -
--   none             -           -                -
--
-- An active run, also a paused one or one that waits over the cap, has in its column exclusion 0, minus
-- the id of its campaign, or the id. The unique index over (prospect, exclusion) so keeps a prospect in
-- one exclusive campaign, and once in each other one. Between exclusive and exclusive_only it serves as
-- a lock: see guard_exclusive_only() and exclusive_clashes().

CREATE FUNCTION campaign.exclusion_of(exclusivity text, campaign bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE $1 WHEN 'exclusive' THEN 0 WHEN 'exclusive_only' THEN -$2 ELSE $2 END
$$;
COMMENT ON FUNCTION campaign.exclusion_of(text, bigint) IS
    'Internal. What runs of a campaign of this mode have in their column exclusion';

-- B16: whoever was removed or archived comes back at once, whatever this says (S2.37).
CREATE FUNCTION campaign.reentry_of(settings jsonb) RETURNS interval
    LANGUAGE sql STABLE AS $$
    SELECT CASE COALESCE($1 ->> 'reentry', 'never')
        WHEN 'never' THEN NULL
        WHEN 'after_exit' THEN '0'::interval
        ELSE ($1 ->> 'reentry')::interval
    END
$$;
COMMENT ON FUNCTION campaign.reentry_of(jsonb) IS
    'Internal. How long after the end of a run the same prospect may begin another one; NULL = never';

-- What speaks against each prospect, for ids in order, each once. A function of one query without
-- settings of its own, so that it is planned as part of classify_prospects(), which knows how many
-- prospects there are. The suppression joins say what is_suppressed() says, for all at once. reentry:
-- how long after the end of a run another one may begin, NULL = never. others: whether campaigns of
-- mode exclusive_only are to be looked for.
CREATE FUNCTION campaign.judge_prospects(workspace bigint, campaign bigint, exclusivity text, others boolean,
    reentry interval, at timestamptz, prospects bigint[])
    RETURNS TABLE (prospect_id bigint, person text, run integer, result text, detail text)
    LANGUAGE sql STABLE AS $$
    SELECT u.id, p.person_key, COALESCE(r.run, 0) + 1,
        CASE
            WHEN p.id IS NULL OR p.removed_at IS NOT NULL THEN 'unknown_prospect'
            WHEN COALESCE(sp.id, se.id, sf.id, sd.id, sg.id, sl.id) IS NOT NULL THEN 'suppressed'
            WHEN (SELECT EXISTS (SELECT FROM campaign.suppression x WHERE x.workspace_id = $1 AND x.kind = 'erased'))
                AND campaign.was_erased($1, p.person_key, p.email, p.professional_email, p.linkedin_url) THEN 'suppressed'
            WHEN NOT p.opted_in AND NOT EXISTS (SELECT FROM campaign.step f
                WHERE f.workspace_id = $1 AND f.campaign_id = $2 AND f.kind = 'stage' AND f.content ->> 'phase' = 'candidates') THEN 'not_opted_in'
            WHEN r.is_active OR a.id IS NOT NULL OR o.prospect_id IS NOT NULL THEN 'already_in_campaign'
            WHEN r.end_kind NOT IN ('removed', 'archived') AND COALESCE(r.ended_at + $5 > $6, true) THEN 'reentry_refused'
            ELSE 'enrolled'
        END,
        CASE
            WHEN p.id IS NULL THEN pg_catalog.format('there is no prospect %s', u.id)
            WHEN p.removed_at IS NOT NULL THEN pg_catalog.format('removed at %s', p.removed_at)
            WHEN sp.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'person ' || sp.value, sp.reason)
            WHEN se.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'email ' || se.value, se.reason)
            WHEN sf.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'email ' || sf.value, sf.reason)
            WHEN sd.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'domain ' || sd.value, sd.reason)
            WHEN sg.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'domain ' || sg.value, sg.reason)
            WHEN sl.id IS NOT NULL THEN pg_catalog.concat_ws(': ', 'linkedin ' || sl.value, sl.reason)
            WHEN (SELECT EXISTS (SELECT FROM campaign.suppression x WHERE x.workspace_id = $1 AND x.kind = 'erased'))
                AND campaign.was_erased($1, p.person_key, p.email, p.professional_email, p.linkedin_url) THEN 'erased'
            WHEN NOT p.opted_in AND NOT EXISTS (SELECT FROM campaign.step f
                WHERE f.workspace_id = $1 AND f.campaign_id = $2 AND f.kind = 'stage' AND f.content ->> 'phase' = 'candidates') THEN NULL
            WHEN a.id IS NOT NULL OR o.prospect_id IS NOT NULL THEN (
                SELECT pg_catalog.format('in campaign %s "%s" since %s', c.id, c.name, COALESCE(a.started_at, o.started_at))
                FROM campaign.campaign c WHERE c.workspace_id = $1 AND c.id = COALESCE(a.campaign_id, o.campaign_id))
            WHEN r.is_active THEN 'in this campaign'
            WHEN r.end_kind NOT IN ('removed', 'archived') AND COALESCE(r.ended_at + $5 > $6, true) THEN
                pg_catalog.format('run %s ended as %s (%s) at %s', r.run, r.end_kind, r.code, r.ended_at)
                || CASE WHEN $5 IS NULL THEN '' ELSE pg_catalog.format('; another one may begin at %s', r.ended_at + $5) END
        END
    FROM pg_catalog.unnest($7) AS u(id)
    -- each looked up for itself, however many they are: the workspace may have a thousand times as many
    LEFT JOIN LATERAL (SELECT q.* FROM campaign.prospect q WHERE q.workspace_id = $1 AND q.id = u.id OFFSET 0) p ON true
    LEFT JOIN campaign.suppression sp ON sp.workspace_id = $1 AND sp.kind = 'person' AND sp.value = p.person_key
    LEFT JOIN campaign.suppression se ON se.workspace_id = $1 AND se.kind = 'email'
        AND se.value = pg_catalog.lower(p.email)
    LEFT JOIN campaign.suppression sf ON sf.workspace_id = $1 AND sf.kind = 'email'
        AND sf.value = pg_catalog.lower(p.professional_email)
    LEFT JOIN campaign.suppression sd ON sd.workspace_id = $1 AND sd.kind = 'domain'
        AND sd.value = pg_catalog.lower(pg_catalog.split_part(p.email, '@', 2))
    LEFT JOIN campaign.suppression sg ON sg.workspace_id = $1 AND sg.kind = 'domain'
        AND sg.value = pg_catalog.lower(pg_catalog.split_part(p.professional_email, '@', 2))
    LEFT JOIN campaign.suppression sl ON sl.workspace_id = $1 AND sl.kind = 'linkedin'
        AND sl.value = pg_catalog.lower(p.linkedin_url)
    -- in an exclusive campaign
    LEFT JOIN LATERAL (
        SELECT e.id, e.campaign_id, e.started_at FROM campaign.enrollment e
        WHERE $3 <> 'none' AND e.workspace_id = $1 AND e.prospect_id = u.id AND e.exclusion = 0 AND e.ended_at IS NULL OFFSET 0
    ) a ON true
    -- in campaigns that clash with exclusive ones alone
    LEFT JOIN LATERAL (
        SELECT e.prospect_id, e.campaign_id, e.started_at FROM campaign.enrollment e
        WHERE $4 AND $3 = 'exclusive' AND e.workspace_id = $1 AND e.prospect_id = u.id AND e.exclusion < 0 AND e.ended_at IS NULL
        ORDER BY e.exclusion DESC LIMIT 1
    ) o ON true
    -- the last time in this campaign
    LEFT JOIN LATERAL (
        SELECT e.run, e.end_kind, e.code, e.ended_at, e.ended_at IS NULL AS is_active FROM campaign.enrollment e
        WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.prospect_id = u.id
        ORDER BY e.run DESC LIMIT 1
    ) r ON true
$$;
COMMENT ON FUNCTION campaign.judge_prospects(bigint, bigint, text, boolean, interval, timestamptz, bigint[]) IS
    'Internal. What is to be said of each of these before entry condition and cap: enrolled, or a refusal code and what it is about';

-- Where many rows came in since the last ANALYZE, the planner takes a table for small and looks
-- through all of it for each prospect; a hash table costs the same whatever was expected. Callers have
-- the setting among their own, so that it ends with them.
CREATE FUNCTION campaign.plan_for(number integer) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $1 > 1000 THEN
        PERFORM set_config('enable_nestloop', 'off', true);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.plan_for(integer) IS
    'Internal. Has the statements that follow planned for so many prospects, whatever the statistics of the tables say';

-- As far as this transaction sees: the rounds have the last word (src/engine/admit.h). Nobody passes by
-- those who wait already.
CREATE FUNCTION campaign.free_places(c campaign.campaign) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF c.settings ? 'cohort_size' THEN
        -- a slot lets them in, and knows the cap
        RETURN 9223372036854775807;
    ELSIF EXISTS (SELECT FROM campaign.enrollment e
               WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.status = 'blocked') THEN
        RETURN 0;
    END IF;
    RETURN GREATEST(0, campaign.active_cap_of(c.settings) - COALESCE((
        SELECT sum(k.n) FROM campaign.counter k
        WHERE k.workspace_id = c.workspace_id AND k.campaign_id = c.id AND k.kind = 'place'), 0));
END
$$;
COMMENT ON FUNCTION campaign.free_places(campaign.campaign) IS
    'Internal. How many may come into a campaign at once before its cap is reached (S2.24)';

-- check_entry: an entry condition is asked about, in the state of now (D17).
CREATE FUNCTION campaign.classify_prospects(c campaign.campaign, prospects bigint[], at timestamptz, check_entry boolean DEFAULT false)
    RETURNS TABLE (prospect_id bigint, person text, run integer, result text, detail text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off SET enable_nestloop = on AS $$
#variable_conflict use_column
DECLARE
    cohort text := c.settings ->> 'cohort_size';
    others boolean := EXISTS (SELECT FROM campaign.campaign x
        WHERE x.workspace_id = c.workspace_id AND x.exclusivity = 'exclusive_only');
    only_if jsonb := CASE WHEN $4 THEN c.definition -> 0 -> 'only_if' END;
    room bigint := campaign.free_places(c);
    is_short boolean := room < cardinality($2);
BEGIN
    PERFORM campaign.plan_for(cardinality($2));
    RETURN QUERY
        WITH judged AS MATERIALIZED (
            SELECT * FROM campaign.judge_prospects(c.workspace_id, c.id, c.exclusivity, others,
                campaign.reentry_of(c.settings), $3, $2)
        ), failing AS MATERIALIZED (
            SELECT a.prospect_id
            FROM campaign.entry_allows(c.workspace_id, c.id, (SELECT array_agg(k.prospect_id) FROM judged k
                                                    WHERE only_if IS NOT NULL AND k.result = 'enrolled')) a
            WHERE NOT a.allowed
        ), cut AS MATERIALIZED (
            -- the first for whom there is no place
            SELECT k.prospect_id
            FROM judged k
            WHERE is_short AND k.result = 'enrolled' AND k.prospect_id NOT IN (SELECT f.prospect_id FROM failing f)
            ORDER BY k.prospect_id OFFSET room LIMIT 1
        )
        SELECT j.prospect_id, j.person, j.run,
            CASE
                WHEN f.prospect_id IS NOT NULL THEN 'not_eligible'
                WHEN j.result = 'enrolled' AND j.prospect_id >= (SELECT t.prospect_id FROM cut t) THEN 'over_cap'
                ELSE j.result
            END,
            CASE
                WHEN f.prospect_id IS NOT NULL THEN format('only_if %s', only_if)
                WHEN j.result = 'enrolled' AND j.prospect_id >= (SELECT t.prospect_id FROM cut t) THEN
                    format('waits for one of %s places', campaign.active_cap_of(c.settings))
                WHEN j.result = 'enrolled' AND cohort IS NOT NULL THEN format('waits for a slot, which lets in %s', cohort)
                ELSE j.detail
            END
        FROM judged j
        LEFT JOIN failing f ON f.prospect_id = j.prospect_id;
END
$$;
COMMENT ON FUNCTION campaign.classify_prospects(campaign.campaign, bigint[], timestamptz, boolean) IS
    'Internal. What enrolling each of these says: enrolled, over_cap, not_eligible (the entry condition does not hold), or a refusal code and what it is about; for ids in order, each once';

-- Whoever comes into a campaign of mode exclusive_only takes the place of an exclusive run for a moment,
-- in the same unique index: who enrols them into an exclusive campaign waits for us, or we for him. The
-- rows are gone with this call, but hold that place until the transaction ends. Having waited, the
-- other one looks for us by exclusive_clashes().
CREATE FUNCTION campaign.guard_exclusive_only(c campaign.campaign, prospects bigint[], at timestamptz) RETURNS SETOF bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    guards bigint[];
BEGIN
    SELECT array_agg(campaign.new_id('campaign.enrollment_id_seq')) INTO guards FROM generate_series(1, cardinality($2));
    INSERT INTO campaign.enrollment (workspace_id, id, campaign_id, prospect_id, exclusion, base_at, step_at, started_at)
    SELECT c.workspace_id, v.id, c.id, v.prospect_id, 0, $3, $3, $3 FROM unnest(guards, $2) AS v(id, prospect_id)
    ON CONFLICT (workspace_id, prospect_id, exclusion) WHERE ended_at IS NULL DO NOTHING;
    RETURN QUERY
        SELECT v.prospect_id FROM unnest(guards, $2) AS v(id, prospect_id)
        WHERE NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.workspace_id = c.workspace_id AND e.id = v.id);
    DELETE FROM campaign.enrollment e WHERE e.workspace_id = c.workspace_id AND e.id = ANY (guards);
END
$$;
COMMENT ON FUNCTION campaign.guard_exclusive_only(campaign.campaign, bigint[], timestamptz) IS
    'Internal. Keeps these prospects out of exclusive campaigns until the transaction ends; returns those that are in one';

CREATE FUNCTION campaign.exclusive_clashes(workspace bigint, prospects bigint[]) RETURNS bigint[]
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_exclusive_clashes';
COMMENT ON FUNCTION campaign.exclusive_clashes(bigint, bigint[]) IS
    'Internal. Those of the prospects that are in a campaign of mode exclusive_only by now, whatever the isolation level of the transaction';
