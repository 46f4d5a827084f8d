-- Audiences over tables and views of the user's own: what becomes a prospect, who reads, what goes wrong, and what
-- is looked at again when something leaves (S1.2, S3.1, S3.5, S3.8, S3.10, B2).
\pset format unaligned
SET DateStyle = 'ISO';
SET client_min_messages = warning;
-- to compile statements that run once takes seconds
SET jit = off;
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (672, 'sources');
SET LOCAL campaign.workspace = 'sources';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (672, 672, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (672, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (672, 672, 672, 'ann@example.com');
CREATE TABLE public.bill (no integer PRIMARY KEY, customer text, who text, amount numeric, status text NOT NULL DEFAULT 'due', paid boolean NOT NULL DEFAULT false);
CREATE VIEW public.due_bill AS SELECT no, customer, who, amount, status, paid FROM public.bill WHERE NOT paid;
INSERT INTO public.bill (no, customer, who, amount) VALUES (1, 'a@example.com', 'A', 10), (2, 'a@example.com', 'A', 20), (3, 'b@example.com', 'B', 30), (4, 'broken', 'C', 40), (5, NULL, 'D', 5);
SELECT campaign.create_sequence('bill', '[{"email": {"subject": "Bill {{external_id}}", "body": "{{first_name|Hello}}: {{row.amount}}, {{status}}"}}, {"delay": "1 hour"},
    {"email": {"subject": "Again {{external_id}}", "body": "{{amount}}"}}, {"delay": "9 days"}]') > 0 AS made;
SELECT campaign.create_sequence('plain', '[{"email": {"subject": "x", "body": "x"}}]') > 0 AS made;
CREATE VIEW pg_temp.sent AS SELECT o.at, o.content -> 'content' ->> 'subject' AS subject, o.content -> 'content' ->> 'body' AS body FROM campaign.outbox o WHERE o.workspace_id = 672 ORDER BY o.at, o.id;
CREATE VIEW pg_temp.state AS SELECT a.name, a.matching, a.rejected, a.rejected_detail, a.fault, a.fault_detail, a.fault_since FROM campaign.audience a ORDER BY a.name;

-- what cannot be a source
\set VERBOSITY terse
SAVEPOINT s;
SELECT campaign.create_audience('x', source => 'public.bill', key => 'nothing');
ROLLBACK TO s;
SELECT campaign.create_audience('x', source => 'public.bill', key => 'no', columns => '{"email": "nothing"}');
ROLLBACK TO s;
SELECT campaign.create_audience('x', source => 'public.bill', key => 'no', columns => '{"nickname": "who"}');
ROLLBACK TO s;
SELECT campaign.create_audience('x', source => 'pg_temp.sent', key => 'at');
ROLLBACK TO s;
SELECT campaign.create_audience('x', '[{"name": "x", "where": "$.sender.name == \"x\""}]', 'public.bill', 'no');
ROLLBACK TO s;
\set VERBOSITY default

-- rows become prospects by (source, key); rules that SQL can say go down to the user's own indexes (S3.1)
SELECT campaign.create_audience('bills', '[{"name": "not small", "where": "$.row.amount >= 10"}, {"name": "due", "where": "$.row.status != \"hold\""}, {"name": "reachable", "where": "$.prospect.email starts with \"b\" || $.row.no < 4"}]',
    'public.due_bill', 'no', '{"email": "customer", "person": "who"}', every => '1 hour') AS a \gset
SELECT campaign.source_rule(r, 'public.due_bill', '{}', campaign.clock()) FROM unnest(ARRAY['$.row.no == 3', '$.row.amount < 3.5 && $.row.paid == false', '$.row.status == 3', 'exists($.row.who)']) r;
SELECT campaign.create_campaign('bills', 'bill', 672, '{672}', audience => :a, settings => '{"min_gap": "20 minutes"}') AS c \gset
-- a sample is checked, also of a row that is no prospect yet (S3.5)
SELECT * FROM campaign.matches(:c, '4');
SELECT * FROM campaign.matches(:c, '77');
SELECT campaign.launch(:c);
SELECT campaign.run_until('2026-03-02 09:01+00') > 0 AS moved;
SELECT * FROM pg_temp.state;
SELECT p.source, p.external_id, p.person_key, p.email FROM campaign.prospect p ORDER BY p.external_id;
-- two bills of one customer keep the gap between contacts of the person, two customers do not
SELECT * FROM pg_temp.sent;
SELECT campaign.run_until('2026-03-02 09:30+00') > 0 AS moved;
SELECT * FROM pg_temp.sent;
SELECT audience FROM campaign.matching_audiences(campaign.prospect_id('1')) WHERE audience_id = :a;
SELECT * FROM campaign.matches(:c, campaign.prospect_id('1'));

-- the next look writes what has changed, and that alone
CREATE TABLE public.written (op text, no text);
CREATE FUNCTION public.note_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.written VALUES (TG_OP || ' ' || TG_TABLE_NAME, NULL); RETURN NULL; END $$;
CREATE TRIGGER written AFTER INSERT OR UPDATE OR DELETE ON campaign.prospect FOR EACH ROW EXECUTE FUNCTION public.note_written();
CREATE TRIGGER written AFTER INSERT OR UPDATE OR DELETE ON campaign.audience_prospect FOR EACH ROW EXECUTE FUNCTION public.note_written();
INSERT INTO public.bill (no, customer, who, amount) VALUES (-7, 'b7@example.com', 'E', 70);
UPDATE public.bill SET who = 'B2' WHERE no = 3;
UPDATE public.bill SET paid = true WHERE no = 2;
SELECT campaign.run_until('2026-03-02 10:01+00') > 0 AS moved;
SELECT op, count(*) FROM public.written GROUP BY op ORDER BY op;
TRUNCATE public.written;
SELECT campaign.run_until('2026-03-02 11:01+00') > 0 AS moved;
SELECT op, count(*) FROM public.written GROUP BY op ORDER BY op;
-- and what does not match any more when its action is to leave, waits: bill 2 was paid (B2)
SELECT * FROM pg_temp.sent WHERE at > '2026-03-02 09:30+00';
SELECT p.external_id, a.state, a.reason FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.workspace_id = 672 AND a.state <> 'complete';
-- S3.10: on hold nothing is sent, closed leaves; and by the setting whoever does not match leaves
SELECT campaign.alter_campaign(:c, settings => '{"hold_if": "$.row.status == \"disputed\"", "exit_if": "$.row.status == \"closed\""}');
UPDATE public.bill SET paid = false, status = 'disputed' WHERE no = 2;
SELECT campaign.run_until('2026-03-02 11:07+00') > 0 AS moved;
SELECT p.external_id, a.state, a.reason FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.workspace_id = 672 AND a.state <> 'complete';
UPDATE public.bill SET status = 'closed' WHERE no = 2;
SELECT campaign.run_until('2026-03-02 11:13+00') > 0 AS moved;
SELECT external_id, status, end_kind, code FROM campaign.prospect_status WHERE external_id = '2';
SELECT campaign.alter_campaign(:c, settings => '{"exit_when_unmatched": true}');
UPDATE public.bill SET paid = true WHERE no = 3;
SELECT campaign.run_until('2026-03-02 12:02+00') > 0 AS moved;
SELECT external_id, status, end_kind, code FROM campaign.prospect_status ORDER BY external_id;
SELECT active, matching FROM campaign.in_campaign(672, :c);

-- ---- what goes wrong is a fault of the audience, with its message, until a look goes well --------------------
ALTER TABLE public.bill RENAME COLUMN customer TO client;
CREATE OR REPLACE VIEW public.due_bill AS SELECT no, client AS customer, who, amount + 0 / (no - 9) AS amount, status, paid FROM public.bill WHERE NOT paid;
INSERT INTO public.bill (no, client, amount) VALUES (9, 'i@example.com', 1);
SELECT campaign.run_until('2026-03-02 13:02+00') > 0 AS moved;
SELECT * FROM pg_temp.state;
DELETE FROM public.bill WHERE no = 9;
SELECT campaign.run_until('2026-03-02 14:02+00') > 0 AS moved;
SELECT * FROM pg_temp.state;
SELECT e.kind, e.detail FROM campaign.event e WHERE e.workspace_id = 672 AND e.kind LIKE 'audience%' ORDER BY e.id;
CREATE FUNCTION pg_temp.looked(at timestamptz) RETURNS TABLE (fault text, fault_detail text) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE campaign.audience SET next_at = at WHERE name = 'bills';
    PERFORM campaign.run_until(at);
    RETURN QUERY SELECT a.fault, a.fault_detail FROM campaign.audience a WHERE a.name = 'bills';
END
$$;
SAVEPOINT s;
DROP VIEW public.due_bill;
SELECT * FROM pg_temp.looked('2026-03-02 14:03+00');
SELECT campaign.enroll_audience(:c);
ROLLBACK TO s;
DROP VIEW public.due_bill;
CREATE VIEW public.due_bill AS SELECT no, who, amount, status FROM public.bill;
SELECT * FROM pg_temp.looked('2026-03-02 14:03+00');
ROLLBACK TO s;
DROP VIEW public.due_bill;
CREATE VIEW public.due_bill AS SELECT b.no, b.client AS customer, b.who, b.amount, b.status FROM public.bill b, generate_series(1, 2);
SELECT * FROM pg_temp.looked('2026-03-02 14:03+00');
ROLLBACK TO s;
DROP VIEW public.due_bill;
CREATE VIEW public.due_bill AS SELECT b.no, b.client AS customer, b.who, b.amount, b.status FROM public.bill b, pg_sleep(5);
SET LOCAL campaign.source_timeout = '20ms';
SELECT * FROM pg_temp.looked('2026-03-02 14:03+00');
ROLLBACK TO s;
-- read-only: a view cannot write, whatever function it calls
CREATE FUNCTION public.meddle() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN DELETE FROM public.bill; RETURN true; END $$;
DROP VIEW public.due_bill;
CREATE VIEW public.due_bill AS SELECT b.no, b.client AS customer, b.who, b.amount, b.status FROM public.bill b WHERE public.meddle();
SELECT * FROM pg_temp.looked('2026-03-02 14:03+00');
ROLLBACK TO s;

-- ---- a way that goes by the row is not taken while the row cannot be read -------------------------------------
CREATE TABLE public.part (no text PRIMARY KEY, email text, size integer, divisor integer NOT NULL DEFAULT 1);
CREATE VIEW public.broken_part AS SELECT no, email, size / divisor AS size FROM public.part;
INSERT INTO public.part (no, email, size) VALUES ('p1', 'p1@example.com', 10), ('p2', 'p2@example.com', 30);
SELECT campaign.create_sequence('by size', '[{"delay": "10 minutes"}, {"branch": [{"when": "$.row.size > 20", "then": [{"email": {"subject": "large", "body": "{{row.size}}"}}]},
    {"else": [{"email": {"subject": "small", "body": "{{row.size}}"}}]}]}, {"wait": {"until": "$.row.size < 0", "within": "9 days", "else": "end"}}]') > 0 AS made;
SELECT campaign.create_campaign('parts', 'by size', 672, '{672}', audience => campaign.create_audience('parts', source => 'public.broken_part', key => 'no', every => '1 hour')) AS pc \gset
SELECT campaign.launch(:pc);
SELECT campaign.run_until('2026-03-02 14:03+00') > 0 AS moved;
UPDATE public.part SET divisor = 0 WHERE no = 'p1';
SELECT campaign.run_until('2026-03-02 14:13+00') > 0 AS moved;
SELECT external_id, step, substatus, due_at FROM campaign.prospect_status WHERE campaign_id = :pc ORDER BY 1;
SELECT reason, detail, next_change_at FROM campaign.explain(:pc, campaign.prospect_id('p1'));
SELECT a.slow_until, a.slow_detail FROM campaign.audience a WHERE a.name = 'parts';
UPDATE public.part SET divisor = 1 WHERE no = 'p1';
SELECT campaign.run_until('2026-03-02 14:14+00') > 0 AS moved;
SELECT external_id, step, substatus FROM campaign.prospect_status WHERE campaign_id = :pc ORDER BY 1;
SELECT subject, body FROM pg_temp.sent WHERE subject IN ('large', 'small') ORDER BY 1;
SELECT campaign.archive(:pc);

-- ---- as whom -------------------------------------------------------------------------------------------------
CREATE ROLE sources_reader;
CREATE ROLE sources_other;
GRANT USAGE ON SCHEMA public TO sources_reader, sources_other;
SELECT campaign.grant_access('sources_reader', 'sources', 'operator'), campaign.grant_access('sources_other', 'sources', 'operator');
CREATE TABLE public.mine (id text PRIMARY KEY, email text, owner name);
INSERT INTO public.mine VALUES ('r', 'r@example.com', 'sources_reader'), ('o', 'o@example.com', 'sources_other');
ALTER TABLE public.mine ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON public.mine USING (owner = current_user);
SET LOCAL ROLE sources_reader;
SAVEPOINT r;
SELECT campaign.create_audience('mine', source => 'public.mine', key => 'id');
ROLLBACK TO r;
RESET ROLE;
GRANT SELECT ON public.mine TO sources_reader, sources_other;
SET LOCAL ROLE sources_reader;
SELECT campaign.create_audience('mine', source => 'public.mine', key => 'id') AS m \gset
RESET ROLE;
-- row-level security is that of whoever made it, also where a superuser calls (B10)
SELECT campaign.create_campaign('mine', 'plain', 672, '{672}', audience => :m) AS mc \gset
SELECT result FROM campaign.enroll_audience(:mc);
SELECT external_id FROM campaign.prospect_status WHERE campaign_id = :mc ORDER BY external_id;
-- another operator may change it, and then it is read as him
SET LOCAL ROLE sources_other;
SELECT campaign.alter_audience(:m, rules => '[]');
RESET ROLE;
SELECT result FROM campaign.enroll_audience(:mc);
SELECT external_id FROM campaign.prospect_status WHERE campaign_id = :mc ORDER BY external_id;
UPDATE campaign.account SET session_state = 'connected' WHERE id = 672;
SELECT campaign.launch(:mc);
CREATE FUNCTION pg_temp.fault_of_mine(at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE campaign.audience SET next_at = at WHERE name = 'mine';
    PERFORM campaign.run_until(at);
    RETURN (SELECT a.fault || ': ' || a.fault_detail FROM campaign.audience a WHERE a.name = 'mine');
END
$$;
REVOKE SELECT ON public.mine FROM sources_other;
SELECT pg_temp.fault_of_mine('2026-03-02 14:24+00');
GRANT SELECT ON public.mine TO sources_other;
SELECT pg_temp.fault_of_mine('2026-03-02 14:25+00') IS NULL AS mended;
SELECT campaign.revoke_access('sources_other', 'sources');
SELECT pg_temp.fault_of_mine('2026-03-02 14:26+00');
DROP OWNED BY sources_other;
DROP ROLE sources_other;
SELECT pg_temp.fault_of_mine('2026-03-02 14:27+00');
-- what is queued for its prospects waits, and says why
SELECT DISTINCT a.state, a.reason FROM campaign.action a WHERE a.campaign_id = :mc ORDER BY 1, 2;
ROLLBACK;
