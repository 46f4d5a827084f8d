-- Prospects that turn out to be the same: merged later, with what is known of them and what was done (S3.4, D15).
\pset format unaligned
SET DateStyle = 'ISO';
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (673, 'merge');
SET LOCAL campaign.workspace = 'merge';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (673, 673, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (673, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (673, 673, 673, 'ann');
INSERT INTO campaign.prospect (id, external_id, source, email, linkedin_url, first_name, attributes) VALUES
    (67301, 'crm-1', 'crm', NULL, 'https://l.example/in/ada', 'Ada', '{"size": 1, "own": 1}'),
    (67302, 'web-7', 'web', 'ada@example.com', NULL, NULL, '{"size": 2, "seen": true}'),
    (67303, NULL, '', 'ada.l@example.com', NULL, 'A.', '{}'), (67304, 'x', '', 'x@example.com', NULL, NULL, '{}');
INSERT INTO campaign.list (id, name) VALUES (673, 'fair');
INSERT INTO campaign.list_prospect (list_id, prospect_id) VALUES (673, 67302), (673, 67303);
SELECT campaign.record_event('connected', 67302, account => 673) AS reported;
SELECT campaign.create_sequence('visit', '[{"visit": {}}, {"delay": "1 day"}]') > 0 AS made;
SELECT campaign.create_campaign('first', 'visit', 673, '{673}') AS f, campaign.create_campaign('second', 'visit', 673, '{673}') AS s \gset
SELECT campaign.launch(:f), campaign.launch(:s);
SELECT prospect_id, result FROM campaign.enroll(:f, '{67302}');
SELECT campaign.run_until('2026-03-04 09:00+00') > 0 AS moved;
SELECT prospect_id, result FROM campaign.enroll(:s, '{67301,67303}');
SELECT campaign.run_until('2026-03-04 09:01+00') > 0 AS moved;
SELECT campaign.suppress('email', 'x@example.com') > 0 AS suppressed;

-- what cannot be merged
\set VERBOSITY terse
SAVEPOINT s;
SELECT campaign.merge_prospects(67301, '{67302,1}');
ROLLBACK TO s;
\set VERBOSITY default
SELECT campaign.merge_prospects(67301, '{67301}');

SELECT campaign.merge_prospects(67301, '{67303,67302}');
SELECT p.id, p.external_id, p.email, p.linkedin_url, p.first_name, p.person_key, p.attributes, p.merged_into, p.removed_at FROM campaign.prospect p ORDER BY p.id;
-- the runs of all are his, those under way that he has himself too are over, and nothing of the log is lost
SELECT s.campaign, s.prospect_id, s.run, s.status, s.end_kind, s.code FROM campaign.prospect_status s ORDER BY s.campaign, s.prospect_id, s.run;
SELECT r.prospect_id, r.account_id, r.state FROM campaign.relation r WHERE r.workspace_id = 673;
SELECT l.prospect_id FROM campaign.list_prospect l WHERE l.workspace_id = 673;
SELECT e.kind, e.prospect_id, e.detail FROM campaign.event e WHERE e.workspace_id = 673 AND e.kind IN ('enrolled', 'ended', 'merged') ORDER BY e.id;
-- the names of the others lead to him, in imports too, and nobody is made anew
SELECT campaign.prospect_id('web-7') AS found, campaign.prospect_id('crm-1') AS own;
CREATE TEMPORARY TABLE leads (external_id text, source text, phone text, email text);
INSERT INTO leads VALUES ('web-7', 'web', '123', NULL), (NULL, NULL, NULL, 'ada@example.com');
SELECT * FROM campaign.import_prospects('leads');
SELECT p.external_id, p.source, p.phone FROM campaign.prospect p WHERE p.id = 67301;
SELECT campaign.record_event('clicked', 'web-7') AS reported;
-- he was treated before, whoever he was then (S3.4), and re-entry goes by it (B16)
SELECT campaign.create_audience('all', '[]') AS a \gset
SELECT campaign.create_campaign('third', 'visit', 673, '{673}', audience => :a) AS t \gset
SELECT campaign.run_until('2026-03-06 09:00+00') > 0 AS moved;
SELECT prospect_id, result FROM campaign.enroll_audience(:t);
SELECT prospect_id, result FROM campaign.enroll(:f, '{67301}');
-- an opt-out of one is one of the person
SELECT campaign.merge_prospects(67301, '{67304}');
SELECT s.kind, s.value FROM campaign.suppression s WHERE s.workspace_id = 673 ORDER BY 1;
SELECT prospect_id, result, detail FROM campaign.candidates(:t, '{67301,67302}');
SELECT count(*) AS stuck FROM campaign.stuck;
-- B8: the log alone gives the present state, and a recount of it the counters
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
