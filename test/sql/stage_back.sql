-- Coming back from Dropped to any stage (S5.9), and what keeps from it: a full campaign, a first batch that is
-- waited for, another campaign, a stop. Refused as a whole, and nobody is left between two runs. And what
-- cannot be queued beside a run.
\set ECHO none
BEGIN;
\i test/sql/include/replay.sql
\set ECHO all
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL jit = off;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna');
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || n, 'p' || n || '@x.org' FROM generate_series(1, 9) n;
CREATE FUNCTION pg_temp.p(VARIADIC n integer[]) RETURNS bigint[] LANGUAGE sql AS 'SELECT array_agg(campaign.prospect_id(''p'' || u) ORDER BY u) FROM unnest($1) u';
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; detail text;
BEGIN
    EXECUTE statement INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN regexp_replace(concat_ws(' | ', SQLSTATE || ' ' || SQLERRM, detail), '(prospect|[Cc]ampaign) \d+', '\1 N', 'g');
END
$$;
CREATE VIEW pg_temp.faults AS SELECT row_to_json(x)::text AS fault FROM replay.differences() x UNION ALL SELECT row_to_json(x)::text FROM replay.miscounts() x
    UNION ALL SELECT row_to_json(x)::text FROM campaign.stuck x;
CREATE FUNCTION pg_temp.make(name text, settings jsonb) RETURNS bigint LANGUAGE sql AS
    'SELECT campaign.create_campaign(name, ''influencer'', (SELECT id FROM campaign.member), ARRAY[campaign.account_id(''anna'')], settings => settings)';

-- each stage in turn
SELECT pg_temp.make('Any', '{}') AS c \gset
SELECT campaign.launch(:c);
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(1));
CREATE FUNCTION pg_temp.each_stage(c bigint) RETURNS TABLE (stage text, back integer, stands text, run integer, phase text) LANGUAGE plpgsql AS $$
BEGIN
    FOR stage IN SELECT m.stage FROM campaign.stage_members m WHERE m.campaign_id = c AND m.phase <> 'dropped' ORDER BY m.position LOOP
        PERFORM campaign.drop_out(c, pg_temp.p(1));
        back := campaign.promote(c, pg_temp.p(1), stage);
        SELECT s.step, s.run INTO stands, run FROM campaign.prospect_status s WHERE s.campaign_id = c ORDER BY s.run DESC LIMIT 1;
        phase := campaign.prospect_page(c, (pg_temp.p(1))[1]) ->> 'phase';
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM pg_temp.each_stage(:c);
SELECT * FROM pg_temp.faults;
-- by the owner alone, and to a stage that is there
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(2, 3));
SELECT campaign.drop_out(:c, pg_temp.p(2, 3)) AS dropped;
SELECT campaign.promote(:c, pg_temp.p(2), 'applied', actor => 'prospect') AS by_himself;
-- who was taken out, or left otherwise; who stands at a stage beside them is promoted with them, or not at all
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(4, 5));
SELECT campaign.remove_prospects(:c, pg_temp.p(4)) AS removed;
SELECT campaign.promote(:c, pg_temp.p(4, 5), 'applied') AS promoted;
SELECT external_id, run, step FROM campaign.prospect_status WHERE status = 'in_progress' ORDER BY 1;

-- who is in another campaign now, or asked to be left alone
SELECT pg_temp.make('Other', '{}') AS o \gset
SELECT campaign.launch(:o);
SELECT result FROM campaign.enroll(:o, pg_temp.p(2));
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(2, 5), ''confirmation'')', :c)) AS elsewhere;
SELECT campaign.record_event('unsubscribed', external_id => 'p3');
SELECT campaign.tick() > 0 AS ticked;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(3), ''confirmation'')', :c)) AS stopped;
SELECT external_id, run, step FROM campaign.prospect_status WHERE status = 'in_progress' ORDER BY 1, 3;

-- a full campaign
SELECT pg_temp.make('Full', '{"active_cap": 1}') AS f \gset
SELECT campaign.launch(:f);
SELECT result FROM campaign.enroll(:f, pg_temp.p(6));
SELECT campaign.drop_out(:f, pg_temp.p(6)) AS dropped;
SELECT result FROM campaign.enroll(:f, pg_temp.p(7));
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(6), ''applied'')', :f)) AS no_place;
SELECT campaign.drop_out(:f, pg_temp.p(7)) AS dropped;
SELECT campaign.promote(:f, pg_temp.p(6), 'applied') AS promoted;
SELECT external_id, run, status, step FROM campaign.prospect_status WHERE campaign_id = :f ORDER BY 1, 2;

-- a slot, or the first batch, that would be waited for at the first stage
SELECT pg_temp.make('Batch', '{}') AS b \gset
SELECT campaign.launch(:b, first_batch => 1);
SELECT count(*) FROM campaign.enroll(:b, pg_temp.p(7, 8));
SELECT campaign.drop_out(:b, pg_temp.p(7, 8)) AS dropped;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(7, 8), ''applied'')', :b)) AS behind_the_batch;
SELECT campaign.continue_batch(:b);
SELECT campaign.promote(:b, pg_temp.p(7, 8), 'applied') AS promoted;
SELECT external_id, run, status, step FROM campaign.prospect_status WHERE campaign_id = :b ORDER BY 1, 2;

-- not into a campaign that is paused; into one that is closed by the owner's hand, as those inside go on there
SELECT campaign.drop_out(:b, pg_temp.p(7)) AS dropped;
SELECT campaign.pause(:b);
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(7), ''applied'')', :b)) AS paused;
SELECT campaign.resume(:b);
SELECT campaign.stop(:b);
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(7), ''applied'')', :b)) AS closed;
SELECT campaign.promote(:b, pg_temp.p(8)) AS goes_on;
SELECT external_id, run, status, step FROM campaign.prospect_status WHERE campaign_id = :b ORDER BY 1, 2;
SELECT * FROM pg_temp.faults;
-- what cannot be queued beside a run is held by itself, is shown, and is tried again when that is put right
SELECT pg_temp.make('Held', '{"exclusivity": "none"}') AS h \gset
SELECT campaign.launch(:h);
SELECT count(*) FROM campaign.enroll(:h, pg_temp.p(8, 9));
SELECT campaign.tick() > 0 AS ticked;
CREATE FUNCTION pg_temp.trouble() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trouble''; END';
CREATE TRIGGER trouble BEFORE INSERT ON campaign.action FOR EACH ROW WHEN (NEW.prospect_id % 2 = 0) EXECUTE FUNCTION pg_temp.trouble();
SELECT (pg_temp.p(8))[1] % 2 + (pg_temp.p(9))[1] % 2 AS one_of_them;
SELECT campaign.message_prospects(:h, pg_temp.p(8, 9), '{"email": {"subject": "Hello", "body": "Hello"}}') AS messaged;
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS lived;
SELECT count(*) AS sent FROM campaign.outbox;
SELECT external_id IN ('p8', 'p9') AS is_one_of_them, step, reason, since FROM campaign.stuck;
SELECT held FROM campaign.side_action WHERE held IS NOT NULL;
-- a pause does not ask for it again
SELECT campaign.pause(:h);
SELECT campaign.resume(:h);
DROP TRIGGER trouble ON campaign.action;
SELECT campaign.run_until('2026-03-02 09:10+00') >= 0 AS lived;
SELECT count(*) AS sent FROM campaign.outbox;
SELECT campaign.requeue_prospects(:h, pg_temp.p(8, 9)) AS runs;
SELECT campaign.run_until('2026-03-02 09:20+00') > 0 AS lived;
SELECT count(*) AS sent FROM campaign.outbox;
SELECT * FROM pg_temp.faults;
ROLLBACK;
