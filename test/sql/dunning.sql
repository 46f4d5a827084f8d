-- The worked example of docs/dunning.md: overdue invoices on the user's own tables. A ladder of reminders that
-- stops when the invoice is paid and waits while it is disputed, and another campaign for those whose payment
-- arrangement has failed (S3.1, S3.3, S3.8, S3.10, B2, D15).
-- What is not announced is looked at once a day here, so that weeks take no time.
ALTER SYSTEM SET campaign.recheck = '1d';
SELECT pg_reload_conf();
\c -
\pset format unaligned
SHOW campaign.recheck;
SET DateStyle = 'ISO';
SET jit = off;
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (674, 'dunning');
SET LOCAL campaign.workspace = 'dunning';

-- what the user has
CREATE SCHEMA billing;
CREATE TABLE billing.customer (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL);
CREATE TABLE billing.invoice (number text PRIMARY KEY, customer_id integer NOT NULL REFERENCES billing.customer, amount numeric NOT NULL,
    due_on date NOT NULL, status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'disputed', 'paid', 'written_off')));
CREATE TABLE billing.arrangement (invoice text PRIMARY KEY REFERENCES billing.invoice, status text NOT NULL CHECK (status IN ('active', 'kept', 'failed')));
INSERT INTO billing.customer VALUES (1, 'Ada Lovelace', 'ada@example.com'), (2, 'Grace Hopper', 'grace@example.com'), (3, 'Alan Turing', 'alan@example.com');
INSERT INTO billing.invoice (number, customer_id, amount, due_on) VALUES ('2026-001', 1, 120, '2026-03-01'), ('2026-002', 1, 80, '2026-03-01'),
    ('2026-003', 2, 300, '2026-02-28'), ('2026-004', 3, 55.50, '2026-02-20'), ('2026-005', 3, 9, '2026-02-20'), ('2026-006', 2, 70, '2026-04-30');

-- what is to be dunned: a view, and rules over it
CREATE VIEW billing.receivable AS
SELECT i.number, c.email, split_part(c.name, ' ', 1) AS first_name, 'customer ' || c.id AS person, i.amount, i.due_on, i.status, COALESCE(a.status, 'none') AS arrangement
FROM billing.invoice i
JOIN billing.customer c ON c.id = i.customer_id
LEFT JOIN billing.arrangement a ON a.invoice = i.number;
SELECT campaign.create_audience('overdue', source => 'billing.receivable', key => 'number', rules => '[
    {"name": "not paid", "where": "$.row.status == \"open\" || $.row.status == \"disputed\""},
    {"name": "worth it", "where": "$.row.amount >= 10"},
    {"name": "overdue", "where": "$.row.due_on.datetime() < $now.datetime()"},
    {"name": "no arrangement", "where": "$.row.arrangement == \"none\""}]') \g /dev/null
SELECT campaign.create_audience('arrangement failed', source => 'billing.receivable', key => 'number', rules => '[
    {"name": "not paid", "where": "$.row.status == \"open\""},
    {"name": "failed", "where": "$.row.arrangement == \"failed\""}]') \g /dev/null
-- less often than by default, so that weeks take no time
SELECT campaign.alter_audience(campaign.audience_id('overdue'), every => '1 day'), campaign.alter_audience(campaign.audience_id('arrangement failed'), every => '1 day');
CREATE TRIGGER dunning AFTER INSERT OR UPDATE OR DELETE ON billing.invoice FOR EACH STATEMENT EXECUTE FUNCTION campaign.audience_changed();
CREATE TRIGGER dunning AFTER INSERT OR UPDATE OR DELETE ON billing.arrangement FOR EACH STATEMENT EXECUTE FUNCTION campaign.audience_changed();

-- the ladder
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (674, 674, 'mail', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (1, 'Accounts receivable');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (1, 1, 674, 'billing@example.com');
SELECT campaign.create_sequence('ladder', '[
    {"email": {"subject": "Invoice {{row.number}}", "body": "Dear {{first_name}}, {{row.amount}} was due on {{row.due_on}}."}},
    {"delay": "7 days"},
    {"email": {"subject": "Reminder: invoice {{row.number}}", "body": "{{row.amount}} is still open."}},
    {"delay": "7 days"},
    {"email": {"subject": "Last reminder: invoice {{row.number}}", "body": "Please pay {{row.amount}} now."}},
    {"delay": "7 days"},
    {"end": "failure"}]') \g /dev/null
SELECT campaign.create_sequence('after an arrangement', '[
    {"email": {"subject": "Your arrangement for invoice {{row.number}}", "body": "{{row.amount}} is due again, {{first_name}}."}},
    {"delay": "7 days"},
    {"end": "failure"}]') \g /dev/null
SELECT campaign.create_campaign('dunning', 'ladder', 1, ARRAY[1], description => 'Overdue invoices',
    audience => campaign.audience_id('overdue'), settings => '{
    "goal": "$.row.status == \"paid\"", "hold_if": "$.row.status == \"disputed\"",
    "exit_when_unmatched": true, "min_gap": "1 hour"}') AS d \gset
SELECT campaign.create_campaign('second chance', 'after an arrangement', 1, ARRAY[1], description => 'Arrangements that failed',
    audience => campaign.audience_id('arrangement failed'),
    settings => '{"goal": "$.row.status == \"paid\"", "include_previously_treated": true}') \g /dev/null
CREATE VIEW pg_temp.mail AS SELECT o.at, o.content -> 'prospect' ->> 'email' AS email, o.content -> 'content' ->> 'subject' AS subject, o.content -> 'content' ->> 'body' AS body
    FROM campaign.outbox o WHERE o.workspace_id = 674 ORDER BY o.at, o.id;
CREATE VIEW pg_temp.runs AS SELECT s.campaign, s.external_id, s.status, s.substatus, s.step, s.end_kind, s.code FROM campaign.prospect_status s ORDER BY s.campaign, s.external_id;
-- what will be sent, though nobody has read the source, and when (B3)
SELECT d.at, d.content #>> '{prospect,external_id}' AS invoice, d.content #>> '{content,subject}' AS subject FROM campaign.dry_run(:d) d ORDER BY 1, 2;
SELECT campaign.launch(campaign.campaign_id('dunning'));
SELECT campaign.launch(campaign.campaign_id('second chance'));

-- day 0: what is overdue and worth it; the two invoices of one customer with an hour between them (min_gap goes by person)
SELECT campaign.run_until('2026-03-02 12:00+00') > 0 AS moved;
SELECT * FROM pg_temp.mail;
-- a sample: why is the small one not dunned? (S3.5)
SELECT * FROM campaign.matches(:d, '2026-005');
-- one is paid, one disputed, for one an arrangement is made: nobody tells the campaign
UPDATE billing.invoice SET status = 'paid' WHERE number = '2026-001';
UPDATE billing.invoice SET status = 'disputed' WHERE number = '2026-002';
INSERT INTO billing.arrangement VALUES ('2026-003', 'active');
SELECT campaign.run_until('2026-03-03 12:00+00') > 0 AS moved;
SELECT * FROM pg_temp.runs;
-- a week later: the last one is reminded, the disputed one waits
SELECT campaign.run_until('2026-03-10 12:00+00') > 0 AS moved;
SELECT * FROM pg_temp.mail WHERE at > '2026-03-03';
SELECT * FROM pg_temp.runs;
SELECT reason, detail FROM campaign.explain(:d, campaign.prospect_id('2026-002')) WHERE reason = 'hold_if';
-- paid in the moment before its reminder would leave (B2); the dispute is settled
UPDATE billing.invoice SET status = 'paid' WHERE number = '2026-004';
UPDATE billing.invoice SET status = 'open' WHERE number = '2026-002';
SELECT campaign.run_until('2026-03-17 12:00+00') > 0 AS moved;
SELECT * FROM pg_temp.mail WHERE at > '2026-03-10';
-- the arrangement fails: the first campaign does not take the invoice again, the second one does (S3.3, S3.4)
UPDATE billing.arrangement SET status = 'failed' WHERE invoice = '2026-003';
SELECT campaign.run_until('2026-03-17 12:01+00') > 0 AS moved;
SELECT * FROM pg_temp.mail WHERE at > '2026-03-17 12:00+00';
SELECT * FROM pg_temp.runs;
-- and time makes an invoice overdue that nobody touched (S3.8)
UPDATE billing.invoice SET status = 'paid' WHERE number IN ('2026-002', '2026-003');
SELECT campaign.run_until('2026-05-02 12:00+00') > 0 AS moved;
SELECT * FROM pg_temp.mail WHERE at > '2026-03-18';
SELECT * FROM pg_temp.runs;
SELECT count(*) AS stuck FROM campaign.stuck;
SELECT c.name, i.active, i.matching FROM campaign.campaign c CROSS JOIN LATERAL campaign.in_campaign(c.workspace_id, c.id) i WHERE c.workspace_id = 674 ORDER BY 1;
-- B8: the log alone gives the present state, and a recount of it the counters
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
ALTER SYSTEM RESET campaign.recheck;
SELECT pg_reload_conf();
