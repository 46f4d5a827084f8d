-- What providers say in their reports, in our words. What there are no words for has no kind, and is passed
-- over; what a report leaves out is NULL.

CREATE TYPE campaign.provider_report AS (
    event_id text,
    kind text,
    type text,
    address text,
    message_id text,
    external_id text,
    action text,
    account text,
    profiles text[],
    at timestamptz,
    detail jsonb
);
COMMENT ON TYPE campaign.provider_report IS
    'Internal. One thing that a provider reports. event_id: what its repetitions have in common; type: hard or soft, of what bounced; account: the sender''s login at the gateway; profiles: by what the gateway knows the person';

-- Whatever its bytes are: no text, no JSON, or nested deeper than the server goes.
CREATE FUNCTION campaign.read_json(body bytea) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN convert_from($1, 'UTF8')::jsonb;
EXCEPTION WHEN data_exception OR statement_too_complex OR program_limit_exceeded THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.read_json(bytea) IS 'Internal. What a body says; NULL if it is not JSON';

CREATE FUNCTION campaign.json_object_in(value jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE jsonb_typeof($1) WHEN 'object' THEN $1 ELSE '{}' END
$$;
COMMENT ON FUNCTION campaign.json_object_in(jsonb) IS 'Internal. The value if it is an object, else an empty one';

CREATE FUNCTION campaign.read_standard(headers jsonb, report jsonb) RETURNS SETOF campaign.provider_report
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.header_value($1, 'webhook-id'), $2 ->> 'type', d.data ->> 'type', d.data ->> 'email', d.data ->> 'message_id',
        d.data ->> 'external_id', d.data ->> 'action_id', d.data ->> 'account', NULL::text[],
        campaign.report_time($2 ->> 'timestamp'), d.data - '{email,message_id,external_id,action_id,account}'::text[]
    FROM campaign.json_object_in($2 -> 'data') d(data)
$$;
COMMENT ON FUNCTION campaign.read_standard(jsonb, jsonb) IS 'Internal. What a webhook of the standard form reports';

CREATE FUNCTION campaign.read_mailgun(report jsonb) RETURNS SETOF campaign.provider_report
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(e.data ->> 'id', $1 #>> '{signature,token}'), CASE e.data ->> 'event' WHEN 'failed' THEN 'bounced' WHEN 'delivered' THEN 'delivered'
            WHEN 'opened' THEN 'opened' WHEN 'clicked' THEN 'clicked' WHEN 'unsubscribed' THEN 'unsubscribed' WHEN 'complained' THEN 'complained' END,
        CASE WHEN e.data ->> 'event' = 'failed' THEN CASE e.data ->> 'severity' WHEN 'permanent' THEN 'hard' ELSE 'soft' END END,
        e.data ->> 'recipient', e.data #>> '{message,headers,message-id}', NULL, e.data #>> '{user-variables,action_id}', NULL, NULL::text[],
        campaign.report_time(e.data ->> 'timestamp'),
        jsonb_build_object('reason', e.data ->> 'reason', 'status', e.data #>> '{delivery-status,code}', 'url', e.data ->> 'url')
    FROM campaign.json_object_in($1 -> 'event-data') e(data)
$$;
COMMENT ON FUNCTION campaign.read_mailgun(jsonb) IS 'Internal. What a webhook of Mailgun reports';

CREATE FUNCTION campaign.read_postmark(report jsonb) RETURNS SETOF campaign.provider_report
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat_ws(':', $1 ->> 'RecordType', COALESCE($1 ->> 'ID', concat_ws(':', $1 ->> 'MessageID', t.at))), k.kind,
        CASE WHEN k.kind = 'bounced' THEN CASE WHEN $1 ->> 'Type' IN ('HardBounce', 'BadEmailAddress', 'ManuallyDeactivated')
            OR $1 ->> 'RecordType' = 'SubscriptionChange' THEN 'hard' ELSE 'soft' END END,
        COALESCE($1 ->> 'Email', $1 ->> 'Recipient'), COALESCE($1 #>> '{Metadata,message_id}', $1 ->> 'MessageID'), NULL,
        $1 #>> '{Metadata,action_id}', NULL, NULL::text[], campaign.report_time(t.at),
        jsonb_build_object('reason', COALESCE($1 ->> 'Type', $1 ->> 'SuppressionReason'), 'url', $1 ->> 'OriginalLink')
    FROM (SELECT CASE $1 ->> 'RecordType'
        WHEN 'Bounce' THEN CASE $1 ->> 'Type' WHEN 'Unsubscribe' THEN 'unsubscribed' WHEN 'SpamComplaint' THEN 'complained' ELSE 'bounced' END
        WHEN 'SpamComplaint' THEN 'complained' WHEN 'Delivery' THEN 'delivered' WHEN 'Open' THEN 'opened' WHEN 'Click' THEN 'clicked'
        WHEN 'SubscriptionChange' THEN CASE WHEN $1 ->> 'SuppressSending' = 'true' THEN CASE $1 ->> 'SuppressionReason'
            WHEN 'HardBounce' THEN 'bounced' WHEN 'SpamComplaint' THEN 'complained' ELSE 'unsubscribed' END END
    END AS kind) k
    CROSS JOIN (SELECT COALESCE($1 ->> 'BouncedAt', $1 ->> 'DeliveredAt', $1 ->> 'ReceivedAt', $1 ->> 'ChangedAt') AS at) t
$$;
COMMENT ON FUNCTION campaign.read_postmark(jsonb) IS 'Internal. What a webhook of Postmark reports';

-- What was dropped was never sent, for what an earlier report had said of the address, or since it is none.
CREATE FUNCTION campaign.read_sendgrid(report jsonb) RETURNS SETOF campaign.provider_report
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(e.data ->> 'sg_event_id', md5(e.data::text)), k.kind,
        CASE WHEN k.kind = 'bounced' THEN CASE
            WHEN e.data ->> 'event' = 'bounce' AND e.data ->> 'type' IS DISTINCT FROM 'blocked' THEN 'hard'
            WHEN e.data ->> 'event' = 'dropped' AND e.data ->> 'reason' IN ('Bounced Address', 'Invalid') THEN 'hard'
            ELSE 'soft' END END,
        e.data ->> 'email', e.data ->> 'smtp-id', NULL,
        COALESCE(e.data ->> 'action_id', e.data #>> '{custom_args,action_id}', e.data #>> '{unique_args,action_id}'), NULL, NULL::text[],
        campaign.report_time(e.data ->> 'timestamp'),
        jsonb_build_object('reason', e.data ->> 'reason', 'status', e.data ->> 'status', 'url', e.data ->> 'url',
            'classification', e.data ->> 'bounce_classification')
    FROM jsonb_array_elements(CASE jsonb_typeof($1) WHEN 'array' THEN $1 ELSE jsonb_build_array($1) END) a(value)
    CROSS JOIN LATERAL campaign.json_object_in(a.value) e(data)
    CROSS JOIN LATERAL (SELECT CASE e.data ->> 'event'
        WHEN 'delivered' THEN 'delivered' WHEN 'open' THEN 'opened' WHEN 'click' THEN 'clicked' WHEN 'deferred' THEN 'delivery_delayed'
        WHEN 'bounce' THEN 'bounced' WHEN 'spamreport' THEN 'complained'
        WHEN 'unsubscribe' THEN 'unsubscribed' WHEN 'group_unsubscribe' THEN 'unsubscribed'
        WHEN 'dropped' THEN CASE e.data ->> 'reason' WHEN 'Unsubscribed Address' THEN 'unsubscribed'
            WHEN 'Spam Reporting Address' THEN 'complained' ELSE 'bounced' END
    END AS kind) k
$$;
COMMENT ON FUNCTION campaign.read_sendgrid(jsonb) IS 'Internal. What a webhook of SendGrid reports: an array of events';

-- The report proper is a text within the envelope; one of a bounce may be about several recipients.
CREATE FUNCTION campaign.read_ses(report jsonb) RETURNS SETOF campaign.provider_report
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat_ws(':', COALESCE(o.data ->> 'feedbackId', $1 ->> 'MessageId'), r.address), k.kind,
        CASE WHEN k.kind = 'bounced' THEN CASE o.data ->> 'bounceType' WHEN 'Permanent' THEN 'hard' ELSE 'soft' END END,
        r.address, m.data #>> '{mail,commonHeaders,messageId}', NULL, m.data #>> '{mail,tags,action_id,0}', NULL, NULL::text[],
        campaign.report_time(COALESCE(o.data ->> 'timestamp', $1 ->> 'Timestamp')),
        jsonb_build_object('reason', COALESCE(o.data ->> 'bounceSubType', o.data ->> 'complaintFeedbackType', o.data ->> 'delayType'),
            'status', r.status, 'url', o.data ->> 'link')
    FROM (SELECT campaign.json_object_in(campaign.read_json(convert_to($1 ->> 'Message', 'UTF8'))) AS data) m
    CROSS JOIN LATERAL (SELECT COALESCE(m.data ->> 'eventType', m.data ->> 'notificationType') AS name) n
    CROSS JOIN LATERAL (SELECT CASE n.name WHEN 'Bounce' THEN 'bounced' WHEN 'Complaint' THEN 'complained' WHEN 'Delivery' THEN 'delivered'
        WHEN 'Open' THEN 'opened' WHEN 'Click' THEN 'clicked' WHEN 'DeliveryDelay' THEN 'delivery_delayed' WHEN 'Subscription' THEN 'unsubscribed' END AS kind) k
    CROSS JOIN LATERAL campaign.json_object_in(m.data -> (lower(left(n.name, 1)) || substr(n.name, 2))) o(data)
    CROSS JOIN LATERAL (
        SELECT COALESCE(a.value ->> 'emailAddress', a.value #>> '{}') AS address, a.value ->> 'status' AS status
        FROM jsonb_path_query(COALESCE(o.data -> 'bouncedRecipients', o.data -> 'complainedRecipients', o.data -> 'delayedRecipients',
            o.data -> 'recipients', m.data #> '{mail,destination}'), '$[*]') a(value)
    ) r
    WHERE $1 ->> 'Type' = 'Notification'
$$;
COMMENT ON FUNCTION campaign.read_ses(jsonb) IS 'Internal. What a notification of SES reports, for each recipient';

-- As prospects may have it: the last part of an address of a profile is what the gateway says.
CREATE FUNCTION campaign.profile_spellings(names text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(array_agg(DISTINCT p.prefix || n.name || s.suffix), '{}')
    FROM (SELECT lower(regexp_replace(regexp_replace(v, '[?#].*$', ''), '^.*/in/|/+$', '', 'g')) AS name FROM unnest($1) v) n
    CROSS JOIN unnest('{https://www.linkedin.com/in/,https://linkedin.com/in/,http://www.linkedin.com/in/,http://linkedin.com/in/,www.linkedin.com/in/,linkedin.com/in/,""}'::text[]) p(prefix)
    CROSS JOIN unnest('{"",/}'::text[]) s(suffix)
    WHERE n.name <> ''
$$;
COMMENT ON FUNCTION campaign.profile_spellings(text[]) IS
    'Internal. How the address of a profile may be written, in lower case, of which these are names or addresses';

-- It reports messages of ours, too. The sender is ourselves if he is the user of the account, where that is
-- said, or is called as an account of ours; see ingest().
CREATE FUNCTION campaign.read_unipile(report jsonb) RETURNS SETOF campaign.provider_report
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT NULL, CASE WHEN s.data ->> 'message' IN ('OK', 'RECONNECTED', 'SYNC_SUCCESS', 'CREATION_SUCCESS') THEN 'account_connected'
            WHEN s.data ->> 'message' IN ('STOPPED', 'ERROR', 'CREDENTIALS', 'DELETED') THEN 'account_disconnected' END,
        NULL, NULL, NULL, NULL, NULL, s.data ->> 'account_id', NULL::text[], NULL::timestamptz, jsonb_build_object('message', s.data ->> 'message')
    FROM campaign.json_object_in(COALESCE($1 -> 'AccountStatus', CASE WHEN NOT $1 ? 'event' OR $1 ->> 'event' = 'AccountStatus' THEN $1 END)) s(data)
    WHERE s.data ? 'account_id'
    UNION ALL
    SELECT concat_ws(':', 'new_relation', $1 ->> 'account_id', COALESCE($1 ->> 'user_provider_id', $1 ->> 'user_public_identifier')), 'connected',
        NULL, NULL, NULL, NULL, NULL, $1 ->> 'account_id', ARRAY[$1 ->> 'user_provider_id', $1 ->> 'user_public_identifier'], NULL, '{}'
    WHERE $1 ->> 'event' = 'new_relation'
    UNION ALL
    SELECT concat_ws(':', 'message', $1 ->> 'message_id'), 'replied', NULL, NULL, NULL, NULL, NULL, $1 ->> 'account_id',
        ARRAY[s.data ->> 'attendee_provider_id', s.data ->> 'attendee_profile_url'], campaign.report_time($1 ->> 'timestamp'),
        jsonb_build_object('chat_id', $1 ->> 'chat_id', 'message_id', $1 ->> 'message_id')
    FROM campaign.json_object_in($1 -> 'sender') s(data)
    WHERE $1 ->> 'event' = 'message_received'
      AND COALESCE($1 ->> 'is_sender' NOT IN ('true', '1'), true)
      AND (s.data ->> 'attendee_provider_id' IS DISTINCT FROM $1 #>> '{account_info,user_id}' OR $1 #>> '{account_info,user_id}' IS NULL)
$$;
COMMENT ON FUNCTION campaign.read_unipile(jsonb) IS
    'Internal. What a webhook of Unipile reports: accounts, new connections, messages that others have written';

CREATE FUNCTION campaign.read_report(provider text, headers jsonb, report jsonb) RETURNS SETOF campaign.provider_report
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE $1
        WHEN 'standard' THEN RETURN QUERY SELECT * FROM campaign.read_standard($2, $3);
        WHEN 'mailgun' THEN RETURN QUERY SELECT * FROM campaign.read_mailgun($3);
        WHEN 'postmark' THEN RETURN QUERY SELECT * FROM campaign.read_postmark($3);
        WHEN 'sendgrid' THEN RETURN QUERY SELECT * FROM campaign.read_sendgrid($3);
        WHEN 'ses' THEN RETURN QUERY SELECT * FROM campaign.read_ses($3);
        WHEN 'unipile' THEN RETURN QUERY SELECT * FROM campaign.read_unipile($3);
    END CASE;
END
$$;
COMMENT ON FUNCTION campaign.read_report(text, jsonb, jsonb) IS
    'Internal. What a provider''s report says, in our words; kind is NULL for what there are no words for';
