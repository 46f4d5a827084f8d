-- Steps by which something is done inside the database alone: set and enroll.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';

INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
    VALUES (:member, 1, 'anna@linkedin', 'linkedin') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, first_name, company, attributes) VALUES
    ('ada', 'Ada', NULL, '{"tag": "old", "kept": 7}'), ('bob', NULL, 'Bakery', '{}');

-- set: texts are rendered, a key whose variable has no value stays as it was, later steps, conditions
-- and texts see what was written, in the same walk too
SELECT campaign.create_sequence('Set', $$[
    {"set": {"tag": "warm", "greeting": "Dear {{first_name}}", "from": "{{campaign.name}} {{run.round|one}}"}},
    {"set": {"greeting_2": "{{greeting|Hello}} of {{company|nowhere}}"}},
    {"branch": [{"when": "$.prospect.tag == \"warm\"", "then": [{"visit": {}}]}, {"else": [{"follow": {}}]}]},
    {"action": "crm_sync", "payload": {"note": "{{greeting_2}}, {{tag}}"}},
    {"goto": "handed on"},
    {"enroll": "Second", "name": "handed on"}
]$$) > 0 AS created;
SELECT s."position", s.name, s.kind, s.content FROM campaign.compiled_steps(
    (SELECT q.definition FROM campaign.sequence q WHERE q.name = 'Set')) s;
SELECT campaign.create_sequence('Second', '[{"only_if": "not_connected"}, {"follow": {}}, {"delay": "1 day"}]') > 0 AS created;
SELECT campaign.create_campaign('First', 'Set', :member, ARRAY[:account]::bigint[]) AS first \gset
SELECT campaign.create_campaign('Second', 'Second', :member, ARRAY[:account]::bigint[]) AS second \gset
SELECT campaign.launch(:first);
SELECT campaign.launch(:second);
SELECT e.result FROM campaign.enroll(:first, ARRAY(SELECT id FROM campaign.prospect)) e;
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SELECT p.external_id, p.attributes FROM campaign.prospect p ORDER BY p.id;
SELECT p.external_id, o.action_kind, o.content->'content'->>'note' AS note
    FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY p.id, o.id;
SELECT s.name AS step, e.detail, count(*) FROM campaign.event e
    JOIN campaign.step s ON s.campaign_id = e.campaign_id AND s.position = e.step
    WHERE e.kind IN ('attributes_set', 'enrolled_elsewhere') GROUP BY 1, 2 ORDER BY 1, 2::text;

-- enroll: the run ends first, so exclusivity lets the prospect in there (S2.22, S2.40)
SELECT c.name, s.external_id, s.status, s.step, s.end_kind, s.code
    FROM campaign.prospect_status s JOIN campaign.campaign c ON c.id = s.campaign_id ORDER BY c.id, s.prospect_id;

-- who is refused there has left here all the same, and the log says why
SELECT campaign.create_sequence('On', '[{"enroll": "Second"}]') > 0 AS created;
SELECT campaign.create_sequence('To nowhere', '[{"visit": {}}, {"enroll": "Third"}]') > 0 AS created;
SELECT campaign.create_campaign('On', 'On', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS on \gset
SELECT campaign.create_campaign('To nowhere', 'To nowhere', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS nowhere \gset
SELECT campaign.launch(:on);
-- a target that does not exist is no mistake of the run's: it is found before the launch, or shown by the run
SAVEPOINT before;
SELECT campaign.launch(:nowhere);
ROLLBACK TO before;
SELECT campaign.create_campaign('Third', 'To nowhere', :member, ARRAY[:account]::bigint[]) AS third \gset
SELECT campaign.launch(:nowhere);
SELECT campaign.archive(:third);
SELECT e.result FROM campaign.enroll(:on, ARRAY[campaign.prospect_id('ada')]) e;
SELECT e.result FROM campaign.enroll(:nowhere, ARRAY[campaign.prospect_id('ada')]) e;
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;
SELECT c.name, s.external_id, s.end_kind, s.code, e.detail
    FROM campaign.prospect_status s JOIN campaign.campaign c ON c.id = s.campaign_id
    JOIN campaign.event e ON e.enrollment_id = s.enrollment_id AND e.kind = 'enrolled_elsewhere'
    WHERE c.id IN (:on, :nowhere) ORDER BY c.id;
SELECT campaign.run_until('2026-03-10 10:00+00') > 0 AS moved;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK;

SELECT f.path, f.severity, f.code, f.detail FROM unnest(ARRAY[
    '[{"set": {}}, {"set": "tag"}, {"set": {"tag": 7}}, {"set": {"email": "a@b.c"}}, {"set": {"tag": "{{x"}}]',
    '[{"enroll": 7}, {"enroll": " "}]',
    '[{"enroll": "Second"}, {"visit": {}}]',
    '[{"set": {"tag": "x"}, "name": "a"}, {"goto": "a"}]']) WITH ORDINALITY d(definition, n)
    CROSS JOIN LATERAL campaign.validate_sequence(d.definition::jsonb) WITH ORDINALITY f(path, severity, code, detail, i) ORDER BY d.n, f.i;
