-- How requests are signed that go to webhooks; who signs is a dispatcher (src/engine/webhook_signature.h).

CREATE FUNCTION campaign.webhook_signature(secrets text, id text, second bigint, body bytea) RETURNS text
    LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_webhook_signature';
COMMENT ON FUNCTION campaign.webhook_signature(text, text, bigint, bytea) IS
    'Internal. The header webhook-signature of Standard Webhooks 1.0.0: a signature for each of the secrets, which stand with blanks between; NULL if one is no whsec_ secret';
