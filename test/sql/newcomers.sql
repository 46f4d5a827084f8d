-- Newcomers that an audience gives to a slot (S1.2), and duplicates among them (S1.19, D16): whom a campaign of
-- the same name and program has sent to already.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS anna \gset
INSERT INTO campaign.member (name) VALUES ('Bob') RETURNING id AS bob \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:anna, 1, 'anna'), (:bob, 1, 'bob');
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || lpad(n::text, 2, '0'), 'p' || n || '@example.com' FROM generate_series(1, 40) n;
-- another prospect, the same person
INSERT INTO campaign.prospect (external_id, email) VALUES ('q02', 'p2@example.com');
SELECT campaign.create_sequence('Invite', '[{"visit": {}}, {"invite": {}, "name": "invitation"}, {"wait": {"until": "connected", "within": "15 days", "else": "failure"}}]') > 0
    AND campaign.create_sequence('Open', '[{"only_if": "$.prospect.open == true"}, {"visit": {}}, {"delay": "5 days"}]') > 0 AS created;
CREATE FUNCTION pg_temp.make(name text, sequence text, who text, program text, settings jsonb) RETURNS bigint LANGUAGE sql AS $$
    SELECT campaign.create_campaign($1, $2, (SELECT id FROM campaign.member WHERE name = $3), ARRAY[campaign.account_id(lower($3))], program => $4,
        settings => '{"exclusivity": "none"}' || $5)
$$;
CREATE FUNCTION pg_temp.ids(first int, last int) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT array_agg(p.id ORDER BY p.id) FROM campaign.prospect p WHERE p.external_id LIKE 'p%' AND substr(p.external_id, 2)::int BETWEEN $1 AND $2
$$;
CREATE TEMPORARY VIEW state AS
    SELECT s.campaign, s.status, s.substatus, s.end_kind, s.code, string_agg(s.external_id, ' ' ORDER BY s.external_id) AS who
    FROM campaign.prospect_status s GROUP BY 1, 2, 3, 4, 5;

-- an audience that gives whom it has not given yet, in order; the first four times the refused as well
CREATE TEMPORARY TABLE matching (place int, prospect bigint, campaign bigint);
CREATE OR REPLACE FUNCTION campaign.audience_newcomers(workspace bigint, campaign bigint, max_rows integer) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM matching m WHERE m.campaign = audience_newcomers.campaign AND m.prospect IS NULL) THEN
        RAISE EXCEPTION 'the source is gone' USING ERRCODE = 'undefined_table';
    END IF;
    RETURN QUERY SELECT m.prospect FROM matching m WHERE m.campaign = audience_newcomers.campaign
        AND m.prospect NOT IN (SELECT e.prospect_id FROM campaign.enrollment e WHERE e.campaign_id = audience_newcomers.campaign)
        ORDER BY m.place LIMIT max_rows;
END
$$;
UPDATE campaign.prospect SET attributes = '{"open": true}' WHERE external_id <> 'p05';
SELECT pg_temp.make('Fed', 'Open', 'Anna', NULL, '{"cohort_size": 4, "approval": "none"}') AS fed \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :fed, d, '09:00', '11:00' FROM generate_series(1, 7) d;
INSERT INTO matching SELECT n, (pg_temp.ids(n, n))[1], :fed FROM generate_series(1, 12) n;
-- 3 has opted out, 4 is on the stop list, 5 does not meet the entry condition: they are passed over (D16, D17)
UPDATE campaign.prospect SET opted_in = false WHERE external_id = 'p03';
SELECT campaign.suppress('email', 'p4@example.com') > 0 AS suppressed;
SELECT result, count(*) FROM campaign.enroll(:fed, pg_temp.ids(21, 21)) GROUP BY 1;
SELECT campaign.launch(:fed);
-- S1.2: those who wait come first, and what is missing is taken from the audience, no more than the cohort
SELECT campaign.run_until('2026-03-03 09:00+00') > 0 AS moved;
SELECT * FROM state ORDER BY 1, 2, 3, 6;
SELECT campaign.run_until('2026-03-05 12:00+00') > 0 AS moved;
SELECT * FROM state ORDER BY 1, 2, 3, 6;
SELECT o.day, o.state, o.cohort_size, o.planned, o.admitted, o.duplicates, o.in_progress, o.fault FROM campaign.slot_occurrences o ORDER BY 1;
-- paused, the audience is not asked; one that fails stops no slot
INSERT INTO matching VALUES (13, NULL, :fed);
SELECT result, count(*) FROM campaign.enroll(:fed, pg_temp.ids(22, 22)) GROUP BY 1;
SELECT campaign.run_until('2026-03-06 09:30+00') > 0 AS moved;
SELECT o.day, o.state, o.planned, o.admitted, o.in_progress, o.fault FROM campaign.slot_occurrences o ORDER BY 1 DESC LIMIT 1;
SELECT campaign.archive(:fed);

-- D16: Anna has sent to p11 to p13, in a campaign that bears the name and the program of Bob's; p14 is in hers, but nothing was sent to him
SELECT pg_temp.make('Growth', 'Invite', 'Anna', 'Spring', '{}') AS hers, pg_temp.make('Growth', 'Invite', 'Bob', 'Spring', '{"cohort_size": 5, "approval": "none"}') AS his,
    pg_temp.make('Growth', 'Invite', 'Bob', 'Autumn', '{"cohort_size": 5, "approval": "none"}') AS another \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT c, d, '09:00', '11:00' FROM unnest(ARRAY[:his, :another]) c, generate_series(1, 7) d;
SELECT count(campaign.launch(c)::text) FROM unnest(ARRAY[:hers, :his, :another]) c;
SELECT result, count(*) FROM campaign.enroll(:hers, pg_temp.ids(11, 13) || campaign.prospect_id('p02')) GROUP BY 1;
SELECT campaign.run_until('2026-03-06 09:40+00') > 0 AS moved;
SELECT campaign.pause(:hers);
SELECT result, count(*) FROM campaign.enroll(:hers, pg_temp.ids(14, 14)) GROUP BY 1;
SELECT result, count(*) FROM campaign.enroll(:his, pg_temp.ids(12, 20) || campaign.prospect_id('q02')) GROUP BY 1;
SELECT result, count(*) FROM campaign.enroll(:another, pg_temp.ids(12, 13)) GROUP BY 1;
INSERT INTO matching VALUES (1, campaign.prospect_id('p11'), :his);
SELECT campaign.run_until('2026-03-07 10:00+00') > 0 AS moved;
SELECT * FROM state WHERE campaign = 'Growth' ORDER BY 1, 2, 3, 6;
-- a duplicate takes its place of the five, the other refusals do not
SELECT campaign.run_until('2026-03-09 12:00+00') > 0 AS moved;
SELECT * FROM state WHERE campaign = 'Growth' ORDER BY 1, 2, 3, 6;
SELECT o.campaign_id = :his AS his, o.day, o.planned, o.admitted, o.duplicates FROM campaign.slot_occurrences o WHERE o.campaign = 'Growth' ORDER BY 1, 2;
SELECT b.campaign_id = :his AS his, b.day, sum(b.duplicate) AS duplicate, sum(b.sent) AS sent, sum(b.decided) AS decided FROM campaign.action_buckets b
    WHERE b.campaign_id IN (:his, :another) GROUP BY 1, 2 HAVING sum(b.decided) > 0 ORDER BY 1, 2;
SELECT count(*) FROM campaign.stuck;
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
