-- A row that fails by itself is held and stops nobody else; a fault of the round (here a full disk)
-- undoes the round and holds nobody. What is held goes on when it is requeued (B5).
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna Sender') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
    VALUES (:member, 1, 'anna', 'test') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || i FROM generate_series(1, 20) i;
SELECT campaign.create_sequence('Visits', $$[{"visit": {}}, {"delay": "1 day"},
    {"wait": {"until": "clicked", "within": "5 days", "else": "failure"}}, {"follow": {}}]$$) > 0 AS created;
SELECT campaign.create_campaign('Walk', 'Visits', :member, ARRAY[:account]::bigint[]) AS walk \gset
SET LOCAL client_min_messages = error;
SELECT campaign.launch(:walk);
SELECT count(*) FROM campaign.enroll(:walk, ARRAY(SELECT id FROM campaign.prospect));
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
CREATE TEMPORARY VIEW standing AS
    SELECT string_agg(s.external_id, ',' ORDER BY s.prospect_id) AS who, s.step, s.substatus, s.held, s.due_at, s.code
    FROM campaign.prospect_status s GROUP BY s.step, s.substatus, s.held, s.due_at, s.code ORDER BY min(s.prospect_id);

-- ---- moving on -----------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.number(prospect bigint) RETURNS integer STABLE LANGUAGE sql AS
    'SELECT substr(p.external_id, 2)::integer FROM campaign.prospect p WHERE p.id = $1';
CREATE FUNCTION pg_temp.poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_temp.number(NEW.prospect_id) = ANY (TG_ARGV[1]::integer[]) AND NEW.held IS NULL THEN
        RAISE EXCEPTION 'poison of %', TG_RELNAME USING ERRCODE = TG_ARGV[0];
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER poison BEFORE UPDATE ON campaign.enrollment
    FOR EACH ROW EXECUTE FUNCTION pg_temp.poison('23514', '{3,17}');
SELECT campaign.run_until('2026-03-03 08:30+00') > 0 AS moved;
SELECT * FROM standing;
SELECT p.external_id, a.code, a.severity, a.since, a.message, replace(replace(a.remedy, a.prospect_id::text, 'PROSPECT'),
        a.campaign_id::text, 'CAMPAIGN') AS remedy
    FROM campaign.alerts a JOIN campaign.prospect p ON p.id = a.prospect_id ORDER BY p.id;
SELECT p.external_id, x.reason, x.detail FROM campaign.prospect p, campaign.explain(:walk, p.id) x WHERE p.external_id = 'p3';
SELECT count(*) FROM campaign.stuck;

-- paused and resumed, they stay held; put right and requeued, they go on from where they were
SELECT campaign.pause(:walk), campaign.resume(:walk);
DROP TRIGGER poison ON campaign.enrollment;
SELECT campaign.tick() >= 0 AS passed;
SELECT count(*) FROM standing WHERE held = 'internal_error';
SELECT campaign.requeue_prospects(:walk, ARRAY(SELECT id FROM campaign.prospect)) AS requeued;
SELECT campaign.run_until('2026-03-03 08:30+00') > 0 AS moved;
SELECT * FROM standing;

-- ---- taking in -----------------------------------------------------------------------------------

SET LOCAL campaign.now = '2026-03-04 08:30+00';
CREATE TRIGGER poison BEFORE UPDATE ON campaign.enrollment
    FOR EACH ROW EXECUTE FUNCTION pg_temp.poison('22012', '{5}');
SELECT bool_and(campaign.record_event('clicked', 'p' || i)) FROM generate_series(4, 6) i;
SELECT campaign.run_until('2026-03-04 09:00+00') > 0 AS moved;
SELECT * FROM standing;
SELECT p.external_id, a.code, a.message FROM campaign.alerts a JOIN campaign.prospect p ON p.id = a.prospect_id ORDER BY a.since, p.id;
-- the deadline of the wait passes while the run is held; the click was in time and counts when it is let go
DROP TRIGGER poison ON campaign.enrollment;
SET LOCAL campaign.now = '2026-03-10 08:30+00';
SELECT campaign.requeue_prospects(NULL, ARRAY[campaign.prospect_id('p5')]) AS requeued;
SELECT campaign.run_until('2026-03-10 09:00+00') > 0 AS moved;
SELECT * FROM standing;
SELECT count(*) FROM campaign.alerts;
SELECT count(*) FROM campaign.inbox;

-- ---- faults of the round --------------------------------------------------------------------------

INSERT INTO campaign.prospect (external_id) VALUES ('p21'), ('p22');
SELECT count(*) FROM campaign.enroll(:walk, ARRAY[campaign.prospect_id('p21'), campaign.prospect_id('p22')]);
CREATE FUNCTION pg_temp.try_tick(fault text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('CREATE TRIGGER poison BEFORE UPDATE ON campaign.enrollment
        FOR EACH ROW EXECUTE FUNCTION pg_temp.poison(%L, ''{21}'')', fault);
    BEGIN
        answer := campaign.tick();
    EXCEPTION WHEN OTHERS OR query_canceled THEN
        answer := SQLSTATE || ' ' || SQLERRM;
    END;
    DROP TRIGGER poison ON campaign.enrollment;
    RETURN answer;
END
$$;
-- the connection, the transaction, a deadlock, a table that is missing, disk, limits, locks, a
-- cancellation, the system, the server: none of them says anything of a row
SELECT pg_temp.try_tick(c) FROM unnest('{08006,25006,40P01,42P01,53100,54000,55P03,57014,58030,XX000}'::text[]) c;
SELECT s.external_id, s.substatus, s.held FROM campaign.prospect_status s WHERE s.external_id IN ('p21', 'p22') ORDER BY 1;
SELECT campaign.run_until('2026-03-10 09:30+00') > 0 AS moved;
SELECT s.external_id, s.substatus, s.held FROM campaign.prospect_status s WHERE s.external_id IN ('p21', 'p22') ORDER BY 1;

-- ---- starts ---------------------------------------------------------------------------------------

INSERT INTO campaign.prospect (external_id) SELECT 'p' || i FROM generate_series(31, 40) i;
SELECT count(*) FROM campaign.enroll(:walk, ARRAY(SELECT campaign.prospect_id('p' || i) FROM generate_series(31, 40) i));
CREATE FUNCTION pg_temp.poison_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_temp.number(NEW.prospect_id) = 36 THEN
        RAISE EXCEPTION 'poison of %', TG_RELNAME USING ERRCODE = '22012';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER poison BEFORE INSERT ON campaign.outbox FOR EACH ROW EXECUTE FUNCTION pg_temp.poison_outbox();
SELECT campaign.run_until('2026-03-10 10:00+00') > 0 AS moved;
SELECT string_agg(s.external_id, ',' ORDER BY s.prospect_id) AS who, s.step, s.substatus, s.held
    FROM campaign.prospect_status s WHERE s.external_id ~ 'p(3.|40)' GROUP BY 2, 3, 4 ORDER BY 1;
SELECT p.external_id, a.code, a.message, replace(a.remedy, a.action_id::text, 'ACTION') AS remedy
    FROM campaign.alerts a JOIN campaign.prospect p ON p.id = a.prospect_id;
SELECT x.reason, x.detail LIKE '%is held for a decision: 22012: poison of outbox' AS says_why
    FROM campaign.explain(:walk, campaign.prospect_id('p36')) x LIMIT 1;
DROP TRIGGER poison ON campaign.outbox;
SELECT campaign.requeue(ARRAY(SELECT action_id FROM campaign.alerts)) AS requeued;
SELECT campaign.run_until('2026-03-10 11:00+00') > 0 AS moved;
SELECT s.step, s.substatus FROM campaign.prospect_status s WHERE s.external_id = 'p36';
SELECT count(*), count(DISTINCT prospect_id) FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id
    WHERE p.external_id ~ 'p(3.|40)' AND o.at > '2026-03-10';
-- what was reported of somebody is held, and he is taken into another campaign: nothing starts before it is
-- applied, and nobody looks every half second
SELECT campaign.create_sequence('Later', '[{"visit": {}}]') > 0 AS created;
SELECT campaign.create_campaign('Later', 'Later', c.owner_id, ARRAY(SELECT account_id FROM campaign.campaign_account WHERE campaign_id = :walk),
    settings => '{"exclusivity": "none"}') AS later FROM campaign.campaign c WHERE c.id = :walk \gset
SELECT campaign.launch(:later);
SELECT campaign.record_event('clicked', external_id => 'p40');
UPDATE campaign.inbox SET held = 'poison';
SELECT e.result FROM campaign.enroll(:later, ARRAY[campaign.prospect_id('p40')]) e;
SELECT campaign.run_until('2026-03-10 12:00+00') BETWEEN 2 AND 100 AS looked_seldom;
SELECT x.reason, x.detail LIKE '%requeue_prospects() tries again' AS says_how FROM campaign.explain(:later, campaign.prospect_id('p40')) x ORDER BY 1;
SELECT campaign.requeue_prospects(NULL, ARRAY[campaign.prospect_id('p40')]) >= 0 AS tried_again;
SELECT campaign.run_until('2026-03-10 13:00+00') > 0 AS moved;
SELECT s.end_kind FROM campaign.prospect_status s WHERE s.campaign_id = :later;
-- B8: the log alone gives the present state, and a recount of it the counters
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
