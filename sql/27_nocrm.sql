-- noCRM.io, https://www.nocrm.io/api, leads v2: handing over to a CRM (S2.16). There is no key by which a lead would be
-- known: its id is kept, and later hand-overs of the same prospect are comments on that lead. Whether a request
-- got through of which nobody knows is looked up by the line "Reference" of the description before it is
-- repeated. The url is that of the account, https://ACCOUNT.nocrm.io; the secret is its API key; an account
-- whose address is an email address is the user whose leads they become.

INSERT INTO campaign.adapter (workspace_id, name, action_kind, position, role, needed, method, path, headers, body, finds, repeatable, takes, retry_after_header, built_in)
SELECT 0, 'nocrm', 'crm_sync', r.position, r.role, r.needed::jsonpath, r.method, r.path, '{"X-API-KEY": "{{secret}}"}', r.body,
    '{"user": {"in": "{{sender.address}}", "match": "^[^[:space:]@]+@[^[:space:]@]+$"}}', r.repeatable, r.takes, 'API-RETRY-AFTER', true
FROM (VALUES
    (1, 'send', 'exists($.kept.lead_id)', 'POST', '/api/v2/leads/{{kept.lead_id}}/comments', '{
        "content": "{{campaign.name}}: {{content.event|handed over}} {{content.occurred_at|}}\nReference: {{key}}"}'::jsonb, NULL::boolean,
        '{"result.comment_id": "$.body.id"}'::jsonb),
    (2, 'send', '!exists($.kept.lead_id)', 'POST', '/api/v2/leads', '{
        "title": "{{prospect.first_name|}} {{prospect.last_name|}} ({{prospect.company|no company}})",
        "description": "First name: {{prospect.first_name|}}\nLast name: {{prospect.last_name|}}\nCompany: {{prospect.company|}}\nPosition: {{prospect.job_title|}}\nEmail: {{prospect.professional_email|}}\nOther email: {{prospect.email|}}\nPhone: {{prospect.phone|}}\nLinkedIn: {{prospect.linkedin_url|}}\nEvent: {{content.event|handed over}} {{content.occurred_at|}}\nReference: {{key}}",
        "tags": ["{{campaign.name}}"],
        "user_id?": "{{found.user}}"}', NULL, '{"kept.lead_id": "$.body.id"}'),
    -- two, so that a filter which is passed over shows
    (2, 'lookup', NULL, 'GET', '/api/v2/leads?field_key=Reference&field_value={{key}}&limit=2', NULL, NULL, '{"kept.lead_id": "$.body[0].id"}')
) r (position, role, needed, method, path, body, repeatable, takes);

INSERT INTO campaign.adapter_answer (workspace_id, name, action_kind, role, position, rank, condition, meaning, code, wait, built_in)
SELECT 0, 'nocrm', 'crm_sync', r.role, r.position, r.rank, r.condition::jsonpath, r.meaning, r.code, r.wait, true
FROM (VALUES
    ('send', 0, 10, '($.status == 200 || $.status == 201) && exists($.body.id ? (@.type() == "number" || @.type() == "string"))', 'accepted', NULL, NULL::interval),
    ('lookup', 2, 11, '$.status == 200 && $.body.type() == "array" && $.body.size() == 1 && exists($.body[0].id ? (@.type() == "number" || @.type() == "string"))', 'accepted', NULL, NULL),
    ('lookup', 2, 12, '$.status == 200 && $.body.type() == "array" && $.body.size() == 0', 'absent', NULL, NULL),
    ('lookup', 2, 13, '$.status == 200', 'unknown', NULL, NULL),
    ('*', 0, 20, '$.status == 429 || $.body.type like_regex "^too_many_requests$"', 'defer', NULL, '10 minutes'),
    ('*', 0, 30, '$.status == 401', 'disconnected', 'unauthorized', NULL),
    ('*', 0, 31, '$.status == 403', 'disconnected', 'forbidden', NULL),
    ('send', 0, 32, '$.status == 400 && $.body.type == "user_not_found"', 'disconnected', 'unknown_user', NULL),
    ('send', 1, 33, '$.status == 404', 'refused', 'lead_gone', NULL),
    ('send', 0, 34, '$.status == 400 || $.status == 422', 'refused', 'invalid_lead', NULL),
    ('send', 0, 40, '$.status >= 200 && $.status < 300', 'unknown', NULL, NULL)
) r (role, position, rank, condition, meaning, code, wait);
