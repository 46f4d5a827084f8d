-- Erasure of a person on request (B19): rows stay, so that counts do, and nothing in them says who it was.

-- What the system noted itself is kept as far as it says nothing about anybody: numbers, flags, codes.
CREATE FUNCTION campaign.impersonal(detail jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_object_agg(d.key, d.value) FROM jsonb_each(CASE jsonb_typeof($1) WHEN 'object' THEN $1 END) d
    WHERE jsonb_typeof(d.value) IN ('number', 'boolean')
       OR d.key IN ('end', 'code', 'reason', 'status', 'bucket', 'type', 'way', 'revision', 'campaign', 'account', 'stage', 'from', 'to', 'result')
$$;
COMMENT ON FUNCTION campaign.impersonal(jsonb) IS 'Internal. Of the detail of an event, what is left when its person is erased';

CREATE FUNCTION campaign.scrub_log(workspace bigint, prospects bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    UPDATE campaign.event v
    SET detail = CASE WHEN k.reported THEN (SELECT jsonb_object_agg(d.key, d.value) FROM jsonb_each(v.detail) d WHERE jsonb_typeof(d.value) = 'number')
            ELSE campaign.impersonal(v.detail) END
    FROM (SELECT n.name, bool_or(n.reported) AS reported FROM campaign.event_kind n GROUP BY n.name) k
    WHERE v.workspace_id = $1 AND v.prospect_id = ANY ($2) AND v.detail IS NOT NULL AND k.name = v.kind;
    -- kinds that nobody has listed were reported from outside
    UPDATE campaign.event v SET detail = NULL
    WHERE v.workspace_id = $1 AND v.prospect_id = ANY ($2) AND v.detail IS NOT NULL
      AND NOT EXISTS (SELECT FROM campaign.event_kind k WHERE k.name = v.kind);
    -- what was reported and not yet applied is not needed any more; what actions came to still is
    DELETE FROM campaign.inbox i WHERE i.workspace_id = $1 AND i.prospect_id = ANY ($2) AND i.outcome IS NULL;
    UPDATE campaign.ingested r SET body = '' WHERE r.workspace_id = $1 AND r.prospects && $2 AND r.body <> '';
    UPDATE campaign.inbox i SET person = i.prospect_id::text, detail = NULL WHERE i.workspace_id = $1 AND i.prospect_id = ANY ($2);
END
$$;
COMMENT ON FUNCTION campaign.scrub_log(bigint, bigint[]) IS
    'Internal. Takes what is personal out of the events of these prospects, and out of what was reported of them';

CREATE FUNCTION campaign.scrub_attempts(workspace bigint, prospects bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    UPDATE campaign.enrollment e SET payload = NULL, held_detail = NULL
    WHERE e.workspace_id = $1 AND e.prospect_id = ANY ($2);
    -- what is under way may have to be said a second time, with the same bytes: it comes later
    UPDATE campaign.action a SET content = NULL, outcome = NULL
    WHERE a.workspace_id = $1 AND a.prospect_id = ANY ($2) AND a.state <> 'processing' AND (a.content IS NOT NULL OR a.outcome IS NOT NULL);
    UPDATE campaign.exchange x SET request = NULL, results = '{}' FROM campaign.action a
    WHERE a.workspace_id = $1 AND a.prospect_id = ANY ($2) AND a.state <> 'processing' AND x.workspace_id = $1 AND x.action_id = a.id;
    DELETE FROM campaign.contact_value v WHERE v.workspace_id = $1 AND v.prospect_id = ANY ($2);
    DELETE FROM campaign.learned l WHERE l.workspace_id = $1 AND l.prospect_id = ANY ($2);
    UPDATE campaign.side_action s SET content = NULL WHERE s.workspace_id = $1 AND s.prospect_id = ANY ($2);
    UPDATE campaign.test_send t SET content = '{}', outcome = NULL WHERE t.workspace_id = $1 AND t.prospect_id = ANY ($2);
    UPDATE campaign.outbox o SET content = '{}' WHERE o.workspace_id = $1 AND o.prospect_id = ANY ($2);
    DELETE FROM campaign.letter l WHERE l.workspace_id = $1 AND l.prospect_id = ANY ($2);
    UPDATE campaign.submission s SET content = NULL, url = NULL, note = NULL WHERE s.workspace_id = $1 AND s.prospect_id = ANY ($2);
    UPDATE campaign.session s
    SET external_lead_id = 'erased-' || s.prospect_id, lead_key = 'erased-' || s.prospect_id, contact = '{}', outcome = NULL
    WHERE s.workspace_id = $1 AND s.prospect_id = ANY ($2);
    UPDATE campaign.agreement a SET external_id = 'erased-' || a.id, payment_method = NULL, attributes = '{}'
    WHERE a.workspace_id = $1 AND a.prospect_id = ANY ($2);
END
$$;
COMMENT ON FUNCTION campaign.scrub_attempts(bigint, bigint[]) IS
    'Internal. Takes what is personal out of all that was done for these prospects, but what is under way';

CREATE FUNCTION campaign.scrub_prospects(workspace bigint, prospects bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    persons text[];
    leads text[];
BEGIN
    -- whom a stop of an address locks has a row by that, too
    SELECT array_agg(p.person_key) || array_agg(lower(p.email)) || array_agg(lower(p.professional_email)), array_agg(p.external_id) INTO persons, leads
    FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.id = ANY ($2);
    INSERT INTO campaign.suppression (workspace_id, kind, value, reason, created_at)
    SELECT DISTINCT $1, 'erased', campaign.erased_digest(v.kind, v.value), 'erased', campaign.clock()
    FROM campaign.prospect p
    CROSS JOIN LATERAL (VALUES ('person', p.person_key), ('email', p.email), ('email', p.professional_email), ('linkedin', p.linkedin_url)) AS v (kind, value)
    WHERE p.workspace_id = $1 AND p.id = ANY ($2) AND v.value IS NOT NULL AND v.value <> p.id::text
    ON CONFLICT DO NOTHING;
    DELETE FROM campaign.suppression s USING campaign.prospect p
    WHERE p.workspace_id = $1 AND p.id = ANY ($2) AND s.workspace_id = $1
      AND (s.kind, s.value) IN (('person', p.person_key), ('email', lower(p.email)), ('email', lower(p.professional_email)), ('linkedin', lower(p.linkedin_url)));
    -- keys that whoever reported made of what he knows of him; shorter words stand in others
    DELETE FROM campaign.dedup d
    WHERE d.workspace_id = $1 AND EXISTS (
        SELECT FROM campaign.prospect p
        CROSS JOIN unnest(ARRAY[p.external_id, p.person, p.email, p.professional_email, p.linkedin_url]) AS w (word)
        WHERE p.workspace_id = $1 AND p.id = ANY ($2) AND length(w.word) > 4 AND strpos(lower(d.key), lower(w.word)) > 0);
    -- attempts at a lead that was no prospect yet
    UPDATE campaign.session s SET external_lead_id = 'erased', lead_key = 'erased-' || s.id, contact = '{}', outcome = NULL
    WHERE s.workspace_id = $1 AND s.prospect_id IS NULL AND s.external_lead_id = ANY (leads);
    UPDATE campaign.prospect p
    SET external_id = 'erased-' || p.id, person = NULL, email = NULL, professional_email = NULL, phone = NULL, linkedin_url = NULL, first_name = NULL,
        last_name = NULL, company = NULL, job_title = NULL, country = NULL, time_zone = NULL, attributes = '{}', opted_in = false,
        removed_at = COALESCE(p.removed_at, campaign.clock())
    WHERE p.workspace_id = $1 AND p.id = ANY ($2);
    DELETE FROM campaign.person o WHERE o.workspace_id = $1 AND o.key = ANY (persons);
END
$$;
COMMENT ON FUNCTION campaign.scrub_prospects(bigint, bigint[]) IS
    'Internal. Leaves of these prospects their ids alone, and in the stop list digests';

CREATE FUNCTION campaign.finish_erasures(workspace bigint) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    ready bigint[];
BEGIN
    SELECT array_agg(r.prospect_id) INTO ready
    FROM campaign.erasure r
    WHERE r.workspace_id = $1 AND r.done_at IS NULL
      AND NOT EXISTS (SELECT FROM campaign.enrollment e
                      JOIN campaign.action a ON a.workspace_id = $1 AND a.campaign_id = e.campaign_id AND a.enrollment_id = e.id AND a.state = 'processing'
                      WHERE e.workspace_id = $1 AND e.prospect_id = r.prospect_id)
      AND NOT EXISTS (SELECT FROM campaign.inbox i WHERE i.workspace_id = $1 AND i.prospect_id = r.prospect_id);
    IF ready IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM campaign.scrub_attempts($1, ready);
    PERFORM campaign.scrub_log($1, ready);
    -- a service may have told something more about them
    PERFORM campaign.scrub_prospects($1, ready);
    UPDATE campaign.erasure r SET done_at = campaign.clock() WHERE r.workspace_id = $1 AND r.prospect_id = ANY (ready) AND r.done_at IS NULL;
    RETURN cardinality(ready);
END
$$;
COMMENT ON FUNCTION campaign.finish_erasures(bigint) IS
    'Internal. Part of upkeep: erases what came of actions that were under way when their person was erased; of how many prospects';

CREATE FUNCTION campaign.erase_prospect(prospect bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('admin');
    chosen bigint[];
    persons text[];
    c campaign.campaign;
    runs bigint[];
BEGIN
    -- whatever stands for the same person, and what was merged with any of it
    SELECT array_agg(DISTINCT q.id), array_agg(DISTINCT q.person_key) INTO chosen, persons
    FROM campaign.prospect p
    JOIN campaign.prospect o ON o.workspace_id = workspace AND o.person_key = p.person_key
    JOIN campaign.prospect q ON q.workspace_id = workspace AND (q.id IN (o.id, o.merged_into) OR q.merged_into IN (o.id, o.merged_into))
    WHERE p.workspace_id = workspace AND p.id = $1;
    IF chosen IS NULL THEN
        RAISE EXCEPTION 'prospect % does not exist', COALESCE($1::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such prospect is in the current workspace.',
                HINT = 'prospect_id(external_id) finds the id of a prospect.';
    END IF;
    FOR c IN SELECT x.* FROM campaign.campaign x
             WHERE x.workspace_id = workspace AND x.state <> 'archived' AND EXISTS (
                SELECT FROM campaign.enrollment e WHERE e.workspace_id = workspace AND e.campaign_id = x.id AND e.prospect_id = ANY (chosen) AND e.ended_at IS NULL)
             ORDER BY x.id FOR SHARE LOOP
        runs := campaign.lock_chosen(c, chosen, '{in_progress,paused,blocked}');
        PERFORM campaign.leave_enrollments(workspace, runs, 'removed', 'erased');
    END LOOP;
    PERFORM campaign.lock_persons(workspace, persons);
    PERFORM FROM campaign.prospect p WHERE p.workspace_id = workspace AND p.id = ANY (chosen) ORDER BY p.id FOR UPDATE;
    PERFORM campaign.note_event(workspace, 'erased', prospect => i) FROM unnest(chosen) i;
    INSERT INTO campaign.erasure (workspace_id, prospect_id, erased_at) SELECT workspace, i, campaign.clock() FROM unnest(chosen) i
    ON CONFLICT ON CONSTRAINT erasure_pkey DO UPDATE SET erased_at = excluded.erased_at, done_at = NULL;
    PERFORM campaign.scrub_attempts(workspace, chosen);
    PERFORM campaign.scrub_log(workspace, chosen);
    PERFORM campaign.scrub_prospects(workspace, chosen);
    PERFORM campaign.finish_erasures(workspace);
    RETURN cardinality(chosen);
END
$$;
COMMENT ON FUNCTION campaign.erase_prospect(bigint) IS
    'Erases a person: takes him out of all campaigns and everything personal out of all rows about him, of whatever prospects stand for him; returns how many. Counts stay. What an action under way comes to is erased when it has ended. The stop list keeps digests, so that nobody who comes in again with the same address is written to (B19)';
