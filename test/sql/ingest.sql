-- Reports of providers: verified, matched, translated, and each counted once (B13).
-- what the signature of Standard Webhooks is, by the example of its specification
SELECT campaign.is_signed_standard('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', jsonb_build_object('Webhook-Id', 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp', extract(epoch FROM campaign.clock())::bigint::text, 'WEBHOOK-SIGNATURE', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='),
    '{"test": 2432232314}') AS of_another_time;
\set SHOW_CONTEXT never
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2021-02-25 15:03:10+00';
SELECT h.name, campaign.is_signed_standard('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', h.headers, h.body) AS signed
FROM (VALUES
    ('example', '{"Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "WEBHOOK-SIGNATURE": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}'::jsonb, '{"test": 2432232314}'::bytea),
    ('second', '{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "webhook-signature": "v1,AAAA v1a,x v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}', '{"test": 2432232314}'),
    ('body', '{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}', '{"test": 2432232315}'),
    ('id', '{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJel", "webhook-timestamp": "1614265330", "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}', '{"test": 2432232314}'),
    ('version', '{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}', '{"test": 2432232314}'),
    ('nonsense', '{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "webhook-signature": "v1,=(; v1,"}', '{"test": 2432232314}'),
    ('no headers', '{}', '{"test": 2432232314}')) AS h (name, headers, body);
SET LOCAL campaign.now = '2021-02-25 15:07:11+00';
SELECT campaign.is_signed_standard('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}',
    '{"test": 2432232314}') AS five_minutes_late;

-- ---- what they do --------------------------------------------------------------------------------
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna Sender') RETURNING id AS member \gset
INSERT INTO campaign.channel (name, transport, options) VALUES ('mail', 'outbox', '{"classes": ["email"]}') RETURNING id AS channel \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'anna@example.org') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email) SELECT n, n || '@example.com'
    FROM unnest('{opens,opens_unnamed,clicks,hard,soft,complains,optsout,by_address,by_action,delivered,replies}'::text[]) n;
-- an opened mail moves only a sequence that names it (B13)
SELECT campaign.create_sequence('Named', '[{"only_if": "has_email"}, {"email": {"subject": "Hello", "body": "x"}},
    {"wait": {"until": "opened", "within": "10 days", "else": "failure"}}, {"end": "success"}]') > 0 AS created;
SELECT campaign.create_sequence('Unnamed', '[{"only_if": "has_email"}, {"email": {"subject": "Hello", "body": "x"}},
    {"wait": {"until": "clicked", "within": "10 days", "else": "failure"}}, {"end": "success"}]') > 0 AS created;
SELECT campaign.create_campaign('Named', 'Named', :member, ARRAY[:account]::bigint[]) AS named \gset
SELECT campaign.create_campaign('Unnamed', 'Unnamed', :member, ARRAY[:account]::bigint[]) AS unnamed \gset
SELECT campaign.launch(:named), campaign.launch(:unnamed);
SELECT count(*) FROM campaign.enroll(:named, ARRAY[campaign.prospect_id('opens')]);
SELECT count(*) FROM campaign.enroll(:unnamed, ARRAY(SELECT id FROM campaign.prospect WHERE external_id <> 'opens'));
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SET LOCAL campaign.now = '2026-03-02 10:00:00+00';

CREATE FUNCTION pg_temp.mail_of(name text) RETURNS text LANGUAGE sql AS
    $$SELECT l.message_id FROM campaign.letter l JOIN campaign.prospect p ON p.id = l.prospect_id WHERE p.external_id = $1$$;
CREATE FUNCTION pg_temp.mailgun(event text, name text, more jsonb DEFAULT '{}', token text DEFAULT NULL, key text DEFAULT 'signing key', at text DEFAULT '1772445600') RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    v_token text := COALESCE($4, md5($1 || $2 || $3::text));
BEGIN
    RETURN campaign.ingest('mailgun', '{}', convert_to(jsonb_build_object(
        'signature', jsonb_build_object('timestamp', $6, 'token', v_token, 'signature', encode(campaign.hmac(convert_to($5, 'UTF8'), convert_to($6 || v_token, 'UTF8')), 'hex')),
        'event-data', jsonb_build_object('event', $1, 'id', $1 || $2, 'timestamp', 1772444400.5, 'recipient', $2 || '@example.com',
            'message', jsonb_build_object('headers', jsonb_build_object('message-id', pg_temp.mail_of($2)))) || $3)::text, 'UTF8'));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
SELECT pg_temp.mailgun('opened', 'opens') AS without_a_secret;
SELECT campaign.set_secret('ingest_mailgun', 'signing key'), campaign.set_secret('ingest_postmark', 'Basic dXNlcjpwYXNz'),
    campaign.set_secret('ingest_standard', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
SELECT pg_temp.mailgun('opened', 'opens', key => 'wrong key') AS wrong_key, pg_temp.mailgun('opened', 'opens', at => '1772355000') AS too_old;
SELECT pg_temp.mailgun('opened', 'opens') AS opened, pg_temp.mailgun('opened', 'opens') AS same_token, pg_temp.mailgun('opened', 'opens', token => 'other') AS same_event,
    pg_temp.mailgun('opened', 'opens_unnamed') AS unnamed, pg_temp.mailgun('clicked', 'clicks', '{"url": "https://example.org/"}') AS clicked,
    pg_temp.mailgun('stored', 'clicks') AS unknown;
SELECT pg_temp.mailgun('failed', 'hard', '{"severity": "permanent", "reason": "bounce"}') AS hard, pg_temp.mailgun('failed', 'soft', '{"severity": "temporary"}') AS soft,
    pg_temp.mailgun('complained', 'complains') AS complained, pg_temp.mailgun('unsubscribed', 'optsout') AS unsubscribed,
    -- of an address that nobody has
    pg_temp.mailgun('complained', 'stranger') AS stranger,
    pg_temp.mailgun('delivered', 'delivered', jsonb_build_object('user-variables', jsonb_build_object('action_id', (SELECT l.action_id FROM campaign.letter l WHERE l.prospect_id = campaign.prospect_id('by_action'))))) AS by_action;

CREATE FUNCTION pg_temp.postmark(report jsonb, credentials text DEFAULT 'Basic dXNlcjpwYXNz') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN campaign.ingest('postmark', jsonb_build_object('AUTHORIZATION', $2), convert_to($1::text, 'UTF8'));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
SELECT pg_temp.postmark('{"RecordType": "Bounce", "ID": 1, "Type": "HardBounce", "Email": "by_address@example.com"}', 'Basic eA==') AS wrong, pg_temp.postmark('{"RecordType": "Bounce"}', NULL) AS none,
    pg_temp.postmark('{"RecordType": "Bounce", "ID": 1, "Type": "HardBounce", "Email": "By_Address@example.com", "BouncedAt": "2026-03-02T09:59:54.9070259Z", "MessageID": "883953f4"}') AS hard,
    pg_temp.postmark('{"RecordType": "Bounce", "ID": 1, "Type": "HardBounce", "Email": "by_address@example.com", "BouncedAt": "2026-03-02T09:59:54.9070259Z"}') AS again,
    pg_temp.postmark('{"RecordType": "Bounce", "ID": 2, "Type": "Transient", "Email": "soft@example.com"}') AS soft,
    pg_temp.postmark('{"RecordType": "SubscriptionChange", "MessageID": "x", "Recipient": "stranger2@example.com", "SuppressSending": true, "SuppressionReason": "ManualSuppression", "ChangedAt": "2026-03-02T09:00:00Z"}') AS opted_out,
    pg_temp.postmark('{"RecordType": "SubscriptionChange", "MessageID": "x", "Recipient": "stranger3@example.com", "SuppressSending": false, "ChangedAt": "2026-03-02T09:00:00Z"}') AS opted_in;

CREATE FUNCTION pg_temp.standard(id text, report text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN campaign.ingest('standard', jsonb_build_object('webhook-id', $1, 'webhook-timestamp', '1772445600', 'webhook-signature',
        'v1,' || encode(campaign.hmac(decode('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'), convert_to($1 || '.1772445600.' || $2, 'UTF8')), 'base64')), convert_to($2, 'UTF8'));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
SELECT pg_temp.standard('m1', '{"type": "replied", "timestamp": "2026-03-02T09:30:00Z", "data": {"external_id": "replies", "words": 7}}') AS replied,
    pg_temp.standard('m1', '{"type": "replied", "timestamp": "2026-03-02T09:30:00Z", "data": {"external_id": "replies"}}') AS again,
    pg_temp.standard('m2', '{"type": "ended", "data": {"external_id": "replies"}}') AS not_reported,
    pg_temp.standard('m3', '{"type": "delivered", "data": {"email": "nobody@example.com"}}') AS nobody,
    pg_temp.standard('m4', '[1]') AS no_object, pg_temp.standard('m5', 'x{') AS no_json;
SAVEPOINT refused;
SELECT campaign.ingest('brevo', '{}', '{}');
ROLLBACK TO refused;

SELECT campaign.run_until('2026-03-02 11:00+00') > 0 AS moved;
SELECT e.kind, p.external_id, e.action_id IS NOT NULL AS of_action, e.at AT TIME ZONE 'UTC' AS at, e.detail FROM campaign.event e JOIN campaign.prospect p ON p.id = e.prospect_id
    WHERE e.detail ? 'provider' ORDER BY e.kind, p.external_id, e.id;
SELECT s.kind, s.value, s.reason FROM campaign.suppression s ORDER BY 1, 2;
SELECT campaign.run_until('2026-03-20 11:00+00') > 0 AS moved;
SELECT s.external_id, s.end_kind, s.code FROM campaign.prospect_status s ORDER BY s.external_id;

-- a program that hands reports on may do that, and does not see the secrets
CREATE ROLE regress_ingest;
SELECT campaign.grant_access('regress_ingest', 'default', 'callback');
SET LOCAL ROLE regress_ingest;
SELECT pg_catalog.count(*) FROM pg_catalog.unnest(ARRAY[campaign.ingest('postmark', '{"authorization": "Basic dXNlcjpwYXNz"}', '{"RecordType": "Delivery", "MessageID": "1", "Recipient": "delivered@example.com"}')]) n WHERE n = 1;
SAVEPOINT denied;
SELECT count(*) FROM campaign.secret;
ROLLBACK TO denied;
-- as PostgREST calls a function with one argument without a name: the body as it came, headers in a setting; the role is that of the caller
RESET ROLE;
CREATE SCHEMA regress_hooks;
GRANT USAGE ON SCHEMA regress_hooks TO regress_ingest;
CREATE FUNCTION regress_hooks.postmark(bytea) RETURNS integer LANGUAGE sql AS
    $$ SELECT campaign.ingest('postmark', current_setting('request.headers')::jsonb, $1) $$;
SET LOCAL ROLE regress_ingest;
SET LOCAL request.headers = '{"authorization": "Basic dXNlcjpwYXNz", "content-type": "application/octet-stream"}';
SELECT regress_hooks.postmark('{"RecordType": "Delivery", "MessageID": "2", "Recipient": "delivered@example.com"}') AS new,
    regress_hooks.postmark('{"RecordType": "Delivery", "MessageID": "2", "Recipient": "delivered@example.com"}') AS again;
-- to say without a proof that something happened takes more
SELECT campaign.record_event('opened', 'opens');
ROLLBACK;
