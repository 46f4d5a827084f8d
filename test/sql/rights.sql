-- Levels and tenants (B10). Everything happens in one transaction that is rolled back; roles too.

\set ON_ERROR_ROLLBACK on
\set VERBOSITY default
\pset format unaligned
\pset tuples_only on
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
\set SHOW_CONTEXT never
BEGIN;

INSERT INTO campaign.workspace (id, name) VALUES (501, 'north'), (502, 'south');
INSERT INTO campaign.channel (workspace_id, id, name, transport, secret)
VALUES (501, 501, 'box', 'outbox', 'key'), (502, 502, 'box', 'outbox', 'key');
INSERT INTO campaign.member (workspace_id, id, name) VALUES (501, 501, 'Ann'), (502, 502, 'Bob');
INSERT INTO campaign.account (workspace_id, id, member_id, channel_id, address)
VALUES (501, 501, 501, 501, 'ann@north.example'), (502, 502, 502, 502, 'bob@south.example');
INSERT INTO campaign.prospect (workspace_id, id, external_id, email)
VALUES (501, 501, 'n1', 'one@north.example'), (502, 502, 's1', 'one@south.example');

CREATE ROLE regress_reader;
CREATE ROLE regress_operator;
CREATE ROLE regress_chief;
CREATE ROLE regress_both;
CREATE ROLE regress_team;
CREATE ROLE regress_mate IN ROLE regress_team;
CREATE ROLE regress_stranger;
SELECT campaign.grant_access('regress_reader', 'north', 'viewer');
SELECT campaign.grant_access('regress_operator', 'north', 'operator');
SELECT campaign.grant_access('regress_chief', 'north', 'admin');
SELECT campaign.grant_access('regress_both', 'north', 'operator');
SELECT campaign.grant_access('regress_both', 'south', 'viewer');
SELECT campaign.grant_access('regress_team', 'south', 'operator');
-- said again it changes nothing
SELECT campaign.grant_access('regress_reader', 'north', 'viewer');

-- ---- a viewer reads what is his, and only reads -------------------------------------------------

SET ROLE regress_reader;
-- with one workspace the setting is not needed
SELECT campaign.current_workspace();
SELECT id, external_id FROM campaign.prospect;
SELECT campaign.prospect_id('n1'), campaign.account_id('ANN@north.example');
SELECT campaign.prospect_id('s1');
INSERT INTO campaign.prospect (external_id) VALUES ('n2');
-- a secret cannot be read back, whoever asks; its name can
SELECT value FROM campaign.secret;
SELECT campaign.set_secret('key', 'Bearer stolen');
SELECT name, secret FROM campaign.channel;
SELECT name, transport FROM campaign.channel;
SELECT count(*) FROM campaign.enrollment;
SELECT campaign.suppress('email', 'one@north.example');
SELECT campaign.acting_workspace('viewer');
-- every view can be read, whatever functions it calls
DO $$
DECLARE
    v regclass;
BEGIN
    FOR v IN SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind = 'v' AND has_table_privilege(c.oid, 'SELECT') LOOP
        EXECUTE format('SELECT * FROM %s', v);
    END LOOP;
END
$$;
SET campaign.workspace = 'south';
SELECT campaign.current_workspace();
SELECT campaign.prospect_id('s1');
RESET campaign.workspace;

-- ---- an operator fills tables and calls functions, in his own workspace ---------------------------

SET ROLE regress_operator;
INSERT INTO campaign.prospect (external_id) VALUES ('n2'), ('n3');
UPDATE campaign.prospect SET first_name = 'Eve' RETURNING external_id;
DELETE FROM campaign.prospect WHERE external_id = 'n3';
SELECT workspace_id, external_id FROM campaign.prospect ORDER BY external_id;
INSERT INTO campaign.prospect (workspace_id, external_id) VALUES (502, 's2');
UPDATE campaign.prospect SET workspace_id = 502 WHERE external_id = 'n2';
-- foreign keys reach nobody else's rows either
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (502, 501, 'x@north.example');
INSERT INTO campaign.channel (name, transport) VALUES ('mine', 'outbox');
SELECT campaign.suppress('email', 'One@North.example') IS NOT NULL;
SELECT kind, value, workspace_id FROM campaign.suppression;
SET campaign.workspace = 'south';
SELECT campaign.suppress('email', 'one@south.example');
RESET campaign.workspace;
SELECT campaign.grant_access('regress_stranger', 'north', 'viewer');

-- ---- an admin -------------------------------------------------------------------------------------

SET ROLE regress_chief;
INSERT INTO campaign.channel (name, transport) VALUES ('mine', 'outbox');
SELECT campaign.grant_access('regress_stranger', 'south', 'viewer');
SELECT campaign.grant_access('regress_stranger', 'north', 'boss');
SELECT campaign.grant_access('regress_nobody', 'north', 'viewer');
SELECT campaign.grant_access('regress_stranger', 'north', 'agent');
SELECT campaign.grant_access('regress_stranger', 'north', 'agent', member => 502);
SELECT campaign.grant_access('regress_stranger', NULL, 'viewer');
SELECT campaign.grant_access('regress_stranger', 'north', 'agent', member => 501);
SELECT role, level, member_id FROM campaign.access ORDER BY role;
-- built-in rows are never changed, and nobody but a superuser changes what a workspace is
UPDATE campaign.workspace SET plan = 'business';

SET ROLE regress_stranger;
SELECT campaign.current_workspace();
SELECT count(*) FROM campaign.prospect;

-- ---- an agent sees and does the work of his member, and nothing else -------------------------------

RESET ROLE;
SAVEPOINT before_time;
SELECT campaign.virtual_time(true);
SET campaign.now = '2026-01-05 09:00+00';
SET campaign.workspace = 'north';
INSERT INTO campaign.channel (id, name, transport) VALUES (503, 'desk', 'agent');
INSERT INTO campaign.member (id, name) VALUES (503, 'Cem'), (504, 'Dot');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (503, 503, 503, 'cem'), (504, 504, 503, 'dot');
SELECT campaign.create_sequence('ring', '[{"task": {"title": "Ring"}}]') > 0 AS made;
SELECT campaign.create_campaign('Cem', 'ring', 503, '{503}', settings => '{"exclusivity": "none"}') AS of_cem \gset
SELECT campaign.create_campaign('Dot', 'ring', 504, '{504}', settings => '{"exclusivity": "none"}') AS of_dot \gset
SET client_min_messages = error;
SELECT campaign.launch(:of_cem), campaign.launch(:of_dot);
SELECT count(*) FROM campaign.enroll(:of_cem, ARRAY[campaign.prospect_id('n2')]);
SELECT count(*) FROM campaign.enroll(:of_dot, ARRAY[campaign.prospect_id('n2')]);
SELECT campaign.tick() > 0 AS queued;
SELECT action_id AS for_cem FROM campaign.queue WHERE account = 'cem' \gset
SELECT action_id AS for_dot FROM campaign.queue WHERE account = 'dot' \gset
SELECT campaign.open_session(:of_dot, 'sign_up', 'lead of dot', member => 504) AS session_of_dot \gset
CREATE ROLE regress_agent;
CREATE ROLE regress_callback;
SELECT campaign.grant_access('regress_agent', 'north', 'agent', member => 503);
SELECT campaign.grant_access('regress_callback', 'north', 'callback');
SET ROLE regress_agent;
SELECT account, kind, state FROM campaign.queue;
SELECT campaign.account_id('cem');
SELECT campaign.account_id('dot');
SELECT action_id FROM campaign.take(504);
SELECT action_id = :for_cem AS his, account_id, title FROM campaign.take(max => 10);
SELECT count(*) FROM campaign.take(max => 10);
SELECT campaign.extend_lease(:for_cem, '1 hour'), campaign.report(:for_cem, 'retry');
\set VERBOSITY sqlstate
SELECT campaign.extend_lease(:for_dot, '1 hour');
SELECT campaign.report(:for_dot, 'complete');
SELECT campaign.report(:session_of_dot, 'complete');
\set VERBOSITY default
-- what people open is his too, under his own name
SELECT campaign.open_session(:of_cem, 'sign_up', 'lead of cem') AS session_of_cem \gset
SELECT campaign.open_session(:of_cem, 'sign_up', 'lead of cem', member => 504);
SELECT campaign.report(:session_of_cem, 'processing'), campaign.report(:session_of_cem, 'rejected');
SELECT kind, status, member, external_lead_id FROM campaign.sessions;
-- nothing else is open to him: tables, other views, functions of other levels
SELECT count(*) FROM campaign.prospect;
SELECT count(*) FROM campaign.action;
SELECT count(*) FROM campaign.overview;
SELECT * FROM campaign.open_action;
SELECT campaign.prospect_id('n1');
SELECT campaign.resolve(:for_cem, 'give_up');
SELECT campaign.requeue(ARRAY[:for_cem]);
SELECT campaign.record_event('replied', 501);
SELECT campaign.suppress('email', 'one@north.example');
SELECT campaign.pause(:of_cem);
SELECT campaign.launch(:of_cem);
SELECT campaign.take_actions(501, '{504}', 1, now(), 'me');
SELECT campaign.set_secret('key', 'mine');

-- ---- a callback hands on what is verified, and opts people out, and can do nothing else -----------------

RESET ROLE;
SELECT string_agg(DISTINCT p.proname, ', ' ORDER BY p.proname) FROM pg_proc p
    WHERE p.pronamespace = 'campaign'::regnamespace AND has_function_privilege('regress_callback', p.oid, 'EXECUTE');
SELECT count(*) FROM pg_class c
    WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p', 'v')
      AND (has_table_privilege('regress_callback', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR has_any_column_privilege('regress_callback', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'));
SELECT count(*) FROM pg_class c
    WHERE c.relnamespace = 'campaign'::regnamespace AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('regress_callback', c.oid, 'USAGE, SELECT, UPDATE') END;
SELECT campaign.set_secret('ingest_standard', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
CREATE FUNCTION pg_temp.signed(id text, body text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('webhook-id', $1, 'webhook-timestamp', v.at, 'webhook-signature', 'v1,' || encode(campaign.hmac(decode('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'),
        convert_to($1 || '.' || v.at || '.' || $2, 'UTF8')), 'base64')) FROM (SELECT extract(epoch FROM campaign.clock())::bigint::text AS at) v
$$;
\set clicked '{"type": "clicked", "data": {"external_id": "n1"}}'
\set ended '{"type": "ended", "data": {"external_id": "n1"}}'
\set anything '{"type": "anything", "data": {"external_id": "n1"}}'
SELECT pg_temp.signed('m1', :'clicked') AS clicked_headers, pg_temp.signed('m2', :'ended') AS ended_headers, pg_temp.signed('m3', :'anything') AS anything_headers \gset
SET ROLE regress_callback;
SELECT campaign.ingest('standard', :'clicked_headers', :'clicked');
-- of the kinds that are told from outside
SELECT campaign.ingest('standard', :'ended_headers', :'ended');
SELECT campaign.ingest('standard', :'anything_headers', :'anything');
SELECT campaign.unsubscribe('no token');
SELECT campaign.record_event('clicked', 501);
SELECT campaign.take();
SELECT campaign.report(:for_cem, 'complete');
SELECT campaign.open_session(:of_cem, 'sign_up', 'another lead');
SELECT campaign.suppress('email', 'one@north.example');
SELECT count(*) FROM campaign.queue;
SELECT count(*) FROM campaign.prospect;

-- ---- an operator takes for anybody, a viewer for nobody ---------------------------------------------

SET ROLE regress_operator;
SELECT campaign.record_event('anything', 501);
SELECT account_id FROM campaign.take(504);
SELECT campaign.report(:for_dot, 'complete');
SELECT account, state FROM campaign.queue ORDER BY 1;
SET ROLE regress_reader;
SELECT account, state FROM campaign.queue ORDER BY 1;
SELECT count(*) FROM campaign.sessions;
SELECT campaign.take(503);
SELECT campaign.report(:for_cem, 'complete');
-- one who reads and is an agent besides sees each once
RESET ROLE;
GRANT regress_reader TO regress_agent;
SET ROLE regress_agent;
SELECT account, state FROM campaign.queue ORDER BY 1;
SELECT action_id FROM campaign.take(504);
-- what was granted is taken back
RESET ROLE;
REVOKE regress_reader FROM regress_agent;
SELECT campaign.revoke_access('regress_agent', 'north');
SET ROLE regress_agent;
SELECT campaign.take(503);
RESET ROLE;
ROLLBACK TO before_time;
RESET campaign.workspace;
RESET campaign.now;
RESET client_min_messages;

-- ---- grants know no workspace, rights do -------------------------------------------------------------

SET ROLE regress_both;
SELECT campaign.current_workspace();
SET campaign.workspace = 'south';
SELECT external_id FROM campaign.prospect ORDER BY external_id;
UPDATE campaign.prospect SET first_name = 'Mallory' WHERE external_id = 's1' RETURNING external_id;
INSERT INTO campaign.prospect (external_id) VALUES ('s3');
SELECT campaign.suppress('email', 'one@south.example');
SET campaign.workspace = 'north';
INSERT INTO campaign.prospect (external_id) VALUES ('n4') RETURNING workspace_id;
RESET campaign.workspace;

-- ---- a member of a role has its rights -----------------------------------------------------------------

SET ROLE regress_mate;
SELECT campaign.current_workspace();
SELECT external_id FROM campaign.prospect;

-- ---- taking back ----------------------------------------------------------------------------------------

RESET ROLE;
SELECT campaign.revoke_access('regress_both', 'north');
SELECT has_table_privilege('regress_both', 'campaign.prospect', 'INSERT'),
    has_table_privilege('regress_both', 'campaign.prospect', 'SELECT'),
    has_function_privilege('regress_both', 'campaign.suppress(text, text, text)', 'EXECUTE');
SELECT campaign.revoke_access('regress_both', 'south');
SET ROLE regress_both;
SELECT count(*) FROM campaign.prospect;
RESET ROLE;
-- so that the role can be dropped
DROP ROLE regress_both;

-- ---- time -------------------------------------------------------------------------------------------------

SET campaign.workspace = 'north';
SET campaign.now = '2026-01-05 09:00+00';
SELECT campaign.clock();
SELECT campaign.suppress('domain', 'example.org');
SELECT campaign.account_id('ann@north.example');
SELECT campaign.virtual_time(true);
SELECT campaign.suppress('domain', 'example.org') IS NOT NULL;
SELECT created_at FROM campaign.suppression WHERE value = 'example.org';
SELECT campaign.virtual_time(NULL);
SELECT campaign.virtual_time(false);
RESET campaign.now;
SET ROLE regress_chief;
SELECT campaign.virtual_time(true);
SET campaign.now = '2026-01-05 09:00+00';
RESET ROLE;

-- ---- maintenance runs other people's code in the session of a superuser ---------------------------------------

CREATE SCHEMA regress_trap AUTHORIZATION regress_operator;
SET ROLE regress_operator;
CREATE TABLE regress_trap.bait (n integer);
CREATE FUNCTION regress_trap.bite(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM set_config('campaign.workspace', 'south', true);
    PERFORM campaign.suppress('email', 'one@south.example');
    RETURN n;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE '%', SQLERRM;
    RETURN n;
END
$$;
CREATE INDEX ON regress_trap.bait (regress_trap.bite(n));
INSERT INTO regress_trap.bait VALUES (1);
RESET ROLE;
REINDEX TABLE regress_trap.bait;
SELECT count(*) FROM campaign.suppression WHERE workspace_id = 502;

-- ---- what holds for every object: each query lists what is wrong ------------------------------------------------

-- a table of tenants without row-level security or with a policy missing
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p')
  AND (c.relname = 'workspace'
    OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace_id'))
  AND (NOT c.relrowsecurity OR (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) <> 4);
-- a function that is neither internal nor of a level, and an internal one that cannot be told from others
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'campaign'::regnamespace
  AND obj_description(p.oid, 'pg_proc') !~ '^Internal'
  AND NOT EXISTS (SELECT FROM campaign.level_right r WHERE r.kind = 'routine' AND r.name = p.proname);
-- a level that names nothing
SELECT r.* FROM campaign.level_right r
WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE r.kind = 'routine'
        AND p.pronamespace = 'campaign'::regnamespace AND p.proname = r.name)
  AND NOT EXISTS (SELECT FROM pg_class c WHERE r.kind = CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END
        AND c.relnamespace = 'campaign'::regnamespace AND c.relname = r.name);
-- a function that users call, runs as the owner, and does not ask for rights
SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'campaign'::regnamespace AND p.prosecdef AND p.prorettype <> 'trigger'::regtype AND l.lanname <> 'c'
  AND EXISTS (SELECT FROM campaign.level_right r
              WHERE r.kind = 'routine' AND r.name = p.proname AND r.level <> 'superuser')
  AND p.prosrc !~ 'campaign\.acting_workspace\(';
-- a view that users read and that does not look after their rights; these show no rows of theirs
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind = 'v' AND c.relname NOT IN ('worker_status', 'sequence_template')
  AND EXISTS (SELECT FROM campaign.level_right r WHERE r.kind = 'table' AND r.name = c.relname)
  AND NOT ('security_barrier=true' = ANY (c.reloptions) AND pg_get_viewdef(c.oid) ~ 'my_workspaces\(\)');
-- anything that PUBLIC may use
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'campaign'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
UNION ALL
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p', 'v')
  AND has_any_column_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES');

ROLLBACK;
