-- From a definition to the steps that runs walk: order, names, ends, contents, facts.

\pset null ''

-- The reference walk Visit - Invitation - Message (S2.27). Whoever has not accepted in time is shown
-- at step "failure".
SELECT campaign.create_sequence('definition: reference walk', $$[
    {"only_if": "not_connected"},
    {"visit": {}},
    {"delay": "2 days"},
    {"invite": {"note": "Hello {{first_name}}"}},
    {"wait": {"until": "connected", "within": "15 days", "else": "failure"}},
    {"message": {"body": "Thank you, {{first_name|dear colleague}}."}},
    {"wait": {"until": "replied", "within": "7 days", "else": "failure"}}
]$$, 'visit, invite, write') > 0 AS created;

SELECT s.*
FROM campaign.sequence q CROSS JOIN LATERAL campaign.compiled_steps(q.definition) s
WHERE q.name = 'definition: reference walk';
SELECT f.*
FROM campaign.sequence q CROSS JOIN LATERAL campaign.compiled_facts(q.definition) f
WHERE q.name = 'definition: reference walk';
SELECT f.*
FROM campaign.sequence q CROSS JOIN LATERAL campaign.validate_sequence(q.definition) f
WHERE q.name = 'definition: reference walk';

-- The same name again is the next version; others stay as they are.
SELECT campaign.create_sequence('definition: reference walk', '[{"visit": {}}]')
    <> campaign.create_sequence('definition: another', '[{"visit": {}}]') AS created;
SELECT name, version, jsonb_array_length(definition) AS steps, description
FROM campaign.sequence WHERE name IN ('definition: reference walk', 'definition: another') ORDER BY name, version;

-- Names: the kind, numbered where it repeats; those that are given stand, wherever they stand.
SELECT s."position", s.path, s.name, s.kind, s.action_kind
FROM campaign.compiled_steps($$[
    {"visit": {}},
    {"visit": {}, "name": "visit_3"},
    {"action": "visit"},
    {"visit": {}},
    {"delay": "1 day", "name": "success"},
    {"visit": {}, "name": "Grüezi {{x}}"}
]$$) s;

-- Nested steps go on after the branch or the wait that they stand in; an else without steps goes on at
-- once. Ends are shown by how they end, whether they are written or follow from an else.
SELECT s."position", s.path, s.name, s.kind, s.action_kind, s.delay
FROM campaign.compiled_steps($$[
    {"branch": [
        {"when": "connected", "then": [{"message": {"body": "a"}}, {"branch": [{"when": "replied", "then": []}, {"else": [{"visit": {}}]}]}]},
        {"when": "not pending", "then": []},
        {"else": [{"wait": {"until": "connected", "after": "1 day", "within": "10 days 12:00", "else": [{"find_email": {}}, {"end": "failure"}]}}]}
    ]},
    {"wait": {"until": "clicked", "within": "2 weeks", "else": "continue"}},
    {"wait": {"until": "not bounced", "within": "90 minutes", "else": "end"}},
    {"wait": {"until": "has_email", "within": "1 day", "else": "success"}},
    {"wait": {"until": "clicked", "within": "1 day", "else": "failure"}},
    {"wait": {"until": "suppressed", "within": "1 day", "else": "failure"}}
]$$) s;

-- Each kind of event that is asked about has a bit, in order of appearance; states have none.
SELECT * FROM campaign.compiled_facts($$[
    {"only_if": "not suppressed"},
    {"branch": [{"when": "clicked", "then": [{"visit": {}, "if": "not bounced"}]}, {"when": "not  clicked", "then": []}, {"else": []}]},
    {"wait": {"until": "opened", "within": "1 day", "else": "end"}}
]$$);

-- Contents: what the kind declares, and in payload whatever else a gateway wants.
SELECT s.path, s.name, s.content, s.missing_content
FROM campaign.compiled_steps($$[
    {"visit": {}},
    {"visit": {}, "payload": {"ref": "{{row.id}}"}},
    {"action": "email", "payload": {"subject": "Hi", "body": "{{first_name}}", "campaign": "spring"}},
    {"email": {"subject": "Hi"}, "payload": {"body": "there"}},
    {"email": {"subject": "Hi"}, "if": "has_email"},
    {"task": {"title": "Call {{first_name}}", "within": "2 days"}},
    {"crm_sync": {"channel": "our crm"}}
]$$) s;

-- Kinds of action and of event are made by INSERT alone, and one's own row stands before the built-in.
BEGIN;
DELETE FROM campaign.action_kind WHERE NOT built_in;
DELETE FROM campaign.event_kind WHERE NOT built_in;
INSERT INTO campaign.action_kind (name, channel_class, intention, requires, options) VALUES
    ('sms', 'sms', 'send a text', NULL, '{"contents": {"text": "required", "from": "name", "odd": 7}}'),
    ('plain', 'sms', 'send something', NULL, '[]'),
    ('visit', 'linkedin', 'visit with a reason', 'connected', '{"contents": {"reason": "required"}}');
INSERT INTO campaign.event_kind (name) VALUES ('paid'), ('ended');
SELECT * FROM campaign.validate_sequence($$[
    {"sms": {"text": "Hi {{first_name}}", "from": "us", "odd": "x"}},
    {"plain": {}},
    {"sms": {}},
    {"visit": {}},
    {"only_if": "paid"},
    {"only_if": "ended"}
]$$);
ROLLBACK;

-- A message to somebody who may be no connection is a warning, unless something before it sees to that.
SELECT * FROM campaign.validate_sequence('[{"message": {"body": "Hi"}}]');
SELECT * FROM campaign.validate_sequence('[{"only_if": "connected"}, {"message": {"body": "Hi"}}]');
