-- Events in: what is reported goes to the inbox, and a round applies it to every run of the person.
-- Events out: the log in the order in which its transactions committed.

CREATE FUNCTION campaign.report_fact(workspace bigint, kind text, prospect bigint, account bigint,
        occurred_at timestamptz, detail jsonb, dedup_key text, action bigint)
    RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now timestamptz := campaign.clock();
    person text;
    enrollment bigint;
    stops boolean;
    address text;
BEGIN
    IF $2 IS NULL OR btrim($2) = '' THEN
        RAISE EXCEPTION 'an event needs a kind'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The kind is %s.', quote_nullable($2)),
                HINT = 'Name one of the table event_kind, or one of your own.';
    END IF;
    IF EXISTS (SELECT FROM campaign.event_kind k WHERE k.name = $2 AND NOT k.reported) THEN
        RAISE EXCEPTION 'events of kind "%" are written by the system alone', $2
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A reported one would make the log untrue.',
                HINT = 'Report what the prospect or the other system did: replied, connected, bounced, or a kind of your own.';
    END IF;
    IF $5 > now + interval '5 minutes' THEN
        RAISE EXCEPTION 'the event lies in the future'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It occurred at %s, and now it is %s.', $5, now),
                HINT = 'Report what has happened; clocks may differ by five minutes.';
    END IF;
    IF $5 < '1900-01-01 00:00+00' THEN
        RAISE EXCEPTION 'the event lies too far in the past'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It occurred at %s.', $5),
                HINT = 'Report when it happened, or leave the time out where it happened just now.';
    END IF;
    SELECT p.person_key INTO person FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.id = $3;
    IF person IS NULL THEN
        RAISE EXCEPTION 'prospect % does not exist', COALESCE($3::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such prospect is in the current workspace.',
                HINT = 'prospect_id(external_id) finds the id of a prospect.';
    END IF;
    IF $4 IS NOT NULL AND NOT EXISTS (SELECT FROM campaign.account a WHERE a.workspace_id = $1 AND a.id = $4) THEN
        RAISE EXCEPTION 'account % does not exist', $4
            USING ERRCODE = 'undefined_object', DETAIL = 'No such account is in the current workspace.',
                HINT = 'account_id(address) finds the id of an account.';
    END IF;
    IF $8 IS NOT NULL THEN
        SELECT a.enrollment_id INTO enrollment FROM campaign.action a
        WHERE a.workspace_id = $1 AND a.id = $8 AND a.prospect_id = $3;
        IF enrollment IS NULL THEN
            RAISE EXCEPTION 'action % does not exist', $8
                USING ERRCODE = 'undefined_object', DETAIL = format('Prospect %s has no such action.', $3),
                    HINT = 'Leave the action out where it is not known.';
        END IF;
    END IF;

    IF $7 IS NOT NULL THEN
        INSERT INTO campaign.dedup (workspace_id, key, at) VALUES ($1, $7, now) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
    END IF;

    IF $2 = 'email_found' THEN
        detail := campaign.store_found_email($1, $3, detail);
    END IF;

    -- What only happens to what was accepted settles an action of which nobody knew that.
    IF $8 IS NOT NULL AND $2 IN ('connected', 'delivered', 'opened', 'clicked', 'replied', 'bounced', 'complained', 'unsubscribed') THEN
        PERFORM campaign.settle_by_event($1, $8, $2, LEAST(COALESCE($5, now), now));
    END IF;

    -- Starts hold the person too: once this has committed, none begins that has not seen it.
    SELECT k.stops INTO stops FROM campaign.event_kind k WHERE k.name = $2 ORDER BY k.built_in LIMIT 1;
    IF stops THEN
        -- An address that cannot be reached, or of which somebody complained or opted out, is not written to (B13).
        IF $2 = 'complained' OR $2 = 'bounced' AND $6 ->> 'type' = 'hard' OR $2 = 'unsubscribed' AND $6 ? 'address' THEN
            address := campaign.reported_address($1, $3, $8, $6);
        END IF;
        IF address IS NULL THEN
            INSERT INTO campaign.person (workspace_id, key, since) VALUES ($1, person, now) ON CONFLICT DO NOTHING;
            PERFORM FROM campaign.person o WHERE o.workspace_id = $1 AND o.key = person FOR NO KEY UPDATE;
        ELSE
            PERFORM campaign.lock_persons($1, ARRAY(
                SELECT person UNION SELECT campaign.suppressed_persons($1, 'email', address)));
            PERFORM campaign.stop_address($1, address, $2);
        END IF;
    END IF;
    INSERT INTO campaign.inbox (workspace_id, kind, person, prospect_id, account_id, enrollment_id, action_id, occurred_at, actor, detail)
    VALUES ($1, $2, person, $3, $4, enrollment, $8, LEAST(COALESCE($5, now), now), campaign.acting_name(),
        -- the address itself stands only in the stop list, which can be emptied
        CASE WHEN address IS NOT NULL AND jsonb_typeof(detail) = 'object' THEN detail - 'address' ELSE COALESCE(detail, '{}') END);
    PERFORM campaign.wake();
    RETURN true;
END
$$;
COMMENT ON FUNCTION campaign.report_fact(bigint, text, bigint, bigint, timestamptz, jsonb, text, bigint) IS
    'Internal. Puts into the inbox what was reported about a prospect; false if the key was there already';

CREATE FUNCTION campaign.check_callback(workspace bigint, kind text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT campaign.acting_has('operator') AND NOT EXISTS (SELECT FROM campaign.event_kind k WHERE k.name = $2 AND k.reported) THEN
        RAISE EXCEPTION 'level callback may not report events of kind %', COALESCE('"' || $2 || '"', 'NULL')
            USING ERRCODE = 'insufficient_privilege', DETAIL = 'It reports what table event_kind has as reported, and nothing else.',
                HINT = 'An INSERT into campaign.event_kind makes another kind known; operators may report any.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_callback(bigint, text) IS
    'Internal. Refuses kinds of event that are not in the list, where the role of the session has level callback alone';

CREATE FUNCTION campaign.record_event(kind text, prospect bigint, account bigint DEFAULT NULL,
        occurred_at timestamptz DEFAULT NULL, detail jsonb DEFAULT '{}', dedup_key text DEFAULT NULL, action bigint DEFAULT NULL)
    RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
BEGIN
    RETURN campaign.report_fact(workspace, $1, $2, $3, $4, $5, $6, $7);
END
$$;
COMMENT ON FUNCTION campaign.record_event(text, bigint, bigint, timestamptz, jsonb, text, bigint) IS
    'Reports that something happened: replied, connected, bounced, unsubscribed, ..., or any kind of your own. False if an event of this dedup_key was reported before, which does nothing';

CREATE FUNCTION campaign.record_event(kind text, external_id text, account bigint DEFAULT NULL,
        occurred_at timestamptz DEFAULT NULL, detail jsonb DEFAULT '{}', dedup_key text DEFAULT NULL, action bigint DEFAULT NULL)
    RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    found_ids bigint[];
BEGIN
    -- source comes before external_id in the index: one probe for each source
    WITH RECURSIVE source(name) AS (
        (SELECT p.source FROM campaign.prospect p WHERE p.workspace_id = workspace ORDER BY p.source LIMIT 1)
        UNION ALL
        SELECT (SELECT p.source FROM campaign.prospect p
                WHERE p.workspace_id = workspace AND p.source > s.name ORDER BY p.source LIMIT 1)
        FROM source s WHERE s.name IS NOT NULL
    )
    SELECT array_agg(DISTINCT COALESCE(p.merged_into, p.id)) INTO found_ids
    FROM source s
    JOIN campaign.prospect p ON p.workspace_id = workspace AND p.source = s.name AND p.external_id = $2;
    IF found_ids IS NULL OR cardinality(found_ids) <> 1 THEN
        RAISE EXCEPTION 'prospect % %', COALESCE('"' || $2 || '"', 'NULL'),
                CASE WHEN found_ids IS NULL THEN 'does not exist' ELSE 'is ambiguous' END
            USING ERRCODE = CASE WHEN found_ids IS NULL THEN 'undefined_object' ELSE 'ambiguous_alias' END,
                DETAIL = format('%s prospects of the current workspace have this external_id.', COALESCE(cardinality(found_ids), 0)),
                HINT = 'prospect_id(external_id, source => ...) finds the id of a prospect, and record_event() takes it too.';
    END IF;
    RETURN campaign.report_fact(workspace, $1, found_ids[1], $3, $4, $5, $6, $7);
END
$$;
COMMENT ON FUNCTION campaign.record_event(text, text, bigint, timestamptz, jsonb, text, bigint) IS
    'Reports that something happened, as record_event(kind, prospect), by the external id of the prospect';

CREATE FUNCTION campaign.log_uuid() RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name uuid;
BEGIN
    SELECT l.uuid INTO name FROM campaign.log_identity l;
    IF name IS NULL AND current_setting('transaction_read_only') = 'off' THEN
        INSERT INTO campaign.log_identity (uuid) VALUES (gen_random_uuid()) ON CONFLICT DO NOTHING;
        SELECT l.uuid INTO name FROM campaign.log_identity l;
    END IF;
    RETURN name;
END
$$;
COMMENT ON FUNCTION campaign.log_uuid() IS
    'Internal. What this log is called, made when first asked for; NULL where nothing may be written yet';

CREATE FUNCTION campaign.check_cursor(workspace bigint, log uuid, cursor_text text, OUT place bigint, OUT event bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text[];
    reason text;
    start bigint := COALESCE((SELECT s.position FROM campaign.log_start s WHERE s.workspace_id = $1), 0);
BEGIN
    place := start + 1;
    event := 0;
    IF $3 IS NULL THEN
        RETURN;
    END IF;
    part := regexp_match($3, '^([0-9a-f-]{36}):(\d{1,18}):(\d{1,18})$');
    IF part IS NULL THEN
        reason := 'It is no position of events_since().';
    ELSIF part[1] IS DISTINCT FROM $2::text THEN
        reason := 'It belongs to another log: this database was restored or copied since.';
    ELSE
        place := part[2]::bigint;
        event := part[3]::bigint;
        IF place <= start THEN
            reason := 'Events from after it are not kept any more: see the setting campaign.keep_events.';
        ELSIF NOT EXISTS (SELECT FROM campaign.batch b
                       WHERE b.workspace_id = $1 AND b.position = place
                         AND event BETWEEN b.first_event AND b.last_event) THEN
            reason := 'The log does not have this position: part of it was lost, or the position is of another workspace.';
        END IF;
    END IF;
    IF reason IS NOT NULL THEN
        RAISE EXCEPTION 'cursor_unknown: "%" is not a position in this log', $3
            USING ERRCODE = 'invalid_parameter_value', DETAIL = reason,
                HINT = 'Take stock of the present state from the views, then read from the beginning with events_since().';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_cursor(bigint, uuid, text) IS
    'Internal. The batch and the event that a position of events_since() names, or the error cursor_unknown';

CREATE FUNCTION campaign.events_since(after_position text DEFAULT NULL, max_rows integer DEFAULT 1000)
    RETURNS TABLE ("position" text, id bigint, kind text, campaign_id bigint, prospect_id bigint, enrollment_id bigint,
        action_id bigint, step integer, at timestamptz, actor text, detail jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    -- pages are read along the indexes, also where the statistics do not know yet how much there is
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
    SET enable_sort = off SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    log uuid := campaign.log_uuid();
    since record := campaign.check_cursor(workspace, log, $1);
BEGIN
    IF $2 IS NULL OR $2 < 1 THEN
        RAISE EXCEPTION 'max_rows must be at least 1'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE($2::text, 'NULL')),
                HINT = 'Leave it out for 1000 rows.';
    END IF;
    -- Without a name nothing that is read could be gone on from.
    IF log IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT format('%s:%s:%s', log, b.position, e.id), e.id, e.kind, e.campaign_id, e.prospect_id, e.enrollment_id,
            e.action_id, e.step, e.at, e.actor, e.detail
        FROM (
            -- as many batches as the page can need; of the first, part may have been read
            SELECT n.*, sum(CASE WHEN n.position = since.place THEN 0 ELSE n.events END) OVER (ORDER BY n.position) - n.events AS before
            FROM (
                SELECT q.id, q.position, q.first_event, q.last_event, q.events
                FROM campaign.batch q
                WHERE q.workspace_id = workspace AND q.position >= since.place
                ORDER BY q.position
                LIMIT $2::bigint + 1
            ) n
        ) b
        CROSS JOIN LATERAL (
            SELECT v.*
            FROM campaign.event v
            WHERE v.workspace_id = workspace AND v.batch_id = b.id
              AND v.id BETWEEN b.first_event AND b.last_event
              AND v.id > CASE WHEN b.position = since.place THEN since.event ELSE 0 END
            ORDER BY v.id
            LIMIT $2
        ) e
        WHERE b.before < $2
        ORDER BY b.position, e.id
        LIMIT $2;
END
$$;
COMMENT ON FUNCTION campaign.events_since(text, integer) IS
    'The log in commit order, after a position of an earlier call, NULL from the beginning; each row has the position to go on from. Nothing is skipped because a transaction committed late. On a restored log the error cursor_unknown (B11)';
