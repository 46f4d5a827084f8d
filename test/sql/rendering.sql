-- Messages are rendered when they start: variables, fallbacks, and no holes.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna Sender') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, display_name)
    VALUES (:member, 1, 'anna@example.com', 'Anna S.') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email, first_name, company, attributes) VALUES
    ('full', 'a@example.com', 'Zoë', 'Müller & Söhne', '{"city": "Köln", "seats": 12}'),
    ('no_company', 'b@example.com', 'Bo', '', '{"city": "Ulm", "seats": 3}'),
    ('no_city', 'c@example.com', 'Cy', 'C', '{"seats": 1}'),
    ('evil', 'd@example.com', '{{company}}', 'x"\', '{"city": "{{email}}", "seats": 0}');
SELECT campaign.create_sequence('Write', $$[
    {"email": {"subject": "{{company|your company}} in {{city}}",
               "body": "Dear {{first_name}}, {{seats}} seats. {{run.offer|No offer}}. {{sender.name}} ({{sender.first_name}}), {{campaign.name}}"}}
]$$) > 0 AS created;
SELECT campaign.create_campaign('Letters', 'Write', :member, ARRAY[:account]::bigint[]) AS letters \gset
SELECT campaign.launch(:letters);
SELECT count(*) FROM campaign.enroll(:letters, ARRAY(SELECT id FROM campaign.prospect WHERE external_id <> 'full'));
SELECT count(*) FROM campaign.enroll(:letters, ARRAY[campaign.prospect_id('full')], '{"offer": "Ten for nine"}');
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
-- what is inserted is never looked at again, and an empty value is none
SELECT p.external_id, o.content->'content'->>'subject' AS subject, o.content->'content'->>'body' AS body
    FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY p.id;

-- a variable without a value and without a fallback holds the action, with the reason (no hole is sent)
SELECT q.state, q.reason FROM campaign.queue q WHERE q.campaign_id = :letters;
SELECT s.external_id, s.status, s.substatus FROM campaign.prospect_status s WHERE s.campaign_id = :letters AND s.status = 'in_progress';
SELECT x.reason, regexp_replace(x.detail, '[0-9]+', 'N') AS detail FROM campaign.explain(:letters, campaign.prospect_id('no_city')) x;
SELECT count(*) AS stuck FROM campaign.stuck;
-- put right, it goes on
UPDATE campaign.prospect SET attributes = attributes || '{"city": "Hof"}' WHERE external_id = 'no_city';
SELECT campaign.requeue(ARRAY(SELECT q.action_id FROM campaign.queue q WHERE q.campaign_id = :letters));
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;
SELECT o.content->'content'->>'subject' AS subject FROM campaign.outbox o WHERE o.prospect_id = campaign.prospect_id('no_city');
-- each action was delivered once, under a key of its own
SELECT count(*), count(DISTINCT o.key) AS keys FROM campaign.outbox o;
ROLLBACK;
