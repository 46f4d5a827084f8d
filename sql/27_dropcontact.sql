-- Dropcontact, https://developer.dropcontact.com: the search for a professional address (S2.10). Contacts are
-- submitted, and asked for under a request id; custom_fields come back unchanged, and carry the action. The
-- secret is the access token. What counts as found is the qualification of an address: of adapter dropcontact
-- one that belongs to one person at a company, of dropcontact_catch_all also one at a domain that takes
-- everything. To search again does no harm, but may cost Dropcontact's own credits once more.

INSERT INTO campaign.adapter (workspace_id, name, action_kind, position, role, method, path, headers, body, repeatable, takes, every, item, batch, built_in)
SELECT 0, p.name, 'find_email', r.position, r.role, r.method, r.path, '{"X-Access-Token": "{{secret}}"}', r.body, true,
    replace(r.takes::text, 'FOUND', p.found)::jsonb, r.every, r.item::jsonpath[], r.batch::jsonb, true
FROM (VALUES ('dropcontact', 'nominative'), ('dropcontact_catch_all', '(nominative|catch_all)')) p (name, found)
CROSS JOIN (VALUES
    (1, 'send', 'POST', '/v1/enrich/all', '{
        "data": [{
            "first_name?": "{{prospect.first_name}}", "last_name?": "{{prospect.last_name}}", "company?": "{{prospect.company}}",
            "website?": "{{prospect.website}}", "linkedin?": "{{prospect.linkedin_url}}", "email?": "{{prospect.email}}",
            "phone?": "{{prospect.phone}}", "country?": "{{prospect.country}}",
            "custom_fields": {"action_id": "{{action_id}}"}}],
        "siren": false, "language": "en"}'::jsonb,
        '{"result.request_id": "$.item.request_id", "result.credits_left": "$.item.credits_left"}'::jsonb, NULL::interval,
        -- one request id for all
        ARRAY['$.body ? (@.success == true && @.request_id.type() == "string")'], '{"most": 100, "array": "data"}'),
    (1, 'poll', 'GET', '/v1/enrich/all/{{result.request_id}}', NULL, '{
        "prospect.professional_email": "$.item.email[*] ? (@.qualification like_regex \"^FOUND@pro$\" && @.email like_regex \"^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$\").email",
        "fact.qualification": "$.item.email[*] ? (@.qualification like_regex \"^FOUND@pro$\" && @.email like_regex \"^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$\").qualification"}', '30 seconds',
        ARRAY['$.body ? (@.success == true).data[*] ? (@.custom_fields.action_id == $action_id)'], NULL)
) r (position, role, method, path, body, takes, every, item, batch);

INSERT INTO campaign.adapter_answer (workspace_id, name, action_kind, role, rank, condition, meaning, code, wait, fact, built_in)
SELECT 0, p.name, 'find_email', r.role, r.rank, replace(r.condition, 'FOUND', p.found)::jsonpath, r.meaning, r.code, r.wait, r.fact, true
FROM (VALUES ('dropcontact', 'nominative'), ('dropcontact_catch_all', '(nominative|catch_all)')) p (name, found)
CROSS JOIN (VALUES
    ('send', 10, '$.status == 200 && exists($.item)', 'pending', NULL, NULL::interval, NULL),
    -- found or not: both are answers, and ways of the sequence
    ('poll', 20, '$.status == 200 && exists($.item.email[*] ? (@.qualification like_regex "^FOUND@pro$" && @.email like_regex "^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$"))', 'accepted', NULL, NULL, 'email_found'),
    ('poll', 21, '$.status == 200 && exists($.item)', 'accepted', 'not_found', NULL, NULL),
    -- a request id that is known no more is submitted anew; all else is asked for again, until the time is up
    ('poll', 22, '$.status == 404', 'retry', NULL, NULL, NULL),
    ('poll', 23, '$.status > 0', 'pending', NULL, NULL, NULL),
    ('send', 30, '($.status == 200 || $.status == 402 || $.status == 403) && $.body.reason like_regex "credit" flag "i"', 'held', 'no_credit_at_provider', NULL, NULL),
    ('send', 31, '$.status == 401 || $.status == 403', 'disconnected', 'unauthorized', NULL, NULL),
    ('send', 32, '$.status == 429', 'defer', NULL, '1 minute', NULL),
    -- one of many is not good: which it is shows when each goes by itself
    ('send', 29, '$.status == 400 || $.status == 413 || $.status == 422', 'apart', NULL, NULL, NULL),
    ('send', 33, '$.status == 400 || $.status == 422', 'refused', 'too_little_known', NULL, NULL),
    -- an answer that gives no request id is none
    ('send', 34, '$.status >= 200 && $.status < 300', 'unknown', NULL, NULL, NULL)
) r (role, rank, condition, meaning, code, wait, fact);
