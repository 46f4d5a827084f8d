-- What a channel's options may say. One list names them all; the engine reads what has passed here.

CREATE FUNCTION campaign.check_interval_option(name text, value text, shortest interval) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_valid boolean := false;
BEGIN
    BEGIN
        v_valid := value::interval BETWEEN shortest AND interval '1 year';
    EXCEPTION WHEN data_exception THEN
        NULL;
    END;
    IF NOT v_valid THEN
        RAISE EXCEPTION 'option "%" of a channel is not valid', name
            USING ERRCODE = 'check_violation', DETAIL = format('It is %s.', to_json(value)),
                HINT = format('It is a text like "24 hours", %s a year.',
                    CASE WHEN shortest > '0' THEN 'from a second to' ELSE 'at most' END);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_interval_option(text, text, interval) IS
    'Internal. Refuses an option of a channel that is no length of time';

CREATE FUNCTION campaign.check_channel_options(options jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- for a number its limits; the other kinds speak for themselves
    v_known CONSTANT jsonb := '{
        "classes": ["texts"],
        "idempotent": ["flag"], "idempotency_ttl": ["interval"], "5xx_means_not_accepted": ["flag"],
        "places": ["number", 1, 1024], "timeout_ms": ["number", 1, 300000],
        "retries": ["number", 1, 100],
        "retry_first_ms": ["number", 0, 86400000], "retry_cap_ms": ["number", 1, 604800000],
        "pending_expires": ["interval"], "status_url": ["url"], "poll_every": ["interval"],
        "pace": ["gap"], "pace_jitter": ["gap"], "rate_per_second": ["rate"],
        "allow_http": ["flag"], "allow_private": ["flag"],
        "allow_clear": ["flag"], "dot_timeout_ms": ["number", 1, 3600000], "session_messages": ["number", 1, 10000], "hello": ["host"],
        "on_lease_end": ["word", "requeue", "unknown"], "silent_after": ["interval"],
        "unsubscribe_url": ["link"], "unsubscribe_mailto": ["address"], "footer": ["template"], "footer_html": ["template"]}';
    v_option record;
    v_hint text;
BEGIN
    IF jsonb_typeof(options) <> 'object' THEN
        RAISE EXCEPTION 'the options of a channel must be an object'
            USING ERRCODE = 'check_violation', DETAIL = format('They are %s.', left(options::text, 100)),
                HINT = 'As in {"idempotent": true, "places": 16}.';
    END IF;
    FOR v_option IN SELECT o.key, o.value, v_known -> o.key AS known FROM jsonb_each(options) o LOOP
        IF v_option.known IS NULL THEN
            RAISE EXCEPTION 'unknown option "%" of a channel', v_option.key
                USING ERRCODE = 'check_violation', DETAIL = format('Its value is %s.', left(v_option.value::text, 100)),
                    HINT = format('Options are %s.', (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(v_known) k));
        END IF;
        v_hint := CASE v_option.known ->> 0
            WHEN 'flag' THEN CASE WHEN jsonb_typeof(v_option.value) <> 'boolean' THEN 'It is true or false.' END
            WHEN 'texts' THEN CASE WHEN NOT COALESCE(jsonb_typeof(v_option.value) = 'array'
                AND NOT v_option.value @? '$[*] ? (@.type() != "string")', false) THEN 'It is an array of texts.' END
            WHEN 'url' THEN CASE WHEN jsonb_typeof(v_option.value) <> 'string' OR strpos(v_option.value #>> '{}', '{key}') = 0
                THEN 'It is an address with {key} in it, which stands for the key of the action.' END
            WHEN 'link' THEN CASE WHEN jsonb_typeof(v_option.value) <> 'string'
                OR (v_option.value #>> '{}') !~ '^https://[^[:space:]{}<>"\\^`|,]+\{token\}[^[:space:]{}<>"\\^`|,]*$'
                OR (v_option.value #>> '{}') ~ '[^ -~]' OR length(v_option.value #>> '{}') > 800
                THEN 'It is an https address with {token} in it once, which stands for what unsubscribe() takes, as in https://example.org/u/{token}.' END
            WHEN 'address' THEN CASE WHEN jsonb_typeof(v_option.value) <> 'string'
                OR (v_option.value #>> '{}') !~ '^[A-Za-z0-9!#$''*+/=^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}$'
                THEN 'It is an email address, as in out@example.org.' END
            WHEN 'template' THEN CASE WHEN jsonb_typeof(v_option.value) <> 'string' OR length(v_option.value #>> '{}') > 10000
                OR strpos(regexp_replace(v_option.value #>> '{}', '\{\{\s*[^{}|\s][^{}|]*(\|[^{}]*)?\}\}', '', 'g'), '{{') > 0
                THEN 'It is a text with variables, as in "Opt out: {{unsubscribe_url}}".' END
            WHEN 'interval' THEN CASE WHEN jsonb_typeof(v_option.value) <> 'string' THEN 'It is a text like "24 hours".' END
            WHEN 'host' THEN CASE WHEN jsonb_typeof(v_option.value) <> 'string' OR v_option.value #>> '{}' !~ '^[A-Za-z0-9.-]{1,255}$'
                THEN 'It is the name of a host, as in mail.example.org.' END
            WHEN 'gap' THEN CASE WHEN jsonb_typeof(v_option.value) <> 'string' THEN 'It is a text like "90 seconds".' END
            WHEN 'word' THEN CASE WHEN NOT (v_option.known - 0) ? COALESCE(v_option.value #>> '{}', '') OR jsonb_typeof(v_option.value) <> 'string'
                THEN format('It is "%s" or "%s".', v_option.known ->> 1, v_option.known ->> 2) END
            WHEN 'rate' THEN CASE WHEN NOT COALESCE(jsonb_typeof(v_option.value) = 'number' AND v_option.value > '0', false)
                THEN 'It is a number above 0.' END
            WHEN 'number' THEN CASE WHEN NOT COALESCE(jsonb_typeof(v_option.value) = 'number'
                AND v_option.value::text ~ '^\d{1,9}$'
                AND v_option.value BETWEEN v_option.known -> 1 AND v_option.known -> 2, false)
                THEN format('It is a whole number from %s to %s.', v_option.known -> 1, v_option.known -> 2) END
        END;
        IF v_hint IS NOT NULL THEN
            RAISE EXCEPTION 'option "%" of a channel is not valid', v_option.key
                USING ERRCODE = 'check_violation', DETAIL = format('It is %s.', left(v_option.value::text, 100)), HINT = v_hint;
        END IF;
        IF v_option.known ->> 0 IN ('interval', 'gap') THEN
            PERFORM campaign.check_interval_option(v_option.key, v_option.value #>> '{}',
                CASE v_option.known ->> 0 WHEN 'gap' THEN interval '0' ELSE interval '1 second' END);
        END IF;
    END LOOP;
    IF options ? 'idempotency_ttl' AND NOT COALESCE((options ->> 'idempotent')::boolean, false) THEN
        RAISE EXCEPTION 'option "idempotency_ttl" needs "idempotent"'
            USING ERRCODE = 'check_violation', DETAIL = 'It says for how long the gateway knows a key.',
                HINT = 'Add "idempotent": true if the gateway honours Idempotency-Key.';
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION campaign.check_channel_options(jsonb) IS
    'Internal. True, or an error that says which option of a channel is unknown or not valid';
