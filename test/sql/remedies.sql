-- Each remedy that the health of a campaign names is a call that can be run as it stands, does no more than a careful owner
-- would, and clears its cause (S1.13, S1.14, S1.18, S1.24 to S1.29). The causes of accounts and settings are in health.sql, that
-- of workers in the tests of workers.
\set SHOW_CONTEXT never
\pset format unaligned
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (661, 'remedies');
SET LOCAL campaign.workspace = 'remedies';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (661, 661, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (661, 'Anna');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (661, 661, 661, 'anna');
INSERT INTO campaign.prospect (id, external_id, country) SELECT 66100 + n, 'p' || n, CASE WHEN n <= 60 THEN 'FR' ELSE 'DE' END FROM generate_series(1, 100) n;
INSERT INTO campaign.action_kind (name, channel_class, intention, credits) VALUES ('deep_search', 'enrichment', 'to search', 3);
SELECT campaign.create_sequence('Visit', '[{"visit": {}}, {"delay": "90 days"}]') > 0 AND campaign.create_sequence('Invite', '[{"invite": {}}, {"delay": "90 days"}]') > 0
    AND campaign.create_sequence('Find', '[{"find_email": {}}, {"delay": "90 days"}]') > 0 AND campaign.create_sequence('Search', '[{"action": "deep_search"}, {"delay": "90 days"}]') > 0 AS created;
CREATE FUNCTION pg_temp.make(name text, sequence text, settings jsonb, audience bigint DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
    SELECT campaign.create_campaign($1, $2, 661, '{661}', audience => $4, settings => '{"exclusivity": "none"}' || $3)
$$;
CREATE FUNCTION pg_temp.health(c bigint) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', h.health, (SELECT string_agg((d ->> 'code') || '/' || (d ->> 'severity'), ', ') FROM jsonb_array_elements(h.details) d))
    FROM campaign.health h WHERE h.campaign_id = $1
$$;
CREATE FUNCTION pg_temp.enrolled(c bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM campaign.enrollment e WHERE e.campaign_id = $1 $$;
-- runs the remedy of a cause as it is written, and says what was so before and is after
CREATE FUNCTION pg_temp.mend(c bigint, code text) RETURNS TABLE (before text, remedy text, enrolls bigint, after text) LANGUAGE plpgsql AS $$
DECLARE
    inside bigint := pg_temp.enrolled(c);
BEGIN
    before := pg_temp.health(c);
    SELECT d ->> 'remedy' INTO STRICT remedy FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = c AND d ->> 'code' = $2;
    EXECUTE remedy;
    enrolls := pg_temp.enrolled(c) - inside;
    after := pg_temp.health(c);
    remedy := regexp_replace(remedy, '\m[1-9]\d{3}\M', 'ID', 'g');
    RETURN NEXT;
END
$$;

-- ---- what the network does ---------------------------------------------------------------------------------------

SELECT pg_temp.make('Visits', 'Visit', '{}') AS c \gset
SELECT count(*) FROM campaign.enroll(:c, '{66101}');
SELECT campaign.launch(:c);
SELECT campaign.run_until('2026-03-02 08:00+00') > 0 AS ran;
-- two attempts may be chance
INSERT INTO campaign.channel_fault (workspace_id, channel_id, since, last_at, failures, detail) VALUES (661, 661, campaign.clock(), campaign.clock(), 2, 'connect: refused');
SELECT pg_temp.health(:c);
UPDATE campaign.channel_fault SET failures = 3 WHERE workspace_id = 661;
SELECT d ->> 'message' AS message FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = :c;
SELECT * FROM pg_temp.mend(:c, 'channel_unreachable');
-- a channel of which each account has a secret of its own
UPDATE campaign.channel SET secret = 'login:{address}' WHERE id = 661;
SELECT d ->> 'message' AS message FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = :c;
SELECT * FROM pg_temp.mend(:c, 'secret_missing');

-- ---- an account for each class ------------------------------------------------------------------------------------

UPDATE campaign.channel SET options = '{"classes": ["email"]}' WHERE id = 661;
-- no channel serves it: first a channel, then an account there
SELECT m.before, m.remedy, m.after FROM pg_temp.mend(:c, 'account_missing') m;
SELECT m.before, m.remedy, m.after FROM pg_temp.mend(:c, 'account_missing') m;
-- an account serves it that is not the campaign's
SELECT campaign.alter_campaign(:c, accounts => '{661}');
SELECT m.before, m.remedy, m.after FROM pg_temp.mend(:c, 'account_missing') m;
UPDATE campaign.channel SET options = '{}' WHERE id = 661;

-- ---- actions that wait for a decision -------------------------------------------------------------------------------

INSERT INTO campaign.plan (name, channel_classes, included_credits) VALUES ('small', '{linkedin,enrichment}', 2);
INSERT INTO campaign.workspace_setting (workspace_id, plan) VALUES (661, 'small');
SELECT pg_temp.make('Finds', 'Find', '{}') AS f, pg_temp.make('Searches', 'Search', '{}') AS s \gset
SELECT count(*) FROM campaign.enroll(:f, '{66101,66102,66103,66104}') UNION ALL SELECT count(*) FROM campaign.enroll(:s, '{66101,66102}');
SELECT campaign.launch(:f), campaign.launch(:s);
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS ran;
SELECT * FROM pg_temp.mend(:f, 'no_credit');
SELECT campaign.run_until('2026-03-02 09:10+00') > 0 AS ran;
-- it says what they cost, which need not be one each
SELECT * FROM pg_temp.mend(:s, 'no_credit');
SELECT campaign.run_until('2026-03-02 09:20+00') > 0 AS ran;
SELECT pg_temp.health(:f), pg_temp.health(:s), count(*) AS found FROM campaign.outbox o WHERE o.workspace_id = 661 AND o.action_kind IN ('find_email', 'deep_search');
UPDATE campaign.workspace_setting SET plan = NULL WHERE workspace_id = 661;
-- nobody knows whether it was sent: the remedy does not send again
CREATE FUNCTION pg_temp.held(c bigint, who bigint, reason text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM campaign.enroll(c, ARRAY[who]), campaign.tick();
    UPDATE campaign.enrollment e SET halt = 1, step = 0, due_at = NULL, parked_due_at = NULL,
        action_id = (SELECT a.id FROM campaign.action a WHERE a.enrollment_id = e.id) WHERE e.campaign_id = c AND e.prospect_id = who;
    UPDATE campaign.action a SET state = 'held', reason = $3, executed_at = NULL, finished_at = NULL WHERE a.campaign_id = c AND a.prospect_id = who;
END
$$;
SELECT pg_temp.held(:c, 66102, 'unknown_outcome');
SELECT count(*) AS before FROM campaign.outbox o WHERE o.prospect_id = 66102 AND o.action_kind = 'visit';
SELECT * FROM pg_temp.mend(:c, 'unknown_outcome');
SELECT campaign.run_until('2026-03-02 09:30+00') > 0 AS ran;
SELECT count(*) AS after FROM campaign.outbox o WHERE o.prospect_id = 66102 AND o.action_kind = 'visit';
SELECT s.substatus FROM campaign.prospect_status s WHERE s.campaign_id = :c AND s.prospect_id = 66102;
SAVEPOINT quarantined;
SELECT pg_temp.held(:c, 66103, 'quarantined');
SELECT * FROM pg_temp.mend(:c, 'quarantined');
ROLLBACK TO quarantined;

-- ---- the source (S1.18, S1.24) -----------------------------------------------------------------------------------------

-- nobody is left; the remedy takes a few more, and not all hundred who might come
SELECT campaign.archive(:f), campaign.archive(:s);
SELECT campaign.remove_prospects(:c, ARRAY(SELECT p.id FROM campaign.prospect p));
SELECT campaign.run_until('2026-03-02 09:40+00') >= 0 AS ran;
SELECT * FROM pg_temp.mend(:c, 'finder_empty');
-- by slots, of an audience, of which the first six each day are taken: one day it has three left
SELECT campaign.create_audience('French', '[{"name": "country", "where": "$.prospect.country == \"FR\""}]') AS french \gset
SELECT campaign.alter_audience(:french, every => '6 hours');
SELECT pg_temp.make('Cohorts', 'Invite', '{"cohort_size": 3, "approval": "none"}', :french) AS d \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :d, w, t.starts, t.ends FROM generate_series(1, 7) w, (VALUES ('09:00'::time, '10:00'::time), ('14:00', '15:00')) t (starts, ends);
SELECT campaign.launch(:d);
SELECT campaign.run_until('2026-03-12 13:00+00') > 0 AS ran;
SELECT pg_temp.health(:d), t.expected, t.planned, t.source_nearly_empty FROM campaign.today t WHERE t.campaign_id = :d;
SELECT campaign.run_until('2026-03-13 09:30+00') > 0 AS ran;
-- and none the day after
SELECT pg_temp.health(:d), t.expected, t.planned, t.source_nearly_empty FROM campaign.today t WHERE t.campaign_id = :d;
SAVEPOINT empty;
SELECT * FROM pg_temp.mend(:d, 'finder_empty');
ROLLBACK TO empty;
SELECT * FROM pg_temp.mend(:d, 'source_nearly_empty');
-- the second slot of the day finds three of them, the next day the others
SELECT campaign.run_until('2026-03-13 16:00+00') > 0 AS ran;
SELECT pg_temp.health(:d), o.day, o.starts_at, o.planned FROM campaign.slot_occurrences o WHERE o.campaign_id = :d ORDER BY o.starts_at DESC LIMIT 2;
SELECT pg_temp.health(:d);
-- where a slot took few because of the cap, it is not the source
SELECT campaign.archive(:d);
SELECT pg_temp.make('Capped', 'Invite', '{"cohort_size": 10, "approval": "none", "active_cap": 4}') AS e \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :e, w, '09:00', '10:00' FROM generate_series(1, 7) w;
SELECT count(*) FROM campaign.enroll(:e, ARRAY(SELECT p.id FROM campaign.prospect p ORDER BY p.id LIMIT 30));
SELECT campaign.launch(:e);
SELECT campaign.run_until('2026-03-14 09:30+00') > 0 AS ran;
SELECT pg_temp.health(:e), t.expected, t.planned, t.source_nearly_empty FROM campaign.today t WHERE t.campaign_id = :e;
SELECT campaign.archive(:e);
-- an audience that cannot be read: looked at again once it is put right, and nobody is enrolled by that
CREATE TABLE remedy_source AS SELECT 'r' || n AS external_id FROM generate_series(1, 40) n;
SELECT campaign.create_audience('Table', source => 'remedy_source') AS "table" \gset
SELECT pg_temp.make('Fed', 'Invite', '{"cohort_size": 3, "approval": "none"}', :table) AS g \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :g, w, '09:00', '10:00' FROM generate_series(1, 7) w;
SELECT campaign.launch(:g);
SELECT campaign.run_until('2026-03-14 09:40+00') >= 0 AS ran;
ALTER TABLE remedy_source RENAME COLUMN external_id TO id;
SELECT campaign.run_until('2026-03-14 12:00+00') >= 0 AS ran;
SELECT pg_temp.health(:g);
ALTER TABLE remedy_source RENAME COLUMN id TO external_id;
SELECT m.before, m.remedy, m.enrolls FROM pg_temp.mend(:g, 'source_column_missing') m;
SELECT campaign.tick() >= 0 AS looked;
SELECT pg_temp.health(:g), pg_temp.enrolled(:g);
SELECT campaign.archive(:g);

-- ---- S3.9: how much of its audience is inside (D10) --------------------------------------------------------------------

SELECT pg_temp.make('Audience', 'Visit', '{"include_previously_treated": true}', :french) AS h \gset
SELECT campaign.launch(:h);
SELECT campaign.run_until('2026-03-14 13:00+00') > 0 AS ran;
-- 25 of the 60 are in another campaign
SELECT o.in_campaign_pct, pg_temp.health(:h) FROM campaign.overview o WHERE o.campaign_id = :h;
SELECT * FROM pg_temp.mend(:h, 'in_campaign_low');
-- it clears the alert as well, though that is over only a hundredth above what is expected
SELECT campaign.tick() >= 0 AS ticked;
SELECT a.code, a.closed_at FROM campaign.alerts a WHERE a.campaign_id = :h;
-- also where nobody at all is inside
UPDATE campaign.audience_reach SET active = 0 WHERE campaign_id = :h;
SELECT campaign.tick() >= 0 AS ticked;
SELECT * FROM pg_temp.mend(:h, 'in_campaign_low');
SELECT campaign.archive(:c), campaign.archive(:h);
SELECT campaign.tick() >= 0 AS ticked;
-- all those alerts were raised once and are closed
SELECT a.code, count(*), count(a.closed_at) AS closed FROM campaign.alert a WHERE a.workspace_id = 661 GROUP BY 1 ORDER BY 1;
ROLLBACK;
