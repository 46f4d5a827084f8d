-- A launch at a time that is set, and of a first batch; a copy; and that archived is final.
\set SHOW_CONTEXT never
\pset format unaligned
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna@example.com') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || i FROM generate_series(1, 9) i;
CREATE FUNCTION pg_temp.of(VARIADIC names text[]) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(p.id ORDER BY p.id) FROM campaign.prospect p WHERE p.external_id = ANY (names)
$$;
CREATE VIEW pg_temp.stand AS SELECT external_id, status, substatus, step, due_at, held, end_kind, code FROM campaign.prospect_status;
CREATE VIEW pg_temp.sent AS SELECT p.external_id, o.at FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id;
SELECT campaign.create_sequence('walk', '[{"only_if": "not_connected"}, {"delay": "1 day"}, {"visit": {}}, {"wait": {"until": "clicked", "within": "9 days", "else": "failure"}}]') > 0 AS made;
SELECT campaign.create_campaign('Walk', 'walk', :member, ARRAY[:account]::bigint[]) AS walk \gset

-- ---- a start that is set --------------------------------------------------------------------------------------

SELECT count(*) AS enrolled FROM campaign.enroll(:walk, pg_temp.of('p1', 'p2'));
SAVEPOINT draft;
SELECT campaign.launch(:walk, start_at => '2026-01-12 08:00+00');
SELECT state, launched_at, starts_at FROM campaign.overview WHERE campaign_id = :walk;
-- whoever comes before it waits with the others, and is not judged yet
INSERT INTO campaign.relation (workspace_id, prospect_id, account_id, state, since)
    SELECT campaign.current_workspace(), campaign.prospect_id('p3'), :account, 'connected', campaign.clock();
SELECT result FROM campaign.enroll(:walk, pg_temp.of('p3', 'p4'));
SELECT campaign.tick() AS moved, (SELECT count(*) FROM campaign.enrollment WHERE due_at <= campaign.clock()) AS due;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT reason, detail, next_change_at FROM campaign.explain(:walk, campaign.prospect_id('p4'));
-- a pause before the start changes nothing of it
SELECT campaign.pause(:walk);
SELECT result FROM campaign.enroll(:walk, pg_temp.of('p5'));
SELECT campaign.run_until('2026-01-06 09:00+00') AS moved;
SELECT campaign.resume(:walk);
-- who is taken out, or opts out, leaves at once
SELECT campaign.remove_prospects(:walk, pg_temp.of('p4')) AS removed;
SELECT campaign.record_event('unsubscribed', 'p2');
SELECT campaign.run_until('2026-01-12 07:59+00') > 0 AS moved;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT campaign.run_until('2026-01-12 08:00+00') > 0 AS moved;
-- delays count from the start
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT campaign.run_until('2026-01-13 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.sent ORDER BY 1;
SELECT kind, detail FROM campaign.event WHERE kind = 'launched';
SELECT count(*) AS stuck FROM campaign.stuck;
-- after it newcomers begin at once
SELECT result FROM campaign.enroll(:walk, pg_temp.of('p6'));
SELECT campaign.run_until('2026-01-14 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand WHERE external_id = 'p6';
ROLLBACK TO draft;
-- a time that has passed is now
SELECT campaign.launch(:walk, '2025-01-01 00:00+00');
SELECT launched_at, starts_at FROM campaign.overview WHERE campaign_id = :walk;
ROLLBACK TO draft;

-- ---- a first batch (S3.7) ---------------------------------------------------------------------------------------

SELECT count(*) AS enrolled FROM campaign.enroll(:walk, pg_temp.of('p3'));
SELECT campaign.launch(:walk, first_batch => 2);
-- the first who came; the others wait, and so does who comes later
SELECT result FROM campaign.enroll(:walk, pg_temp.of('p4'));
SELECT campaign.run_until('2026-01-07 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT waiting_batch, active, in_progress, starts_at FROM campaign.overview WHERE campaign_id = :walk;
SELECT reason, detail, next_change_at FROM campaign.explain(:walk, campaign.prospect_id('p3'));
SELECT campaign.requeue_prospects(:walk, pg_temp.of('p3')) AS requeued;
SELECT campaign.tick() AS moved;
SELECT count(*) AS stuck FROM campaign.stuck;
SELECT count(*) AS alerts FROM campaign.alerts;
-- a pause and a resumption let nobody go; a reply takes out
SELECT campaign.pause(:walk);
SELECT campaign.resume(:walk);
SELECT campaign.record_event('replied', 'p4');
SELECT campaign.run_until('2026-01-08 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand ORDER BY 1;
SAVEPOINT batch;
\set VERBOSITY default
SELECT campaign.stop(:walk);
ROLLBACK TO batch;
SELECT campaign.stop(:walk, finish => false);
SELECT status, code, count(*) FROM pg_temp.stand GROUP BY 1, 2 ORDER BY 1;
ROLLBACK TO batch;
SELECT campaign.continue_batch(:walk) AS went_on;
SELECT campaign.continue_batch(:walk) AS went_on;
SELECT result FROM campaign.enroll(:walk, pg_temp.of('p5'));
SELECT campaign.run_until('2026-01-10 09:00+00') > 0 AS moved;
-- their delays count from there
SELECT * FROM pg_temp.sent ORDER BY 1;
SELECT kind, detail FROM campaign.event WHERE kind IN ('launched', 'batch_continued') ORDER BY id;
SELECT campaign.stop(:walk);
ROLLBACK TO draft;
-- both, and filled by those who come later; one who does not get past the entry takes no place
SELECT campaign.launch(:walk, start_at => '2026-01-06 09:00+00', first_batch => 3);
SELECT result FROM campaign.enroll(:walk, pg_temp.of('p3', 'p4'));
SELECT campaign.continue_batch(:walk) AS went_on;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT campaign.run_until('2026-01-06 10:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand ORDER BY 1;
ROLLBACK TO draft;
SELECT campaign.launch(:walk, first_batch => 3);
INSERT INTO campaign.relation (workspace_id, prospect_id, account_id, state, since)
    SELECT campaign.current_workspace(), campaign.prospect_id('p3'), :account, 'connected', campaign.clock();
SELECT prospect.external_id, result FROM campaign.enroll(:walk, pg_temp.of('p3', 'p4', 'p5')) JOIN campaign.prospect ON prospect.id = prospect_id ORDER BY 1;
SELECT external_id, status, substatus FROM pg_temp.stand ORDER BY 1;
-- continued while it is paused, they begin when it goes on
SELECT campaign.pause(:walk);
SELECT campaign.continue_batch(:walk) AS went_on;
SELECT campaign.tick() AS moved;
SELECT campaign.resume(:walk);
SELECT campaign.tick() > 0 AS moved;
SELECT external_id, status, substatus FROM pg_temp.stand ORDER BY 1;
ROLLBACK TO draft;
SELECT campaign.launch(:walk, first_batch => 0);
ROLLBACK TO draft;
SELECT campaign.launch(:walk, start_at => 'infinity');
ROLLBACK TO draft;
\set VERBOSITY terse
SELECT campaign.continue_batch(:walk);
ROLLBACK TO draft;

-- ---- a copy -------------------------------------------------------------------------------------------------------

SELECT campaign.alter_campaign(:walk, program => 'Spring', description => 'All of them', settings => '{"time_zone": "Europe/Paris", "goal": "clicked"}');
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:walk, 3, '08:00', '10:00');
SELECT campaign.launch(:walk);
SELECT campaign.archive(:walk);
SELECT campaign.copy_campaign(:walk, 'Walk again') AS again \gset
SELECT n.state, n.program, n.description, n.owner_id = o.owner_id AS owner, n.definition = o.definition AS steps, n.settings, n.time_zone, n.revision, n.launched_at
    FROM campaign.campaign n, campaign.campaign o WHERE n.id = :again AND o.id = :walk;
SELECT (SELECT array_agg(account_id = :account) FROM campaign.campaign_account WHERE campaign_id = :again) AS accounts,
    (SELECT array_agg((weekday, starts, ends)) FROM campaign.slot WHERE campaign_id = :again) AS slots,
    (SELECT array_agg(kind ORDER BY bit) FROM campaign.campaign_fact WHERE campaign_id = :again) AS facts,
    (SELECT count(*) FROM campaign.prospect_status WHERE campaign_id = :again) AS runs;
SELECT position, step, kind FROM campaign.steps WHERE campaign_id = :again ORDER BY 1;
SELECT detail = jsonb_build_object('copy_of', :walk::bigint) AS noted FROM campaign.event WHERE campaign_id = :again AND kind = 'created';
SELECT campaign.launch(:again);
SAVEPOINT copied;
SELECT campaign.copy_campaign(:walk, ' ');
ROLLBACK TO copied;

-- ---- archived is final (S2.34) --------------------------------------------------------------------------------------

-- everything public that takes a campaign, called with all defaults, as far as it can be
CREATE FUNCTION pg_temp.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
CREATE FUNCTION pg_temp.argument(name text, type oid, campaign bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN name = 'campaign' THEN campaign::text WHEN name = 'prospects' THEN quote_literal(pg_temp.of('p1')) || '::bigint[]'
        WHEN type = 'bigint'::regtype THEN campaign.prospect_id('p1')::text WHEN type = 'boolean'::regtype THEN 'true'
        WHEN type = 'jsonb'::regtype THEN quote_literal('{}') ELSE 'NULL' END || '::' || type::regtype
$$;
SELECT array_agg(DISTINCT p.proname ORDER BY p.proname) @> '{alter_campaign,archive,continue_batch,enroll,launch,pause,pause_prospects,remove_prospects,requeue_prospects,resume,resume_prospects,stop}'::name[] AS tried,
    bool_or(t.result = '55000') AS refused
FROM pg_proc p
JOIN campaign.level_right r ON r.kind = 'routine' AND r.name = p.proname AND r.level IN ('operator', 'admin')
CROSS JOIN LATERAL (
    SELECT pg_temp.attempt(format('SELECT campaign.%I(%s)', p.proname, (
        SELECT string_agg(pg_temp.argument(a.name, a.type, :walk), ', ' ORDER BY a.n)
        FROM unnest(p.proargnames[:p.pronargs], p.proargtypes::oid[]) WITH ORDINALITY AS a(name, type, n)))) AS result
) t
WHERE p.pronamespace = 'campaign'::regnamespace AND 'campaign' = ANY (p.proargnames) AND p.prokind = 'f';
SELECT state, active, (SELECT count(*) FROM campaign.queue q WHERE q.campaign_id = o.campaign_id) AS queued FROM campaign.overview o WHERE campaign_id = :walk;
-- those that change its state say so
SELECT f, pg_temp.attempt(format('SELECT campaign.%s(%s)', f, :walk)) FROM unnest('{launch,pause,resume,stop,archive,continue_batch}'::text[]) f;
-- its prospects are free for another campaign, and its history stays
SELECT result FROM campaign.enroll(:again, pg_temp.of('p1', 'p2'));
SELECT count(*) FROM campaign.event WHERE campaign_id = :walk AND kind = 'ended';
ROLLBACK;
