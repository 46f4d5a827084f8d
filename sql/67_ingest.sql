-- What providers report by a call of their own, verified and translated: a receiver of HTTP requests hands
-- headers and body to ingest(), byte by byte as they came. How it is verified is in 66_signed_reports.sql,
-- what it says in 66_read_reports.sql.

-- gateways know people by ids of their own: users may have them among the attributes
CREATE INDEX prospect_provider_id ON campaign.prospect (workspace_id, (attributes ->> 'provider_id')) WHERE attributes ? 'provider_id';

CREATE FUNCTION campaign.profile_prospects(workspace bigint, account text, profiles text[]) RETURNS SETOF bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    -- what came of looking up the profile when something was sent, or was learned here
    SELECT v.prospect_id FROM campaign.account a
    CROSS JOIN unnest($3) n(id)
    CROSS JOIN LATERAL (SELECT c.prospect_id FROM campaign.contact_value c
                        WHERE c.workspace_id = $1 AND c.account_id = a.id AND c.name = 'provider_id' AND c.value = to_jsonb(n.id) OFFSET 0) v
    WHERE a.workspace_id = $1 AND a.address = $2
    UNION
    SELECT p.id FROM campaign.prospect p
    WHERE p.workspace_id = $1 AND p.attributes ? 'provider_id' AND p.attributes ->> 'provider_id' = ANY ($3)
    UNION
    SELECT p.id FROM campaign.prospect p
    WHERE p.workspace_id = $1 AND p.linkedin_url IS NOT NULL AND lower(p.linkedin_url) = ANY (campaign.profile_spellings($3))
$$;
COMMENT ON FUNCTION campaign.profile_prospects(bigint, text, text[]) IS
    'Internal. Whom the gateway of this account knows by these ids, names or addresses of profiles';

CREATE FUNCTION campaign.external_prospects(workspace bigint, external_id text) RETURNS SETOF bigint
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    -- source comes before external_id in the index: one probe for each source
    WITH RECURSIVE source(name) AS (
        (SELECT p.source FROM campaign.prospect p WHERE p.workspace_id = $1 ORDER BY p.source LIMIT 1)
        UNION ALL
        SELECT (SELECT p.source FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.source > s.name ORDER BY p.source LIMIT 1)
        FROM source s WHERE s.name IS NOT NULL
    )
    SELECT p.id FROM source s
    CROSS JOIN LATERAL (SELECT q.id FROM campaign.prospect q
                        WHERE q.workspace_id = $1 AND q.source = s.name AND q.external_id = $2 OFFSET 0) p
$$;
COMMENT ON FUNCTION campaign.external_prospects(bigint, text) IS
    'Internal. Who has this external id, of whatever source';

-- Whom a report is about: the action that it names, the mail, the prospect, else whoever has the address or
-- the profile, each person once.
CREATE FUNCTION campaign.reported_prospects(workspace bigint, report campaign.provider_report)
    RETURNS TABLE (prospect_id bigint, action_id bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT a.prospect_id, a.id FROM campaign.action a
        JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = a.prospect_id
        WHERE a.workspace_id = $1 AND a.id = CASE WHEN $2.action ~ '^\d{1,18}$' THEN $2.action::bigint END;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT a.prospect_id, a.id FROM campaign.letter l
        JOIN campaign.action a ON a.workspace_id = $1 AND a.id = l.action_id
        JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = a.prospect_id
        WHERE l.workspace_id = $1 AND l.message_id = btrim($2.message_id, '<> ');
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT DISTINCT ON (p.person_key) p.id, NULL::bigint
        FROM (SELECT e.id FROM campaign.prospect e WHERE e.workspace_id = $1 AND lower(e.email) = lower($2.address)
              UNION
              SELECT e.id FROM campaign.prospect e WHERE e.workspace_id = $1 AND lower(e.professional_email) = lower($2.address)
              UNION
              SELECT e.id FROM campaign.external_prospects($1, $2.external_id) e(id) WHERE $2.external_id IS NOT NULL
              UNION
              SELECT e.id FROM campaign.profile_prospects($1, $2.account, $2.profiles) e(id) WHERE $2.profiles IS NOT NULL) f
        CROSS JOIN LATERAL (SELECT o.id, o.person_key FROM campaign.prospect o WHERE o.workspace_id = $1 AND o.id = f.id OFFSET 0) p
        ORDER BY p.person_key, p.id;
END
$$;
COMMENT ON FUNCTION campaign.reported_prospects(bigint, campaign.provider_report) IS
    'Internal. Whom a report is about, and the action if it is known';

CREATE FUNCTION campaign.reporting_account(workspace bigint, provider text, address text) RETURNS bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.id FROM campaign.account a
    JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
    WHERE a.workspace_id = $1 AND a.address = $3
      AND (h.adapter IS NOT DISTINCT FROM $2 OR NOT EXISTS (
        SELECT FROM campaign.channel g WHERE g.workspace_id = $1 AND g.adapter = $2))
    ORDER BY a.id LIMIT 1
$$;
COMMENT ON FUNCTION campaign.reporting_account(bigint, text, text) IS
    'Internal. The account that a gateway calls so: of the channels with its adapter, where there are any';

-- Messages name people by an id that their address may not have; who connects is told by both.
CREATE FUNCTION campaign.learn_profile(workspace bigint, prospect bigint, account bigint, profiles text[]) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO campaign.contact_value (workspace_id, prospect_id, account_id, name, value)
    SELECT $1, $2, $3, 'provider_id', to_jsonb($4[1]) WHERE $4[1] <> ''
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION campaign.learn_profile(bigint, bigint, bigint, text[]) IS
    'Internal. Keeps by what id the gateway of an account knows a prospect, the first of these, unless that is known';

-- Lanes stop by the state of the account, and health says why; both are over when it is connected again (S1.25).
-- Whom a person has disconnected stays so, however often the gateway says that all is well, until it is a person again
-- who connects him there.
CREATE FUNCTION campaign.note_account_session(workspace bigint, account bigint, is_connected boolean, said text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_state text := CASE WHEN $3 THEN 'connected' ELSE 'disconnected' END;
BEGIN
    UPDATE campaign.account a SET session_state = v_state, session_code = lower($4)
    WHERE a.workspace_id = $1 AND a.id = $2 AND a.session_state <> v_state
      AND (NOT $3 OR a.session_code IS NOT NULL OR $4 NOT IN ('OK', 'SYNC_SUCCESS'));
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION campaign.note_account_session(bigint, bigint, boolean, text) IS
    'Internal. Notes what a gateway says of an account''s session; false if that was known';

CREATE FUNCTION campaign.stops_address(report campaign.provider_report) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
    SELECT $1.kind IN ('complained', 'unsubscribed') OR $1.kind = 'bounced' AND $1.type IS NOT DISTINCT FROM 'hard'
$$;
COMMENT ON FUNCTION campaign.stops_address(campaign.provider_report) IS
    'Internal. Whether an address is not to be written to any more after this';

-- One fact, about everybody whom it is about; how many events were new. The caller has locked actions and persons.
CREATE FUNCTION campaign.ingest_fact(workspace bigint, provider text, report campaign.provider_report, prospects bigint[], actions bigint[])
    RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    account bigint := CASE WHEN $3.account IS NOT NULL THEN campaign.reporting_account($1, $2, $3.account) END;
    recorded integer := 0;
BEGIN
    IF $3.kind IN ('account_connected', 'account_disconnected') THEN
        RETURN (account IS NOT NULL AND campaign.note_account_session($1, account, $3.kind = 'account_connected',
            COALESCE(NULLIF($3.detail ->> 'message', ''), $2)))::integer;
    END IF;
    PERFORM campaign.check_callback($1, $3.kind);
    FOR i IN 1 .. cardinality($4) LOOP
        recorded := recorded + campaign.report_fact($1, $3.kind, $4[i], account, LEAST($3.at, campaign.clock()),
            jsonb_strip_nulls($3.detail || jsonb_build_object('provider', $2, 'type', $3.type,
                'address', CASE WHEN campaign.stops_address($3) THEN $3.address END)),
            format('%s:%s:%s:%s', $2, $3.event_id, $3.kind, $4[i]), $5[i])::integer;
        IF $3.kind = 'connected' AND account IS NOT NULL AND $3.profiles IS NOT NULL THEN
            PERFORM campaign.learn_profile($1, $4[i], account, $3.profiles);
        END IF;
    END LOOP;
    -- of nobody whom we know, and yet an address that is not to be written to
    IF $4 = '{}' AND campaign.stops_address($3) AND $3.address IS NOT NULL AND campaign.email_fault($3.address) IS NULL THEN
        PERFORM campaign.stop_address($1, lower($3.address), $3.kind);
    END IF;
    RETURN recorded;
END
$$;
COMMENT ON FUNCTION campaign.ingest_fact(bigint, text, campaign.provider_report, bigint[], bigint[]) IS
    'Internal. Records one thing that a provider reports, about these prospects, each with its action or NULL';

-- What is said of messages that we have sent ourselves is no news of others.
CREATE FUNCTION campaign.is_own_report(workspace bigint, report campaign.provider_report) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT $2.kind = 'replied' AND $2.profiles IS NOT NULL AND EXISTS (SELECT FROM campaign.account a
        WHERE a.workspace_id = $1 AND (a.address = ANY ($2.profiles) OR lower(a.address) = ANY (campaign.profile_spellings($2.profiles))))
$$;
COMMENT ON FUNCTION campaign.is_own_report(bigint, campaign.provider_report) IS
    'Internal. Whether the sender of a reported message is an account of ours';

-- All at once and in one order, whatever that of the report is, so that two who report do not wait for each other:
-- actions before persons, as whoever reports one event does.
CREATE FUNCTION campaign.lock_reported(workspace bigint, facts campaign.provider_report[], about_fact integer[], prospects bigint[], actions bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    PERFORM FROM campaign.action a WHERE a.workspace_id = $1 AND a.id = ANY ($5) ORDER BY a.id FOR UPDATE;
    PERFORM campaign.lock_persons($1, ARRAY(
        SELECT p.person_key FROM unnest($3, $4) t(fact, prospect)
        JOIN campaign.event_kind k ON k.name = ($2[t.fact]).kind AND k.stops
        CROSS JOIN LATERAL (SELECT o.person_key FROM campaign.prospect o WHERE o.workspace_id = $1 AND o.id = t.prospect OFFSET 0) p
        UNION
        SELECT s.key FROM unnest($2) f CROSS JOIN LATERAL campaign.suppressed_persons($1, 'email', lower(f.address)) s(key)
        WHERE campaign.stops_address(f) AND f.address IS NOT NULL AND campaign.email_fault(f.address) IS NULL));
END
$$;
COMMENT ON FUNCTION campaign.lock_reported(bigint, campaign.provider_report[], integer[], bigint[], bigint[]) IS
    'Internal. Locks what a report is about: the actions, and the persons whom it stops';

CREATE FUNCTION campaign.ingest(provider text, headers jsonb, body bytea) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('callback');
    body_max CONSTANT integer := 4194304;
    report jsonb;
    facts campaign.provider_report[];
    -- whom the facts are about: number of the fact, prospect, action
    about_fact integer[];
    about bigint[];
    about_action bigint[];
    counted integer := 0;
BEGIN
    IF $1 IS NULL OR $1 NOT IN ('mailgun', 'postmark', 'sendgrid', 'ses', 'standard', 'unipile') THEN
        RAISE EXCEPTION 'unknown provider %', COALESCE('"' || $1 || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Nothing is known of how its reports are signed, or of what they say.',
                HINT = 'Providers are mailgun, postmark, sendgrid, ses, standard and unipile. What another one reports can be told in the form of standard, once it is verified.';
    ELSIF octet_length($3) > body_max THEN
        RAISE EXCEPTION 'the report is too large'
            USING ERRCODE = 'program_limit_exceeded', DETAIL = format('Its body has %s bytes, and %s may be.', octet_length($3), body_max),
                HINT = 'No provider sends so much at once.';
    END IF;
    IF $1 IN ('mailgun', 'ses') THEN
        -- the signature is in the body
        report := campaign.read_json($3);
    END IF;
    PERFORM campaign.check_provider(workspace, $1, campaign.json_object_in($2), $3, report);
    report := COALESCE(report, campaign.read_json($3));
    IF report IS NULL OR jsonb_typeof($2) IS DISTINCT FROM 'object'
            OR jsonb_typeof(report) <> 'object' AND (jsonb_typeof(report) <> 'array' OR $1 <> 'sendgrid') THEN
        RAISE EXCEPTION 'the report cannot be read'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The body is no object of JSON, or the headers are none.',
                HINT = 'headers are like {"content-type": "application/json"}, the body is what came, byte by byte.';
    END IF;
    IF $1 = 'mailgun' THEN
        INSERT INTO campaign.dedup (workspace_id, key, at)
        VALUES (workspace, 'mailgun token:' || (report #>> '{signature,token}'), campaign.clock()) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RETURN 0;
        END IF;
    END IF;
    facts := ARRAY(SELECT f FROM campaign.read_report($1, $2, report) f
        WHERE f.kind IS NOT NULL AND NOT campaign.is_own_report(workspace, f) ORDER BY f.event_id, f.kind);
    SELECT COALESCE(array_agg(n), '{}'), COALESCE(array_agg(t.prospect_id), '{}'), COALESCE(array_agg(t.action_id), '{}')
    INTO about_fact, about, about_action
    FROM generate_subscripts(facts, 1) n CROSS JOIN LATERAL campaign.reported_prospects(workspace, facts[n]) t;
    PERFORM campaign.lock_reported(workspace, facts, about_fact, about, about_action);
    FOR i IN 1 .. cardinality(facts) LOOP
        counted := counted + campaign.ingest_fact(workspace, $1, facts[i],
            ARRAY(SELECT t.prospect FROM unnest(about_fact, about) t(fact, prospect) WHERE t.fact = i),
            ARRAY(SELECT t.action FROM unnest(about_fact, about_action) t(fact, action) WHERE t.fact = i));
    END LOOP;
    PERFORM campaign.keep_report(workspace, $1, $3, cardinality(facts), counted, about);
    RETURN counted;
END
$$;
COMMENT ON FUNCTION campaign.ingest(text, jsonb, bytea) IS
    'Takes a report of a provider (mailgun, postmark, sendgrid, ses, standard, unipile): verified by the secret ingest_PROVIDER, matched to actions, mails, addresses, profiles or accounts, and recorded as record_event() does; how many events were new. Level callback';

CREATE FUNCTION campaign.keep_report(workspace bigint, provider text, body bytea, facts integer, recorded integer, prospects bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('campaign.keep_reports', true)::interval = '0' THEN
        RETURN;
    END IF;
    INSERT INTO campaign.ingested (workspace_id, provider, received_at, digest, body, facts, recorded, prospects)
    VALUES ($1, $2, campaign.clock(), sha256($3), $3, $4, $5, ARRAY(SELECT DISTINCT p FROM unnest($6) p ORDER BY p))
    ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION campaign.keep_report(bigint, text, bytea, integer, integer, bigint[]) IS
    'Internal. Keeps a report as it came, unless campaign.keep_reports is 0';
