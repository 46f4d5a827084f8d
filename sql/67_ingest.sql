-- What providers report by a call of their own, verified and translated: a receiver of HTTP requests hands
-- headers and body to ingest(), byte by byte as they came.
--
-- A provider is verified by the workspace's secret ingest_PROVIDER, or ingest_PROVIDER_2 while one takes
-- the place of the other. Nothing in a body is believed before.

CREATE FUNCTION campaign.header_value(headers jsonb, name text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT h.value FROM jsonb_each_text($1) h WHERE lower(h.key) = $2 ORDER BY h.key LIMIT 1
$$;
COMMENT ON FUNCTION campaign.header_value(jsonb, text) IS
    'Internal. The value of a header, whose name is given in lower case';

CREATE FUNCTION campaign.decoded(value text, encoding text) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN decode($1, $2);
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.decoded(text, text) IS
    'Internal. What a text in base64 or hex stands for; NULL if it is none';

CREATE FUNCTION campaign.report_time(value text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE WHEN $1 ~ '^\d{1,11}(\.\d+)?$' THEN to_timestamp($1::double precision) ELSE $1::timestamptz END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.report_time(text) IS
    'Internal. An instant, as a text or in seconds since 1970; NULL if it is none';

-- One signature of all that is signed, within five minutes (Standard Webhooks 1.0.0).
CREATE FUNCTION campaign.is_signed_standard(secret text, headers jsonb, body bytea) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT abs(extract(epoch FROM campaign.clock() - campaign.report_time(v.at))) <= 300 AND EXISTS (
        SELECT FROM regexp_split_to_table(v.signatures, ' ') s(one)
        WHERE s.one LIKE 'v1,%' AND campaign.same_bytes(campaign.decoded(substr(s.one, 4), 'base64'),
            campaign.hmac(campaign.decoded(regexp_replace($1, '^whsec_', ''), 'base64'),
                convert_to(v.id || '.' || v.at || '.', 'UTF8') || $3)))
    FROM (SELECT campaign.header_value($2, 'webhook-id') AS id, campaign.header_value($2, 'webhook-timestamp') AS at,
              campaign.header_value($2, 'webhook-signature') AS signatures) v
    WHERE v.at ~ '^\d{1,11}$'
$$;
COMMENT ON FUNCTION campaign.is_signed_standard(text, jsonb, bytea) IS
    'Internal. Whether a request is signed by Standard Webhooks';

-- Its signature is in the body, which it does not cover: the token of it is good for one request.
CREATE FUNCTION campaign.is_signed_mailgun(secret text, body jsonb) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT abs(extract(epoch FROM campaign.clock() - campaign.report_time(v.at))) <= 86400
        AND campaign.same_bytes(campaign.decoded(v.signature, 'hex'), campaign.hmac(convert_to($1, 'UTF8'), convert_to(v.at || v.token, 'UTF8')))
    FROM (SELECT $2 -> 'signature' ->> 'timestamp' AS at, $2 -> 'signature' ->> 'token' AS token,
              $2 -> 'signature' ->> 'signature' AS signature) v
    WHERE v.at ~ '^\d{1,11}$'
$$;
COMMENT ON FUNCTION campaign.is_signed_mailgun(text, jsonb) IS
    'Internal. Whether a body is signed by Mailgun';

CREATE FUNCTION campaign.check_provider(workspace bigint, provider text, headers jsonb, body bytea, report jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    secret text;
    verified boolean := false;
    any_secret boolean := false;
BEGIN
    IF $2 IS NULL OR $2 NOT IN ('standard', 'mailgun', 'postmark') THEN
        RAISE EXCEPTION 'unknown provider %', COALESCE('"' || $2 || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Nothing is known of how its reports are signed, or of what they say.',
                HINT = 'Providers are standard, mailgun and postmark. What another one reports can be told by record_event(), once it is verified.';
    END IF;
    FOR secret IN SELECT s.value FROM campaign.secret s
        WHERE s.workspace_id = $1 AND s.name IN ('ingest_' || $2, 'ingest_' || $2 || '_2') ORDER BY s.name
    LOOP
        any_secret := true;
        verified := verified OR COALESCE(CASE $2
            WHEN 'standard' THEN campaign.is_signed_standard(secret, $3, $4)
            WHEN 'mailgun' THEN campaign.is_signed_mailgun(secret, $5)
            WHEN 'postmark' THEN campaign.same_bytes(convert_to(campaign.header_value($3, 'authorization'), 'UTF8'), convert_to(secret, 'UTF8'))
        END, false);
    END LOOP;
    IF NOT any_secret THEN
        RAISE EXCEPTION 'reports of provider "%" cannot be verified', $2
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('There is no secret "ingest_%s".', $2),
                HINT = format('An admin says it by set_secret(%L, ...).', 'ingest_' || $2);
    ELSIF NOT verified THEN
        RAISE EXCEPTION 'the report is not of provider "%"', $2
            USING ERRCODE = 'invalid_authorization_specification', DETAIL = 'Its signature is missing, wrong or too old.',
                HINT = 'Hand on all headers, and the body byte by byte as it came.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_provider(bigint, text, jsonb, bytea, jsonb) IS
    'Internal. An error unless a request is of this provider';

CREATE FUNCTION campaign.read_report(provider text, headers jsonb, report jsonb)
    RETURNS TABLE (event_id text, kind text, type text, address text, message_id text, external_id text, action text, at timestamptz, detail jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.header_value($2, 'webhook-id'), $3 ->> 'type', d.data ->> 'type', d.data ->> 'email', d.data ->> 'message_id', d.data ->> 'external_id',
        d.data ->> 'action_id', campaign.report_time($3 ->> 'timestamp'),
        d.data - '{email,message_id,external_id,action_id}'::text[]
    FROM (SELECT CASE jsonb_typeof($3 -> 'data') WHEN 'object' THEN $3 -> 'data' ELSE '{}' END AS data) d
    WHERE $1 = 'standard'
    UNION ALL
    SELECT COALESCE(e.data ->> 'id', $3 #>> '{signature,token}'), CASE e.data ->> 'event' WHEN 'failed' THEN 'bounced' WHEN 'delivered' THEN 'delivered' WHEN 'opened' THEN 'opened'
            WHEN 'clicked' THEN 'clicked' WHEN 'unsubscribed' THEN 'unsubscribed' WHEN 'complained' THEN 'complained' END,
        CASE WHEN e.data ->> 'event' = 'failed' THEN CASE e.data ->> 'severity' WHEN 'permanent' THEN 'hard' ELSE 'soft' END END,
        e.data ->> 'recipient', e.data #>> '{message,headers,message-id}', NULL, e.data #>> '{user-variables,action_id}',
        campaign.report_time(e.data ->> 'timestamp'),
        jsonb_build_object('reason', e.data ->> 'reason', 'status', e.data #>> '{delivery-status,code}', 'url', e.data ->> 'url')
    FROM (SELECT $3 -> 'event-data' AS data) e
    WHERE $1 = 'mailgun'
    UNION ALL
    SELECT concat_ws(':', $3 ->> 'RecordType', COALESCE($3 ->> 'ID', concat_ws(':', $3 ->> 'MessageID', t.at))), k.kind,
        CASE WHEN k.kind = 'bounced' THEN CASE WHEN $3 ->> 'Type' IN ('HardBounce', 'BadEmailAddress', 'ManuallyDeactivated')
            OR $3 ->> 'RecordType' = 'SubscriptionChange' THEN 'hard' ELSE 'soft' END END,
        COALESCE($3 ->> 'Email', $3 ->> 'Recipient'), COALESCE($3 #>> '{Metadata,message_id}', $3 ->> 'MessageID'), NULL, $3 #>> '{Metadata,action_id}',
        campaign.report_time(t.at),
        jsonb_build_object('reason', COALESCE($3 ->> 'Type', $3 ->> 'SuppressionReason'), 'url', $3 ->> 'OriginalLink')
    FROM (SELECT CASE $3 ->> 'RecordType'
        WHEN 'Bounce' THEN CASE $3 ->> 'Type' WHEN 'Unsubscribe' THEN 'unsubscribed' WHEN 'SpamComplaint' THEN 'complained' ELSE 'bounced' END
        WHEN 'SpamComplaint' THEN 'complained' WHEN 'Delivery' THEN 'delivered' WHEN 'Open' THEN 'opened' WHEN 'Click' THEN 'clicked'
        WHEN 'SubscriptionChange' THEN CASE WHEN $3 ->> 'SuppressSending' = 'true' THEN CASE $3 ->> 'SuppressionReason'
            WHEN 'HardBounce' THEN 'bounced' WHEN 'SpamComplaint' THEN 'complained' ELSE 'unsubscribed' END END
    END AS kind) k
    CROSS JOIN (SELECT COALESCE($3 ->> 'BouncedAt', $3 ->> 'DeliveredAt', $3 ->> 'ReceivedAt', $3 ->> 'ChangedAt') AS at) t
    WHERE $1 = 'postmark'
$$;
COMMENT ON FUNCTION campaign.read_report(text, jsonb, jsonb) IS
    'Internal. What a provider''s report says, in our words; kind is NULL for what there are no words for';

-- Whom a report is about: the action that it names, the mail, the prospect, else whoever has the address,
-- each person once.
CREATE FUNCTION campaign.reported_prospects(workspace bigint, action text, message_id text, external_id text, address text)
    RETURNS TABLE (prospect_id bigint, action_id bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT a.prospect_id, a.id FROM campaign.action a
        JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = a.prospect_id
        WHERE a.workspace_id = $1 AND $2 ~ '^\d{1,18}$' AND a.id = CASE WHEN $2 ~ '^\d{1,18}$' THEN $2::bigint END;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT a.prospect_id, a.id FROM campaign.letter l
        JOIN campaign.action a ON a.workspace_id = $1 AND a.id = l.action_id
        JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = a.prospect_id
        WHERE l.workspace_id = $1 AND l.message_id = btrim($3, '<> ');
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT DISTINCT ON (p.person_key) p.id, NULL::bigint
        FROM (SELECT e.id FROM campaign.prospect e WHERE e.workspace_id = $1 AND lower(e.email) = lower($5)
              UNION
              SELECT e.id FROM campaign.prospect e WHERE e.workspace_id = $1 AND lower(e.professional_email) = lower($5)
              UNION
              SELECT e.id FROM campaign.prospect e WHERE e.workspace_id = $1 AND e.external_id = $4) f
        JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = f.id
        ORDER BY p.person_key, p.id;
END
$$;
COMMENT ON FUNCTION campaign.reported_prospects(bigint, text, text, text, text) IS
    'Internal. Whom a report is about, and the action if it is known';

CREATE FUNCTION campaign.ingest(provider text, headers jsonb, body bytea) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('callback');
    report jsonb;
    e record;
    r record;
    counted integer := 0;
    found_any boolean;
BEGIN
    BEGIN
        report := convert_from($3, 'UTF8')::jsonb;
    EXCEPTION WHEN data_exception THEN
        report := NULL;
    END;
    IF report IS NULL OR jsonb_typeof(report) <> 'object' OR jsonb_typeof($2) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'the report cannot be read'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The body is no object of JSON, or the headers are none.',
                HINT = 'headers are like {"content-type": "application/json"}, the body is what came, byte by byte.';
    END IF;
    PERFORM campaign.check_provider(workspace, $1, $2, $3, report);
    IF $1 = 'mailgun' THEN
        INSERT INTO campaign.dedup (workspace_id, key, at)
        VALUES (workspace, 'mailgun token:' || (report #>> '{signature,token}'), campaign.clock()) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RETURN 0;
        END IF;
    END IF;
    FOR e IN SELECT * FROM campaign.read_report($1, $2, report) v WHERE v.kind IS NOT NULL LOOP
        PERFORM campaign.check_callback(workspace, e.kind);
        found_any := false;
        FOR r IN SELECT * FROM campaign.reported_prospects(workspace, e.action, e.message_id, e.external_id, e.address) LOOP
            found_any := true;
            counted := counted + campaign.report_fact(workspace, e.kind, r.prospect_id, NULL, LEAST(e.at, campaign.clock()),
                jsonb_strip_nulls(e.detail || jsonb_build_object('provider', $1, 'type', e.type,
                    'address', CASE WHEN e.kind IN ('complained', 'unsubscribed') OR e.kind = 'bounced' AND e.type = 'hard' THEN e.address END)),
                format('%s:%s:%s:%s', $1, e.event_id, e.kind, r.prospect_id), r.action_id)::integer;
        END LOOP;
        -- of nobody whom we know, and yet an address that is not to be written to
        IF NOT found_any AND (e.kind IN ('complained', 'unsubscribed') OR e.kind = 'bounced' AND e.type = 'hard')
                AND e.address IS NOT NULL AND campaign.email_fault(e.address) IS NULL THEN
            PERFORM campaign.stop_address(workspace, lower(e.address), e.kind);
        END IF;
    END LOOP;
    RETURN counted;
END
$$;
COMMENT ON FUNCTION campaign.ingest(text, jsonb, bytea) IS
    'Takes a report of a provider (standard, mailgun, postmark): verified by the secret ingest_PROVIDER, matched to actions, mails or addresses, and recorded as record_event() does; how many events were new. Level callback';
