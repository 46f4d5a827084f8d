-- Retention of the log: an era after the other, and what whoever reads is told. It empties a partition of
-- the log that all share, in a transaction that is rolled back, so no other test runs beside it.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 09:00+00';
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (672, 'ageing');
SET campaign.workspace = 'ageing';
UPDATE campaign.instance SET era = 0, era_since = NULL;
TRUNCATE campaign.event, campaign.batch;
INSERT INTO campaign.prospect (id, external_id) VALUES (6721, 'one');
INSERT INTO campaign.enrollment (workspace_id, id, campaign_id, prospect_id, base_at, step_at, started_at, due_at)
VALUES (672, 6722, 1, 6721, now(), now(), now(), now());

-- on each day something happens, and the upkeep of a log that is kept for a week comes
CREATE FUNCTION pg_temp.day(n integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('campaign.now', (timestamptz '2026-01-05 09:00+00' + n * interval '1 day')::text, false);
    PERFORM campaign.note_event(672, 'day' || n, prospect => 6721);
    IF n = 2 THEN
        INSERT INTO campaign.event (workspace_id, id, era, batch_id, kind, campaign_id, enrollment_id, step, at, detail)
        SELECT 672, 1, i.era, max(b.id), 'split_drawn', 1, 6722, 0, campaign.clock(), '{"way": 2}'
        FROM campaign.instance i, campaign.batch b WHERE b.workspace_id = 672 GROUP BY i.era;
    END IF;
    PERFORM campaign.tick();
    RETURN campaign.turn_era('7 days');
END
$$;
-- kept for ever, nothing changes
SELECT campaign.turn_era('0');
SELECT n, pg_temp.day(n) AS turned FROM generate_series(0, 7) n;
SELECT era, era_since FROM campaign.instance;
SELECT string_agg(kind, ' ' ORDER BY at, kind) AS kinds FROM campaign.events_since();
SELECT "position" AS second FROM campaign.events_since(max_rows => 2) OFFSET 1 \gset

-- the ring has come round: the first of its parts goes, with what was written on the first two days
SELECT n, pg_temp.day(n) AS turned FROM generate_series(8, 10) n;
SELECT string_agg(kind, ' ' ORDER BY at, kind) AS kinds FROM campaign.events_since();
SELECT count(*) AS of_the_first_day FROM campaign.event WHERE workspace_id = 672 AND kind = 'day0';
-- which way a run took is known, and read by nobody a second time
SELECT kind, detail, batch_id FROM campaign.event WHERE workspace_id = 672 AND kind = 'split_drawn';
SELECT count(*) FROM campaign.events_since() WHERE kind = 'split_drawn';

-- whoever has read up to there has missed something, and is told; others go on
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    RETURN NEXT 'not refused';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN NEXT SQLSTATE;
    RETURN NEXT detail;
END
$$;
SELECT pg_temp.refusal(format('SELECT * FROM campaign.events_since(%L)', :'second'));
SELECT "position" AS third FROM campaign.events_since(max_rows => 3) OFFSET 2 \gset
SELECT string_agg(kind, ' ' ORDER BY at) AS kinds FROM campaign.events_since(:'third');

-- batches go in pieces, and pages are full meanwhile
SELECT count(*) AS behind FROM campaign.batch b, campaign.log_start s WHERE s.workspace_id = 672 AND b.workspace_id = 672 AND b.position <= s.position;
SELECT campaign.clean_batches(672, 1), campaign.clean_batches(672, 1000), campaign.clean_batches(672, 1000);
SELECT count(*) FROM campaign.events_since(max_rows => 3);
ROLLBACK;
