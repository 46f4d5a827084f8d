-- The cap of active runs: S2.24, and what holds it through every way of coming in and leaving.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (644, 'cap');
SET LOCAL campaign.workspace = 'cap';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (644, 644, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (644, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (644, 644, 644, 'ann');
INSERT INTO campaign.prospect (id, external_id) SELECT 6440000 + i, 'p' || i FROM generate_series(1, 5010) i;
INSERT INTO campaign.list (id, name) VALUES (644, 'all');
INSERT INTO campaign.list_prospect (list_id, prospect_id) SELECT 644, 6440000 + i FROM generate_series(1, 5003) i;
SELECT campaign.create_sequence('slow', '[{"delay": "30 days"}, {"visit": {}}]') > 0 AS made;
SELECT campaign.create_sequence('entry', '[{"only_if": "not_connected"}, {"delay": "30 days"}]') > 0 AS made;

CREATE VIEW pg_temp.numbers AS
SELECT o.campaign, o.active, o.over_cap, o.paused, o.in_progress + o.over_cap + o.deferred + o.paused + o.replied + o.finished = o.enrolled AS adds_up,
    (SELECT count(*) FROM campaign.enrollment e WHERE e.campaign_id = o.campaign_id AND e.ended_at IS NULL AND e.status <> 'blocked') = o.active AS counted,
    (SELECT count(*) FROM campaign.stuck) AS stuck
FROM campaign.overview o;
CREATE FUNCTION pg_temp.waiting(c bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg((prospect_id % 10000)::text, ' ' ORDER BY prospect_id) FROM campaign.prospect_status WHERE campaign_id = c AND status = 'blocked'
$$;
CREATE FUNCTION pg_temp.leave(c bigint, first integer, last integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT campaign.leave_enrollments(644, array_agg(id), 'failure', 'by_hand') FROM campaign.enrollment
    WHERE campaign_id = c AND ended_at IS NULL AND prospect_id BETWEEN 6440000 + first AND 6440000 + last
$$;

-- ---- 5,000 unless said otherwise -----------------------------------------------------------------------

SELECT campaign.create_campaign('default', 'slow', 644, '{644}') AS c \gset
SELECT campaign.launch(:c);
SELECT result, count(*), min(detail) AS detail FROM campaign.candidates(:c, list => 644) GROUP BY 1 ORDER BY 1;
SELECT result, count(*), min(prospect_id) AS first, count(enrollment_id) AS runs, min(detail) AS detail FROM campaign.enroll_list(:c, 644) GROUP BY 1 ORDER BY 1;
SELECT * FROM pg_temp.numbers;
SELECT campaign.run_until('2026-01-05 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.numbers;
SELECT external_id, status, substatus, due_at FROM campaign.prospect_status WHERE campaign_id = :c AND status = 'blocked' ORDER BY 1;
SELECT reason, detail, next_change_at FROM campaign.explain(:c, 6445002);
SELECT step, now_here FROM campaign.step_funnel WHERE campaign_id = :c ORDER BY 1;
-- they cost the rounds nothing
SELECT count(*) AS due FROM campaign.enrollment WHERE campaign_id = :c AND status = 'blocked' AND (due_at IS NOT NULL OR parked_due_at IS NOT NULL);
SELECT count(*) AS requests FROM campaign.place_request;
SELECT campaign.tick() AS moved;
-- two leave, by a reply, which a round applies: the first two come in with the same round
SELECT campaign.record_event('replied', prospect => 6440000 + i) FROM unnest('{17,4711}'::int[]) i;
SET LOCAL campaign.now = '2026-01-06 09:00+00';
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.numbers;
SELECT pg_temp.waiting(:c) AS waiting;
SELECT e.kind, e.at, e.prospect_id FROM campaign.event e WHERE e.campaign_id = :c AND e.kind IN ('unblocked', 'blocked', 'ended') ORDER BY e.prospect_id;
-- they begin when they come in: the delay counts from there
SELECT campaign.run_until('2026-01-06 09:00+00') >= 0 AS moved;
SELECT external_id, status, substatus, started_at, due_at FROM campaign.prospect_status WHERE external_id IN ('p5001', 'p5002', 'p5003') ORDER BY 1;
-- who comes later waits behind him who waits; who waits is in a campaign (D14), and may leave as everybody
SELECT result, detail FROM campaign.enroll(:c, '{6445004}');
SELECT campaign.create_campaign('other', 'slow', 644, '{644}', settings => '{"active_cap": 2}') AS o \gset
SELECT prospect_id, result FROM campaign.candidates(:o, '{6445003,6445004,6445005}') ORDER BY 1;
SELECT campaign.remove_prospects(:c, '{6445003}');
SELECT * FROM pg_temp.numbers WHERE campaign = 'default';
SELECT pg_temp.leave(:c, 1, 1) AS left, pg_temp.waiting(:c) AS waiting;
SELECT campaign.tick() > 0 AS moved, pg_temp.waiting(:c) AS waiting;
SELECT * FROM pg_temp.numbers WHERE campaign = 'default';
SELECT campaign.archive(:c);
SELECT * FROM pg_temp.numbers WHERE campaign = 'default';

-- ---- a small one: draft, launch, pause, alter, stop -------------------------------------------------------

SAVEPOINT setting;
SELECT campaign.alter_campaign(:o, settings => '{"active_cap": 0}');
ROLLBACK TO setting;
SELECT campaign.alter_campaign(:o, settings => '{"active_cap": 1000001}');
ROLLBACK TO setting;
SELECT campaign.alter_campaign(:o, settings => '{"active_cap": 2.5}');
ROLLBACK TO setting;
SELECT campaign.alter_campaign(:o, settings => '{"active_cap": "many"}');
ROLLBACK TO setting;
-- in a draft too; its own rows count where nothing is committed yet
SELECT prospect_id, result FROM campaign.enroll(:o, '{6440011}') UNION ALL SELECT prospect_id, result FROM campaign.enroll(:o, '{6440012,6440013,6440014}') ORDER BY 1;
SELECT campaign.tick() AS moved, pg_temp.waiting(:o) AS waiting;
SELECT campaign.launch(:o);
SELECT campaign.tick() > 0 AS moved, pg_temp.waiting(:o) AS waiting;
-- S2.31: while it is paused, who comes in stays at the entry
SELECT campaign.pause(:o);
SELECT result FROM campaign.enroll(:o, '{6440015}');
SELECT * FROM pg_temp.numbers WHERE campaign = 'other';
SELECT pg_temp.leave(:o, 11, 11) AS left, campaign.tick() > 0 AS moved, pg_temp.waiting(:o) AS waiting;
SELECT prospect_id, status, substatus, due_at FROM campaign.prospect_status WHERE campaign_id = :o AND ended_at IS NULL ORDER BY 1;
SELECT * FROM pg_temp.numbers WHERE campaign = 'other';
SELECT campaign.resume(:o);
SELECT campaign.tick() > 0 AS moved;
SELECT prospect_id, status, substatus FROM campaign.prospect_status WHERE campaign_id = :o AND ended_at IS NULL ORDER BY 1;
-- a paused prospect keeps his place; one who waits is not paused
SELECT campaign.pause_prospects(:o, '{6440012,6440014}') AS paused, pg_temp.waiting(:o) AS waiting;
SELECT * FROM pg_temp.numbers WHERE campaign = 'other';
SELECT campaign.resume_prospects(:o, '{6440012}');
-- up lets more in at once, down expels nobody
SELECT campaign.alter_campaign(:o, settings => '{"active_cap": 3}');
SELECT campaign.tick() > 0 AS moved, pg_temp.waiting(:o) AS waiting;
SELECT campaign.alter_campaign(:o, settings => '{"active_cap": 1}');
SELECT campaign.tick() AS moved, pg_temp.waiting(:o) AS waiting;
SELECT * FROM pg_temp.numbers WHERE campaign = 'other';
SELECT pg_temp.leave(:o, 12, 13) AS left, campaign.tick() AS moved, pg_temp.waiting(:o) AS waiting;
-- a reply takes out who waits, and frees no place
SELECT campaign.record_event('replied', prospect => 6440015::bigint);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.numbers WHERE campaign = 'other';
SELECT result FROM campaign.enroll(:o, '{6440016}');
-- who leaves and who comes in the same transaction; a closed campaign lets in whoever waits
SELECT campaign.stop(:o);
SELECT pg_temp.leave(:o, 14, 14) AS left, campaign.tick() > 0 AS moved, pg_temp.waiting(:o) AS waiting;
SELECT campaign.stop(:o, finish => false);
SELECT * FROM pg_temp.numbers WHERE campaign = 'other';

-- ---- who does not meet the entry condition takes no place (D17) ------------------------------------------

SELECT campaign.create_campaign('entry', 'entry', 644, '{644}', settings => '{"active_cap": 2}') AS e \gset
SELECT campaign.launch(:e);
INSERT INTO campaign.relation (workspace_id, prospect_id, account_id, state, since) VALUES (644, 6440022, 644, 'connected', '2026-01-01');
SELECT prospect_id, result, detail FROM campaign.candidates(:e, '{6440021,6440022,6440023,6440024}') ORDER BY 1;
SELECT prospect_id, result, detail FROM campaign.enroll(:e, '{6440021,6440022,6440023,6440024}') ORDER BY 1;
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.numbers WHERE campaign = 'entry';
-- it is asked again when he comes in
INSERT INTO campaign.relation (workspace_id, prospect_id, account_id, state, since) VALUES (644, 6440024, 644, 'connected', '2026-01-01');
SELECT pg_temp.leave(:e, 21, 21) AS left, campaign.run_until('2026-01-06 10:00+00') > 0 AS moved;
SELECT prospect_id, status, end_kind, code FROM campaign.prospect_status WHERE campaign_id = :e ORDER BY 1;
SELECT * FROM pg_temp.numbers WHERE campaign = 'entry';

-- ---- a repeated life: however they come and go, never more than the cap, and nobody waits beside a free place

SELECT campaign.create_sequence('short', '[{"delay": "1 hour"}, {"visit": {}}, {"delay": "1 hour"}]') > 0 AS made;
SELECT campaign.create_campaign('short', 'short', 644, '{644}', settings => '{"active_cap": 7}') AS s \gset
SELECT campaign.launch(:s);
SELECT result, count(*) FROM campaign.enroll(:s, ARRAY(SELECT 6441000 + i FROM generate_series(1, 50) i)) GROUP BY 1 ORDER BY 1;
CREATE FUNCTION pg_temp.live() RETURNS TABLE (hour integer, moved boolean, active bigint, over_cap bigint, sound boolean) LANGUAGE plpgsql AS $$
BEGIN
    FOR h IN 1 .. 12 LOOP
        moved := campaign.run_until('2026-01-06 10:00+00'::timestamptz + h * interval '90 minutes') > 0;
        RETURN QUERY SELECT h, live.moved, n.active, n.over_cap, n.adds_up AND n.counted AND n.stuck = 0 FROM pg_temp.numbers n WHERE n.campaign = 'short';
    END LOOP;
END
$$;
SELECT * FROM pg_temp.live();
SELECT campaign.run_until('2026-01-20 10:00+00') > 0 AS moved;
SELECT active, over_cap, finished, enrolled FROM campaign.overview WHERE campaign_id = :s;
SELECT count(DISTINCT o.key) AS visits FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id WHERE a.campaign_id = :s;
-- first come, first served
SELECT bool_and(prospect_id > before) AS in_order FROM (
    SELECT prospect_id, lag(prospect_id) OVER (ORDER BY id) AS before FROM campaign.event WHERE campaign_id = :s AND kind = 'unblocked') q WHERE before IS NOT NULL;
-- by the log too: it says who came in and who left, and never were there more than places
SELECT min(inside) AS least, max(inside) AS most FROM (
    SELECT sum(CASE WHEN kind = 'ended' THEN -1 WHEN detail ->> 'over_cap' = 'true' THEN 0 ELSE 1 END) OVER (ORDER BY id) AS inside
    FROM campaign.event WHERE campaign_id = :s AND kind IN ('enrolled', 'unblocked', 'ended')) q;
-- the deltas are summed up
SELECT sum(n), count(*) < 100 AS few FROM campaign.counter WHERE campaign_id = :s AND kind = 'place';
ROLLBACK;
