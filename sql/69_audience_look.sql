-- Looks at audiences: by a worker while campaigns use them, by the trigger of the user's table, and by
-- enroll_audience(). One at a time for each audience.

CREATE FUNCTION campaign.lock_audience(audience bigint, wait boolean) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT $2 THEN
        RETURN pg_try_advisory_xact_lock(hashtextextended('campaign audience', $1));
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('campaign audience', $1));
    RETURN true;
END
$$;
COMMENT ON FUNCTION campaign.lock_audience(bigint, boolean) IS
    'Internal. Keeps other looks at an audience away until the transaction ends; false if there is one and this does not wait';

CREATE FUNCTION campaign.want_audience(workspace bigint, audience bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $2 IS NULL THEN
        RETURN;
    END IF;
    UPDATE campaign.audience a SET next_at = campaign.clock()
    WHERE a.workspace_id = $1 AND a.id = $2 AND a.next_at IS NULL;
    INSERT INTO campaign.audience_request (workspace_id, audience_id) VALUES ($1, $2);
    PERFORM campaign.wake_readers();
END
$$;
COMMENT ON FUNCTION campaign.want_audience(bigint, bigint) IS
    'Internal. Has an audience looked at from now on, since a campaign uses it';

CREATE FUNCTION campaign.note_audience(a campaign.audience, kind text, detail jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM campaign.note_event(a.workspace_id, $2, c.id, jsonb_build_object('audience', a.name) || $3, by_system => true)
    FROM campaign.campaign c
    WHERE c.workspace_id = a.workspace_id AND c.audience_id = a.id AND c.state IN ('live', 'paused');
END
$$;
COMMENT ON FUNCTION campaign.note_audience(campaign.audience, text, jsonb) IS
    'Internal. Writes an event about an audience for each campaign that uses it';

CREATE FUNCTION campaign.fail_audience(a campaign.audience, code text, detail text, at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE campaign.audience u
    SET fault = $2, fault_detail = $3, fault_since = CASE WHEN u.fault = $2 THEN u.fault_since ELSE $4 END,
        next_at = CASE WHEN u.next_at IS NOT NULL THEN $4 + u.every END
    WHERE u.workspace_id = a.workspace_id AND u.id = a.id;
    IF a.fault IS DISTINCT FROM $2 THEN
        PERFORM campaign.note_audience(a, 'audience_failed', jsonb_build_object('code', $2, 'message', $3));
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.fail_audience(campaign.audience, text, text, timestamptz) IS
    'Internal. Keeps at an audience why it could not be read, and says so once';

-- Whatever goes wrong in reading is a fault of the source, but not that of a server that is stopping or full.
CREATE FUNCTION campaign.source_fault(sqlstate text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN $1 ~ '^(40|53|57|58)' THEN NULL
        ELSE CASE $1
            WHEN '0P000' THEN 'audience_owner_missing'
            WHEN '42P01' THEN 'source_missing'
            WHEN '42703' THEN 'source_column_missing'
            WHEN '42501' THEN 'source_forbidden'
            WHEN '54000' THEN 'source_slow'
            WHEN '55P03' THEN 'source_slow'
            WHEN '23505' THEN 'source_key_repeated'
            ELSE 'source_failed' END END
$$;
COMMENT ON FUNCTION campaign.source_fault(text) IS
    'Internal. The fault of an audience that an error in reading its source stands for; NULL = it is none of the source';

CREATE FUNCTION campaign.try_source(a campaign.audience, at timestamptz, OUT rejected bigint, OUT rejected_detail text, OUT code text, OUT detail text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT t.rejected, t.rejected_detail INTO rejected, rejected_detail FROM campaign.take_over_source(a, $2) t;
EXCEPTION WHEN OTHERS THEN
    code := campaign.source_fault(SQLSTATE);
    IF code IS NULL THEN
        RAISE;
    END IF;
    detail := SQLERRM;
END
$$;
COMMENT ON FUNCTION campaign.try_source(campaign.audience, timestamptz) IS
    'Internal. Takes over a source, or says its fault and the message';

CREATE FUNCTION campaign.leave_unmatched(workspace bigint, enrollments bigint[]) RETURNS bigint
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_leave_unmatched';
COMMENT ON FUNCTION campaign.leave_unmatched(bigint, bigint[]) IS
    'Internal. Ends the enrollments, by goal or exit_if where one holds now, else as end, code unmatched; returns how many';

-- Those inside whose row does not match any more. Who was brought by hand from elsewhere stays.
CREATE FUNCTION campaign.expel_unmatched(c campaign.campaign, a campaign.audience, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    runs bigint[];
    expelled bigint := 0;
BEGIN
    EXECUTE format($sql$
        SELECT array_agg(e.id ORDER BY e.id) FROM campaign.enrollment e
        JOIN campaign.prospect o ON o.workspace_id = $1 AND o.id = e.prospect_id
        WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.ended_at IS NULL AND ($3 IS NULL OR o.source = $3)
          AND NOT EXISTS (SELECT FROM (%s) m WHERE m.id = e.prospect_id)
        $sql$, campaign.audience_matching(a, $3))
    INTO runs USING c.workspace_id, c.id, a.prospect_source;
    FOR i IN 1 .. COALESCE(cardinality(runs), 0) BY 1000 LOOP
        expelled := expelled + campaign.leave_unmatched(c.workspace_id, runs[i : i + 999]);
    END LOOP;
    RETURN expelled;
END
$$;
COMMENT ON FUNCTION campaign.expel_unmatched(campaign.campaign, campaign.audience, timestamptz) IS
    'Internal. Ends the runs of those who do not match the audience any more (exit_when_unmatched); how many';

CREATE FUNCTION campaign.note_reach(c campaign.campaign, matching bigint, at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    active bigint;
BEGIN
    active := COALESCE((SELECT sum(k.n) FROM campaign.counter k
            WHERE k.workspace_id = c.workspace_id AND k.campaign_id = c.id AND k.kind = 'place'), 0)
        + (SELECT count(*) FROM campaign.enrollment e
            WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.status = 'blocked');
    INSERT INTO campaign.audience_reach AS r (workspace_id, campaign_id, active, matching, as_of)
    VALUES (c.workspace_id, c.id, active, $2, $3)
    ON CONFLICT (workspace_id, campaign_id) DO UPDATE
    SET active = EXCLUDED.active, matching = EXCLUDED.matching, as_of = EXCLUDED.as_of;
END
$$;
COMMENT ON FUNCTION campaign.note_reach(campaign.campaign, bigint, timestamptz) IS
    'Internal. Keeps how many are active in a campaign, of how many who match (S3.9, D10)';

-- S2.31: a paused campaign takes them too, and they stay at its entry. One with cohorts takes its
-- newcomers by slots.
CREATE FUNCTION campaign.serve_campaign(workspace bigint, campaign bigint, a campaign.audience, matching bigint, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c campaign.campaign := campaign.read_campaign($1, $2, 'key share');
    admitted bigint := 0;
BEGIN
    IF c.state = 'paused' THEN
        c := campaign.read_campaign($1, $2, 'share');
    END IF;
    IF c.state NOT IN ('live', 'paused') OR c.audience_id IS DISTINCT FROM a.id THEN
        RETURN 0;
    END IF;
    IF COALESCE((c.settings ->> 'cohort_size')::integer, 0) = 0 THEN
        SELECT count(*) FILTER (WHERE t.enrollment_id IS NOT NULL) INTO admitted FROM campaign.admit_audience(c, a, $5, NULL) t;
    END IF;
    IF c.state = 'live' AND COALESCE((c.settings ->> 'exit_when_unmatched')::boolean, false) THEN
        PERFORM campaign.expel_unmatched(c, a, $5);
    END IF;
    PERFORM campaign.note_reach(c, $4, $5);
    RETURN admitted;
END
$$;
COMMENT ON FUNCTION campaign.serve_campaign(bigint, bigint, campaign.audience, bigint, timestamptz) IS
    'Internal. Does for one campaign what a look at its audience leads to; how many came in';

CREATE FUNCTION campaign.refresh_audience(a campaign.audience, at timestamptz, OUT refreshed campaign.audience)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    look record;
BEGIN
    a.rejected := 0;
    a.rejected_detail := NULL;
    IF a.source IS NOT NULL THEN
        SELECT * INTO look FROM campaign.try_source(a, $2);
        IF look.code IS NOT NULL THEN
            a.fault := look.code;
            a.fault_detail := look.detail;
            refreshed := a;
            RETURN;
        END IF;
        a.rejected := look.rejected;
        a.rejected_detail := look.rejected_detail;
    END IF;
    a.fault := NULL;
    a.fault_detail := NULL;
    a.matching := campaign.count_matching(a, $2);
    a.read_at := $2;
    refreshed := a;
END
$$;
COMMENT ON FUNCTION campaign.refresh_audience(campaign.audience, timestamptz) IS
    'Internal. Reads an audience anew: its row with what came of it';

CREATE FUNCTION campaign.keep_audience(old campaign.audience, new campaign.audience, next_at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE campaign.audience u
    SET fault = NULL, fault_detail = NULL, fault_since = NULL, matching = new.matching, rejected = new.rejected,
        rejected_detail = new.rejected_detail, read_at = new.read_at, next_at = keep_audience.next_at
    WHERE u.workspace_id = new.workspace_id AND u.id = new.id;
    IF old.fault IS NOT NULL THEN
        PERFORM campaign.note_audience(old, 'audience_recovered', jsonb_build_object('code', old.fault));
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.keep_audience(campaign.audience, campaign.audience, timestamptz) IS
    'Internal. Writes down what came of a look that went well';

-- Without waiting for whoever is changing the audience: then it stays due, and is looked at when he is done.
CREATE FUNCTION campaign.put_off_audience(workspace bigint, audience bigint, until timestamptz) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE campaign.audience u SET next_at = until
    FROM (SELECT x.id FROM campaign.audience x
          WHERE x.workspace_id = workspace AND x.id = audience AND x.next_at IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED) w
    WHERE u.workspace_id = workspace AND u.id = w.id
$$;
COMMENT ON FUNCTION campaign.put_off_audience(bigint, bigint, timestamptz) IS
    'Internal. Has an audience looked at no sooner than then';

-- In a worker, or a pass of virtual time: it waits for nobody's locks long, and comes back.
CREATE FUNCTION campaign.look_at_audience(workspace bigint, audience bigint, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' SET jit = off AS $$
DECLARE
    a campaign.audience;
    b campaign.audience;
    in_use boolean := EXISTS (SELECT FROM campaign.campaign c
        WHERE c.workspace_id = $1 AND c.audience_id = $2 AND c.state IN ('live', 'paused'));
    admitted bigint := 0;
BEGIN
    IF NOT campaign.lock_audience($2, wait => false) THEN
        PERFORM campaign.put_off_audience($1, $2, $3 + interval '10 seconds');
        RETURN 0;
    END IF;
    -- whoever asks from now on is answered by the next look: we read what is committed after this
    DELETE FROM campaign.audience_request r WHERE r.workspace_id = $1 AND r.audience_id = $2;
    SELECT x.* INTO a FROM campaign.audience x WHERE x.workspace_id = $1 AND x.id = $2;
    IF a.id IS NULL OR NOT in_use THEN
        UPDATE campaign.audience u SET next_at = NULL WHERE u.workspace_id = $1 AND u.id = $2 AND u.next_at IS NOT NULL;
        RETURN 1;
    END IF;
    b := campaign.refresh_audience(a, $3);
    IF b.fault IS NOT NULL THEN
        PERFORM campaign.fail_audience(a, b.fault, b.fault_detail, $3);
        RETURN 1;
    END IF;
    SELECT COALESCE(sum(campaign.serve_campaign($1, c.id, b, b.matching, $3)), 0) INTO admitted
    FROM (SELECT x.id FROM campaign.campaign x
          WHERE x.workspace_id = $1 AND x.audience_id = $2 AND x.state IN ('live', 'paused') ORDER BY x.id) c;
    PERFORM campaign.keep_audience(a, b, $3 + a.every);
    RETURN 1 + admitted;
EXCEPTION WHEN lock_not_available OR deadlock_detected OR serialization_failure THEN
    PERFORM campaign.put_off_audience($1, $2, $3 + interval '10 seconds');
    RETURN 0;
END
$$;
COMMENT ON FUNCTION campaign.look_at_audience(bigint, bigint, timestamptz) IS
    'Internal. One look at an audience: reads it, takes in whoever is new in the campaigns that use it, and says how much it did; 0 if it gave way to somebody else';

CREATE FUNCTION campaign.enroll_audience(campaign bigint, audience bigint DEFAULT NULL)
    RETURNS TABLE (prospect_id bigint, enrollment_id bigint, result text, detail text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'key share');
    a campaign.audience := campaign.read_audience(workspace, COALESCE($2, c.audience_id));
    b campaign.audience;
    now timestamptz := campaign.clock();
BEGIN
    IF c.state IN ('draft', 'paused') THEN
        c := campaign.read_campaign(workspace, $1, 'share');
    END IF;
    IF c.state IN ('closed', 'archived') THEN
        PERFORM campaign.refuse_state(c, 'take new prospects');
    END IF;
    PERFORM campaign.lock_audience(a.id, wait => true);
    b := campaign.refresh_audience(a, now);
    IF b.fault IS NOT NULL THEN
        RAISE EXCEPTION 'audience "%" cannot be read: %', a.name, b.fault
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = b.fault_detail,
                HINT = 'alter_audience() changes its source, and makes the role that calls it the one that reads.';
    END IF;
    PERFORM campaign.keep_audience(a, b, a.next_at);
    RETURN QUERY SELECT * FROM campaign.admit_audience(c, b, now, campaign.acting_name());
    IF c.audience_id = a.id THEN
        PERFORM campaign.note_reach(c, b.matching, now);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.enroll_audience(bigint, bigint) IS
    'As enroll(), of those whom an audience finds now, its campaign''s own if none is named: whom include_previously_treated leaves out, and who does not meet the entry condition, is passed over. A campaign with an audience takes them by itself from its launch on';

-- Of a source that is a view: whatever it reads, through other views too.
CREATE FUNCTION campaign.source_stands_on(source regclass, relation oid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below (id) AS (
        SELECT source::oid
        UNION
        SELECT x.id FROM below b
        CROSS JOIN LATERAL (
            SELECT d.refobjid AS id FROM pg_rewrite r
            JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
            WHERE r.ev_class = b.id
            UNION ALL
            SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = b.id
        ) x
    )
    SELECT EXISTS (SELECT FROM below b WHERE b.id = relation)
$$;
COMMENT ON FUNCTION campaign.source_stands_on(regclass, oid) IS
    'Internal. Whether a source is this table, or a view that reads it';

-- Only inserts, so that those who write to the table wait for nobody.
CREATE FUNCTION campaign.audience_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO campaign.audience_request (workspace_id, audience_id)
    SELECT a.workspace_id, a.id FROM campaign.audience a
    WHERE a.source IS NOT NULL AND a.next_at IS NOT NULL
      AND CASE WHEN TG_NARGS > 0 THEN a.name = ANY (TG_ARGV) ELSE true END
      AND campaign.source_stands_on(to_regclass(a.source), TG_RELID);
    IF FOUND THEN
        PERFORM campaign.wake_readers();
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.audience_changed() IS
    'Statement trigger for your own tables: has the audiences that stand on the table looked at as soon as the change has committed; their names may be arguments';

CREATE FUNCTION campaign.prospects_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO campaign.audience_request (workspace_id, audience_id)
    SELECT a.workspace_id, a.id FROM campaign.audience a
    WHERE a.source IS NULL AND a.next_at IS NOT NULL;
    IF FOUND THEN
        PERFORM campaign.wake_readers();
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.prospects_changed() IS
    'Internal. Trigger: audiences over prospects are looked at when prospects have come or changed';
CREATE TRIGGER audiences AFTER INSERT OR UPDATE ON campaign.prospect
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.prospects_changed();
