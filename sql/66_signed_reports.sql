-- How the reports of providers are verified. Nothing in a body is believed before.
--
-- A provider is verified by the workspace's secret ingest_PROVIDER, or ingest_PROVIDER_2 while one takes
-- the place of the other.

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

-- No word such as infinity or tomorrow, which the server takes for an instant too.
CREATE FUNCTION campaign.report_time(value text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE WHEN $1 ~ '^\d{1,11}(\.\d+)?$' THEN to_timestamp($1::double precision)
        WHEN $1 ~ '^\d{4}-\d\d-\d\d' THEN $1::timestamptz END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.report_time(text) IS
    'Internal. An instant, as a text or in seconds since 1970; NULL if it is none';

CREATE FUNCTION campaign.is_recent(value text, tolerance interval) RETURNS boolean
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.report_time($1) BETWEEN campaign.clock() - $2 AND campaign.clock() + $2
$$;
COMMENT ON FUNCTION campaign.is_recent(text, interval) IS
    'Internal. Whether a request was signed at about this time';

CREATE FUNCTION campaign.is_signed_by(key text, message bytea, signature bytea) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_is_signed_by';
COMMENT ON FUNCTION campaign.is_signed_by(text, bytea, bytea) IS
    'Internal. Whether the holder of the private key of which this is the public one has signed the message';

-- One signature of all that is signed, within five minutes (Standard Webhooks 1.0.0).
CREATE FUNCTION campaign.is_signed_standard(secret text, headers jsonb, body bytea) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.is_recent(v.at, '5 minutes') AND EXISTS (
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
CREATE FUNCTION campaign.is_signed_mailgun(secret text, report jsonb) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.is_recent(v.at, '1 day')
        AND campaign.same_bytes(campaign.decoded(v.signature, 'hex'), campaign.hmac(convert_to($1, 'UTF8'), convert_to(v.at || v.token, 'UTF8')))
    FROM (SELECT $2 -> 'signature' ->> 'timestamp' AS at, $2 -> 'signature' ->> 'token' AS token,
              $2 -> 'signature' ->> 'signature' AS signature) v
    WHERE v.at ~ '^\d{1,11}$'
$$;
COMMENT ON FUNCTION campaign.is_signed_mailgun(text, jsonb) IS
    'Internal. Whether a body is signed by Mailgun';

-- A day, since what could not be delivered is sent again for so long; its events are told apart by their ids.
CREATE FUNCTION campaign.is_signed_sendgrid(secret text, headers jsonb, body bytea) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.is_recent(v.at, '1 day')
        AND campaign.is_signed_by($1, convert_to(v.at, 'UTF8') || $3, campaign.decoded(v.signature, 'base64'))
    FROM (SELECT campaign.header_value($2, 'x-twilio-email-event-webhook-timestamp') AS at,
              campaign.header_value($2, 'x-twilio-email-event-webhook-signature') AS signature) v
    WHERE v.at ~ '^\d{1,11}$'
$$;
COMMENT ON FUNCTION campaign.is_signed_sendgrid(text, jsonb, bytea) IS
    'Internal. Whether a request is signed by SendGrid';

-- Anybody's topics are signed with the same certificate, so the secret names the topic beside it. Signatures
-- of version 1 are over SHA-1, which can be made to fit two messages.
CREATE FUNCTION campaign.is_signed_ses(secret text, report jsonb) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT $2 ->> 'SignatureVersion' = '2' AND $2 ->> 'TopicArn' = split_part($1, ' ', 1)
        AND campaign.is_recent($2 ->> 'Timestamp', '1 day')
        AND campaign.is_signed_by(substr($1, strpos($1, ' ') + 1),
            convert_to(string_agg(format(E'%s\n%s\n', f.name, $2 ->> f.name), '' ORDER BY f.i), 'UTF8'),
            campaign.decoded($2 ->> 'Signature', 'base64'))
    FROM unnest(CASE WHEN $2 ->> 'Type' = 'Notification' THEN '{Message,MessageId,Subject,Timestamp,TopicArn,Type}'::text[]
        ELSE '{Message,MessageId,SubscribeURL,Timestamp,Token,TopicArn,Type}' END) WITH ORDINALITY AS f(name, i)
    WHERE $2 ->> f.name IS NOT NULL
$$;
COMMENT ON FUNCTION campaign.is_signed_ses(text, jsonb) IS
    'Internal. Whether a body is signed by the notification service of SES, for the topic that the secret names';

CREATE FUNCTION campaign.is_secret_header(secret text, value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.same_bytes(convert_to($2, 'UTF8'), convert_to($1, 'UTF8'))
$$;
COMMENT ON FUNCTION campaign.is_secret_header(text, text) IS
    'Internal. Whether a header is the secret itself';

CREATE FUNCTION campaign.check_provider(workspace bigint, provider text, headers jsonb, body bytea, report jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    secret text;
    verified boolean := false;
    any_secret boolean := false;
BEGIN
    FOR secret IN SELECT s.value FROM campaign.secret s
        WHERE s.workspace_id = $1 AND s.name IN ('ingest_' || $2, 'ingest_' || $2 || '_2') ORDER BY s.name
    LOOP
        any_secret := true;
        verified := verified OR COALESCE(CASE $2
            WHEN 'standard' THEN campaign.is_signed_standard(secret, $3, $4)
            WHEN 'mailgun' THEN campaign.is_signed_mailgun(secret, $5)
            WHEN 'sendgrid' THEN campaign.is_signed_sendgrid(secret, $3, $4)
            WHEN 'ses' THEN campaign.is_signed_ses(secret, $5)
            WHEN 'postmark' THEN campaign.is_secret_header(secret, campaign.header_value($3, 'authorization'))
            WHEN 'unipile' THEN campaign.is_secret_header(secret, campaign.header_value($3, 'unipile-auth'))
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
