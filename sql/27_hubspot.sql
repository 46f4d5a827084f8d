-- HubSpot, https://developers.hubspot.com, contacts v3: handing over to a CRM (S2.16). Who has an address is put in
-- by it, with others, which may be repeated at will; the trace id of what is written is the key of the
-- action. An address may be in a request once. Who has none is changed by the id that HubSpot gave, and created without an address before: that is
-- not repeated. The secret is the token of a private app.

INSERT INTO campaign.adapter (workspace_id, name, action_kind, position, role, needed, method, path, headers, body, finds, repeatable, takes, item, batch, built_in)
SELECT 0, 'hubspot', 'crm_sync', r.position, 'send', r.needed::jsonpath, r.method, r.path, '{"Authorization": "Bearer {{secret}}"}', r.body,
    '{"address": {"in": "{{prospect.professional_email|}} {{prospect.email|}}", "match": "[^[:space:]@]+@[^[:space:]@]+"}}', r.repeatable, r.takes, r.item::jsonpath[], r.batch::jsonb, true
FROM (VALUES
    (1, 'exists($.prospect.professional_email) || exists($.prospect.email)', 'POST', '/crm/v3/objects/contacts/batch/upsert', '{"inputs": [{
        "id": "{{found.address}}", "idProperty": "email", "objectWriteTraceId": "{{key}}",
        "properties": {
            "email": "{{found.address}}", "firstname?": "{{prospect.first_name}}", "lastname?": "{{prospect.last_name}}",
            "company?": "{{prospect.company}}", "jobtitle?": "{{prospect.job_title}}", "phone?": "{{prospect.phone}}", "website?": "{{prospect.website}}"}}]}'::jsonb,
        true, '{"kept.contact_id": "$.item.id"}'::jsonb,
        ARRAY['$.body.errors[*] ? (@.context.objectWriteTraceId[*] == $key)', '$.body.results[*] ? (@.objectWriteTraceId == $key)',
            '$.body.results[*] ? (@.properties.email == $batch.unique)', '$.body.results[0] ? ($batch.size == 1 && exists(@.id))'],
        '{"most": 100, "array": "inputs", "unique": "id"}'),
    (2, '!exists($.prospect.professional_email) && !exists($.prospect.email) && exists($.kept.contact_id)', 'PATCH', '/crm/v3/objects/contacts/{{kept.contact_id}}', '{"properties": {
        "firstname?": "{{prospect.first_name}}", "lastname?": "{{prospect.last_name}}",
        "company?": "{{prospect.company}}", "jobtitle?": "{{prospect.job_title}}", "phone?": "{{prospect.phone}}", "website?": "{{prospect.website}}"}}',
        true, '{"result.contact_id": "$.body.id"}', NULL, NULL),
    (3, '!exists($.prospect.professional_email) && !exists($.prospect.email) && !exists($.kept.contact_id)', 'POST', '/crm/v3/objects/contacts', '{"properties": {
        "firstname?": "{{prospect.first_name}}", "lastname?": "{{prospect.last_name}}",
        "company?": "{{prospect.company}}", "jobtitle?": "{{prospect.job_title}}", "phone?": "{{prospect.phone}}", "website?": "{{prospect.website}}"}}',
        false, '{"kept.contact_id": "$.body.id"}', NULL, NULL)
) r (position, needed, method, path, body, repeatable, takes, item, batch);

INSERT INTO campaign.adapter_answer (workspace_id, name, action_kind, position, rank, condition, meaning, code, wait, built_in)
SELECT 0, 'hubspot', 'crm_sync', r.position, r.rank, r.condition::jsonpath, r.meaning, r.code, r.wait, true
FROM (VALUES
    -- what is said of ours
    (1, 10, '$.item.category == "CONFLICT"', 'retry', 'conflict', NULL::interval),
    (1, 11, '$.item.category like_regex "^RATE_LIMIT"', 'defer', NULL, '10 seconds'),
    (1, 12, 'exists($.item.category)', 'refused', 'invalid_contact', NULL),
    (1, 13, '($.status == 200 || $.status == 201 || $.status == 207) && exists($.item.id ? (@.type() == "number" || @.type() == "string"))', 'accepted', NULL, NULL),
    (0, 14, '($.status == 200 || $.status == 201) && exists($.body.id ? (@.type() == "number" || @.type() == "string"))', 'accepted', NULL, NULL),
    -- one of many is not good: which it is shows when each goes by itself
    (1, 15, '$.status == 400 || $.status == 409 || $.status == 413', 'apart', NULL, NULL),
    -- another is just writing the same contact; some conflicts come as 400
    (0, 20, '($.status == 409 || $.status == 400) && ($.body.category == "CONFLICT" || $.body.message like_regex "existing id" flag "i")', 'retry', 'conflict', NULL),
    (0, 21, '$.status == 409 || $.status == 423', 'retry', 'conflict', NULL),
    (0, 22, '$.status == 429 && $.body.policyName == "DAILY"', 'defer', NULL, '1 hour'),
    (0, 23, '$.status == 429', 'defer', NULL, '10 seconds'),
    (0, 24, '$.status == 477', 'defer', NULL, '10 minutes'),
    (0, 30, '$.status == 401', 'disconnected', 'unauthorized', NULL),
    (0, 31, '$.status == 403', 'disconnected', 'missing_scopes', NULL),
    (2, 32, '$.status == 404', 'refused', 'contact_gone', NULL),
    (0, 33, '$.status == 400', 'refused', 'invalid_contact', NULL),
    -- accepted or not, there is no contact in it
    (0, 40, '$.status >= 200 && $.status < 300', 'unknown', NULL, NULL)
) r (position, rank, condition, meaning, code, wait);
