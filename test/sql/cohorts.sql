-- Daily cohorts: newcomers come in with slots, so many at a time (S1.2, S1.3, S1.29). What the owner validates
-- is in approval.sql, the days of two weeks in cohort_days.sql.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || lpad(n::text, 2, '0') FROM generate_series(1, 40) n;
SELECT campaign.create_sequence('Invite', '[{"invite": {}, "name": "invitation"}, {"wait": {"until": "connected", "within": "15 days", "else": "failure"}}]') > 0 AS created;
CREATE FUNCTION pg_temp.make(name text, settings jsonb) RETURNS bigint LANGUAGE sql AS $$
    SELECT campaign.create_campaign($1, 'Invite', (SELECT id FROM campaign.member), ARRAY[(SELECT id FROM campaign.account)],
        settings => '{"time_zone": "Europe/Paris"}' || $2)
$$;
CREATE FUNCTION pg_temp.ids(first int, last int) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT array_agg(p.id ORDER BY p.id) FROM campaign.prospect p WHERE substr(p.external_id, 2)::int BETWEEN $1 AND $2
$$;
CREATE TEMPORARY VIEW occurrence AS
    SELECT c.name AS campaign, o.starts_at AT TIME ZONE c.time_zone AS starts, o.ends_at AT TIME ZONE c.time_zone AS ends, o.state,
        o.begun_at - o.starts_at AS after, o.cohort_size AS size, o.planned, o.admitted, o.fault
    FROM campaign.slot_occurrence o JOIN campaign.campaign c ON c.id = o.campaign_id;
CREATE TEMPORARY VIEW state AS
    SELECT s.campaign, s.status, s.substatus, s.end_kind, s.code, string_agg(s.external_id, ' ' ORDER BY s.external_id) AS who
    FROM campaign.prospect_status s GROUP BY 1, 2, 3, 4, 5;
\set VERBOSITY terse

-- S1.29: 0 can be stored, but not launched; -1 and 26 cannot
SELECT pg_temp.make('Cohorts', '{"cohort_size": 0, "approval": "none"}') AS c \gset
SAVEPOINT wrong;
SELECT campaign.alter_campaign(:c, settings => '{"cohort_size": 26}');
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:c, settings => '{"cohort_size": -1}');
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:c, settings => '{"cohort_size": "5"}');
ROLLBACK TO wrong;
\set VERBOSITY default
SELECT campaign.launch(:c);
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:c, settings => '{"cohort_size": 25}');
SELECT campaign.alter_campaign(:c, settings => '{"cohort_size": 1}');
SELECT campaign.alter_campaign(:c, settings => '{"cohort_size": 3}');
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :c, d, '09:00', '11:00' FROM generate_series(1, 7) d;
SELECT campaign.launch(:c, first_batch => 2);
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:c, settings => '{"cohort_size": 3}');
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :c, d, '09:00', '11:00' FROM generate_series(1, 7) d;
SELECT prospect_id = campaign.prospect_id('p01') AS is_p01, result, detail FROM campaign.candidates(:c, pg_temp.ids(1, 1));
SELECT result, detail, count(*) FROM campaign.enroll(:c, pg_temp.ids(1, 8)) GROUP BY 1, 2;
SELECT campaign.launch(:c);
-- S1.3: on the day of the launch nothing happens, though it has a slot that is still to come
SELECT result, detail, count(*) FROM campaign.enroll(:c, pg_temp.ids(9, 10)) GROUP BY 1, 2;
SELECT campaign.run_until('2026-03-02 22:59:59+00') AS moved;
TABLE occurrence;
SELECT * FROM state ORDER BY 1, 2, 3, 6;
SELECT reason, detail, next_change_at FROM campaign.explain(:c, campaign.prospect_id('p01'));
SELECT reason, detail, next_change_at FROM campaign.explain(:c, campaign.prospect_id('p10'));
SELECT o.active, o.over_cap, o.enrolled FROM campaign.overview o WHERE o.campaign_id = :c;
-- the next instant with work is the start of the slot on day 1, to the second
SELECT k.due_at FROM campaign.slot_clock k;
SELECT campaign.run_until('2026-03-03 07:59:59.999999+00') AS moved;
SELECT campaign.run_until('2026-03-03 08:00+00') > 0 AS moved;
TABLE occurrence;
SELECT * FROM state ORDER BY 1, 2, 3, 6;
SELECT x.kind, x.at, x.detail FROM campaign.event x WHERE x.kind LIKE 'slot%';
SELECT count(*), min(o.at) FROM campaign.outbox o;

-- it is over at its end, and nobody else comes in meanwhile, whoever leaves
SELECT campaign.remove_prospects(:c, pg_temp.ids(1, 1));
SELECT campaign.run_until('2026-03-03 10:00+00') > 0 AS moved;
SELECT starts, state, planned, admitted FROM occurrence ORDER BY 1;
SELECT o.active, o.over_cap FROM campaign.overview o WHERE o.campaign_id = :c;

-- nothing ran at the start of the slot: it begins late while it is in progress; and once, however often it is looked at
SET LOCAL campaign.now = '2026-03-04 09:30:00+00';
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.tick() >= 0 AS again, campaign.tick() >= 0 AS once_more, campaign.tick() AS nothing;
-- nothing ran until it was over: it was missed, and that of the next day is on time
SET LOCAL campaign.now = '2026-03-05 10:00:00+00';
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.run_until('2026-03-06 09:00+00') > 0 AS moved;
SELECT starts, state, after, planned, admitted FROM occurrence ORDER BY 1;
SELECT x.kind, x.at, x.detail ->> 'starts_at' AS starts, x.detail ->> 'late' AS late FROM campaign.event x WHERE x.kind LIKE 'slot%' ORDER BY x.id;
SELECT * FROM state ORDER BY 1, 2, 3, 6;

-- a slot that is in progress when the campaign is paused is over at its end, and not when somebody resumes
SELECT campaign.pause(:c);
SELECT k.due_at FROM campaign.slot_clock k;
SELECT campaign.run_until('2026-03-06 09:59:59+00') >= 0 AS moved;
SELECT starts, state FROM occurrence ORDER BY 1 DESC LIMIT 1;
SELECT campaign.run_until('2026-03-06 10:00+00') > 0 AS moved;
SELECT starts, state FROM occurrence ORDER BY 1 DESC LIMIT 1;
SELECT k.due_at FROM campaign.slot_clock k;
SELECT campaign.resume(:c);

-- paused at the start of the slot, it begins when the campaign goes on; slots of days on which it was paused are none
SELECT campaign.run_until('2026-03-06 23:00+00') > 0 AS moved;
SELECT campaign.pause(:c);
SELECT k.due_at FROM campaign.slot_clock k;
SELECT result, count(*) FROM campaign.enroll(:c, pg_temp.ids(11, 16)) GROUP BY 1;
SELECT campaign.run_until('2026-03-09 09:00+00') >= 0 AS moved;
SELECT * FROM state WHERE substatus = 'waiting_cohort';
SELECT campaign.resume(:c);
SELECT campaign.run_until('2026-03-09 09:10+00') > 0 AS moved;
SELECT starts, state, after, planned, admitted FROM occurrence WHERE starts > '2026-03-06' ORDER BY 1;
-- paused and resumed within a slot it does not begin again
SELECT campaign.pause(:c);
SELECT campaign.resume(:c);
SELECT campaign.run_until('2026-03-09 09:20+00') >= 0 AS moved;
SELECT count(*) FROM occurrence;

-- a slot that is written counts from its next start, also in the same hour; one that is gone is none any more
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:c, 1, '10:15', '12:00'), (:c, 1, '10:45', '12:00');
UPDATE campaign.slot SET weekday = 7, starts = '20:00', ends = '21:00' WHERE campaign_id = :c AND weekday > 1 AND weekday = 2;
DELETE FROM campaign.slot WHERE campaign_id = :c AND weekday BETWEEN 3 AND 6;
SELECT campaign.run_until('2026-03-15 23:00+00') > 0 AS moved;
SELECT starts, ends, state, planned, admitted FROM occurrence WHERE starts > '2026-03-09' ORDER BY 1;
-- another time zone, another start
SELECT campaign.alter_campaign(:c, settings => '{"time_zone": "Asia/Kolkata"}');
SELECT k.due_at FROM campaign.slot_clock k;
SELECT campaign.alter_campaign(:c, settings => '{"time_zone": "Europe/Paris"}');

-- S2.24: the cap goes on to hold: with one place left, one comes in
SELECT campaign.run_until('2026-03-15 23:01+00') >= 0 AS moved;
SELECT o.active FROM campaign.overview o WHERE o.campaign_id = :c;
SELECT result, count(*) FROM campaign.enroll(:c, pg_temp.ids(17, 30)) GROUP BY 1;
SELECT campaign.alter_campaign(:c, settings => jsonb_build_object('active_cap', (SELECT o.active + 1 FROM campaign.overview o WHERE o.campaign_id = :c)));
SELECT campaign.run_until('2026-03-16 09:00+00') > 0 AS moved;
SELECT starts, planned, admitted FROM occurrence ORDER BY 1 DESC LIMIT 1;
SELECT campaign.alter_campaign(:c, settings => '{"active_cap": null}');
-- without the setting they wait for places alone
SELECT count(*) FROM state WHERE substatus = 'waiting_cohort';
SELECT campaign.alter_campaign(:c, settings => '{"cohort_size": null}');
SELECT campaign.run_until('2026-03-16 09:01+00') > 0 AS moved;
SELECT count(*) FROM campaign.slot_clock;
SELECT count(*) FROM state WHERE status = 'blocked';

-- who waits can be removed, and stop and archive leave nobody behind; a closed campaign lets in those who wait, and its last slot is the last
SELECT pg_temp.make('Closing', '{"cohort_size": 2, "approval": "none", "exclusivity": "none"}') AS d \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :d, d, '09:00', '11:00' FROM generate_series(1, 7) d;
SELECT campaign.launch(:d);
SELECT result, count(*) FROM campaign.enroll(:d, pg_temp.ids(31, 36)) GROUP BY 1;
SELECT campaign.remove_prospects(:d, pg_temp.ids(31, 31));
SELECT campaign.suppress('person', (SELECT p.person_key FROM campaign.prospect p WHERE p.external_id = 'p32')) IS NOT NULL AS suppressed;
SELECT campaign.record_event('replied', 'p33');
SELECT campaign.stop(:d);
SELECT campaign.run_until('2026-03-19 12:00+00') > 0 AS moved;
SELECT starts, state, planned, admitted FROM occurrence WHERE campaign = 'Closing' ORDER BY 1;
SELECT * FROM state WHERE campaign = 'Closing' ORDER BY 1, 2, 3, 6;
SELECT campaign.run_until('2026-04-10 12:00+00') > 0 AS moved;
SELECT * FROM state WHERE campaign = 'Closing' ORDER BY 1, 2, 3, 6;
SELECT max(starts), count(*) FROM occurrence WHERE campaign = 'Closing';
SELECT count(*) FROM campaign.stuck;
SELECT campaign.archive(:c), campaign.archive(:d);
SELECT k.begun_until, k.due_at FROM campaign.slot_clock k;
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
