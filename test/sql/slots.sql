-- When a campaign sends: in its slots only (S1.8), not in quiet hours where the prospect is; through the
-- nights in which clocks are changed, over clocks that jump, and after slots were changed.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-01 20:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'free') RETURNING id AS free \gset
INSERT INTO campaign.account (member_id, channel_id, address, pace, pace_jitter) VALUES (:member, 1, 'paced', '1 hour', '0') RETURNING id AS paced \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 60) n;
SELECT campaign.create_sequence('Visit', '[{"visit": {}}]') > 0 AS created;
CREATE FUNCTION pg_temp.make(name text, account bigint, settings jsonb DEFAULT '{}') RETURNS bigint LANGUAGE sql AS $$
    SELECT campaign.create_campaign($1, 'Visit', (SELECT id FROM campaign.member), ARRAY[$2],
        settings => '{"exclusivity": "none", "time_zone": "Europe/Berlin"}' || $3)
$$;
-- the first n prospects
CREATE FUNCTION pg_temp.take_in(c bigint, n int) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM campaign.enroll($1, ARRAY(SELECT p.id FROM campaign.prospect p ORDER BY p.id LIMIT $2)) e WHERE e.result = 'enrolled'
$$;
CREATE TEMPORARY VIEW sending AS
    SELECT c.name AS campaign, o.at AT TIME ZONE c.time_zone AS local, p.external_id
    FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id
    JOIN campaign.campaign c ON c.id = a.campaign_id JOIN campaign.prospect p ON p.id = a.prospect_id;
-- what left outside the slots that its campaign has: no row is what is to be seen
CREATE TEMPORARY VIEW astray AS
    SELECT s.* FROM sending s WHERE EXISTS (SELECT FROM campaign.slot t JOIN campaign.campaign c ON c.id = t.campaign_id WHERE c.name = s.campaign)
    AND NOT EXISTS (SELECT FROM campaign.slot t JOIN campaign.campaign c ON c.id = t.campaign_id
        WHERE c.name = s.campaign AND t.weekday = EXTRACT(isodow FROM s.local) AND s.local::time >= t.starts AND s.local::time < t.ends);

-- a slot lies within a day
\set VERBOSITY terse
SELECT pg_temp.make('Always', :free) AS always, pg_temp.make('Mornings', :free) AS mornings, pg_temp.make('Paced', :paced) AS slow \gset
SAVEPOINT wrong;
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:mornings, 1, '22:00', '02:00');
ROLLBACK TO wrong;
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:mornings, 8, '09:00', '12:00');
ROLLBACK TO wrong;
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (0, 1, '09:00', '12:00');
ROLLBACK TO wrong;
\set VERBOSITY default

-- S1.8: on Sunday night the one without slots sends, the other waits for Monday, and says so; its lane sleeps until then
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT c, d, '09:00', '12:00' FROM (VALUES (:mornings), (:slow)) v(c), generate_series(1, 5) d;
SELECT count(campaign.launch(c)::text) FROM (VALUES (:always), (:mornings), (:slow)) v(c);
SELECT pg_temp.take_in(:mornings, 3), pg_temp.take_in(:slow, 5);
SELECT campaign.tick() > 0 AS moved, campaign.tick() > 0 AS again;
SELECT q.campaign, q.state, q.queued_at, q.not_before FROM campaign.queue q WHERE q.campaign = 'Mornings' LIMIT 1;
SELECT x.reason, x.detail, x.next_change_at FROM campaign.explain(:mornings, campaign.prospect_id('p1')) x WHERE x.reason NOT IN ('queued', 'not_preloaded');
SELECT a.address, l.ready_at FROM campaign.lane l JOIN campaign.account a ON a.id = l.account_id ORDER BY 1;
SELECT pg_temp.take_in(:always, 2);
SELECT campaign.run_until('2026-03-01 21:00+00') > 0 AS moved;
SELECT s.campaign, s.local, count(*) FROM sending s GROUP BY 1, 2;
SELECT campaign.run_until('2026-03-02 08:00+00') > 0 AS moved;
SELECT s.campaign, s.local, count(*) FROM sending s GROUP BY 1, 2 ORDER BY 2, 1;

-- what the slot was too short for waits for the next one, and nothing is looked at in between
SELECT campaign.run_until('2026-03-02 11:30+00') > 0 AS moved;
SELECT l.ready_at FROM campaign.lane l WHERE l.account_id = :paced;
SELECT q.reason, q.not_before, count(*) FROM campaign.queue q WHERE q.campaign = 'Paced' GROUP BY 1, 2;
SELECT campaign.run_until('2026-03-04 00:00+00') > 0 AS moved;
SELECT s.local FROM sending s WHERE s.campaign = 'Paced' ORDER BY 1;

-- slots that are changed hold from the next start on: one is added that has begun, one is moved, all go
SELECT pg_temp.make('Changing', :free) AS c \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:c, 1, '09:00', '12:00');
SELECT campaign.launch(:c);
SELECT pg_temp.take_in(:c, 2);
SELECT campaign.tick() > 0 AS moved;
SELECT DISTINCT q.not_before FROM campaign.queue q WHERE q.campaign = 'Changing';
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:c, 3, '08:00', '12:00');
SELECT campaign.run_until('2026-03-04 06:59+00') > 0 AS moved;
SELECT DISTINCT q.not_before, q.reason FROM campaign.queue q WHERE q.campaign = 'Changing';
UPDATE campaign.slot SET starts = '07:59' WHERE campaign_id = :c AND weekday = 3;
SELECT campaign.tick() > 0 AS moved;
SELECT s.local, s.external_id FROM sending s WHERE s.campaign = 'Changing' ORDER BY 2;
UPDATE campaign.slot SET ends = '08:00' WHERE campaign_id = :c AND weekday = 3;
SELECT campaign.run_until('2026-03-04 07:00+00') >= 0 AS moved;
SELECT pg_temp.take_in(:c, 4);
SELECT campaign.tick() > 0 AS moved, campaign.tick() >= 0 AS again;
SELECT DISTINCT q.not_before FROM campaign.queue q WHERE q.campaign = 'Changing';
-- a later attempt keeps its own time
UPDATE campaign.action SET attempt = 1, not_before = '2026-03-04 08:30+00' WHERE id = (SELECT min(q.action_id) FROM campaign.queue q WHERE q.campaign = 'Changing');
DELETE FROM campaign.slot WHERE campaign_id = :c;
SELECT campaign.run_until('2026-03-04 09:00+00') > 0 AS moved;
SELECT s.local, s.external_id FROM sending s WHERE s.campaign = 'Changing' ORDER BY 1, 2;
-- also what a pause holds out of the queue
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:c, 1, '09:00', '12:00');
SELECT pg_temp.take_in(:c, 5);
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.pause(:c);
DELETE FROM campaign.slot WHERE campaign_id = :c;
SELECT campaign.resume(:c);
SELECT campaign.run_until('2026-03-04 10:00+00') > 0 AS moved;
SELECT s.local, s.external_id FROM sending s WHERE s.campaign = 'Changing' AND s.external_id = 'p5';
SELECT * FROM astray;

-- the nights in which clocks are changed: 02:00 to 03:00 is left out on 29 March, and comes twice on 25 October
SET LOCAL campaign.now = '2026-03-28 12:00:00+00';
SELECT pg_temp.make('Gap', :free) AS gap, pg_temp.make('In the gap', :free) AS lost, pg_temp.make('Twice', :paced) AS twice \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:gap, 7, '02:30', '04:00'), (:lost, 7, '02:10', '02:50'), (:twice, 7, '02:00', '02:30');
SELECT count(campaign.launch(c)::text) FROM (VALUES (:gap), (:lost), (:twice)) v(c);
SELECT pg_temp.take_in(:gap, 1), pg_temp.take_in(:lost, 1);
SELECT campaign.run_until('2026-04-06 00:00+00') > 0 AS moved;
SELECT s.campaign, s.local, s.local AT TIME ZONE 'Europe/Berlin' AS at FROM sending s WHERE s.campaign IN ('Gap', 'In the gap') ORDER BY 3;
SET LOCAL campaign.now = '2026-10-24 12:00:00+00';
SELECT pg_temp.take_in(:twice, 2);
SELECT campaign.run_until('2026-11-02 00:00+00') > 0 AS moved;
SELECT s.local, o.at FROM sending s JOIN campaign.prospect p USING (external_id) JOIN campaign.outbox o ON o.prospect_id = p.id AND o.at AT TIME ZONE 'Europe/Berlin' = s.local
    WHERE s.campaign = 'Twice' ORDER BY 2;

-- clocks that jump: an hour and a day, forth and back, at every quarter of an hour of three days; nothing leaves outside a slot,
-- and all has left in the end
SET LOCAL campaign.now = '2026-11-02 06:00:00+00';
SELECT pg_temp.make('Jumps', :free, '{"time_zone": "America/New_York"}') AS jumps \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :jumps, d, t.starts, t.ends FROM generate_series(1, 4) d,
    (VALUES ('09:00'::time, '10:00'::time), ('16:30', '17:10')) t(starts, ends);
SELECT campaign.launch(:jumps);
SELECT sum(j.moved) > 0 AS moved FROM generate_series(0, 3 * 96) h
    CROSS JOIN LATERAL (SELECT set_config('campaign.now', ('2026-11-02 06:00+00'::timestamptz + h * interval '15 minutes'
        + (ARRAY['0', '1 hour', '0', '-1 hour', '0', '1 day', '0', '-1 day']::interval[])[1 + h % 8])::text, true) AS now OFFSET 0) n
    CROSS JOIN LATERAL (SELECT CASE WHEN n.now IS NOT NULL THEN (SELECT count(*) FROM campaign.enroll(:jumps, ARRAY[(SELECT p.id FROM campaign.prospect p ORDER BY p.id OFFSET h / 5 LIMIT 1)])) END AS took OFFSET 0) t
    CROSS JOIN LATERAL (SELECT CASE WHEN t.took IS NOT NULL THEN campaign.tick() + campaign.tick() END AS moved OFFSET 0) j;
SELECT * FROM astray;
SELECT campaign.run_until('2026-11-10 00:00+00') > 0 AS moved;
SELECT * FROM astray;
SELECT count(*) AS sent, count(DISTINCT s.external_id) AS once FROM sending s WHERE s.campaign = 'Jumps';

-- quiet hours are those of the prospect's zone; where it is not known, of the campaign's
\set VERBOSITY terse
SAVEPOINT wrong;
SELECT campaign.alter_campaign(:always, settings => '{"quiet_hours": "20:00"}');
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:always, settings => '{"quiet_hours": "20:00-20:00"}');
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:always, settings => '{"quiet_hours": {"from": "20:00", "to": "25:00"}}');
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:always, settings => '{"quiet_hours": {"from": "20:00", "to": "08:00", "zone": "UTC"}}');
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:always, settings => '{"quiet_hours": true}');
ROLLBACK TO wrong;
\set VERBOSITY default
SET LOCAL campaign.now = '2026-12-07 00:00:00+00';
SELECT pg_temp.make('Quiet', :free, '{"quiet_hours": "20:00-08:00"}') AS quiet,
    pg_temp.make('Siesta', :free, '{"quiet_hours": {"from": "12:00", "to": "15:00"}}') AS siesta,
    pg_temp.make('Both', :free, '{"quiet_hours": "20:00-10:00"}') AS "both" \gset
UPDATE campaign.prospect p SET time_zone = v.zone
    FROM (VALUES ('p1', 'Asia/Tokyo'), ('p2', 'America/New_York'), ('p3', 'Nowhere'), ('p4', NULL)) v(id, zone) WHERE p.external_id = v.id;
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:both, 1, '08:00', '11:00');
SELECT count(campaign.launch(c)::text) FROM (VALUES (:quiet), (:siesta), (:both)) v(c);
SELECT pg_temp.take_in(:quiet, 4), pg_temp.take_in(:both, 4);
SELECT campaign.tick() > 0 AS moved, campaign.tick() >= 0 AS again;
SELECT p.external_id, x.reason, x.detail, x.next_change_at FROM campaign.prospect p CROSS JOIN LATERAL campaign.explain(:quiet, p.id) x
    WHERE x.reason NOT IN ('queued', 'not_preloaded', 'not_enrolled', 'ended') ORDER BY 1;
-- half past eleven in Berlin: Tokyo is beyond the siesta, New York far before it
SELECT campaign.run_until('2026-12-07 11:30+00') > 0 AS moved;
SELECT pg_temp.take_in(:siesta, 4);
SELECT campaign.run_until('2026-12-14 23:00+00') > 0 AS moved;
SELECT s.campaign, s.external_id, o.at, o.at AT TIME ZONE COALESCE(NULLIF(p.time_zone, 'Nowhere'), 'Europe/Berlin') AS his_time
    FROM sending s JOIN campaign.prospect p USING (external_id) JOIN campaign.outbox o ON o.prospect_id = p.id AND o.at AT TIME ZONE 'Europe/Berlin' = s.local
    WHERE s.campaign IN ('Quiet', 'Siesta', 'Both') ORDER BY 1 DESC, 3, 2;
-- slots that are all in his quiet hours: it never leaves, and says why
SELECT x.reason, x.next_change_at > campaign.clock() AS later FROM campaign.explain(:both, campaign.prospect_id('p2')) x WHERE x.reason IN ('slot', 'quiet_hours');
ROLLBACK;

-- viewers see slots, operators write them (B10)
BEGIN;
SET LOCAL client_min_messages = error;
CREATE ROLE slots_viewer;
CREATE ROLE slots_operator;
SELECT campaign.grant_access('slots_viewer', 'default', 'viewer');
SELECT campaign.grant_access('slots_operator', 'default', 'operator');
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
SELECT campaign.create_sequence('Visit', '[{"visit": {}}]') > 0 AS created;
SELECT campaign.create_campaign('Mine', 'Visit', :member, '{}') AS c \gset
SET LOCAL ROLE slots_operator;
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:c, 1, '09:00', '24:00');
SELECT weekday, starts, ends FROM campaign.slot;
SET LOCAL ROLE slots_viewer;
SELECT weekday, starts, ends FROM campaign.slot;
\set VERBOSITY terse
DELETE FROM campaign.slot;
ROLLBACK;
