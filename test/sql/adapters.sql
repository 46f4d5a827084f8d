-- Rows that say how services are spoken to (S2.17): what they may say, whose they are, and which stand before which.

\set ON_ERROR_ROLLBACK on
\set VERBOSITY default
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET TIME ZONE 'UTC';
BEGIN;

INSERT INTO campaign.workspace (id, name) VALUES (531, 'north'), (532, 'south');
CREATE ROLE regress_adapter_reader;
CREATE ROLE regress_adapter_operator;
CREATE ROLE regress_adapter_chief;
CREATE ROLE regress_adapter_other;
SELECT campaign.grant_access('regress_adapter_reader', 'north', 'viewer');
SELECT campaign.grant_access('regress_adapter_operator', 'north', 'operator');
SELECT campaign.grant_access('regress_adapter_chief', 'north', 'admin');
SELECT campaign.grant_access('regress_adapter_other', 'south', 'admin');

-- ---- whose they are (B10) ------------------------------------------------------------------------

SET ROLE regress_adapter_chief;
INSERT INTO campaign.adapter (name, action_kind, path, needed, takes) VALUES ('own', 'invite', '/invite', '!exists($.kept.id)', '{"kept.id": "$.body.id"}');
INSERT INTO campaign.adapter_answer (name, rank, condition, meaning) VALUES ('own', 1, '$.status == 200', 'accepted');
-- built-in rows are read by all and written by nobody
SELECT count(*) > 0, bool_and(built_in) FROM campaign.adapter WHERE name = 'unipile';
UPDATE campaign.adapter SET path = '/elsewhere' WHERE name = 'unipile';
DELETE FROM campaign.adapter_answer WHERE name = 'unipile';
INSERT INTO campaign.adapter (workspace_id, name, built_in) VALUES (0, 'false', true);
INSERT INTO campaign.adapter (workspace_id, name) VALUES (532, 'theirs');
SET ROLE regress_adapter_reader;
SELECT name, action_kind, method, path FROM campaign.adapter WHERE NOT built_in;
INSERT INTO campaign.adapter (name) VALUES ('own2');
-- where things go is decided by admins
SET ROLE regress_adapter_operator;
INSERT INTO campaign.adapter (name) VALUES ('own2');
UPDATE campaign.adapter_answer SET meaning = 'unknown';
SET ROLE regress_adapter_other;
SELECT count(*) FROM campaign.adapter WHERE NOT built_in;
SELECT count(*) FROM campaign.adapter_answer WHERE NOT built_in;
SELECT count(*) FROM campaign.exchange;
SELECT count(*) FROM campaign.contact_value;
RESET ROLE;

-- ---- what they may say -----------------------------------------------------------------------------

INSERT INTO campaign.adapter (name, method) VALUES ('x', 'TRACE');
INSERT INTO campaign.adapter (name, headers) VALUES ('x', '{"Accept": 1}');
INSERT INTO campaign.adapter (name, format, body) VALUES ('x', 'form', '{"a": {"b": 1}}');
INSERT INTO campaign.adapter (name, finds) VALUES ('x', '{"id": {"in": "{{x}}"}}');
INSERT INTO campaign.adapter (name, limits) VALUES ('x', '{"content.note": "long"}');
INSERT INTO campaign.adapter (name, takes) VALUES ('x', '{"elsewhere.id": "$.body.id"}');
INSERT INTO campaign.adapter (name, takes) VALUES ('x', '{"prospect.email": "$.body.email"}');
INSERT INTO campaign.adapter (name, takes) VALUES ('x', '{"kept.id": "$.body."}');
INSERT INTO campaign.adapter (name, takes) VALUES ('x', '{"kept.id": "$.body[*] ? (@.id == $nothing)"}');
INSERT INTO campaign.adapter (name, needed) VALUES ('x', '$secret == "a"');
INSERT INTO campaign.adapter (name, role) VALUES ('x', 'poll');
INSERT INTO campaign.adapter (name, action_kind, role, every) VALUES ('x', 'invite', 'relations', '1 hour');
INSERT INTO campaign.adapter_answer (name, rank, condition, meaning) VALUES ('x', 1, '$.status == 1', 'perhaps');
INSERT INTO campaign.adapter_answer (name, rank, condition, meaning) VALUES ('x', 1, '$.status == 1', 'refused');
INSERT INTO campaign.adapter_answer (name, rank, condition, meaning) VALUES ('x', 1, '$.status == $unknown', 'accepted');
INSERT INTO campaign.adapter_answer (name, rank, condition, meaning, wait) VALUES ('x', 1, '$.status == 1', 'defer', '-1 hour');
INSERT INTO campaign.channel (id, name, transport, adapter) VALUES (9310, 'x', 'outbox', 'unipile');

-- ---- what goes with a prospect -----------------------------------------------------------------------

INSERT INTO campaign.prospect (id, external_id) VALUES (9311, 'one'), (9312, 'two'), (9313, 'three');
INSERT INTO campaign.contact_value (workspace_id, prospect_id, account_id, name, value) VALUES
    (1, 9311, 1, 'id', '"a"'), (1, 9312, 1, 'id', '"b"'), (1, 9312, 1, 'chat', '"c"'), (1, 9313, 1, 'id', '"d"');
SELECT campaign.merge_prospects(9311, ARRAY[9312]);
SELECT prospect_id, name, value FROM campaign.contact_value ORDER BY 1, 2;
DELETE FROM campaign.prospect WHERE id = 9313;
SELECT count(*) FROM campaign.contact_value WHERE prospect_id = 9313;
ROLLBACK;
