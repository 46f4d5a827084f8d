-- A dry run of whom the source of an audience would bring in, none of whom is a prospect yet (B3, S3.5): said where nothing can be
-- written, it is what a real run then does, from the first look on. What is asked of the imagined ones is what would be asked of
-- prospects: conditions on them and on their rows, attributes set, dates, holidays where they are, hours of their zone, gaps between
-- contacts of one person, rules and stops.
\pset format unaligned
\set SHOW_CONTEXT never
\set ON_ERROR_ROLLBACK on
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-03-06 09:00+00';
SET client_min_messages = warning;
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (694, 'foreseeing');
SET campaign.workspace = 'foreseeing';
INSERT INTO campaign.channel (id, name, transport) VALUES (694, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (694, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (694, 694, 694, 'ann@example.com');
INSERT INTO campaign.holiday (country, day) VALUES ('FR', '2026-03-09');
CREATE TABLE public.invoice (no text PRIMARY KEY, customer text, who text, country text, zone text, amount numeric, due date, status text NOT NULL DEFAULT 'due', opted text);
INSERT INTO public.invoice (no, customer, who, country, zone, amount, due, status, opted) VALUES
    ('a1', 'a@example.com', 'A', 'FR', 'Europe/Paris', 10, '2026-03-08', 'due', NULL),
    ('a2', 'a@example.com', 'A', 'FR', 'Europe/Paris', 500, '2026-03-20', 'due', 'yes'),
    ('b1', 'b@example.com', 'B', 'DE', 'Europe/Berlin', 20, '2026-03-08', 'due', NULL),
    ('c1', 'c@example.com', 'C', 'US', 'America/Los_Angeles', 700, '2026-03-25', 'due', NULL),
    ('d1', 'd@stopped.example', 'D', NULL, NULL, 30, '2026-03-08', 'due', NULL),
    ('e1', 'e@example.com', 'E', NULL, NULL, 40, '2026-03-08', 'due', 'no'),
    ('f1', 'broken', 'F', NULL, NULL, 50, '2026-03-08', 'due', NULL),
    ('g1', 'g@example.com', 'G', NULL, NULL, 60, '2026-03-08', 'paid', NULL),
    ('h1', NULL, 'H', NULL, NULL, 70, '2026-03-08', 'due', NULL),
    ('i1', 'i@example.com', 'I', NULL, NULL, NULL, '2026-03-08', 'due', NULL);
SELECT campaign.suppress('domain', 'stopped.example') > 0 AS stopped;
SELECT campaign.create_sequence('dun', '[
    {"only_if": "has_email"},
    {"set": {"tone": "plain"}},
    {"email": {"subject": "Invoice {{external_id}}", "body": "{{tone}}: {{row.amount}} from {{prospect.country|everywhere}}"}},
    {"delay": "1 business day"},
    {"branch": [
        {"when": "$.row.amount >= 100 && $.prospect.country != \"US\"", "then": [{"set": {"tone": "grave"}}, {"delay": {"until": "$.row.due", "plus": "-1 day", "at": "09:00", "past": "now"}}]},
        {"else": [{"delay": "1 hour"}]}]},
    {"email": {"subject": "Again {{external_id}}", "body": "{{tone}}, {{first_name}}"}, "if": "$.row.status == \"due\""}]') > 0 AS made;
SELECT campaign.create_audience('due', '[{"name": "due", "where": "$.row.status == \"due\""}]', 'public.invoice', 'no',
    '{"email": "customer", "first_name": "who", "person": "customer", "country": "country", "time_zone": "zone", "opted_in": "opted"}', every => '1 day') AS audience \gset
SELECT campaign.create_campaign('due', 'dun', 694, '{694}', description => 'dunning', audience => :audience,
    settings => '{"min_gap": "40 minutes", "quiet_hours": {"from": "20:00", "to": "08:00"}}') AS due \gset

-- ---- where nothing can be written --------------------------------------------------------------------------------
SAVEPOINT before;
SET LOCAL transaction_read_only = on;
SELECT jsonb_agg(jsonb_build_object('at', r.at, 'prospect_id', r.prospect_id, 'step', r.step, 'action', r.action, 'content', r.content))::text AS said
FROM campaign.dry_run(:due, horizon => '15 days') r \gset
SELECT d.at, d.content #>> '{prospect,external_id}' AS external_id, d.step, d.content #>> '{content,subject}' AS subject, d.content #>> '{content,body}' AS body, d.content ->> 'held' AS held
FROM campaign.dry_run(:due) d ORDER BY d.at, 2, 3;
SELECT count(*) FILTER (WHERE x ->> 'prospect_id' IS NULL) AS without_id, count(*) FILTER (WHERE x #> '{content,prospect}' ? 'id') AS with_id FROM jsonb_array_elements(:'said') x;
-- one of them, whether he matches or not; one who is stopped, or has not opted in, would not be taken in
SELECT d.at, d.step, d.content #>> '{content,body}' AS body FROM campaign.dry_run(:due, 'a2') d;
SELECT d.at, d.step, d.content #>> '{content,body}' AS body FROM campaign.dry_run(:due, 'g1') d;
SELECT count(*) FROM campaign.dry_run(:due, 'd1') d;
SELECT count(*) FROM campaign.dry_run(:due, 'e1') d;
-- h1 has no address, which the entry condition asks for
SELECT count(*) FROM campaign.dry_run(:due, 'h1') d;
-- what he is taken to do goes by his key
SELECT d.at, d.step FROM campaign.dry_run(:due, 'a2', answers => '{"script": [{"prospect": "a2", "kind": "replied", "after": "3 hours"}]}') d;
SELECT campaign.dry_run(:due, 'f1');
SELECT campaign.dry_run(:due, 'nobody');
-- the number that match now, and how long they take (B4)
SELECT p.ok, p.detail FROM campaign.preflight(:due) p WHERE p.item = 'audience';
SELECT f.day, f.sent, f.skipped, f.ended, f.inside, f.through_at FROM campaign.forecast(:due) f;
ROLLBACK TO before;
SELECT count(*) AS prospects FROM campaign.prospect WHERE workspace_id = 694;

-- ---- and what comes of it ------------------------------------------------------------------------------------------
SELECT campaign.launch(:due);
SELECT campaign.run_until('2026-03-21 09:00+00') > 0 AS moved;
WITH said AS (
    SELECT (x ->> 'at')::timestamptz AS at, x #>> '{content,prospect,external_id}' AS external_id, x #> '{content,content}' AS content
    FROM jsonb_array_elements(:'said') x WHERE NOT x -> 'content' ? 'held'
), done AS (
    SELECT o.at, o.content #>> '{prospect,external_id}' AS external_id, o.content -> 'content' AS content FROM campaign.outbox o WHERE o.workspace_id = 694
)
SELECT (SELECT count(*) FROM done) AS done, (SELECT count(*) FROM (TABLE said EXCEPT ALL TABLE done) x) AS only_said, (SELECT count(*) FROM (TABLE done EXCEPT ALL TABLE said) x) AS only_done;
SELECT s.external_id, s.end_kind, s.status, s.substatus FROM campaign.prospect_status s WHERE s.campaign_id = :due ORDER BY 1;

-- ---- one draft, of which some are prospects already -----------------------------------------------------------------
-- whoever was in another campaign is passed over, as always (D15); who was made a prospect and was not is among the newcomers
INSERT INTO public.invoice (no, customer, who, amount, due) VALUES ('k1', 'k@example.com', 'K', 5, '2026-06-01');
SELECT campaign.create_campaign('due again', 'dun', 694, '{694}', description => 'dunning', audience => campaign.create_audience('due again', '[{"name": "due", "where": "$.row.status == \"due\""}]', 'public.invoice', 'no',
    '{"email": "customer", "first_name": "who"}')) AS again \gset
SELECT d.prospect_id IS NULL AS is_none, d.content #>> '{prospect,external_id}' AS external_id, d.step FROM campaign.dry_run(:again) d ORDER BY d.at, 2;
SELECT campaign.alter_campaign(:again, settings => '{"include_previously_treated": true, "reentry": "1 hour"}');
SELECT d.prospect_id IS NULL AS is_none, d.content #>> '{prospect,external_id}' AS external_id, d.step FROM campaign.dry_run(:again, horizon => '1 hour') d ORDER BY d.at, 2;
-- literals without a type are still those of ids
SELECT count(*) FROM campaign.dry_run(:again, '{1,2}') d;
SELECT count(*) > 0 AS some FROM campaign.dry_run(:again, NULL, '1 hour') d;
-- a source that cannot be read is an error, and an item of the list before a launch
DROP TABLE public.invoice;
SELECT count(*) FROM campaign.dry_run(:again) d;
SELECT p.ok, p.detail FROM campaign.preflight(:again) p WHERE p.item = 'audience';
ROLLBACK;
