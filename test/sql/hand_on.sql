-- What admission says to those whom a step {"enroll": NAME} brings: the same as to everybody, and nobody is
-- stuck whatever it says (S2.22, S2.24, D14, B16).
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (645, 'hand on');
SET LOCAL campaign.workspace = 'hand on';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (645, 645, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (645, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (645, 645, 645, 'ann');
INSERT INTO campaign.prospect (id, external_id) SELECT 6450 + i, 'p' || i FROM generate_series(1, 6) i;
SELECT campaign.create_sequence('first', '[{"visit": {}}, {"enroll": "second"}]') > 0 AS made;
SELECT campaign.create_sequence('second', '[{"visit": {}}, {"delay": "9 days"}]') > 0 AS made;
SELECT campaign.create_campaign('first', 'first', 645, '{645}', settings => '{"reentry": "after_exit"}') AS f,
    campaign.create_campaign('second', 'second', 645, '{645}', settings => '{"active_cap": 2}') AS s,
    campaign.create_campaign('beside', 'second', 645, '{645}', settings => '{"exclusivity": "exclusive_only"}') AS b \gset
SELECT campaign.launch(id) FROM campaign.campaign WHERE workspace_id = 645;
CREATE VIEW pg_temp.handed AS
SELECT e.prospect_id, e.detail FROM campaign.event e WHERE e.workspace_id = 645 AND e.kind = 'enrolled_elsewhere' ORDER BY e.prospect_id, e.id;
CREATE VIEW pg_temp.runs AS
SELECT s.campaign, s.prospect_id, s.run, s.status, s.end_kind, s.code FROM campaign.prospect_status s ORDER BY s.prospect_id, s.enrollment_id;

-- of four two find a place there
SELECT prospect_id, result FROM campaign.enroll(:f, '{6451,6452,6453,6454}') ORDER BY 1;
SELECT campaign.run_until('2026-01-05 10:00+00') > 0 AS moved;
SELECT * FROM pg_temp.handed;
SELECT * FROM pg_temp.runs;
SELECT campaign, active, over_cap, in_progress + over_cap + deferred + paused + replied + finished = enrolled AS adds_up FROM campaign.overview ORDER BY 1;
-- those who wait come in when the others are through, and then all are
SELECT campaign.run_until('2026-01-15 10:00+00') > 0 AS moved;
SELECT campaign, active, over_cap FROM campaign.overview ORDER BY 1;
-- who comes a second time is refused there (B16), and who is in a campaign that clashes cannot even begin here
SELECT prospect_id, result FROM campaign.enroll(:f, '{6451}');
SELECT prospect_id, result FROM campaign.enroll(:b, '{6455}');
SELECT prospect_id, result, regexp_replace(detail, 'campaign \d+', 'campaign N') AS detail FROM campaign.enroll(:f, '{6455}');
SELECT campaign.run_until('2026-01-15 11:00+00') > 0 AS moved;
SELECT * FROM pg_temp.handed WHERE prospect_id IN (6451, 6455);
-- a paused campaign takes them, and they stay at its entry (S2.31); one that is over does not
SELECT campaign.pause(:s);
SELECT prospect_id, result FROM campaign.enroll(:f, '{6456}');
SELECT campaign.run_until('2026-01-15 12:00+00') > 0 AS moved;
SELECT * FROM pg_temp.handed WHERE prospect_id = 6456;
SELECT * FROM pg_temp.runs WHERE prospect_id = 6456;
SELECT campaign.archive(:s);
SELECT prospect_id, result FROM campaign.enroll(:f, '{6456}');
SELECT campaign.run_until('2026-01-15 13:00+00') > 0 AS moved;
SELECT * FROM pg_temp.handed WHERE prospect_id = 6456;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK;
