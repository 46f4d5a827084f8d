-- The present day of a campaign: its progress, exactly (S1.16), what the source gives beside what was expected (S1.17,
-- S1.18, D3), the buckets (S1.19) and the hints that they give (S1.20); campaigns by program and name (S1.23).
\set SHOW_CONTEXT never
\pset format unaligned
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-01 12:00:00+00';
INSERT INTO campaign.workspace (id, name, max_cohort_size) VALUES (691, 'today', 1000);
SET LOCAL campaign.workspace = 'today';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (691, 691, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (691, 'Anna');
-- one invitation in five minutes
INSERT INTO campaign.account (id, member_id, channel_id, address, pace, pace_jitter) VALUES (691, 691, 691, 'slow', '5 minutes', '0'), (692, 691, 691, 'fast', NULL, NULL);
INSERT INTO campaign.prospect (id, external_id) SELECT 69100 + n, 'p' || n FROM generate_series(1, 1200) n;
SELECT campaign.create_sequence('Invite', '[{"visit": {}}, {"invite": {}, "if": "not $.prospect.closed == true"}]') > 0 AS created;
CREATE FUNCTION pg_temp.make(name text, account bigint, settings jsonb, first int, n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    c bigint := campaign.create_campaign(name, 'Invite', 691, ARRAY[account], program => 'Spring', settings => '{"exclusivity": "none", "approval": "none"}' || settings);
BEGIN
    INSERT INTO campaign.slot (campaign_id, weekday, starts, ends)
    SELECT c, d, t.starts, t.ends FROM generate_series(1, 7) d, (VALUES ('09:00'::time, '11:00'::time), ('14:00', '16:00')) t (starts, ends);
    PERFORM campaign.enroll(c, ARRAY(SELECT p.id FROM campaign.prospect p ORDER BY p.id OFFSET first - 1 LIMIT n));
    PERFORM campaign.launch(c);
    RETURN c;
END
$$;
CREATE TEMPORARY VIEW day AS
    SELECT t.campaign, t.day, t.planned, t.expected, t.sent, t.condition_false AS false, t.already_invited AS invited, t.progress_pct AS pct, t.source_nearly_empty AS nearly_empty,
        t.sent + t.blocked_by_owner + t.duplicate + t.error + t.condition_false + t.already_invited <= t.planned AS adds_up
    FROM campaign.today t;
SELECT pg_temp.make('Slow', 691, '{"cohort_size": 4}', 1, 8) AS slow \gset
-- on day 0, and on day 1 before the first slot: no percentage; at its start 0; then what was sent of what is to be sent
SELECT * FROM day;
SELECT campaign.run_until('2026-03-02 08:59:59+00') >= 0 AS ran;
SELECT * FROM day;
SELECT campaign.run_until('2026-03-02 09:00+00') >= 0 AS ran;
SELECT * FROM day;
-- in the transaction that sends, as many as have left
SELECT campaign.run_until('2026-03-02 09:31+00') >= 0 AS ran;
SELECT d.*, (SELECT count(*) FROM campaign.outbox o WHERE o.action_kind = 'invite') AS left FROM day d;
SELECT o.sent_today, o.planned_today, o.progress_pct FROM campaign.overview o WHERE o.campaign_id = :slow;
-- one whose condition does not hold when it would be sent, one who was invited by hand
UPDATE campaign.prospect SET attributes = '{"closed": true}' WHERE id = 69106;
SELECT campaign.record_event('invited', 69107, account => 691);
SELECT campaign.run_until('2026-03-02 23:59+00') >= 0 AS ran;
SELECT * FROM day;
-- the next day has nobody left: that it is empty is told, and what can be done
SELECT campaign.run_until('2026-03-03 09:00+00') >= 0 AS ran;
SELECT * FROM day;
SELECT d ->> 'code' AS code, d ->> 'severity' AS severity, d ->> 'since' AS since, d ->> 'message' AS message FROM campaign.health h, jsonb_array_elements(h.details) d;

-- 90 % of what is expected is enough, 89.9 % is not; slots that are still to begin count as far as somebody waits
SELECT campaign.archive(:slow);
SELECT pg_temp.make('Enough', 692, '{"cohort_size": 500}', 101, 900) AS enough, pg_temp.make('Short', 692, '{"cohort_size": 500}', 101, 899) AS short \gset
SELECT campaign.run_until('2026-03-04 08:00+00') >= 0 AS ran;
SELECT t.campaign, t.expected, t.progress_pct, t.source_nearly_empty FROM campaign.today t ORDER BY 1;
SELECT campaign.run_until('2026-03-04 09:10+00') >= 0 AS ran;
SELECT t.campaign, t.planned, t.expected, t.sent, t.progress_pct, t.source_nearly_empty FROM campaign.today t ORDER BY 1;
SELECT campaign.run_until('2026-03-04 14:10+00') >= 0 AS ran;
SELECT t.campaign, t.planned, t.expected, t.sent, t.progress_pct, t.source_nearly_empty FROM campaign.today t ORDER BY 1;

-- S1.20: a bucket with more than a fifth of the day gives a hint, which is neither a warning nor an alert; the share is a setting
CREATE FUNCTION pg_temp.hints(c bigint) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', h.health, (SELECT string_agg(d ->> 'code', ' ') FROM jsonb_array_elements(h.details) d WHERE d ->> 'severity' = 'hint')) FROM campaign.health h WHERE h.campaign_id = $1
$$;
INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n) VALUES (691, :enough, 1, '2026-03-04', 'blocked_by_owner', 225);
SELECT pg_temp.hints(:enough);
INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n) VALUES (691, :enough, 1, '2026-03-04', 'blocked_by_owner', 1);
SELECT pg_temp.hints(:enough);
INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n) VALUES (691, :enough, 0, '2026-03-04', 'duplicate', 900);
SELECT pg_temp.hints(:enough);
INSERT INTO campaign.workspace_setting (workspace_id, hint_share) VALUES (691, 0.5);
SELECT pg_temp.hints(:enough);
SELECT campaign.alter_campaign(:enough, settings => '{"hint_share": 0.1}');
SELECT pg_temp.hints(:enough);

-- S1.23: by program and name, and each program in all
SELECT p.program, p.campaign, p.campaigns, p.enrolled, p.sent, p.accepted, p.ratio, p.ratio_indicator FROM campaign.program_overview p ORDER BY 1, 2 NULLS LAST;
ROLLBACK;
