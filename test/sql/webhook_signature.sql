-- Standard Webhooks 1.0.0: how requests are signed, by the vector of the specification, and that what is signed so is
-- taken for signed where it comes back to us.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2021-02-25 15:02:10+00';
\set secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
\set body '{"test": 2432232314}'
SELECT campaign.webhook_signature(:'secret', 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, convert_to(:'body', 'UTF8'));
SELECT campaign.webhook_signature(:'secret', 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, convert_to(:'body', 'UTF8'))
    = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' AS as_specified;
-- id, second and body are all covered
SELECT count(DISTINCT campaign.webhook_signature(:'secret', s.id, s.second, convert_to(s.body, 'UTF8'))) AS signatures
FROM (VALUES ('msg', 1, 'x'), ('msh', 1, 'x'), ('msg', 2, 'x'), ('msg', 1, 'y'), ('msg', 1, '')) s (id, second, body);
-- while secrets change, a signature for each, in their order
SELECT campaign.webhook_signature('whsec_' || encode(v.key, 'base64') || '  ' || :'secret' || ' ', 'msg', 1, 'x')
    = campaign.webhook_signature('whsec_' || encode(v.key, 'base64'), 'msg', 1, 'x') || ' ' || campaign.webhook_signature(:'secret', 'msg', 1, 'x') AS both
FROM (VALUES (decode(repeat('ab', 32), 'hex'))) v (key);
-- keys have 24 to 64 bytes, in base64, behind their prefix; with one that is none nothing is signed
SELECT v.n, campaign.webhook_signature('whsec_' || translate(encode(decode(repeat('5a', v.n), 'hex'), 'base64'), E'\n', ''), 'msg', 1, 'x') IS NOT NULL AS signed
FROM (VALUES (0), (1), (23), (24), (32), (64), (65), (200)) v (n);
SELECT v.secret, campaign.webhook_signature(v.secret, 'msg', 1, 'x')
FROM (VALUES (''), (' '), ('Bearer x'), ('whsec_'), ('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), ('whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), ('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!w'), ('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS'), (:'secret' || ' x')) v (secret);
-- there and back
SELECT v.secret_there, campaign.is_signed_standard(v.secret_there, jsonb_build_object('Webhook-Id', 'msg', 'webhook-timestamp', '1614265330',
    'webhook-signature', campaign.webhook_signature(:'secret' || ' whsec_' || encode(decode(repeat('ab', 32), 'hex'), 'base64'), 'msg', 1614265330, convert_to(:'body', 'UTF8'))),
    convert_to(:'body', 'UTF8')) AS believed
FROM (VALUES (:'secret'), ('whsec_' || encode(decode(repeat('ab', 32), 'hex'), 'base64')), ('whsec_' || encode(decode(repeat('cd', 32), 'hex'), 'base64'))) v (secret_there);

-- a channel whose adapter signs is not launched without a secret that can
SET LOCAL client_min_messages = error;
INSERT INTO campaign.member (id, name) VALUES (931, 'Anna Berg');
INSERT INTO campaign.channel (id, name, transport, adapter, url, secret) VALUES
    (931, 'hook', 'http', 'webhook', 'https://hook.example.org/in', NULL), (932, 'zap', 'http', 'zapier', 'https://hooks.zapier.com/hooks/catch/1/2/', NULL);
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (931, 931, 931, 'hook'), (932, 931, 932, 'zap');
SELECT campaign.create_sequence('Told', '[{"crm_sync": {}}]') > 0 AS made;
SELECT campaign.create_campaign('Told', 'Told', 931, '{931,932}') AS told \gset
SELECT p.ok, p.detail, p.remedy FROM campaign.preflight(:told) p WHERE p.item = 'channels' AND p.severity = 'error' ORDER BY p.ok, p.detail;
UPDATE campaign.channel SET secret = 'hook' WHERE id = 931;
SELECT campaign.set_secret('hook', 'Bearer x');
SELECT p.ok, p.detail, p.remedy FROM campaign.preflight(:told) p WHERE p.item = 'channels' AND p.severity = 'error' ORDER BY p.ok, p.detail;
SELECT campaign.set_secret('hook', 'whsec_' || encode(decode(repeat('ab', 32), 'hex'), 'base64') || ' ' || :'secret');
SELECT p.ok, p.detail, p.remedy FROM campaign.preflight(:told) p WHERE p.item = 'channels' AND p.severity = 'error' ORDER BY p.ok, p.detail;
-- own rows stand before the built-in ones, and these do not sign
SELECT campaign.set_secret('hook', 'Bearer x');
INSERT INTO campaign.adapter (name, body, headers) VALUES ('webhook', '"{{content}}"', '{"Authorization": "{{secret}}"}');
SELECT count(*) AS faults FROM campaign.preflight(:told) p WHERE p.item = 'channels' AND NOT p.ok;
ROLLBACK;
