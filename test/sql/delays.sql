-- S2.21: delays that are no lengths of time: business days and the next day, in the campaign's zone.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
-- a Thursday; on the Sunday after, clocks are changed in Paris
SET LOCAL campaign.now = '2026-03-26 17:30:00+00';

INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
    VALUES (:member, 1, 'anna@linkedin', 'linkedin') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, country) VALUES ('nowhere', NULL), ('french', 'fr'), ('german', 'DE');
INSERT INTO campaign.holiday (country, day) VALUES (NULL, '2026-03-27'), ('FR', '2026-03-30'), ('DE', '2026-05-01');

SELECT campaign.create_sequence('By the calendar', $$[
    {"visit": {}}, {"delay": "1 business day"}, {"follow": {}}, {"delay": "next day"}, {"visit": {}}, {"delay": "3 business days"}]$$) > 0 AS created;
SELECT s."position", s.name, s.delay FROM campaign.compiled_steps(
    (SELECT q.definition FROM campaign.sequence q WHERE q.name = 'By the calendar')) s WHERE s.kind = 'delay';
SELECT campaign.create_campaign('Paris', 'By the calendar', :member, ARRAY[:account]::bigint[],
    settings => '{"time_zone": "Europe/Paris"}') AS paris \gset
SELECT campaign.launch(:paris);
SELECT e.result, count(*) FROM campaign.enroll(:paris, ARRAY(SELECT id FROM campaign.prospect)) e GROUP BY 1;
SELECT campaign.run_until('2026-03-26 18:00+00') > 0 AS moved;

-- Friday is a holiday for all, Monday in France; it is the same hour in Paris, which is another in UTC
SELECT s.external_id, s.step, s.due_at, s.due_at AT TIME ZONE 'Europe/Paris' AS in_paris
    FROM campaign.prospect_status s WHERE s.campaign_id = :paris ORDER BY s.prospect_id;
-- holidays that are entered later are for delays that begin later
INSERT INTO campaign.holiday (day) VALUES ('2026-04-01');
SELECT campaign.run_until('2026-03-31 21:00+00') > 0 AS moved;
SELECT s.external_id, s.step, s.due_at AT TIME ZONE 'Europe/Paris' AS in_paris
    FROM campaign.prospect_status s WHERE s.campaign_id = :paris ORDER BY s.prospect_id;
-- the next day begins at midnight there; nobody has entered Easter
SELECT campaign.run_until('2026-03-31 22:00+00') > 0 AS moved;
SELECT s.external_id, s.step, s.due_at AT TIME ZONE 'Europe/Paris' AS in_paris
    FROM campaign.prospect_status s WHERE s.campaign_id = :paris ORDER BY s.prospect_id;
SELECT p.external_id, o.action_kind, o.at AT TIME ZONE 'Europe/Paris' AS in_paris
    FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY p.id, o.at;

SET LOCAL campaign.now = '2026-06-01 12:00:00+00';
SELECT campaign.tick() > 0 AS moved;
SELECT s.external_id, s.end_kind, s.code FROM campaign.prospect_status s WHERE s.campaign_id = :paris ORDER BY s.prospect_id;
SELECT count(*) AS stuck FROM campaign.stuck;

-- with slots, the next day begins with its first one, and a day without any is passed over
SELECT campaign.create_campaign('Slots', 'By the calendar', :member, ARRAY[:account]::bigint[],
    settings => '{"time_zone": "Europe/Paris"}') AS slots \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES
    (:slots, 1, '14:00', '17:00'), (:slots, 2, '14:00', '17:00'), (:slots, 2, '09:00', '10:00'), (:slots, 5, '09:30', '10:00');
SELECT campaign.launch(:slots);
SELECT e.result FROM campaign.enroll(:slots, ARRAY[campaign.prospect_id('german')]) e;
SELECT campaign.run_until('2026-06-20 12:00+00') > 0 AS moved;
SELECT o.action_kind, to_char(o.at AT TIME ZONE 'Europe/Paris', 'Dy DD HH24:MI') AS in_paris
    FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id WHERE a.campaign_id = :slots ORDER BY o.at;

-- to a date of the prospect's: before it at an hour of the day, left out with what follows if that has
-- passed, and after it at the same local time
SET LOCAL campaign.now = '2026-03-26 17:30:00+00';
INSERT INTO campaign.prospect (external_id, attributes) VALUES
    ('day', '{"due": "2026-04-10"}'), ('past', '{"due": "2026-03-27"}'), ('zoned', '{"due": "2026-04-10T23:30:00Z"}'),
    ('local', '{"due": "2026-04-24 02:30"}'), ('gap', '{"due": "2026-03-29 02:30"}'), ('none', '{}'), ('null', '{"due": null}'),
    ('garbage', '{"due": "soon"}'), ('number', '{"due": 7}'), ('now', '{"due": "now"}'), ('object', '{"due": {"a": 1}}'), ('wrong', '{"due": "2026-02-30"}');
SELECT campaign.create_sequence('Dates', $$[
    {"delay": {"until": "$.prospect.due", "plus": "-3 days", "at": "09:00", "past": "skip"}},
    {"branch": [{"when": "replied", "then": []}, {"else": [{"visit": {}}]}]},
    {"delay": {"until": "$.prospect.due", "plus": "5 days 2 hours"}}, {"follow": {}},
    {"delay": {"until": "$.run.meeting", "past": "now"}}, {"crm_sync": {}}]$$) > 0 AS created;
SELECT s."position", s.name, s.delay FROM campaign.compiled_steps(
    (SELECT q.definition FROM campaign.sequence q WHERE q.name = 'Dates')) s WHERE s.kind = 'delay';
SELECT campaign.create_campaign('Dates', 'Dates', :member, ARRAY[:account]::bigint[],
    settings => '{"time_zone": "Europe/Paris"}') AS dates \gset
SELECT campaign.launch(:dates);
SELECT e.result, count(*) FROM campaign.enroll(:dates, ARRAY(SELECT id FROM campaign.prospect WHERE attributes <> '{}' OR external_id = 'none'),
    '{"meeting": "2026-04-16 08:00+00"}') e GROUP BY 1;
SELECT campaign.run_until('2026-03-26 18:00+00') > 0 AS moved;
SELECT s.external_id, s.step, s.due_at AT TIME ZONE 'Europe/Paris' AS in_paris, s.end_kind, s.code
    FROM campaign.prospect_status s WHERE s.campaign_id = :dates ORDER BY s.prospect_id;
-- the date is that of when the delay begins
UPDATE campaign.prospect SET attributes = '{"due": "2026-04-20"}' WHERE external_id = 'day';
SELECT campaign.run_until('2026-05-26 18:00+00') > 0 AS moved;
SELECT p.external_id, o.action_kind, o.at AT TIME ZONE 'Europe/Paris' AS in_paris
    FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id JOIN campaign.action a ON a.id = o.action_id
    WHERE a.campaign_id = :dates ORDER BY p.id, o.at, o.id;
SELECT s.name AS step, e.kind, count(*) FROM campaign.event e JOIN campaign.step s ON s.campaign_id = e.campaign_id AND s.position = e.step
    WHERE e.campaign_id = :dates AND e.kind = 'delay_overdue' GROUP BY 1, 2;
SELECT count(*) AS stuck FROM campaign.stuck;

-- one day is one row, and a country is somebody's or nobody's
\set VERBOSITY terse
SAVEPOINT before;
INSERT INTO campaign.holiday (day) VALUES ('2026-04-01');
ROLLBACK TO before;
INSERT INTO campaign.holiday (country, day) VALUES ('', '2026-04-01');
ROLLBACK;

SELECT f.path, f.severity, f.code, f.detail FROM unnest(ARRAY[
    '[{"delay": "0 business days"}, {"delay": "1001 business days"}, {"delay": "2.5 business days"}, {"delay": "99999999999999 business days"}]',
    '[{"delay": "business days"}, {"delay": "next days"}, {"delay": "Next day"}]',
    '[{"delay": {}}, {"delay": {"until": 7}}, {"delay": {"until": "due_date"}}, {"delay": {"until": "$.prospekt.due"}}, {"delay": {"until": "$.facts[0]"}}]',
    '[{"delay": {"until": "$.prospect.due", "plus": "1 month"}}, {"delay": {"until": "$.prospect.due", "plus": 3}}, {"delay": {"until": "$.prospect.due", "minus": "3 days"}}]',
    '[{"delay": {"until": "$.prospect.due", "at": "9:00"}}, {"delay": {"until": "$.prospect.due", "at": "24:00"}}, {"delay": {"until": "$.prospect.due", "past": "later"}}]',
    '[{"visit": {}, "name": "a"}, {"delay": {"until": "$.prospect.due"}}, {"goto": "a"}]',
    '[{"delay": {"until": "$.prospect.due", "past": "skip"}}, {"end": "failure"}]',
    '[{"visit": {}}, {"delay": "1 business day"}, {"goto": "visit"}]',
    '[{"visit": {}}, {"delay": "next day"}, {"goto": "visit"}]']) WITH ORDINALITY d(definition, n)
    CROSS JOIN LATERAL campaign.validate_sequence(d.definition::jsonb) WITH ORDINALITY f(path, severity, code, detail, i) ORDER BY d.n, f.i;
