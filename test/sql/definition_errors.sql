-- What is wrong with a definition: every error names its path, unknown keys and kinds are refused,
-- and whatever jsonb is given, it is judged and not stumbled over.

\pset format unaligned
\pset fieldsep ' | '

CREATE TEMP TABLE bad (n int GENERATED ALWAYS AS IDENTITY, definition jsonb);
INSERT INTO bad (definition) VALUES
    -- no array of steps at all
    (NULL), ('null'), ('true'), ('7'), ('"visit"'), ('{}'), ('{"visit": {}}'), ('[]'),
    -- elements that are no steps
    ('[null]'), ('[7, "visit", true, [], [[]], {}]'), ('[{"name": "a"}]'), ('[{"if": "connected", "payload": {}}]'),
    -- kinds and keys that nobody knows
    ('[{"visit": {}}, {"teleport": {}}]'),
    ('[{"split": [{"percent": 50, "then": []}]}, {"stage": {"title": "x"}}, {"set": {"tag": "x"}}, {"enroll": "x"}, {"goto": "x"}]'),
    ('[{"visit": {}, "message": {"body": "Hi"}}]'),
    ('[{"visit": {}, "max_late": "2 days", "on_condition": "skip", "retry": 3}]'),
    ('[{"visit": {"url": "x"}}]'),
    ('[{"visit": {}, "": 1, "a.b \"c\"": 2, "äöü": 3}]'),
    (jsonb_build_array(jsonb_build_object(repeat('x', 100000), '{}'))),
    (jsonb_build_array(jsonb_build_object('delay', repeat('ü', 100000)))),
    ('[{"delay": "1 day", "if": "connected"}, {"end": "success", "payload": {}}]'),
    -- actions
    ('[{"visit": null}, {"visit": true}, {"message": "Hi"}, {"visit": []}]'),
    ('[{"action": "teleport"}, {"action": 7}, {"action": "delay"}]'),
    ('[{"action": "visit", "payload": "x"}, {"action": "visit", "payload": {"a": 7, "b": {}, "c": null}}]'),
    ('[{"find_email": {}}, {"email": {"subject": "Hi", "body": ["x"]}}]'),
    ('[{"invite": {"note": "a"}, "payload": {"note": "b"}}]'),
    ('[{"task": {"title": "Call", "within": "soon"}}, {"crm_sync": {"channel": ""}}]'),
    ('[{"invite": {"note": "Hi {{first_name"}}, {"invite": {"note": "Hi {{}}"}}, {"invite": {"note": "Grüß {{first name}}"}}]'),
    ('[{"visit": {}, "if": 7}, {"visit": {}, "if": "not"}]'),
    -- names
    ('[{"visit": {}, "name": 7}, {"visit": {}, "name": " "}]'),
    ('[{"visit": {}, "name": "a"}, {"branch": [{"when": "connected", "then": [{"visit": {}, "name": "a"}]}, {"else": []}]}]'),
    -- lengths of time
    ('[{"delay": 3}, {"delay": null}, {"delay": {"until": "$.row.due_date"}}]'),
    ('[{"delay": ""}, {"delay": "soon"}, {"delay": "5 business days"}, {"delay": "next day"}, {"delay": "3"}]'),
    ('[{"delay": "1 month"}, {"delay": "1 year"}, {"delay": "P1M"}, {"delay": "1 day 1 mon"}]'),
    ('[{"delay": "0 days"}, {"delay": "-3 days"}, {"delay": "3 days ago"}]'),
    ('[{"delay": "200 years"}, {"delay": "40000 days"}, {"delay": "2147483647 days"}, {"delay": "99999999999999999999 days"}]'),
    -- conditions
    ('[{"only_if": null}, {"only_if": {"fact": "connected"}}, {"only_if": ""}]'),
    ('[{"only_if": "friendly"}, {"only_if": "not friendly"}, {"only_if": "country == \"AT\""}]'),
    ('[{"only_if": "$.prospect.country = \"AT\""}, {"only_if": "not $.prospect"}, {"only_if": "$.prospekt.country == \"AT\""}]'),
    ('[{"only_if": "$prospect.age > 3"}, {"only_if": "$.prospect ? (@.age > 3)"}, {"only_if": "$.prospect.age + 1"}]'),
    ('[{"only_if": "1 == 1"}, {"only_if": "$"}, {"only_if": "$.prospect.name like_regex \"(\""}]'),
    ('[{"only_if": "Connected"}, {"only_if": "not not connected"}, {"only_if": "connected and pending"}]'),
    ('[{"only_if": "enrolled"}, {"only_if": "action_executed"}, {"only_if": "ended"}]'),
    -- waits
    ('[{"wait": "connected"}, {"wait": {}}]'),
    ('[{"wait": {"until": "connected", "within": "15 days"}}]'),
    ('[{"wait": {"until": "connected", "else": "failure"}}]'),
    ('[{"wait": {"until": "connected", "within": "soon", "after": 3, "else": "failure"}}]'),
    ('[{"wait": {"until": "connected", "within": "2 days", "after": "48 hours", "else": "failure"}}]'),
    ('[{"wait": {"until": "connected", "within": "2 days", "else": "perhaps"}}, {"wait": {"until": "connected", "within": "2 days", "else": 7}}]'),
    ('[{"wait": {"until": "friendly", "within": "2 days", "else": [{"visit": {}}, {"delay": "soon"}], "for": 1}}]'),
    -- branches
    ('[{"branch": {}}, {"branch": []}, {"branch": [{"else": []}]}]'),
    ('[{"branch": [{"when": "connected", "then": []}, {"when": "pending", "then": []}]}]'),
    ('[{"branch": [{"else": []}, {"when": "connected", "then": []}, {"else": []}]}]'),
    ('[{"branch": [7, {"when": "connected"}, {"then": []}, {"when": "connected", "then": "x", "stop": 1}, {"else": {}}]}]'),
    ('[{"visit": {}}, {"visit": {}}, {"branch": [{"when": "connected", "then": [{"visit": {}}, {"message": {"body": 7}}]}, {"else": [{"wait": {"until": "friendly", "within": "1 day", "else": "end"}}]}]}]'),
    -- splits and gotos
    ('[{"split": {}}, {"split": []}, {"split": [{"percent": 100, "then": []}]}]'),
    ('[{"split": [{"percent": 50, "then": []}, {"percent": 49.9, "then": []}]}]'),
    ('[{"split": [{"percent": 33.3333, "then": []}, {"percent": 33.3333, "then": []}, {"percent": 33.3333, "then": []}]}]'),
    ('[{"split": [{"percent": 0, "then": []}, {"percent": -1, "then": []}, {"percent": 100.1, "then": []}, {"percent": 33.33333, "then": []}, {"percent": 1e100, "then": []}]}]'),
    ('[{"split": [7, {"percent": "50", "then": []}, {"then": []}, {"percent": 50}, {"percent": 50, "then": {}, "else": 1}]}]'),
    ('[{"goto": 7}, {"goto": "nowhere"}, {"visit": {}, "name": "a"}, {"goto": "A"}]'),
    ('[{"visit": {}}, {"delay": "1 day"}, {"branch": [{"when": "connected", "then": [{"goto": "success"}]}, {"else": []}]}]'),
    ('[{"visit": {}}, {"goto": "visit"}]'),
    ('[{"visit": {}}, {"delay": "1 day"}, {"goto": "visit"}, {"follow": {}}]'),
    ('[{"split": [{"percent": 50, "then": [{"goto": "split"}]}, {"percent": 50, "then": []}]}]'),
    -- ends
    ('[{"end": "error"}, {"end": null}, {"end": []}]'),
    -- what can only be seen of the whole
    ('[{"end": "success"}, {"visit": {}}]'),
    ('[{"branch": [{"when": "connected", "then": [{"end": "success"}]}, {"else": [{"end": "end"}]}]}, {"delay": "1 day"}, {"visit": {}}]');

SELECT b.n, f.path, f.severity, f.code, f.detail
FROM bad b CROSS JOIN LATERAL campaign.validate_sequence(b.definition) WITH ORDINALITY f(path, severity, code, detail, i)
ORDER BY b.n, f.i;

-- None of these is passed, and none is created.
SELECT b.n AS passed FROM bad b
WHERE NOT EXISTS (SELECT FROM campaign.validate_sequence(b.definition) f WHERE f.severity = 'error');

-- Warnings do not hinder: contents may be written later (S2.47), and who is asked to send to may be
-- connected already.
SELECT * FROM campaign.validate_sequence(
    '[{"message": {}}, {"action": "message", "payload": {"body": "  "}}, {"email": {"body": "Hi"}}, {"task": {}}]');

-- An email on a way on which nobody has an address yet, or has looked for one.
SELECT d.n, f.path, f.severity, f.code FROM unnest(ARRAY[
    '[{"email": {"subject": "a", "body": "b"}}, {"delay": "1 day"}, {"email": {"subject": "a", "body": "b"}}]',
    '[{"find_email": {}}, {"email": {"subject": "a", "body": "b"}}]',
    '[{"only_if": "has_email"}, {"email": {"subject": "a", "body": "b"}}]',
    '[{"only_if": "not has_email"}, {"email": {"subject": "a", "body": "b"}}]',
    '[{"branch": [{"when": "has_email", "then": [{"email": {"subject": "a", "body": "b"}}]}, {"else": [{"email": {"subject": "a", "body": "b"}}]}]}]',
    '[{"branch": [{"when": "not has_email", "then": []}, {"else": [{"email": {"subject": "a", "body": "b"}}]}]}]',
    '[{"wait": {"until": "has_email", "within": "1 day", "else": [{"email": {"subject": "a", "body": "b"}}]}}, {"email": {"subject": "a", "body": "b"}}]',
    '[{"email": {"subject": "a", "body": "b"}, "on_precondition": "skip"}]']) WITH ORDINALITY d(definition, n)
    CROSS JOIN LATERAL campaign.validate_sequence(d.definition::jsonb) WITH ORDINALITY f(path, severity, code, detail, i) ORDER BY d.n, f.i;
-- A variable of which its name says that it never has a value.
SELECT * FROM campaign.validate_sequence($$[{"invite": {"note":
    "{{first_name}} {{prospect.x}} {{run.x}} {{row.x}} {{sender.first_name}} {{campaign.name}} {{sender.phone}} {{campaign.budget|none}} {{account.name}}"}}]$$);
-- S2.20, B12: the deadline of zero.
SELECT * FROM campaign.validate_sequence('[{"wait": {"until": "connected", "within": "0 days", "else": "failure"}}]');

-- Sizes: too many steps, faults, cases, levels and kinds of event are refused in short words.
SELECT f.path, f.code, f.detail FROM campaign.validate_sequence(
    (SELECT jsonb_agg('{"visit": {}}'::jsonb) FROM generate_series(1, 501))) f;
SELECT count(*) FROM campaign.validate_sequence(
    (SELECT jsonb_agg('{"visit": {}}'::jsonb) FROM generate_series(1, 500)));
SELECT count(*) FROM campaign.validate_sequence((SELECT jsonb_agg(i) FROM generate_series(1, 100000) i));
SELECT f.path, f.code, f.detail FROM campaign.validate_sequence(jsonb_build_array(jsonb_build_object('branch',
    (SELECT jsonb_agg('{"when": "connected", "then": []}'::jsonb) FROM generate_series(1, 1001)) || '[{"else": []}]'))) f;
SELECT f.code, f.detail FROM campaign.validate_sequence((
    repeat('[{"wait": {"until": "connected", "within": "1 day", "else": ', 600) || '"end"' || repeat('}}]', 600))::jsonb) f;
SELECT f.path, left(f.detail, 20) AS detail FROM campaign.validate_sequence((
    repeat('[', 3000) || repeat(']', 3000))::jsonb) f;

BEGIN;
DELETE FROM campaign.event_kind WHERE NOT built_in;
INSERT INTO campaign.event_kind (name) SELECT 'kind_' || i FROM generate_series(1, 65) i;
SELECT * FROM campaign.validate_sequence(
    (SELECT jsonb_agg(jsonb_build_object('only_if', 'kind_' || i) ORDER BY i) FROM generate_series(1, 65) i));
SELECT count(*) FROM campaign.validate_sequence(
    (SELECT jsonb_agg(jsonb_build_object('only_if', 'kind_' || i) ORDER BY i) FROM generate_series(1, 64) i));
ROLLBACK;

-- What is raised names path, value and way out.
\set SHOW_CONTEXT never
BEGIN;
DELETE FROM campaign.action_kind WHERE NOT built_in;
DELETE FROM campaign.event_kind WHERE NOT built_in;
DO $$
DECLARE
    wrong record;
    message text;
    state text;
    detail text;
    hint text;
BEGIN
    FOR wrong IN
        SELECT * FROM (VALUES
            ('definition: wrong', NULL::jsonb),
            ('definition: wrong', '[{"message": {}}, {"visit": {}}, {"visit": {}}, {"wait": {"until": "connected", "within": "soon", "else": "failure"}}]'),
            ('definition: wrong', '[{"teleport": {}}]'),
            ('definition: wrong', '[{"visit": {}, "when": "connected"}]'),
            ('definition: wrong', '[{"only_if": "friendly"}]'),
            ('definition: wrong', '[{"delay": "1 month"}]'),
            ('', '[{"visit": {}}]'),
            (NULL, '[{"visit": {}}]')) v(name, definition)
    LOOP
        BEGIN
            PERFORM campaign.create_sequence(wrong.name, wrong.definition);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, state = RETURNED_SQLSTATE,
                detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
            RAISE INFO E'% %\n  %\n  %', state, message, detail, hint;
        END;
    END LOOP;
END
$$;
SELECT count(*) FROM campaign.sequence WHERE name IN ('definition: wrong', '');
ROLLBACK;
