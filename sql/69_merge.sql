-- Prospects that turn out to be the same. Import finds those that share a key; this is for the others, later.

-- What the others have and the one who stays has not.
CREATE FUNCTION campaign.fill_prospect(workspace bigint, keep bigint, others bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    o campaign.prospect;
BEGIN
    FOR o IN SELECT p.* FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.id = ANY ($3) ORDER BY p.id LOOP
        UPDATE campaign.prospect k
        SET person = COALESCE(k.person, k.person_key), email = COALESCE(k.email, o.email),
            professional_email = COALESCE(k.professional_email, o.professional_email), phone = COALESCE(k.phone, o.phone),
            linkedin_url = COALESCE(k.linkedin_url, o.linkedin_url), first_name = COALESCE(k.first_name, o.first_name),
            last_name = COALESCE(k.last_name, o.last_name), company = COALESCE(k.company, o.company),
            job_title = COALESCE(k.job_title, o.job_title), country = COALESCE(k.country, o.country),
            time_zone = COALESCE(k.time_zone, o.time_zone), attributes = o.attributes || k.attributes,
            opted_in = k.opted_in AND o.opted_in
        WHERE k.workspace_id = $1 AND k.id = $2;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.fill_prospect(bigint, bigint, bigint[]) IS
    'Internal. Gives a prospect what is empty in it and is known of others; who he is stays, so that what waits for him finds him';

-- Their runs become his, in order of their begin: who was treated before stays so, whoever he is now. What
-- was logged of them keeps their ids.
CREATE FUNCTION campaign.move_runs(workspace bigint, keep bigint, others bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    WITH runs AS (
        SELECT e.id, row_number() OVER (PARTITION BY e.campaign_id ORDER BY e.started_at, e.id) AS run
        FROM campaign.campaign c
        CROSS JOIN LATERAL (SELECT r.id, r.campaign_id, r.started_at FROM campaign.enrollment r
            WHERE r.workspace_id = $1 AND r.campaign_id = c.id AND r.prospect_id = ANY ($2 || $3) OFFSET 0) e
        WHERE c.workspace_id = $1
    )
    UPDATE campaign.enrollment e SET prospect_id = $2, run = r.run
    FROM runs r WHERE e.workspace_id = $1 AND e.id = r.id AND (e.prospect_id <> $2 OR e.run <> r.run);
END
$$;
COMMENT ON FUNCTION campaign.move_runs(bigint, bigint, bigint[]) IS
    'Internal. Makes the runs of these prospects those of one, numbered anew in each campaign';

CREATE FUNCTION campaign.move_belongings(workspace bigint, keep bigint, others bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    -- the closer relation counts
    INSERT INTO campaign.relation AS k (workspace_id, prospect_id, account_id, state, since, origin)
    SELECT DISTINCT ON (r.account_id) $1, $2, r.account_id, r.state, r.since, r.origin
    FROM campaign.relation r WHERE r.workspace_id = $1 AND r.prospect_id = ANY ($3)
    ORDER BY r.account_id, array_position('{connected,pending,none}', r.state), r.since
    ON CONFLICT (workspace_id, prospect_id, account_id) DO UPDATE
    SET state = EXCLUDED.state, since = EXCLUDED.since, origin = EXCLUDED.origin
    WHERE array_position('{connected,pending,none}', EXCLUDED.state) < array_position('{connected,pending,none}', k.state);
    DELETE FROM campaign.relation r WHERE r.workspace_id = $1 AND r.prospect_id = ANY ($3);
    -- what services call him: one name is as good as another, if he has none yet
    INSERT INTO campaign.contact_value (workspace_id, prospect_id, account_id, name, value)
    SELECT DISTINCT ON (v.account_id, v.name) $1, $2, v.account_id, v.name, v.value
    FROM campaign.contact_value v WHERE v.workspace_id = $1 AND v.prospect_id = ANY ($3)
    ORDER BY v.account_id, v.name, v.prospect_id
    ON CONFLICT DO NOTHING;
    DELETE FROM campaign.contact_value v WHERE v.workspace_id = $1 AND v.prospect_id = ANY ($3);
    INSERT INTO campaign.list_prospect (workspace_id, list_id, prospect_id)
    SELECT DISTINCT $1, l.list_id, $2 FROM campaign.list_prospect l WHERE l.workspace_id = $1 AND l.prospect_id = ANY ($3)
    ON CONFLICT DO NOTHING;
    DELETE FROM campaign.list_prospect l WHERE l.workspace_id = $1 AND l.prospect_id = ANY ($3);
    INSERT INTO campaign.audience_prospect (workspace_id, audience_id, prospect_id)
    SELECT DISTINCT $1, m.audience_id, $2 FROM campaign.audience a
    JOIN campaign.audience_prospect m ON m.workspace_id = $1 AND m.audience_id = a.id AND m.prospect_id = ANY ($3)
    WHERE a.workspace_id = $1
    ON CONFLICT DO NOTHING;
    DELETE FROM campaign.audience_prospect m USING campaign.audience a
    WHERE a.workspace_id = $1 AND m.workspace_id = $1 AND m.audience_id = a.id AND m.prospect_id = ANY ($3);
    UPDATE campaign.agreement a SET prospect_id = $2 WHERE a.workspace_id = $1 AND a.prospect_id = ANY ($3);
END
$$;
COMMENT ON FUNCTION campaign.move_belongings(bigint, bigint, bigint[]) IS
    'Internal. Makes relations, what services call them, lists, audiences and agreements of these prospects those of one';

-- An opt-out of one of them was that of the same person.
CREATE FUNCTION campaign.keep_opt_outs(workspace bigint, keep bigint, others bigint[]) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO campaign.suppression (workspace_id, kind, value, reason, created_at)
    SELECT workspace, 'person', k.person_key, format('merged with prospect %s', min(o.id)), campaign.clock()
    FROM campaign.prospect o
    JOIN campaign.prospect k ON k.workspace_id = workspace AND k.id = keep
    WHERE o.workspace_id = workspace AND o.id = ANY (others)
      AND campaign.is_suppressed(workspace, o.person_key, o.email, NULL, o.linkedin_url)
    GROUP BY k.person_key
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION campaign.keep_opt_outs(bigint, bigint, bigint[]) IS
    'Internal. Puts the person of a prospect on the stop list if one of the others is on it';

CREATE FUNCTION campaign.merge_prospects(keep bigint, others bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    merged bigint[] := campaign.sorted_ids(array_remove($2, $1));
    missing text;
    runs bigint[];
BEGIN
    SELECT string_agg(COALESCE(v.id::text, 'NULL'), ', ' ORDER BY v.id) INTO missing
    FROM unnest($1 || COALESCE(merged, '{}')) AS v(id)
    WHERE NOT EXISTS (SELECT FROM campaign.prospect p WHERE p.workspace_id = workspace AND p.id = v.id AND p.removed_at IS NULL);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'no such prospects: %', missing
            USING ERRCODE = 'undefined_object', DETAIL = 'They are not in the current workspace, or were removed.',
                HINT = 'prospect_id(external_id) finds the id of a prospect.';
    ELSIF merged IS NULL THEN
        RETURN 0;
    END IF;
    -- as a stop does: nothing is started for any of them meanwhile
    PERFORM campaign.lock_persons(workspace, ARRAY(SELECT DISTINCT p.person_key FROM campaign.prospect p
        WHERE p.workspace_id = workspace AND p.id = ANY ($1 || merged)));
    SELECT array_agg(e.id ORDER BY e.id) INTO runs FROM campaign.enrollment e
    WHERE e.workspace_id = workspace AND e.prospect_id = ANY (merged) AND e.ended_at IS NULL;
    IF runs IS NOT NULL THEN
        PERFORM campaign.leave_enrollments(workspace, runs, 'removed', 'merged');
    END IF;
    PERFORM campaign.keep_opt_outs(workspace, $1, merged);
    PERFORM campaign.fill_prospect(workspace, $1, merged);
    PERFORM campaign.move_runs(workspace, $1, merged);
    PERFORM campaign.move_belongings(workspace, $1, merged);
    PERFORM campaign.move_work(workspace, $1, merged);
    UPDATE campaign.prospect p SET merged_into = $1, removed_at = COALESCE(p.removed_at, campaign.clock())
    WHERE p.workspace_id = workspace AND (p.id = ANY (merged) OR p.merged_into = ANY (merged));
    PERFORM campaign.note_event(workspace, 'merged', detail => jsonb_build_object('others', merged), prospect => $1);
    RETURN cardinality(merged);
END
$$;
COMMENT ON FUNCTION campaign.merge_prospects(bigint, bigint[]) IS
    'Makes several prospects one: keep has what was empty in it, the runs, relations, lists and agreements of the others, which are removed and lead to it; runs of theirs that were under way leave as removed, code merged; how many were merged';
