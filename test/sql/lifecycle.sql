-- The life of a campaign: draft -> live <-> paused -> closed -> archived; what each change does, and
-- what is refused in which state. Everything happens in one transaction that is rolled back.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 09:00+00';
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (651, 'operating');
SET campaign.workspace = 'operating';

CREATE FUNCTION pg_temp.refusal(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN NEXT 'not refused';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || message;
    RETURN NEXT regexp_replace(detail, 'Campaign \d+', 'Campaign N');
    RETURN NEXT hint;
END
$$;

INSERT INTO campaign.channel (workspace_id, id, name, transport, options) VALUES
    (651, 651, 'box', 'outbox', '{"classes": ["linkedin"]}'), (651, 652, 'all', 'outbox', '{}');
INSERT INTO campaign.member (id, name) VALUES (651, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (651, 651, 651, 'ann'), (652, 651, 652, 'ann');
INSERT INTO campaign.prospect (id, external_id) SELECT 6500 + i, 'p' || i FROM generate_series(1, 20) i;

-- ---- launch ------------------------------------------------------------------------------------------

SELECT campaign.create_sequence('lacking', '[{"invite": {}}, {"wait": {"until": "connected", "within": "9 days", "else": "failure"}},
    {"message": {"body": " "}}, {"email": {"subject": "S"}}]') > 0 AS made;
SELECT campaign.create_campaign('Lacking', 'lacking', 651, '{651}') AS lacking \gset
-- everything that is missing at once (S2.47)
SELECT pg_temp.refusal(format('SELECT campaign.launch(%s)', :lacking));
SELECT step, missing_content FROM campaign.steps WHERE campaign_id = :lacking ORDER BY position;
SELECT state FROM campaign.campaign WHERE id = :lacking;
SELECT pg_temp.refusal('SELECT campaign.launch(1)');
SELECT pg_temp.refusal('SELECT campaign.launch(NULL)');

SELECT campaign.create_sequence('walk', '[{"visit": {}}, {"delay": "5 days"}, {"follow": {}},
    {"wait": {"until": "clicked", "within": "10 days", "else": "failure"}}]') > 0 AS made;
SELECT campaign.create_campaign('Walk', 'walk', 651, '{651}') AS walk \gset
-- in a draft they wait, and begin when it is launched
SELECT count(*) FILTER (WHERE result = 'enrolled') AS enrolled FROM campaign.enroll(:walk, '{6501,6502,6503}');
SELECT campaign.run_until('2026-01-06 09:00+00');
SELECT prospect_id, status, substatus, due_at FROM campaign.prospect_status WHERE campaign_id = :walk ORDER BY 1;
SELECT campaign.launch(:walk);
SELECT state, launched_at FROM campaign.campaign WHERE id = :walk;
SELECT prospect_id, status, substatus, due_at FROM campaign.prospect_status WHERE campaign_id = :walk ORDER BY 1;
SELECT campaign.run_until('2026-01-06 10:00+00') > 0 AS moved;
SELECT prospect_id, status, substatus, due_at FROM campaign.prospect_status WHERE campaign_id = :walk ORDER BY 1;

-- ---- pause: timers run on (S2.32, D8) ------------------------------------------------------------------

-- of 5 days from the 6th, 3 are spent in a pause that ends before them: on the 11th
SAVEPOINT before;
SET campaign.now = '2026-01-07 09:00+00';
SELECT campaign.pause(:walk);
SELECT status, substatus, count(*), min(due_at) AS due_at FROM campaign.prospect_status WHERE campaign_id = :walk GROUP BY 1, 2;
SELECT campaign.run_until('2026-01-10 09:00+00') >= 0 AS lived;
SELECT campaign.resume(:walk);
SELECT status, substatus, count(*), min(due_at) AS due_at FROM campaign.prospect_status WHERE campaign_id = :walk GROUP BY 1, 2;
SELECT campaign.run_until('2026-01-12 09:00+00') >= 0 AS lived;
SELECT action_kind, queued_at, count(*) FROM campaign.action WHERE campaign_id = :walk GROUP BY 1, 2 ORDER BY 2;
ROLLBACK TO before;

-- a pause that ends after them: at once
SET campaign.now = '2026-01-09 09:00+00';
SELECT campaign.pause(:walk);
SELECT campaign.run_until('2026-01-12 08:00+00') >= 0 AS lived;
SELECT status, substatus, count(*), min(due_at) AS due_at FROM campaign.prospect_status WHERE campaign_id = :walk GROUP BY 1, 2;
-- who comes meanwhile stays at the entry (S2.31)
SELECT result FROM campaign.enroll(:walk, '{6504}');
SELECT campaign.run_until('2026-01-12 09:00+00') >= 0 AS lived;
SELECT prospect_id, status, substatus, step, due_at FROM campaign.prospect_status WHERE campaign_id = :walk ORDER BY 1;
SELECT count(*) AS stuck FROM campaign.stuck WHERE campaign_id = :walk;
SAVEPOINT paused;
SELECT campaign.resume(:walk);
SELECT campaign.run_until('2026-01-12 09:01+00') > 0 AS moved;
SELECT prospect_id, status, substatus, step, due_at FROM campaign.prospect_status WHERE campaign_id = :walk ORDER BY 1;
SELECT prospect_id, action_kind, queued_at FROM campaign.action WHERE campaign_id = :walk AND step > 0 ORDER BY 1;
ROLLBACK TO paused;

-- shift: the 3 days of the pause are added (D8)
SELECT campaign.resume(:walk, on_resume => 'shift');
SELECT prospect_id, status, substatus, step, due_at FROM campaign.prospect_status WHERE campaign_id = :walk ORDER BY 1;
SELECT campaign.run_until('2026-01-20 09:00+00') > 0 AS moved;
SELECT prospect_id, action_kind, queued_at FROM campaign.action WHERE campaign_id = :walk AND step > 0 ORDER BY 1, 3;
-- the deadline of a wait, too: 10 days from the 14th, and 2 in a pause
SELECT prospect_id, substatus, due_at FROM campaign.prospect_status WHERE campaign_id = :walk AND substatus = 'waiting_condition' ORDER BY 1;
SELECT campaign.pause(:walk);
SET campaign.now = '2026-01-22 09:00+00';
SELECT campaign.resume(:walk, 'shift');
-- so a click on the 25th is in time, whenever it is applied
SELECT campaign.run_until('2026-01-25 09:00+00') >= 0 AS lived;
SELECT campaign.pause(:walk);
SELECT campaign.record_event('clicked', 6501);
SELECT campaign.run_until('2026-01-25 10:00+00') >= 0 AS lived;
SELECT campaign.resume(:walk);
SELECT campaign.run_until('2026-01-26 08:59+00') >= 0 AS lived;
SELECT count(*) AS ended FROM campaign.prospect_status WHERE campaign_id = :walk AND end_kind IS NOT NULL;
SELECT campaign.run_until('2026-01-26 09:00+00') >= 0 AS lived;
SELECT prospect_id, end_kind, code, ended_at FROM campaign.prospect_status WHERE campaign_id = :walk AND end_kind IS NOT NULL ORDER BY 1;

-- ---- pause empties the queue (S2.31), of many at once (S2.33) -----------------------------------------

SELECT campaign.create_sequence('one', '[{"visit": {}}]') > 0 AS made;
SELECT campaign.create_campaign('Many', 'one', 651, '{651,652}') AS many \gset
SELECT campaign.create_campaign('Beside', 'one', 651, '{651}', settings => '{"exclusivity": "none"}') AS beside \gset
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions)
    VALUES ('account', 651, 'visit', 'day', 0), ('account', 652, 'visit', 'day', 0);
INSERT INTO campaign.prospect (id) SELECT 650000 + i FROM generate_series(1, 5000) i;
SELECT campaign.launch(:many), campaign.launch(:beside);
SELECT count(*) AS enrolled FROM campaign.enroll(:many, (SELECT array_agg(650000 + i) FROM generate_series(1, 5000) i));
SELECT count(*) AS enrolled FROM campaign.enroll(:beside, '{6501,6502}');
ANALYZE campaign.prospect, campaign.enrollment;
SELECT campaign.run_until('2026-01-26 10:00+00') > 0 AS moved;
ANALYZE campaign.action;
SELECT campaign, state, count(*) FROM campaign.queue GROUP BY 1, 2 ORDER BY 1;
SELECT clock_timestamp() AS began \gset
SELECT campaign.pause(:many);
SELECT clock_timestamp() - :'began' < interval '1 second' AS quick;
SELECT campaign, state, count(*) FROM campaign.queue GROUP BY 1, 2 ORDER BY 1;
SELECT status, substatus, count(*) FROM campaign.prospect_status WHERE campaign_id = :many GROUP BY 1, 2;
SELECT state, light, active, paused, in_progress FROM campaign.overview WHERE campaign_id = :many;
-- a paused campaign costs the rounds nothing
SELECT campaign.tick() AS moved, (SELECT count(*) FROM campaign.enrollment e WHERE e.campaign_id = :many AND e.due_at IS NOT NULL) AS due;
-- nothing is sent, though there is room now
SET campaign.now = '2026-01-27 12:00+00';
UPDATE campaign.quota SET max_actions = 10 WHERE workspace_id = 651;
SELECT campaign.run_until('2026-01-27 13:00+00') >= 0 AS lived;
SELECT campaign_id = :beside AS beside, count(*) AS sent FROM campaign.outbox b JOIN campaign.action a ON a.id = b.action_id
    WHERE a.campaign_id IN (:many, :beside) GROUP BY 1;
SELECT clock_timestamp() AS began \gset
SELECT campaign.resume(:many);
SELECT clock_timestamp() - :'began' < interval '1 second' AS quick;
-- they are queued by the rounds, since queueing locks lanes; of old, not of now
SELECT count(*) AS due FROM campaign.enrollment e WHERE e.campaign_id = :many AND e.due_at <= campaign.clock();
SELECT campaign.run_until('2026-01-27 13:00+00') > 0 AS moved;
SELECT campaign, state, count(*), min(queued_at) AS queued_at FROM campaign.queue GROUP BY 1, 2 ORDER BY 1;
SELECT campaign.run_until('2026-01-28 09:00+00') > 0 AS moved;
SELECT count(*) AS sent, count(DISTINCT key) AS keys FROM campaign.outbox WHERE prospect_id > 650000 AND workspace_id = 651;
-- archived, they all leave at once
SELECT campaign.archive(:many);
SELECT end_kind, code, count(*) FROM campaign.prospect_status WHERE campaign_id = :many GROUP BY 1, 2 ORDER BY 1;
SELECT state, count(*) FROM campaign.action WHERE campaign_id = :many GROUP BY 1 ORDER BY 1;
DELETE FROM campaign.quota WHERE workspace_id = 651;

-- ---- stop -----------------------------------------------------------------------------------------------

SELECT campaign.create_campaign('Stop', 'walk', 651, '{652}') AS stop \gset
SELECT campaign.launch(:stop);
SELECT count(*) AS enrolled FROM campaign.enroll(:stop, '{6511,6512}');
SELECT campaign.run_until('2026-01-28 10:00+00') > 0 AS moved;
SAVEPOINT inside;
-- those inside finish
SELECT campaign.stop(:stop);
SELECT pg_temp.refusal(format('SELECT campaign.enroll(%s, ''{6513}'')', :stop));
SELECT campaign.run_until('2026-03-01 10:00+00') > 0 AS moved;
SELECT prospect_id, end_kind, code, ended_at FROM campaign.prospect_status WHERE campaign_id = :stop ORDER BY 1;
ROLLBACK TO inside;
-- those inside leave
SELECT campaign.stop(:stop, finish => false);
SELECT prospect_id, end_kind, code, ended_at, status FROM campaign.prospect_status WHERE campaign_id = :stop ORDER BY 1;
SELECT state, light, enrolled, active, finished, removed FROM campaign.overview WHERE campaign_id = :stop;
-- and are free at once (D9)
SELECT DISTINCT result FROM campaign.candidates(:walk, '{6511,6512}');
ROLLBACK TO inside;
-- from a pause only so, as long as anybody is inside
SELECT campaign.pause(:stop);
SELECT pg_temp.refusal(format('SELECT campaign.stop(%s)', :stop));
SELECT campaign.stop(:stop, false);
SELECT end_kind, code, count(*) FROM campaign.prospect_status WHERE campaign_id = :stop GROUP BY 1, 2;
ROLLBACK TO inside;

-- ---- archive (S2.34) -----------------------------------------------------------------------------------

SELECT campaign.archive(:stop);
SELECT prospect_id, end_kind, code, status FROM campaign.prospect_status WHERE campaign_id = :stop ORDER BY 1;
SELECT count(*) AS in_queue FROM campaign.queue WHERE campaign_id = :stop;
SELECT DISTINCT result FROM campaign.candidates(:walk, '{6511,6512}');
-- nothing leads out, and the history stays
SELECT count(*) AS actions FROM campaign.action WHERE campaign_id = :stop;
SELECT f AS command, pg_temp.refusal(format('SELECT campaign.%s(%s)', f, :stop))
    FROM unnest('{launch,pause,resume,stop,archive}'::text[]) f;
ROLLBACK TO inside;

-- ---- what is possible instead ---------------------------------------------------------------------------

SELECT f AS command, pg_temp.refusal(format('SELECT campaign.%s(%s)', f, :lacking)) FROM unnest('{pause,resume,stop}'::text[]) f;
SELECT f AS command, pg_temp.refusal(format('SELECT campaign.%s(%s)', f, :stop)) FROM unnest('{launch,resume}'::text[]) f;
SELECT campaign.pause(:stop);
SELECT f AS command, pg_temp.refusal(format('SELECT campaign.%s(%s)', f, :stop)) FROM unnest('{launch,pause}'::text[]) f;
SELECT pg_temp.refusal(format('SELECT campaign.resume(%s, ''soon'')', :stop));
SELECT campaign.resume(:stop), campaign.stop(:stop);
SELECT f AS command, pg_temp.refusal(format('SELECT campaign.%s(%s)', f, :stop)) FROM unnest('{launch,pause,resume,stop}'::text[]) f;
SELECT campaign.archive(:lacking);
SELECT state FROM campaign.campaign WHERE id = :lacking;

-- ---- every change is on record (B8) ----------------------------------------------------------------------

SET campaign.actor = 'ann@operating';
SELECT campaign.archive(:walk);
SELECT e.kind, e.at, CASE e.actor WHEN SESSION_USER THEN 'the role' ELSE e.actor END AS actor, e.detail FROM campaign.event e
    WHERE e.kind NOT LIKE 'alert%' AND e.workspace_id = 651 AND e.campaign_id = :walk AND e.prospect_id IS NULL ORDER BY e.id;
-- B9: the numbers agree with the rows
SELECT o.campaign, o.in_progress + o.over_cap + o.deferred + o.paused + o.replied + o.finished = o.enrolled AS adds_up,
    o.enrolled = s.runs AND o.active = s.active AND o.finished = s.finished AS agrees
FROM campaign.overview o
LEFT JOIN LATERAL (SELECT count(*) AS runs, count(*) FILTER (WHERE r.end_kind IS NULL) AS active, count(*) FILTER (WHERE r.status = 'finished') AS finished
    FROM campaign.prospect_status r WHERE r.campaign_id = o.campaign_id) s ON true
WHERE o.campaign_id IN (:lacking, :walk, :many, :beside, :stop) ORDER BY 1;
SELECT count(*) AS stuck FROM campaign.stuck;
-- B8: the log alone gives the present state, and a recount of it the counters
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
RESET campaign.actor;
