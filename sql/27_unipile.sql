-- Unipile (API v1): a gateway to a social network. The channel's url ends in /api/v1; an account's address
-- is the account_id there, the secret the access token.

INSERT INTO campaign.adapter (workspace_id, built_in, name, action_kind, position, needed, method, path, headers, body, format, finds, limits, repeatable, takes)
SELECT 0, true, 'unipile', r.kind, r.position, r.needed::jsonpath, r.method, r.path, '{"X-API-KEY": "{{secret}}", "Accept": "application/json"}'::jsonb,
    r.body::jsonb, r.format, '{"public_id": {"in": "{{prospect.linkedin_url}}", "match": "/in/([^/?#]+)"}}'::jsonb, r.limits::jsonb, r.repeatable, r.takes::jsonb
FROM (VALUES
    -- to look at a profile is to visit it
    ('visit', 1, NULL, 'GET', '/users/{{found.public_id}}?account_id={{sender.address}}&notify=true', NULL, 'json', '{}', NULL::boolean,
        '{"kept.provider_id": "$.body.provider_id"}'),
    ('invite', 1, '!exists($.kept.provider_id)', 'GET', '/users/{{found.public_id}}?account_id={{sender.address}}', NULL, 'json', '{"content.note": 300}', NULL,
        '{"kept.provider_id": "$.body.provider_id"}'),
    -- the network refuses a second invitation: to ask again does no harm
    ('invite', 2, NULL, 'POST', '/users/invite',
        '{"provider_id": "{{kept.provider_id}}", "account_id": "{{sender.address}}", "message?": "{{content.note}}"}', 'json', '{"content.note": 300}', true,
        '{"result.invitation_id": "$.body.invitation_id", "result.usage": "$.body.usage"}'),
    ('message', 1, '!exists($.kept.provider_id) && !exists($.kept.chat_id)', 'GET', '/users/{{found.public_id}}?account_id={{sender.address}}', NULL, 'json', '{}', NULL,
        '{"kept.provider_id": "$.body.provider_id"}'),
    ('message', 2, 'exists($.kept.chat_id)', 'POST', '/chats/{{kept.chat_id}}/messages', '{"text": "{{content.body}}"}', 'multipart', '{}', NULL,
        '{"result.message_id": "$.body.message_id", "result.sent": "$.status"}'),
    ('message', 3, '!exists($.result.sent)', 'POST', '/chats',
        '{"account_id": "{{sender.address}}", "attendees_ids": "{{kept.provider_id}}", "text": "{{content.body}}"}', 'multipart', '{}', NULL,
        '{"kept.chat_id": "$.body.chat_id", "result.message_id": "$.body.message_id"}'),
    ('inmail', 1, '!exists($.kept.provider_id)', 'GET', '/users/{{found.public_id}}?account_id={{sender.address}}', NULL, 'json', '{}', NULL,
        '{"kept.provider_id": "$.body.provider_id"}'),
    ('inmail', 2, NULL, 'POST', '/chats',
        '{"account_id": "{{sender.address}}", "attendees_ids": "{{kept.provider_id}}", "subject": "{{content.subject}}", "text": "{{content.body}}", "linkedin[inmail]": "true"}',
        'multipart', '{}', NULL, '{"result.message_id": "$.body.message_id"}')
) AS r (kind, position, needed, method, path, body, format, limits, repeatable, takes);

-- Callbacks tell of acceptances up to eight hours late, or not at all. The latest come first.
INSERT INTO campaign.adapter (workspace_id, built_in, name, action_kind, role, method, path, headers, every, takes) VALUES
    (0, true, 'unipile', '*', 'relations', 'GET', '/users/relations?account_id={{sender.address}}&limit=50',
        '{"X-API-KEY": "{{secret}}", "Accept": "application/json"}', '2 hours', '{"relation.provider_id": "$.body.items[*].member_id"}');

-- Errors bear a type, and a status says little: 422 is of every sort.
INSERT INTO campaign.adapter_answer (workspace_id, built_in, name, rank, condition, meaning, code, wait, fact, repeated)
SELECT 0, true, 'unipile', r.rank, pg_catalog.format('$.body.type like_regex "^(errors/)?%s$"', r.type)::jsonpath, r.meaning, r.code, r.wait::interval, r.fact, r.repeated
FROM (VALUES
    (10, 'already_connected', 'refused', 'already_connected', NULL, 'connected', NULL),
    (11, 'already_invited_recently', 'refused', 'already_invited', NULL, 'invited', 'accepted'),
    -- limits of the network, for all that the account does of the kind
    (20, 'cannot_resend_yet', 'defer', 'limit_reached', '1 day', NULL, NULL),
    (21, 'limit_exceeded', 'defer', 'limit_reached', '1 day', NULL, NULL),
    (22, 'connection_limit_reached', 'defer', 'limit_reached', '1 day', NULL, NULL),
    (23, 'too_many_requests', 'defer', 'limit_reached', '15 minutes', NULL, NULL),
    -- and for one recipient
    (24, 'cannot_resend_within_24hrs', 'postpone', 'limit_reached', '1 day', NULL, NULL),
    -- the sender's session
    (30, 'disconnected_account', 'disconnected', 'session_disconnected', NULL, NULL, NULL),
    (31, 'expired_credentials', 'disconnected', 'session_disconnected', NULL, NULL, NULL),
    (32, 'checkpoint_error', 'disconnected', 'session_disconnected', NULL, NULL, NULL),
    (33, 'account_restricted', 'disconnected', 'session_disconnected', NULL, NULL, NULL),
    -- the recipient, for good
    (40, 'invalid_recipient', 'refused', 'invalid_recipient', NULL, NULL, NULL),
    (41, 'cannot_invite_attendee', 'refused', 'cannot_invite', NULL, NULL, NULL),
    (42, 'blocked_recipient', 'refused', 'recipient_blocked', NULL, NULL, NULL),
    (43, 'user_unreachable', 'refused', 'recipient_unreachable', NULL, NULL, NULL),
    (44, 'no_connection_with_recipient', 'refused', 'not_connected', NULL, NULL, NULL),
    -- what is said, which its owner can mend
    (50, 'too_many_characters', 'held', 'too_many_characters', NULL, NULL, NULL),
    (51, 'invalid_message', 'held', 'content_refused', NULL, NULL, NULL),
    -- what it costs there
    (60, 'insufficient_credits', 'held', 'no_credit', NULL, NULL, NULL),
    (61, 'not_allowed_inmail', 'held', 'not_allowed', NULL, NULL, NULL)
) AS r (rank, type, meaning, code, wait, fact, repeated);

-- What has no type that we know.
INSERT INTO campaign.adapter_answer (workspace_id, built_in, name, action_kind, role, position, rank, condition, meaning, code, wait) VALUES
    (0, true, 'unipile', '*', '*', 0, 90, '$.status == 429', 'defer', 'limit_reached', '15 minutes'),
    -- the token, which all accounts need
    (0, true, 'unipile', '*', '*', 0, 91, '$.status == 401 || $.status == 403', 'disconnected', 'session_disconnected', NULL),
    (0, true, 'unipile', '*', 'send', 1, 92, '$.status == 404', 'refused', 'invalid_recipient', NULL);
