-- How requests are signed that go to webhooks; who signs is a dispatcher (src/engine/webhook_signature.h).

CREATE FUNCTION campaign.webhook_signature(secrets text, id text, second bigint, body bytea) RETURNS text
    LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_webhook_signature';
COMMENT ON FUNCTION campaign.webhook_signature(text, text, bigint, bytea) IS
    'Internal. The header webhook-signature of Standard Webhooks 1.0.0: a signature for each of the secrets, which stand with blanks between; NULL if one is no whsec_ secret';

CREATE FUNCTION campaign.signing_faults(workspace bigint, campaign bigint) RETURNS TABLE (channel text, secret text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT h.name, h.secret
    FROM campaign.campaign_channels($1, $2) h
    LEFT JOIN campaign.secret s ON s.workspace_id = $1 AND s.name = h.secret
    WHERE EXISTS (
        SELECT FROM campaign.adapter a
        WHERE a.workspace_id IN (0, $1) AND a.name = h.adapter AND a.sign = 'standard_webhooks'
          AND (a.workspace_id = $1 OR NOT EXISTS (SELECT FROM campaign.adapter o
              WHERE o.workspace_id = $1 AND o.name = a.name AND o.action_kind = a.action_kind)))
      -- one that has no value is told of otherwise
      AND (h.secret IS NULL OR s.value IS NOT NULL AND campaign.webhook_signature(s.value, 'id', 0, '') IS NULL)
$$;
COMMENT ON FUNCTION campaign.signing_faults(bigint, bigint) IS
    'Internal. Channels of a campaign whose adapter signs what leaves, and whose secret cannot sign';
