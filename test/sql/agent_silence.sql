-- Agents that are heard of, and those that are not while work waits: the view agents, the cause of health and
-- its alert. Agents see their own alone, and as two roles.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET client_min_messages = error;
SET campaign.now = '2026-03-02 08:00+00';
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.channel (id, name, transport, options) VALUES (441, 'desk', 'agent', '{}'), (442, 'fast desk', 'agent', '{"silent_after": "2 hours"}');
INSERT INTO campaign.member (id, name) VALUES (441, 'Ann'), (442, 'Bob');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (441, 441, 441, 'ann'), (442, 442, 442, 'bob');
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', 442, 'task', 'day', 2);
INSERT INTO campaign.prospect (id, external_id, first_name) SELECT 4400 + i, 'p' || i, 'P' || i FROM generate_series(1, 8) i;
SELECT campaign.create_sequence('calls', '[{"task": {"title": "Call {{first_name}}"}}]') > 0 AS created;
SELECT campaign.create_campaign('Ann calls', 'calls', 441, '{441}', settings => '{"exclusivity": "none"}') AS ann \gset
SELECT campaign.create_campaign('Bob calls', 'calls', 442, '{442}', settings => '{"exclusivity": "none"}') AS bob \gset
SELECT campaign.launch(:ann), campaign.launch(:bob);
CREATE ROLE regress_ann;
CREATE ROLE regress_bob;
CREATE ROLE regress_eye;
SELECT campaign.grant_access('regress_ann', 'default', 'agent', member => 441), campaign.grant_access('regress_bob', 'default', 'agent', member => 442),
    campaign.grant_access('regress_eye', 'default', 'viewer');
CREATE TEMPORARY VIEW causes AS
    SELECT h.campaign, h.health, d.value ->> 'severity' AS severity, d.value ->> 'since' AS since, d.value ->> 'message' AS message, d.value ->> 'remedy' AS remedy
    FROM campaign.health h CROSS JOIN jsonb_array_elements(h.details) d WHERE d.value ->> 'code' = 'agent_silent' ORDER BY 1;

CREATE FUNCTION pg_temp.refusal(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'not refused';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '\y\d{4,}\y', 'N');
END
$$;

-- without work nobody is silent
SELECT * FROM campaign.agents ORDER BY account;
SELECT campaign.run_until('2026-03-05 08:00+00') >= 0 AS ran;
SET LOCAL campaign.now = '2026-03-05 08:00+00';
SELECT count(*) FROM causes;

-- ---- nobody has ever asked -----------------------------------------------------------------------

SELECT (SELECT count(*) FROM campaign.enroll(:ann, '{4401,4402,4403}')) AS anns, (SELECT count(*) FROM campaign.enroll(:bob, '{4401}')) AS bobs;
SELECT campaign.run_until('2026-03-05 09:59+00') > 0 AS ran;
SET LOCAL campaign.now = '2026-03-05 09:59:59+00';
SELECT account, agent, seen_at, taken, waiting, waiting_since, is_silent FROM campaign.agents ORDER BY account;
SELECT count(*) FROM causes;
-- two hours for the fast desk, a day for the other
SET LOCAL campaign.now = '2026-03-05 10:00+00';
SELECT * FROM causes;
SET LOCAL campaign.now = '2026-03-06 08:00+00';
SELECT campaign, since FROM causes;
SELECT campaign.tick() >= 0 AS ran;
SELECT a.campaign, a.code, a.severity, a.since, a.closed_at FROM campaign.alerts a WHERE a.code = 'agent_silent' ORDER BY a.campaign;

-- ---- signs of life ---------------------------------------------------------------------------------

-- each agent sees the accounts of his member, takes of them, and touches nothing else
SET LOCAL ROLE regress_bob;
SELECT account, member, waiting, is_silent FROM campaign.agents ORDER BY account;
SELECT action_id AS bobs, account_id, external_id FROM campaign.take(max => 5) \gset
SELECT account, agent, seen_at, taken, waiting, is_silent FROM campaign.agents ORDER BY account;
RESET ROLE;
SET LOCAL ROLE regress_ann;
SELECT action_id AS anns, account_id, external_id FROM campaign.take(max => 1, lease => '1 hour') \gset
SELECT account, agent, seen_at, taken, waiting, is_silent FROM campaign.agents ORDER BY account;
SELECT count(*) AS queue FROM campaign.queue;
SELECT c.command, pg_temp.refusal(format(c.command, :bobs)) FROM unnest('{"SELECT campaign.report(%s, ''complete'')","SELECT campaign.extend_lease(%s, ''1 day'')",SELECT campaign.take(442),
    "SELECT campaign.ingest(''standard'', ''{}'', '''')","SELECT campaign.record_event(''replied'', 4401)","SELECT campaign.unsubscribe(''x'')","SELECT campaign.set_secret(''x'', ''y'')",
    "SELECT 1 FROM campaign.prospect","SELECT 1 FROM campaign.agent_sign","SELECT 1 FROM campaign.known_agent","SELECT 1 FROM campaign.ingested"}'::text[]) c(command);
RESET ROLE;
SELECT account, agent, seen_at, taken, waiting, is_silent FROM campaign.agents ORDER BY account;
SELECT count(*) FROM causes;
SELECT campaign.tick() >= 0 AS ran;
SELECT a.campaign, a.closed_at FROM campaign.alerts a WHERE a.code = 'agent_silent' ORDER BY a.campaign;

-- whoever works long beats: the lease goes on, and he is heard of
SET LOCAL campaign.now = '2026-03-06 08:59:30+00';
SET LOCAL ROLE regress_ann;
SELECT campaign.extend_lease(:anns, '1 hour', attempt => 1);
SELECT agent, seen_at, taken, waiting FROM campaign.agents;
-- what was noted five seconds ago is not noted again
RESET ROLE;
SET LOCAL campaign.now = '2026-03-06 08:59:33+00';
SET LOCAL ROLE regress_ann;
SELECT campaign.extend_lease(:anns, '1 hour');
SELECT agent, seen_at FROM campaign.agents;
RESET ROLE;
SET LOCAL campaign.now = '2026-03-06 09:30+00';
SET LOCAL ROLE regress_ann;
SELECT campaign.report(:anns, 'complete');
SELECT agent, seen_at, taken, waiting FROM campaign.agents;
RESET ROLE;
-- an agent of another program is a line of his own; a day after the last of them it is silent again
SET LOCAL campaign.now = '2026-03-06 12:00+00';
SELECT count(*) FROM campaign.take(441, 1, '1 minute');
SELECT campaign.run_until('2026-03-06 12:05+00') >= 0 AS ran;
SET LOCAL campaign.now = '2026-03-07 11:59:59+00';
SELECT account, agent = SESSION_USER AS myself, seen_at, taken, waiting, is_silent FROM campaign.agents WHERE account_id = 441 ORDER BY seen_at;
SET LOCAL campaign.now = '2026-03-07 12:00+00';
SELECT count(*) AS lines, bool_and(is_silent) AS silent FROM campaign.agents WHERE account_id = 441;
SELECT campaign, since FROM causes;
-- the remedy is a sign of life
SELECT remedy FROM causes WHERE campaign = 'Ann calls' \gset
SAVEPOINT remedy;
:remedy \g /dev/null
SELECT campaign FROM causes;
ROLLBACK TO remedy;

-- ---- what is not waiting for an agent ----------------------------------------------------------------

-- a quota that is used up keeps it from everybody
SELECT campaign.report(:bobs, 'complete');
SELECT count(*) FROM campaign.enroll(:bob, '{4402,4403,4404}');
SELECT campaign.run_until('2026-03-07 12:01+00') > 0 AS ran;
SET LOCAL campaign.now = '2026-03-07 12:01+00';
SELECT count(*) AS taken FROM campaign.take(442, 5, '20 hours');
SELECT campaign.tick() >= 0 AS ran;
SET LOCAL campaign.now = '2026-03-07 16:00+00';
SELECT taken, waiting, waiting_since, is_silent FROM campaign.agents WHERE account_id = 442 AND agent = SESSION_USER;
SELECT campaign FROM causes;
-- of an account that is not connected, that is what is wrong
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = 441;
SELECT campaign FROM causes;
UPDATE campaign.account SET session_state = 'connected' WHERE id = 441;
SELECT campaign FROM causes;
-- nor is what is paused
SELECT campaign.pause(:ann);
SELECT campaign FROM causes;
SET LOCAL ROLE regress_eye;
SELECT count(*) AS accounts FROM (SELECT DISTINCT account_id FROM campaign.agents) a;
ROLLBACK;
