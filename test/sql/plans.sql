-- What a plan includes (S2.49), and the end of a trial (S2.48).
\set SHOW_CONTEXT never
\pset format unaligned
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (681, 'tenant'), (682, 'other');
SET LOCAL campaign.workspace = 'tenant';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.channel (name, transport) VALUES ('box', 'outbox') RETURNING id AS channel \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'anna@example.com') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || i, 'p' || i || '@example.com' FROM generate_series(1, 9) i;
CREATE FUNCTION pg_temp.of(VARIADIC names text[]) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(p.id ORDER BY p.id) FROM campaign.prospect p WHERE p.external_id = ANY (names)
$$;
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
    RETURN NEXT detail;
    RETURN NEXT hint;
END
$$;
CREATE VIEW pg_temp.states AS SELECT campaign, state, paused_by, pause_reason, in_queue FROM campaign.overview;
SELECT name, channel_classes FROM campaign.plan WHERE name IN ('trial', 'freemium', 'advanced', 'business') ORDER BY 1;
SELECT campaign.create_sequence('linked', '[{"visit": {}}, {"delay": "5 days"}, {"follow": {}}]') > 0 AS made;
SELECT campaign.create_sequence('mixed', '[{"visit": {}}, {"delay": "5 days"}, {"find_email": {}}, {"email": {"subject": "S", "body": "B"}}]') > 0 AS made;
SELECT campaign.create_campaign('Linked', 'linked', :member, ARRAY[:account]::bigint[]) AS linked \gset
SELECT campaign.create_campaign('Mixed', 'mixed', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS mixed \gset
SELECT campaign.create_campaign('By hand', 'linked', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS by_hand \gset

-- ---- what a plan lacks is refused at the launch ----------------------------------------------------------------

-- without a plan there is no restriction
SAVEPOINT none;
SELECT campaign.launch(:mixed);
ROLLBACK TO none;
SELECT campaign.choose_plan('advanced');
SELECT campaign.launch(:linked);
SELECT pg_temp.refusal(format('SELECT campaign.launch(%s)', :mixed));
-- a live one is not edited beyond it
SELECT pg_temp.refusal(format('SELECT campaign.edit_steps(%s, %L)', :linked, '[{"email": {"subject": "S", "body": "B"}}]'));
SELECT campaign.choose_plan('business');
SELECT campaign.launch(:mixed);
SELECT pg_temp.refusal('SELECT campaign.choose_plan(''trial'')');
SELECT pg_temp.refusal('SELECT campaign.choose_plan(''gold'')');
SELECT plan FROM campaign.workspace_setting WHERE workspace_id = 681;
SELECT kind, detail FROM campaign.event WHERE workspace_id = 681 AND kind = 'plan_chosen' ORDER BY id;
-- a plan that includes less pauses what it lacks, and one that includes it lets that go on
SELECT count(*) AS enrolled FROM campaign.enroll(:mixed, pg_temp.of('p1'));
SELECT campaign.run_until('2026-01-05 10:00+00') > 0 AS moved;
SELECT campaign.choose_plan('freemium') AS went_on;
SELECT * FROM pg_temp.states ORDER BY 1;
SELECT pg_temp.refusal(format('SELECT campaign.resume(%s)', :mixed));
SELECT reason, detail FROM campaign.explain(:mixed, campaign.prospect_id('p1'));
SELECT campaign.choose_plan('business') AS went_on;
SELECT * FROM pg_temp.states ORDER BY 1;
ROLLBACK TO none;

-- ---- a trial gives all of business, and ends ----------------------------------------------------------------------

INSERT INTO campaign.workspace_setting (workspace_id, plan, trial_ends_at) VALUES (681, 'trial', '2026-01-19 00:00+00');
SELECT campaign.launch(:linked), campaign.launch(:mixed), campaign.launch(:by_hand);
SELECT campaign.run_until('2026-01-14 00:00+00') >= 0 AS lived;
SELECT count(*) AS enrolled FROM campaign.enroll(:linked, pg_temp.of('p1', 'p2'));
SELECT campaign.run_until('2026-01-15 09:00+00') > 0 AS moved;
SELECT count(*) AS enrolled FROM campaign.enroll(:mixed, pg_temp.of('p1', 'p3'));
SELECT campaign.pause(:by_hand);
-- a queued action at the end, and one that is due at that very instant
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'visit', 'day', 0) RETURNING id AS quota \gset
SELECT campaign.run_until('2026-01-15 10:00+00') > 0 AS moved;
SELECT count(*) AS due FROM campaign.enrollment WHERE campaign_id = :linked AND due_at = '2026-01-19 00:00+00';
SELECT count(*) AS sent FROM campaign.outbox WHERE workspace_id = 681;
SELECT * FROM pg_temp.states ORDER BY 1;
SELECT campaign.run_until('2026-01-18 23:59+00') >= 0 AS lived;
SELECT state, count(*) FROM campaign.overview GROUP BY 1 ORDER BY 1;
SELECT campaign.run_until('2026-01-25 09:00+00') > 0 AS moved;
-- paused by the system, at that instant, with nobody named; the one that a person had paused is his
SELECT * FROM pg_temp.states ORDER BY 1;
SELECT c.name, e.at, e.actor, e.detail FROM campaign.event e JOIN campaign.campaign c ON c.id = e.campaign_id
    WHERE e.kind = 'paused' AND e.workspace_id = 681 AND e.actor IS NULL ORDER BY 1;
SELECT count(*) AS sent FROM campaign.outbox WHERE workspace_id = 681 AND at >= '2026-01-19 00:00+00';
SELECT reason, detail FROM campaign.explain(:mixed, campaign.prospect_id('p3')) LIMIT 1;
-- it costs nothing more
SELECT campaign.tick() AS moved, (SELECT count(*) FROM campaign.trial) AS trials;
-- until a plan is chosen nothing goes on, nor begins
SELECT pg_temp.refusal(format('SELECT campaign.resume(%s)', :linked));
SELECT pg_temp.refusal(format('SELECT campaign.resume(%s)', :by_hand));
SELECT campaign.copy_campaign(:linked, 'New') AS new \gset
SELECT pg_temp.refusal(format('SELECT campaign.launch(%s)', :new));
SAVEPOINT over;
-- what it includes goes on by itself, the rest waits for a plan that includes it, and what a person paused for him
UPDATE campaign.quota SET max_actions = 100 WHERE id = :quota;
SELECT campaign.choose_plan('advanced') AS went_on;
SELECT * FROM pg_temp.states ORDER BY 1;
SELECT campaign.run_until('2026-01-25 10:00+00') > 0 AS moved;
SELECT count(*) AS sent FROM campaign.outbox WHERE workspace_id = 681 AND at >= '2026-01-19 00:00+00';
SELECT campaign.resume(:by_hand);
SELECT campaign.choose_plan('business') AS went_on;
SELECT * FROM pg_temp.states ORDER BY 1;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK TO over;
-- the owner of the extension may set it by hand: then each is resumed by hand
UPDATE campaign.workspace_setting SET plan = 'business' WHERE workspace_id = 681;
SELECT campaign.tick() AS moved;
SELECT campaign.resume(:mixed);
SELECT * FROM pg_temp.states ORDER BY 1;
ROLLBACK TO over;
-- or give more time
UPDATE campaign.workspace_setting SET trial_ends_at = '2026-03-01' WHERE workspace_id = 681;
SELECT campaign.resume(:mixed);
SELECT campaign.run_until('2026-03-01 00:00+00') > 0 AS moved;
SELECT * FROM pg_temp.states ORDER BY 1;
ROLLBACK TO over;
-- stopped or archived, it is nobody's pause any more
SELECT campaign.stop(:linked, false), campaign.archive(:mixed);
SELECT * FROM pg_temp.states ORDER BY 1;

-- ---- whose trial it is -----------------------------------------------------------------------------------------------

SELECT workspace_id, ends_at FROM campaign.trial ORDER BY 1;
UPDATE campaign.workspace SET plan = 'trial', trial_ends_at = '2026-06-01' WHERE id = 682;
SELECT workspace_id, ends_at FROM campaign.trial ORDER BY 1;
INSERT INTO campaign.workspace_setting (workspace_id, plan) VALUES (682, 'business');
SELECT workspace_id, ends_at FROM campaign.trial ORDER BY 1;
DELETE FROM campaign.workspace_setting WHERE workspace_id = 682;
SELECT workspace_id, ends_at FROM campaign.trial ORDER BY 1;
-- level admin
SET LOCAL campaign.workspace = 'other';
CREATE ROLE plans_operator;
SELECT campaign.grant_access('plans_operator', 'other', 'operator');
SET LOCAL ROLE plans_operator;
\set VERBOSITY terse
SELECT campaign.choose_plan('business');
ROLLBACK;
