-- The daily cycle of S1.3 to S1.8 over two weeks, in three time zones, around both weekends on which clocks are
-- changed: each evening the owner approves three of four, and two days after that half of those accept.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL jit = off;
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'invite', 'week', 10000);
INSERT INTO campaign.prospect (external_id) SELECT 'p' || lpad(n::text, 3, '0') FROM generate_series(1, 60) n;
SELECT campaign.create_sequence('Invite', '[{"invite": {}, "name": "invitation"}, {"wait": {"until": "connected", "within": "15 days", "else": "failure"}},
    {"delay": "next day"}, {"message": {"body": "Welcome"}, "name": "welcome"}, {"delay": "40 days"}]') > 0 AS created;
CREATE TEMPORARY TABLE period (name text, zone text, launched date, night time, campaign bigint);
INSERT INTO period VALUES
    ('New York, spring', 'America/New_York', '2026-03-01', '02:30'), ('Paris, spring', 'Europe/Paris', '2026-03-22', '02:30'),
    ('Kolkata, spring', 'Asia/Kolkata', '2026-03-22', '02:30'), ('Paris, autumn', 'Europe/Paris', '2026-10-18', '02:30'),
    ('Kolkata, autumn', 'Asia/Kolkata', '2026-10-18', '02:30'), ('New York, autumn', 'America/New_York', '2026-10-25', '01:30');

-- two weeks of one of them, from the morning of day 0, hour by hour of the owner's day
CREATE FUNCTION pg_temp.live(p period) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c bigint := campaign.create_campaign(p.name, 'Invite', (SELECT id FROM campaign.member), ARRAY[(SELECT id FROM campaign.account)],
        settings => jsonb_build_object('time_zone', p.zone, 'cohort_size', 4, 'exclusivity', 'none'));
    evening timestamptz;
BEGIN
    INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT c, d, '09:00', '11:00' FROM generate_series(1, 7) d;
    -- in the night in which the clocks are changed, and the other Sundays
    INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (c, 7, p.night, p.night + interval '2 hours');
    UPDATE period SET campaign = c WHERE name = p.name;
    PERFORM set_config('campaign.now', ((p.launched + time '08:00') AT TIME ZONE p.zone)::text, true);
    PERFORM campaign.enroll(c, ARRAY(SELECT id FROM campaign.prospect));
    PERFORM campaign.launch(c);
    FOR day IN 0 .. 13 LOOP
        evening := (p.launched + day + time '18:00') AT TIME ZONE p.zone;
        PERFORM campaign.run_until(evening);
        PERFORM campaign.approve(ARRAY(SELECT q.action_id FROM campaign.queue q WHERE q.campaign_id = c AND q.state = 'awaiting_approval' AND right(q.external_id, 1) NOT IN ('0', '4', '8')));
        PERFORM campaign.block(ARRAY(SELECT q.action_id FROM campaign.queue q WHERE q.campaign_id = c AND q.state = 'awaiting_approval'));
        PERFORM campaign.record_event('connected', s.prospect_id, account => (SELECT id FROM campaign.account))
        FROM (SELECT o.prospect_id FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id
              WHERE a.campaign_id = c AND a.action_kind = 'invite' AND (o.at AT TIME ZONE p.zone)::date = p.launched + day AND o.prospect_id % 2 = 0) s;
    END LOOP;
    PERFORM campaign.run_until(evening + interval '6 hours');
    -- they are needed anew
    PERFORM campaign.archive(c);
    PERFORM campaign.record_event('disconnected', r.prospect_id, account => r.account_id) FROM campaign.relation r WHERE r.state <> 'none';
    PERFORM campaign.run_until(evening + interval '7 hours');
END
$$;
SELECT count(pg_temp.live(p)::text) FROM (SELECT * FROM period ORDER BY launched, name) p;

CREATE TEMPORARY VIEW occurrence AS
    SELECT p.name, p.zone, p.launched, o.*, o.starts_at AT TIME ZONE p.zone AS local FROM period p JOIN campaign.slot_occurrence o ON o.campaign_id = p.campaign;
CREATE TEMPORARY VIEW sending AS
    SELECT p.name, p.zone, p.campaign, a.action_kind, a.prospect_id, a.put_up_at, a.approved_at, o.at, (o.at AT TIME ZONE p.zone)::date AS day
    FROM period p JOIN campaign.action a ON a.campaign_id = p.campaign JOIN campaign.outbox o ON o.action_id = a.id;
-- S1.8: fourteen slots in thirteen days, each once: the Sunday has two
SELECT name, min(day) - min(launched) AS first_day, count(*) AS slots, count(DISTINCT local) AS local_times, sum(planned) AS planned, sum(admitted) AS admitted,
    string_agg(DISTINCT state, ' ') AS states FROM occurrence GROUP BY name ORDER BY min(launched), name;
-- at the local time that the slot says; in the nights of the changes with the first instant after the gap, and the first of two
SELECT name, starts_at, local, ends_at - starts_at AS length FROM occurrence WHERE local::time <> '09:00' ORDER BY starts_at, name;
-- S1.4: the owner is told once with each slot, at its very instant, of all that it let in
SELECT o.name, count(*) AS slots, count(x.id) AS told, bool_and(x.detail ->> 'actions' = o.admitted::text) AS of_all FROM occurrence o
    LEFT JOIN campaign.event x ON x.campaign_id = o.campaign_id AND x.kind = 'validation_requested' AND x.at = o.starts_at GROUP BY 1 ORDER BY 1;
SELECT count(*) AS at_other_times FROM campaign.event x WHERE x.kind = 'validation_requested' AND (x.campaign_id, x.at) NOT IN (SELECT o.campaign_id, o.starts_at FROM occurrence o);
-- S1.5: what was approved in the evening leaves with the first slot of the next day, all of it and nothing else
SELECT s.name, count(*) AS invitations, count(*) FILTER (WHERE s.at = (SELECT min(o.starts_at) FROM occurrence o WHERE o.name = s.name AND o.starts_at > s.approved_at)) AS with_the_next_slot,
    count(*) FILTER (WHERE s.day = (s.put_up_at AT TIME ZONE s.zone)::date + 1) AS on_the_day_after FROM sending s WHERE s.action_kind = 'invite' GROUP BY 1 ORDER BY 1;
-- S1.7: the blocked ones were never sent; the last day's were approved, and the day after was not lived
SELECT p.name, count(*) FILTER (WHERE a.reason = 'blocked_by_owner') AS blocked, count(*) FILTER (WHERE a.state = 'complete') AS sent,
    count(*) FILTER (WHERE a.state = 'cancelled' AND a.reason <> 'blocked_by_owner') AS archived, count(*) AS put_up,
    count(*) FILTER (WHERE a.reason = 'blocked_by_owner' AND a.begun_at IS NOT NULL) AS astray
    FROM period p JOIN campaign.action a ON a.campaign_id = p.campaign AND a.action_kind = 'invite' GROUP BY 1 ORDER BY 1;
-- S1.6: the welcome message is sent on the day after the acceptance, which came on the day of the invitation
SELECT s.name, count(*) AS welcome, count(*) FILTER (WHERE s.day = i.day + 1) AS on_the_day_after FROM sending s
    JOIN sending i ON i.name = s.name AND i.prospect_id = s.prospect_id AND i.action_kind = 'invite' WHERE s.action_kind = 'message' GROUP BY 1 ORDER BY 1;
-- nothing left outside the slots
SELECT count(*) AS astray FROM sending s WHERE NOT EXISTS (SELECT FROM occurrence o WHERE o.name = s.name AND s.at >= o.starts_at AND s.at < o.ends_at);
-- S1.19: each day's buckets add up to what was decided
SELECT count(*) AS unequal FROM campaign.action_buckets b WHERE b.sent + b.blocked_by_owner + b.duplicate + b.error + b.condition_false + b.already_invited <> b.decided;
SELECT count(*) FROM campaign.stuck;
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
