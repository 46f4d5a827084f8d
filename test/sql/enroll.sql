-- Enrolling: every answer of enroll() and candidates(), and what a rolled-back enrolment leaves.
-- Everything but the last part happens in one transaction that is rolled back.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 09:00+00';
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (641, 'enrolling');
SET campaign.workspace = 'enrolling';

-- what a statement is refused with, on lines that need no ids
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN NEXT 'not refused';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || message;
    RETURN NEXT regexp_replace(detail, 'Campaign \d+', 'Campaign N');
    RETURN NEXT hint;
END
$$;

INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (641, 641, 'box', 'outbox');
INSERT INTO campaign.member (id, name, time_zone) VALUES (641, 'Ann', 'Europe/Paris');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (641, 641, 641, 'ann');
INSERT INTO campaign.prospect (id, external_id, person, email, professional_email, linkedin_url, opted_in, removed_at) VALUES
    (6401, 'free', NULL, 'Free@Example.com', NULL, NULL, true, NULL),
    (6402, 'by email', NULL, 'Stop@Example.com', NULL, NULL, true, NULL),
    (6403, 'by professional email', NULL, NULL, 'STOP@example.com', NULL, true, NULL),
    (6404, 'by domain', NULL, 'x@Closed.example', NULL, NULL, true, NULL),
    (6405, 'by profile', NULL, NULL, NULL, 'https://linkedin.example/In/X', true, NULL),
    (6406, 'by person', 'Person-6', NULL, NULL, NULL, true, NULL),
    (6407, 'not opted in', NULL, NULL, NULL, NULL, false, NULL),
    (6408, 'removed', NULL, NULL, NULL, NULL, true, '2026-01-01'),
    (6409, 'connected', NULL, NULL, NULL, NULL, true, NULL),
    (6410, 'same person', 'Person-10', NULL, NULL, NULL, true, NULL),
    (6411, 'same person too', 'Person-10', NULL, NULL, NULL, true, NULL),
    (6412, 'suppressed and not opted in', 'Person-6', NULL, NULL, NULL, false, NULL);
SELECT count(*) AS suppressed FROM (VALUES
    (campaign.suppress('email', 'stop@example.com', 'asked')), (campaign.suppress('domain', 'closed.example')),
    (campaign.suppress('linkedin', 'https://linkedin.example/in/x')), (campaign.suppress('person', 'Person-6'))) s;

SELECT campaign.create_sequence('plain', '[{"visit": {}}, {"delay": "1 day"}, {"visit": {}}]') > 0 AS made;
SELECT campaign.create_sequence('entry', '[{"only_if": "not_connected"}, {"visit": {}}]') > 0 AS made;
SELECT campaign.create_campaign('A', 'plain', 641, '{641}') AS a \gset
SELECT campaign.create_campaign('B', 'plain', 641, '{641}') AS b \gset
SELECT campaign.create_campaign('E', 'entry', 641, '{641}') AS e \gset
SELECT campaign.create_campaign('N', 'plain', 641, '{641}', settings => '{"exclusivity": "none"}') AS n \gset
CREATE VIEW pg_temp.everybody AS SELECT array_agg(id ORDER BY id) || ARRAY[6401, NULL, 1]::bigint[] AS ids
    FROM campaign.prospect WHERE workspace_id = 641;

-- ---- the answers (S2.38, S2.39) ----------------------------------------------------------------------

-- candidates() says the same and does nothing; is_suppressed() agrees with both
SELECT c.prospect_id, p.external_id, c.result, c.detail,
    campaign.is_suppressed(641, p.person_key, p.email, p.professional_email, p.linkedin_url) AS is_suppressed
FROM campaign.candidates(:a, (SELECT ids FROM pg_temp.everybody)) c LEFT JOIN campaign.prospect p ON p.id = c.prospect_id ORDER BY 1;
SELECT count(*) AS runs FROM campaign.enrollment WHERE workspace_id = 641;
SELECT prospect_id, enrollment_id IS NOT NULL AS has_run, result, detail
FROM campaign.enroll(:a, (SELECT ids FROM pg_temp.everybody), payload => '{"from": "test"}') ORDER BY 1;
SELECT prospect_id, run, status, halt, due_at, parked_due_at, started_at, payload FROM campaign.enrollment
WHERE workspace_id = 641 ORDER BY 1;
SELECT key FROM campaign.person WHERE workspace_id = 641 ORDER BY key COLLATE "C";
SELECT kind, day, n FROM campaign.counter WHERE workspace_id = 641 AND campaign_id = :a;
SELECT b.events, count(*) AS rows_of_it, count(DISTINCT e.enrollment_id) AS runs, min(e.actor) = SESSION_USER AS named
FROM campaign.batch b JOIN campaign.event e ON e.batch_id = b.id AND e.id BETWEEN b.first_event AND b.last_event
WHERE b.workspace_id = 641 AND e.kind = 'enrolled' GROUP BY b.id, b.events;

-- one campaign at a time (S2.40); a campaign without exclusivity takes them beside
SELECT prospect_id, result, regexp_replace(detail, 'campaign \d+', 'campaign N') AS detail FROM campaign.enroll(:a, '{6401}');
SELECT prospect_id, result, regexp_replace(detail, 'campaign \d+', 'campaign N') AS detail FROM campaign.enroll(:b, '{6401}');
SELECT prospect_id, result FROM campaign.candidates(:b, '{6401}');
SELECT prospect_id, result, detail FROM campaign.enroll(:n, '{6401}');
SELECT prospect_id, result FROM campaign.enroll(:n, '{6401}');
SELECT prospect_id, result FROM campaign.enroll(:a, '{}');
SELECT prospect_id, result FROM campaign.enroll(:a, NULL);

-- of a list, of all
INSERT INTO campaign.list (id, name) VALUES (641, 'some');
INSERT INTO campaign.list_prospect (list_id, prospect_id) VALUES (641, 6402), (641, 6409);
SELECT prospect_id, result FROM campaign.candidates(:b, list => 641) ORDER BY 1;
SELECT prospect_id, result FROM campaign.candidates(:b, '{6401,6402}', 641) ORDER BY 1;
SELECT result, count(*) FROM campaign.candidates(:b) GROUP BY 1 ORDER BY 1;

-- ---- a second run (S2.37) ------------------------------------------------------------------------------

SELECT campaign.leave_enrollments(641, array_agg(id), 'removed', 'by_hand') FROM campaign.enrollment WHERE campaign_id = :a AND prospect_id IN (6401, 6410);
SELECT campaign.leave_enrollments(641, array_agg(id), 'failure', 'timed_out') FROM campaign.enrollment WHERE campaign_id = :a AND prospect_id = 6411;
SELECT prospect_id, result, detail FROM campaign.enroll(:a, '{6401,6411}') ORDER BY 1;
SELECT run, step, halt, ended_at IS NULL AS active, end_kind, code FROM campaign.enrollment WHERE campaign_id = :a AND prospect_id = 6401 ORDER BY run;
-- elsewhere he is free (D9)
SELECT prospect_id, result FROM campaign.candidates(:b, '{6411}');

-- ---- entry conditions (D17) ----------------------------------------------------------------------------

INSERT INTO campaign.relation (workspace_id, prospect_id, account_id, state, since) VALUES (641, 6409, 641, 'connected', '2026-01-01');
SELECT campaign.leave_enrollments(641, array_agg(id), 'removed', 'by_hand') FROM campaign.enrollment WHERE campaign_id = :a AND prospect_id IN (6401, 6409);
SELECT prospect_id, result, detail FROM campaign.candidates(:e, '{6401,6402,6409}') ORDER BY 1;
SELECT campaign.launch(:e);
SELECT prospect_id, result, detail FROM campaign.enroll(:e, '{6401,6402,6409}') ORDER BY 1;
SELECT prospect_id, status, end_kind, code FROM campaign.prospect_status WHERE campaign_id = :e ORDER BY 1;
-- B9
SELECT enrolled, active, in_progress + over_cap + deferred + paused + replied + finished = enrolled AS adds_up FROM campaign.overview WHERE campaign_id = :e;

-- ---- refusals ------------------------------------------------------------------------------------------

SELECT pg_temp.refusal('SELECT campaign.enroll(1, ''{6401}'')');
SELECT pg_temp.refusal(format('SELECT campaign.candidates(%s, list => 1)', :b));
SELECT campaign.archive(:n);
SELECT pg_temp.refusal(format('SELECT campaign.enroll(%s, ''{6401}'')', :n));
SELECT pg_temp.refusal(format('SELECT campaign.candidates(%s, ''{6401}'')', :n));
SELECT campaign.stop(:e);
SELECT pg_temp.refusal(format('SELECT campaign.enroll(%s, ''{6401}'')', :e));

-- ---- B1: a part of the caller's transaction ---------------------------------------------------------------

SAVEPOINT before;
SELECT count(*) AS enrolled FROM campaign.enroll(:b, '{6401,6409}');
ROLLBACK TO before;
SELECT (SELECT count(*) FROM campaign.enrollment WHERE campaign_id = :b) AS runs,
    (SELECT count(*) FROM campaign.event WHERE campaign_id = :b AND kind = 'enrolled') AS events,
    (SELECT count(*) FROM campaign.counter WHERE campaign_id = :b) AS counters;
SELECT prospect_id, result FROM campaign.candidates(:b, '{6401,6409}') ORDER BY 1;
ROLLBACK;

-- a transaction of its own that fails at its end; then one that is committed and taken back
RESET campaign.now;
RESET campaign.workspace;
INSERT INTO campaign.member (id, name) VALUES (642, 'Bea');
INSERT INTO campaign.prospect (id, external_id) VALUES (6450, 'B1');
SELECT campaign.create_sequence('B1', '[{"visit": {}}]') AS sequence \gset
SELECT campaign.create_campaign('B1', 'B1', 642, '{}') AS b1 \gset
BEGIN;
SELECT result FROM campaign.enroll(:b1, '{6450}');
SELECT 1 / 0;
COMMIT;
SELECT (SELECT count(*) FROM campaign.enrollment WHERE campaign_id = :b1) AS runs,
    (SELECT count(*) FROM campaign.person WHERE key = '6450') AS persons,
    (SELECT count(*) FROM campaign.event WHERE campaign_id = :b1 AND kind = 'enrolled') AS events,
    (SELECT count(*) FROM campaign.counter WHERE campaign_id = :b1) AS counters;
SELECT campaign.archive(:b1);
DELETE FROM campaign.step WHERE campaign_id = :b1;
DELETE FROM campaign.campaign WHERE id = :b1;
DELETE FROM campaign.sequence WHERE id = :sequence;
DELETE FROM campaign.prospect WHERE id = 6450;
DELETE FROM campaign.member WHERE id = 642;
