-- Webhooks of one's own (Standard Webhooks 1.0.0, https://www.standardwebhooks.com), of Zapier and of Make (S2.16): any kind of
-- action. A receiver is told of an action by its key until it has said yes, so it may hear of it twice: of a webhook
-- of one's own webhook-id is the same each time, of Zapier and Make data.key is. The url is the hook's. Of
-- a webhook of one's own the secret is whsec_..., or two of them with a blank between while they change.

INSERT INTO campaign.adapter (workspace_id, name, action_kind, method, body, repeatable, sign, built_in)
SELECT 0, p.name, '*', 'POST', '{
    "type": "campaign.{{kind}}", "timestamp": "{{now}}",
    "data": {
        "key": "{{key}}", "action_id": "{{action_id}}", "kind": "{{kind}}", "campaign": "{{campaign}}",
        "prospect": "{{prospect}}", "sender": "{{sender}}", "content": "{{content}}"}}', true, p.sign, true
FROM (VALUES ('webhook', 'standard_webhooks'), ('zapier', NULL), ('make', NULL)) p (name, sign);

INSERT INTO campaign.adapter_answer (workspace_id, name, action_kind, rank, condition, meaning, code, wait, built_in)
SELECT 0, r.name, '*', r.rank, r.condition::jsonpath, r.meaning, r.code, r.wait, true
FROM (VALUES
    ('webhook', 10, '$.status >= 200 && $.status < 300', 'accepted', NULL, NULL::interval),
    -- the receiver is not there any more
    ('webhook', 20, '$.status == 410', 'disconnected', 'gone', NULL),
    ('webhook', 30, '$.status == 429 || $.status == 502 || $.status == 504', 'defer', NULL, '30 seconds'),
    -- redirects are not followed; anything else is tried again by the ladder
    ('webhook', 40, '$.status >= 300 && $.status < 500', 'retry', NULL, NULL),

    ('zapier', 10, '$.status == 200', 'accepted', NULL, NULL),
    ('zapier', 20, '$.status == 410 || $.status == 404', 'disconnected', 'gone', NULL),
    ('zapier', 30, '$.status == 429', 'defer', NULL, '1 minute'),
    ('zapier', 40, '$.status >= 201 && $.status < 500', 'retry', NULL, NULL),

    ('make', 10, '$.status >= 200 && $.status < 300', 'accepted', NULL, NULL),
    ('make', 20, '$.status == 410 || $.status == 404', 'disconnected', 'gone', NULL),
    ('make', 30, '$.status == 429', 'defer', NULL, '10 seconds'),
    -- its queue is full
    ('make', 31, '$.status == 400', 'defer', NULL, '1 minute'),
    ('make', 40, '$.status >= 300 && $.status < 500', 'retry', NULL, NULL)
) r (name, rank, condition, meaning, code, wait);
