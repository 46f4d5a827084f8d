-- Newcomers of a campaign with cohorts come from its audience as slots begin, and not before (S1.2, S3.8).
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS anna \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:anna, 1, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, country) SELECT 'p' || lpad(n::text, 2, '0'), CASE WHEN n % 2 = 0 THEN 'FR' ELSE 'DE' END FROM generate_series(1, 20) n;
SELECT campaign.create_sequence('Invite', '[{"invite": {}, "name": "invitation"}, {"delay": "9 days"}]') > 0 AS created;
SELECT campaign.create_audience('French', '[{"name": "country", "where": "$.prospect.country == \"FR\""}]') AS french \gset
SELECT campaign.create_campaign('Fed', 'Invite', :anna, ARRAY[:account]::bigint[], audience => :french, settings => '{"cohort_size": 4}') AS c \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :c, d, '09:00', '11:00' FROM generate_series(1, 7) d;
SELECT campaign.launch(:c);
SELECT campaign.run_until('2026-03-02 23:00+00') >= 0 AS moved;
SELECT count(*) AS enrolled FROM campaign.enrollment;
SELECT campaign.run_until('2026-03-03 10:00+00') > 0 AS moved;
SELECT q.external_id, q.state FROM campaign.queue q ORDER BY 1;
SELECT campaign.run_until('2026-03-06 10:00+00') > 0 AS moved;
SELECT o.day, o.planned, o.admitted, o.fault FROM campaign.slot_occurrences o ORDER BY 1;
SELECT s.external_id, s.substatus FROM campaign.prospect_status s ORDER BY 1;
ROLLBACK;
