-- A hostile view as the source of an audience: it is read as who made the audience, whatever its functions try, and what
-- they try is a fault of the audience (3.2, B10).
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET jit = off;
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 09:00+00';
SET LOCAL campaign.source_timeout = '2s';
INSERT INTO campaign.workspace (id, name) VALUES (682, 'hostile views'), (683, 'neighbours');
INSERT INTO campaign.prospect (workspace_id, external_id, email) VALUES (683, 'theirs', 'theirs@example.com');
SET LOCAL campaign.workspace = 'hostile views';
INSERT INTO campaign.channel (id, name, transport) VALUES (682, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (682, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (682, 682, 682, 'ann@example.com');
INSERT INTO campaign.prospect (external_id, email) VALUES ('ours', 'ours@example.com');
SELECT campaign.create_sequence('one', '[{"email": {"subject": "x", "body": "x"}}]') > 0 AS made;
CREATE ROLE hostile_maker;
SELECT campaign.grant_access('hostile_maker', 'hostile views', 'operator');
CREATE SCHEMA hostile AUTHORIZATION hostile_maker;
CREATE TABLE hostile.closed (id text PRIMARY KEY, email text);
INSERT INTO hostile.closed VALUES ('secret', 'secret@example.com');
SET LOCAL ROLE hostile_maker;
CREATE TABLE hostile.seen (who text);
CREATE SEQUENCE hostile.counter;
CREATE FUNCTION hostile.meddle() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN current_user; END $$;
CREATE VIEW hostile.bait AS SELECT 1 AS id, 'bait@example.com'::text AS email, hostile.meddle() AS who;
SELECT campaign.create_audience('bait', source => 'hostile.bait', key => 'id', columns => '{"email": "email", "first_name": "who"}') AS a \gset
SELECT campaign.create_campaign('bait', 'one', 682, '{682}', audience => :a) AS c \gset
RESET ROLE;
SELECT campaign.launch(:c);
-- the round is a superuser's, the view is not
SELECT campaign.run_until('2026-03-02 09:01+00') > 0 AS moved;
SELECT p.first_name FROM campaign.prospect p WHERE p.workspace_id = 682 AND p.source <> '';

CREATE FUNCTION pg_temp.tried(body text, minute integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION hostile.meddle() RETURNS text LANGUAGE plpgsql AS %L', format('BEGIN %s; RETURN current_user; END', body));
    UPDATE campaign.audience SET next_at = '2026-03-02 09:01+00'::timestamptz + minute * interval '1 minute' WHERE name = 'bait';
    PERFORM campaign.run_until('2026-03-02 09:01+00'::timestamptz + minute * interval '1 minute');
    SELECT a.fault || ': ' || a.fault_detail INTO said FROM campaign.audience a WHERE a.name = 'bait';
    RETURN format('%s -> %s', body, COALESCE(said, 'read as ' || (SELECT p.first_name FROM campaign.prospect p WHERE p.workspace_id = 682 AND p.source <> '')));
END
$$;
SELECT pg_temp.tried(b, n::integer) FROM unnest(ARRAY[
    $$PERFORM set_config('role', 'pg_monitor', false)$$,
    'RESET ROLE',
    'SET SESSION AUTHORIZATION pg_monitor',
    'INSERT INTO hostile.seen VALUES (current_user)',
    $$PERFORM nextval('hostile.counter')$$,
    'CREATE TEMPORARY TABLE kept (a text)',
    'ALTER ROLE hostile_maker SUPERUSER',
    $$PERFORM campaign.suppress('email', 'ours@example.com')$$,
    $$PERFORM campaign.launch(1)$$,
    'SET TRANSACTION READ WRITE',
    $$PERFORM set_config('transaction_read_only', 'off', true)$$,
    $$PERFORM set_config('session_replication_role', 'replica', true)$$,
    'PERFORM FROM hostile.closed',
    'PERFORM FROM campaign.secret',
    $$PERFORM pg_read_file('/etc/passwd')$$,
    'PERFORM pg_sleep(30)',
    $$PERFORM set_config('statement_timeout', '0', true), set_config('search_path', 'hostile', true)$$]) WITH ORDINALITY AS v (b, n);
-- what it changed of the session, if anything, is as it was
SELECT current_setting('search_path') <> 'hostile' AS same_path, current_setting('transaction_read_only') AS read_only, current_user = session_user AS same_user;
SELECT count(*) FROM hostile.seen;

-- rows of others: neither of the table that is closed to him nor of the neighbours, through whatever view
SET LOCAL ROLE hostile_maker;
CREATE VIEW hostile.through WITH (security_invoker) AS SELECT c.id, c.email FROM hostile.closed c;
SELECT campaign.create_audience('through', source => 'hostile.through', key => 'id') AS t \gset
CREATE FUNCTION hostile.leak(x text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN IF x LIKE 'theirs%' THEN RAISE EXCEPTION 'leaked %', x; END IF; RETURN true; END $$;
CREATE VIEW hostile.people AS SELECT p.external_id AS id, p.email FROM campaign.prospect p WHERE hostile.leak(p.email) AND p.source = '';
SELECT campaign.create_audience('people', source => 'hostile.people', key => 'id') AS p \gset
RESET ROLE;
SELECT campaign.create_campaign('people', 'one', 682, '{682}', audience => :p) AS pc \gset
SELECT campaign.create_campaign('through', 'one', 682, '{682}', audience => :t) AS tc \gset
SELECT campaign.launch(:pc), campaign.launch(:tc);
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;
SELECT a.fault, a.fault_detail, a.matching FROM campaign.audience a WHERE a.name IN ('people', 'through') ORDER BY a.name;
SELECT p.email FROM campaign.prospect p WHERE p.workspace_id = 682 AND p.source <> '' AND p.email NOT LIKE 'bait%' ORDER BY 1;
ROLLBACK;
