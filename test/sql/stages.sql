-- Stage workflows: who may promote from where, the gate of opting in, phases, dropping and coming back, and
-- automatic steps between stages. What the log alone says is held against the rows all the way (B8).
\set ECHO none
BEGIN;
\i test/sql/include/replay.sql
\set ECHO all
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
-- the queries over the log are large, and the log is small
SET LOCAL jit = off;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
SET LOCAL campaign.actor = 'anna';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna');
INSERT INTO campaign.prospect (external_id, email, first_name) SELECT 'p' || n, 'p' || n || '@x.org', 'F' || n FROM generate_series(1, 9) n;
CREATE FUNCTION pg_temp.p(VARIADIC n integer[]) RETURNS bigint[] LANGUAGE sql AS 'SELECT array_agg(campaign.prospect_id(''p'' || u) ORDER BY u) FROM unnest($1) u';
-- the SQLSTATE, and the first words, of what is refused
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; detail text;
BEGIN
    EXECUTE statement INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, 'prospect \d+', 'prospect N');
END
$$;
CREATE VIEW pg_temp.faults AS SELECT row_to_json(x)::text AS fault FROM replay.differences() x UNION ALL SELECT row_to_json(x)::text FROM replay.miscounts() x
    UNION ALL SELECT row_to_json(x)::text FROM campaign.stuck x;

-- S5.2, D13: the twelve default stages are rows
SELECT position, title, phase, members, promoted_by, required, messages FROM campaign.stage_template WHERE built_in ORDER BY position;
SELECT name, (SELECT string_agg(s -> 'stage' ->> 'title', ', ') FROM jsonb_array_elements(definition) s WHERE s -> 'stage' ? 'disabled') AS without
    FROM campaign.sequence_template WHERE family = 'stages' ORDER BY name;

-- S5.1, S5.2: stage by actor. Each prospect stands at each stage once, and each actor tries to lead on
SELECT campaign.create_campaign('All', 'influencer', :member, ARRAY[campaign.account_id('anna')]) AS c \gset
SELECT campaign.launch(:c);
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(1));
CREATE FUNCTION pg_temp.each_actor(c bigint) RETURNS TABLE (stage text, promoted_by text, owner text, prospect text) LANGUAGE plpgsql AS $$
DECLARE s record; target text;
BEGIN
    FOR s IN SELECT m.stage, m.promoted_by, m.phase FROM campaign.stage_members m WHERE m.campaign_id = c AND m.promoted_by IS NOT NULL ORDER BY m.position LOOP
        stage := s.stage; promoted_by := s.promoted_by;
        -- a subtransaction that is undone: each actor finds him at this stage
        BEGIN
            owner := pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(1))', c));
            RAISE EXCEPTION USING MESSAGE = owner, ERRCODE = 'TT000';
        EXCEPTION WHEN SQLSTATE 'TT000' THEN owner := SQLERRM; END;
        prospect := pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(1), actor => ''prospect'')', c));
        IF prospect <> '1' THEN
            PERFORM campaign.promote(c, pg_temp.p(1));
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM pg_temp.each_actor(:c);
SELECT status, step, end_kind, code FROM campaign.prospect_status;
SELECT stage, members, ever FROM campaign.stage_members WHERE campaign_id = :c ORDER BY position;
SELECT * FROM pg_temp.faults;
-- from where runs end nobody leads on
SELECT campaign.promote(:c, pg_temp.p(1)) AS promoted;

-- an action and a delay between two stages, and an event by which one is left
SELECT campaign.create_sequence('Mixed', '[{"stage": {"title": "A"}, "name": "a"}, {"visit": {}}, {"stage": {"title": "B", "on_event": "applied"}, "name": "b"},
    {"delay": "1 day"}, {"stage": {"title": "C", "phase": "participants"}, "name": "c"}, {"follow": {}}]') > 0 AS made;
SELECT campaign.create_campaign('Mixed', 'Mixed', :member, ARRAY[campaign.account_id('anna')]) AS m \gset
SELECT position, step, kind, title, phase, content -> 'promoted_by' AS by FROM campaign.steps WHERE campaign_id = :m ORDER BY position;
SELECT campaign.launch(:m);
SELECT count(*) FROM campaign.enroll(:m, pg_temp.p(2, 3, 4));
-- in one transaction: enrolled, and promoted; what is to be queued is for the scheduler
SELECT campaign.promote(:m, pg_temp.p(2, 3)) AS promoted;
SELECT external_id, substatus, step FROM campaign.prospect_status WHERE campaign_id = :m ORDER BY 1;
SELECT * FROM pg_temp.faults;
SELECT campaign.tick() > 0 AS moved, campaign.tick() > 0 AS again, campaign.tick() > 0 AS and_again;
SELECT external_id, substatus, step FROM campaign.prospect_status WHERE campaign_id = :m ORDER BY 1;
-- who has to do what
SELECT external_id, e.reason, e.detail FROM campaign.prospect_status s CROSS JOIN LATERAL campaign.explain(:m, s.prospect_id) e WHERE s.campaign_id = :m ORDER BY 1;
SELECT campaign.record_event('applied', external_id => 'p2');
SELECT campaign.tick() > 0 AS moved;
SELECT external_id, substatus, step, due_at FROM campaign.prospect_status WHERE campaign_id = :m ORDER BY 1;
SELECT * FROM pg_temp.faults;
-- a reply is no end where people write to each other
SELECT campaign.record_event('replied', external_id => 'p2');
SELECT campaign.run_until('2026-03-03 09:00+00') > 0 AS lived;
SELECT external_id, substatus, step FROM campaign.prospect_status WHERE campaign_id = :m ORDER BY 1;
-- a pause: nobody is promoted; afterwards it goes on
SELECT campaign.pause(:m);
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(2))', :m));
-- an event that comes meanwhile leads on when it is over, whoever was paused by himself too
SELECT campaign.pause_prospects(:m, pg_temp.p(4)) AS paused;
SELECT campaign.record_event('applied', external_id => 'p3');
SELECT campaign.tick() > 0 AS ticked;
SELECT external_id, substatus, step FROM campaign.prospect_status WHERE campaign_id = :m ORDER BY 1;
SELECT campaign.resume(:m);
SELECT campaign.resume_prospects(:m, pg_temp.p(4)) AS resumed;
SELECT campaign.tick() > 0 AS ticked;
SELECT external_id, substatus, step, due_at FROM campaign.prospect_status WHERE campaign_id = :m ORDER BY 1;
SELECT campaign.promote(:m, pg_temp.p(2)) AS promoted;
SELECT campaign.run_until('2026-03-03 10:00+00') > 0 AS lived;
SELECT external_id, status, end_kind, code FROM campaign.prospect_status WHERE campaign_id = :m AND external_id = 'p2';
SELECT * FROM pg_temp.faults;

-- S5.6: who has not opted in is a candidate, and no more than that, in whatever campaign
UPDATE campaign.prospect SET opted_in = false WHERE external_id = 'p5';
SELECT result FROM campaign.enroll(:c, pg_temp.p(5));
SELECT campaign.promote(:c, pg_temp.p(5)) AS promoted;
SELECT campaign.promote(:c, pg_temp.p(5), actor => 'prospect') AS promoted;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(5))', :c));
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(5), ''draft'')', :c));
-- refused as a whole: he who may is not promoted either
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(6));
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(5, 6), ''confirmation'')', :c));
SELECT external_id, step FROM campaign.prospect_status WHERE campaign_id = :c AND external_id IN ('p5', 'p6') ORDER BY 1;
-- where an event, and time, would take him there by itself, he is held before it
SELECT campaign.create_sequence('Gate', '[{"stage": {"title": "A", "on_event": "applied"}, "name": "a"}, {"delay": "1 hour"}, {"stage": {"title": "B", "phase": "participants"}, "name": "b"}]') > 0 AS made;
SELECT campaign.create_campaign('Gate', 'Gate', :member, '{}', settings => '{"exclusivity": "none"}') AS g \gset
SELECT campaign.launch(:g);
SELECT result FROM campaign.enroll(:g, pg_temp.p(5));
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.record_event('applied', external_id => 'p5');
SELECT campaign.run_until('2026-03-03 12:00+00') > 0 AS lived;
SELECT substatus, step, held FROM campaign.prospect_status WHERE campaign_id = :g;
SELECT reason, detail FROM campaign.explain(:g, campaign.prospect_id('p5'));
SELECT * FROM pg_temp.faults;
UPDATE campaign.prospect SET opted_in = true WHERE external_id = 'p5';
SELECT campaign.tick() > 0 AS moved;
SELECT substatus, step, held FROM campaign.prospect_status WHERE campaign_id = :g;
SELECT campaign.promote(:c, pg_temp.p(5)) AS promoted;
SELECT step FROM campaign.prospect_status WHERE campaign_id = :c AND external_id = 'p5';
SELECT * FROM pg_temp.faults;

-- S5.9: dropped from anywhere, and brought back to any stage; his place is free meanwhile (D9)
SELECT campaign.drop_out(:c, pg_temp.p(5, 6), 'rejected') AS dropped;
SELECT campaign.drop_out(:c, pg_temp.p(5), 'again') AS dropped;
SELECT external_id, run, status, step, end_kind, code FROM campaign.prospect_status WHERE campaign_id = :c ORDER BY 1, 2;
SELECT stage, members, ever FROM campaign.stage_members WHERE campaign_id = :c AND members + ever > 0 ORDER BY position;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(5))', :c)) AS to_nowhere;
SELECT campaign.promote(:c, pg_temp.p(5), 'Candidates') AS promoted;
SELECT campaign.promote(:c, pg_temp.p(6), 'content_creation') AS promoted;
SELECT external_id, run, substatus, step FROM campaign.prospect_status WHERE campaign_id = :c AND run = 2 ORDER BY 1;
SELECT stage, members, ever FROM campaign.stage_members WHERE campaign_id = :c AND members + ever > 0 ORDER BY position;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(6), ''draft'')', :c)) AS backwards;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(6), ''nowhere'')', :c)) AS unknown_stage;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(6), ''dropped'')', :c)) AS to_dropped;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(6), actor => ''friend'')', :c)) AS nobody;
-- he who opted out does not come back
SELECT campaign.record_event('unsubscribed', external_id => 'p6');
SELECT campaign.tick() > 0 AS moved;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(6), ''draft'')', :c)) AS opted_out;
SELECT stage, members, ever FROM campaign.stage_members WHERE campaign_id = :c AND stage = 'dropped';
SELECT * FROM pg_temp.faults;

-- S5.10: not eligible, in campaigns of this setting alone
SELECT pg_temp.try(format('SELECT campaign.drop_out(%s, pg_temp.p(5), ''not_eligible'')', :c));
SELECT campaign.alter_campaign(:c, settings => '{"tcm": true}');
SELECT campaign.drop_out(:c, pg_temp.p(5), 'not_eligible') AS dropped;
SELECT stage, phase, members, ever FROM campaign.stage_members WHERE campaign_id = :c AND phase = 'dropped' ORDER BY position;
SELECT * FROM pg_temp.faults;
-- what the log has of one of them
SELECT e.kind, s.name AS step, e.actor, e.detail FROM campaign.event e
    JOIN campaign.step s ON s.campaign_id = e.campaign_id AND s.position = e.step WHERE e.campaign_id = :c AND e.prospect_id = ANY (pg_temp.p(5)) ORDER BY e.id;
ROLLBACK;
