-- candidates() says what enrolling would say and does nothing; enroll_list(); the modes of exclusivity.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (643, 'candidates');
SET LOCAL campaign.workspace = 'candidates';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (643, 643, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (643, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (643, 643, 643, 'ann');
INSERT INTO campaign.prospect (id, external_id) SELECT 6430 + i, 'p' || i FROM generate_series(1, 6) i;
SELECT campaign.create_sequence('one', '[{"visit": {}}]') > 0 AS made;
SELECT campaign.create_campaign('x1', 'one', 643, '{643}') AS x1,
    campaign.create_campaign('x2', 'one', 643, '{643}', settings => '{"exclusivity": "exclusive"}') AS x2,
    campaign.create_campaign('s1', 'one', 643, '{643}', settings => '{"exclusivity": "exclusive_only"}') AS s1,
    campaign.create_campaign('s2', 'one', 643, '{643}', settings => '{"exclusivity": "exclusive_only"}') AS s2,
    campaign.create_campaign('n1', 'one', 643, '{643}', settings => '{"exclusivity": "none"}') AS n1,
    campaign.create_campaign('n2', 'one', 643, '{643}', settings => '{"exclusivity": "none"}') AS n2 \gset
SELECT campaign.launch(id) FROM campaign.campaign WHERE workspace_id = 643;

-- ---- who clashes with whom (D14, S2.40) ---------------------------------------------------------------

SAVEPOINT alone;
SELECT result FROM campaign.enroll(:x1, '{6431}');
SELECT c.name AS "into", a.result, regexp_replace(a.detail, 'campaign \d+', 'campaign N') AS detail
FROM campaign.campaign c CROSS JOIN LATERAL campaign.candidates(c.id, '{6431}') a WHERE c.workspace_id = 643 ORDER BY c.id;
SELECT result FROM campaign.enroll(:s1, '{6431}');
ROLLBACK TO alone;
SELECT result FROM campaign.enroll(:s1, '{6431}');
SELECT c.name AS "into", a.result, regexp_replace(a.detail, 'campaign \d+', 'campaign N') AS detail
FROM campaign.campaign c CROSS JOIN LATERAL campaign.candidates(c.id, '{6431}') a WHERE c.workspace_id = 643 ORDER BY c.id;
SELECT result FROM campaign.enroll(:x1, '{6431}');
SELECT result FROM campaign.enroll(:s2, '{6431}');
SELECT result FROM campaign.enroll(:s2, '{6431}');
-- one that is in two of them is refused once
SELECT result, regexp_replace(detail, 'campaign \d+', 'campaign N') AS detail FROM campaign.enroll(:x2, '{6431}');
ROLLBACK TO alone;
SELECT result FROM campaign.enroll(:n1, '{6431}');
SELECT c.name AS "into", a.result, a.detail
FROM campaign.campaign c CROSS JOIN LATERAL campaign.candidates(c.id, '{6431}') a WHERE c.workspace_id = 643 ORDER BY c.id;
ROLLBACK TO alone;
-- who is in a paused campaign is in it (S2.39); an end frees, whatever it is (D9)
SELECT result FROM campaign.enroll(:s1, '{6431}') UNION ALL SELECT result FROM campaign.enroll(:x1, '{6432}');
SELECT campaign.pause(:s1), campaign.pause(:x1);
SELECT prospect_id, result FROM campaign.candidates(:x2, '{6431,6432}') ORDER BY 1;
SELECT prospect_id, result FROM campaign.candidates(:s2, '{6431,6432}') ORDER BY 1;
SELECT campaign.archive(:s1), campaign.archive(:x1);
SELECT prospect_id, result FROM campaign.enroll(:x2, '{6431,6432}') ORDER BY 1;
ROLLBACK TO alone;
-- the mode of a campaign with people inside stays
SELECT result FROM campaign.enroll(:s1, '{6431}');
SAVEPOINT inside;
SELECT campaign.alter_campaign(:s1, settings => '{"exclusivity": "exclusive"}');
ROLLBACK TO inside;
SELECT campaign.alter_campaign(:s2, settings => '{"exclusivity": "exclusive"}');
SELECT result FROM campaign.enroll(:s2, '{6431,6432}') ORDER BY 1;
ROLLBACK TO alone;

-- ---- doing nothing (S2.39) ---------------------------------------------------------------------------------

INSERT INTO campaign.list (id, name) VALUES (643, 'some');
INSERT INTO campaign.list_prospect (list_id, prospect_id) SELECT 643, 6430 + i FROM generate_series(1, 3) i;
SELECT prospect_id, result FROM campaign.candidates(:x1, '{6432,6433,6434}', 643) ORDER BY 1;

-- ---- a list, as it is now ---------------------------------------------------------------------------------

SELECT prospect_id, enrollment_id IS NOT NULL AS has_run, result, detail FROM campaign.enroll_list(:x1, 643, '{"from": "list"}') ORDER BY 1;
SELECT count(*) AS runs FROM campaign.enrollment WHERE campaign_id = :x1 AND payload = '{"from": "list"}';
INSERT INTO campaign.list_prospect (list_id, prospect_id) VALUES (643, 6434);
SELECT count(*) AS still FROM campaign.enrollment WHERE campaign_id = :x1;
SELECT prospect_id, result FROM campaign.enroll_list(:x1, 643) ORDER BY 1;
SELECT campaign.enroll_list(:x1, 1);
ROLLBACK;
-- in a transaction that could not write
INSERT INTO campaign.member (id, name) VALUES (644, 'Bea');
INSERT INTO campaign.prospect (id, external_id) VALUES (6440, 'read only');
SELECT campaign.create_sequence('read only', '[{"only_if": "not_connected"}, {"visit": {}}]') AS sequence \gset
SELECT campaign.create_campaign('read only', 'read only', 644, '{}') AS c \gset
BEGIN READ ONLY;
SELECT prospect_id, result FROM campaign.candidates(:c, '{6440,1}') ORDER BY 1;
SELECT campaign.enroll(:c, '{6440}');
ROLLBACK;
SELECT campaign.archive(:c);
DELETE FROM campaign.step WHERE campaign_id = :c;
DELETE FROM campaign.campaign WHERE id = :c;
DELETE FROM campaign.sequence WHERE id = :sequence;
DELETE FROM campaign.prospect WHERE id = 6440;
DELETE FROM campaign.member WHERE id = 644;
