-- What a channel of transport smtp can be (S2.12): its address, its options, and the login of each account.
\set VERBOSITY terse
CREATE FUNCTION pg_temp.try(url text, options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_constraint text;
BEGIN
    INSERT INTO campaign.channel (name, transport, url, options) VALUES ('tried', 'smtp', try.url, try.options);
    DELETE FROM campaign.channel WHERE name = 'tried';
    RETURN 'taken';
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
    RETURN COALESCE(NULLIF(v_constraint, ''), SQLERRM);
END
$$;
SELECT u AS url, pg_temp.try(u, '{}') FROM unnest(ARRAY['smtp://mail.example.org', 'smtps://mail.example.org:465', 'SMTP://[::1]:25',
    'https://mail.example.org', 'smtp://ada@mail.example.org', 'smtp://mail.example.org/x', 'smtp://', NULL]) u;
SELECT o AS options, pg_temp.try('smtp://mail.example.org', o::jsonb) FROM unnest(ARRAY[
    '{"hello": "client.example", "allow_clear": true, "dot_timeout_ms": 600000, "session_messages": 1}',
    '{"hello": "two words"}', '{"hello": 1}', '{"allow_clear": "yes"}', '{"dot_timeout_ms": 0}', '{"session_messages": 0}',
    '{"idempotent": true}']) o;

-- a secret of each account: the one that is missing is named
BEGIN;
INSERT INTO campaign.channel (name, transport, url, secret, options)
    VALUES ('mailbox', 'smtp', 'smtp://mail.example.org', 'mailbox:{address}', '{"classes": ["email"]}') RETURNING id AS channel \gset
INSERT INTO campaign.member (name) VALUES ('mail_channel') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'mia@example.org'), (:member, :channel, 'leo@example.org');
SELECT campaign.set_secret('mailbox:mia@example.org', 'mia:password');
SELECT campaign.create_sequence('mail_channel', '[{"email": {"subject": "Hello", "body": "How are you?"}}]') > 0 AS created;
SELECT campaign.create_campaign('mail_channel', 'mail_channel', :member,
    ARRAY(SELECT id FROM campaign.account WHERE channel_id = :channel ORDER BY id), description => 'x') AS campaign \gset
SELECT p.detail, p.remedy FROM campaign.preflight(:campaign) p WHERE NOT p.ok AND p.severity = 'error' AND p.item = 'channels';
SELECT campaign.set_secret('mailbox:leo@example.org', 'leo:password');
SELECT p.detail, p.remedy FROM campaign.preflight(:campaign) p WHERE NOT p.ok AND p.severity = 'error' AND p.item = 'channels';
ROLLBACK;
