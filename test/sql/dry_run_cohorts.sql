-- A campaign with cohorts lived through beforehand: slots let in so many newcomers, first contacts wait for the
-- owner, who is taken to approve some, block some and overlook others (B3, S1.4, S1.5, S1.7, S1.8). What is said where
-- nothing could be written is what a run under virtual time then does. All in one transaction that is rolled back.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-03-20 07:00+00';
\set ON_ERROR_ROLLBACK on
VACUUM FULL campaign.enrollment;
VACUUM FULL campaign.action;
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (694, 'cohorts');
SET campaign.workspace = 'cohorts';
ALTER SEQUENCE campaign.campaign_id_seq RESTART 694000;
CREATE TEMPORARY TABLE list (who text, at timestamptz, prospect_id bigint, step text, action text, content jsonb);
CREATE TEMPORARY TABLE answer (at timestamptz, prospect_id bigint, what text, code text);
CREATE TEMPORARY TABLE ended (who text, at timestamptz, prospect_id bigint, code text);

CREATE FUNCTION pg_temp.rehearse(campaign bigint, horizon interval, answers jsonb) RETURNS TABLE (said bigint, approved bigint, blocked bigint, reported bigint) LANGUAGE plpgsql AS $$
DECLARE
    listed text;
    all_of_it text;
BEGIN
    BEGIN
        SET LOCAL transaction_read_only = on;
        SELECT jsonb_agg(to_jsonb(r)) INTO listed FROM campaign.dry_run(campaign, NULL, horizon, answers) r;
        SELECT jsonb_agg(to_jsonb(r)) INTO all_of_it
        FROM campaign.rehearse_campaign((SELECT c FROM campaign.campaign c WHERE c.id = campaign), NULL, campaign.clock() + horizon, answers, true) r;
        RAISE SQLSTATE 'UDONE';
    EXCEPTION WHEN SQLSTATE 'UDONE' THEN
        NULL;
    END;
    TRUNCATE list, answer, ended;
    -- what was frozen before has the key of its action already
    INSERT INTO list SELECT 'dry_run', r.at, r.prospect_id, r.step, r.action, r.content - '{action_id,key}'::text[] FROM jsonb_to_recordset(listed::jsonb) AS r(at timestamptz, prospect_id bigint, step text, action text, content jsonb);
    INSERT INTO answer SELECT r.* FROM jsonb_to_recordset(all_of_it::jsonb) AS r(at timestamptz, prospect_id bigint, what text, code text) WHERE r.what IN ('reported', 'decided');
    INSERT INTO ended SELECT 'dry_run', r.at, r.prospect_id, r.code FROM jsonb_to_recordset(all_of_it::jsonb) AS r(at timestamptz, prospect_id bigint, what text, code text) WHERE r.what = 'ended';
    RETURN QUERY SELECT (SELECT count(*) FROM list WHERE content -> 'held' IS NULL), (SELECT count(*) FROM answer a WHERE a.code = 'approved'),
        (SELECT count(*) FROM answer a WHERE a.code = 'blocked'), (SELECT count(*) FROM answer a WHERE a.what = 'reported');
END
$$;
-- In earnest: people answer and the owner decides when it was assumed, each through the function that is there for it.
CREATE FUNCTION pg_temp.live(campaign bigint, until timestamptz) RETURNS TABLE (done bigint, only_said bigint, only_done bigint, otherwise_ended bigint) LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz := campaign.clock();
    a record;
BEGIN
    FOR a IN SELECT x.at, x.what, x.code, array_agg(x.prospect_id) AS prospects FROM answer x GROUP BY 1, 2, 3 ORDER BY x.at, x.what DESC, x.code LOOP
        IF a.what = 'decided' THEN
            PERFORM campaign.run_until(a.at);
            EXECUTE format('SELECT campaign.%s(ARRAY(SELECT x.id FROM campaign.action x WHERE x.campaign_id = $1 AND x.prospect_id = ANY ($2) AND x.state = ''awaiting_approval''))',
                CASE a.code WHEN 'approved' THEN 'approve' ELSE 'block' END) USING campaign, a.prospects;
            CONTINUE;
        ELSIF a.at > campaign.clock() THEN
            PERFORM campaign.run_until(GREATEST(a.at - interval '1 microsecond', campaign.clock()));
            PERFORM set_config('campaign.now', a.at::text, false);
        END IF;
        PERFORM campaign.record_event(a.code, u.prospect) FROM unnest(a.prospects) AS u(prospect);
    END LOOP;
    PERFORM campaign.run_until(until);
    INSERT INTO list
    SELECT 'run_until', x.executed_at, x.prospect_id, s.name, x.action_kind, x.content - '{action_id,key}'::text[]
    FROM campaign.action x JOIN campaign.step s ON s.campaign_id = x.campaign_id AND s.position = x.step
    WHERE x.campaign_id = campaign AND x.executed_at >= since
    UNION ALL
    SELECT 'run_until', x.put_up_at, x.prospect_id, s.name, x.action_kind, '{"held": "awaiting_approval"}'
    FROM campaign.action x JOIN campaign.step s ON s.campaign_id = x.campaign_id AND s.position = x.step
    WHERE x.campaign_id = campaign AND x.state = 'awaiting_approval';
    INSERT INTO ended SELECT 'run_until', e.ended_at, e.prospect_id, e.end_kind || ' ' || e.code FROM campaign.enrollment e WHERE e.campaign_id = campaign AND e.ended_at >= since;
    RETURN QUERY SELECT (SELECT count(*) FROM list l WHERE l.who = 'run_until' AND l.content -> 'held' IS NULL),
        (SELECT count(*) FROM (SELECT l.at, l.prospect_id, l.step, l.action, l.content FROM list l WHERE l.who = 'dry_run'
            EXCEPT ALL SELECT l.at, l.prospect_id, l.step, l.action, l.content FROM list l WHERE l.who = 'run_until') d),
        (SELECT count(*) FROM (SELECT l.at, l.prospect_id, l.step, l.action, l.content FROM list l WHERE l.who = 'run_until'
            EXCEPT ALL SELECT l.at, l.prospect_id, l.step, l.action, l.content FROM list l WHERE l.who = 'dry_run') d),
        (SELECT count(*) FROM (SELECT e.at, e.prospect_id, e.code FROM ended e GROUP BY 1, 2, 3 HAVING count(*) <> 2) d);
END
$$;
CREATE FUNCTION pg_temp.make(name text, steps text, settings jsonb, program text DEFAULT NULL, audience bigint DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM campaign.create_sequence(name, steps::jsonb);
    made := campaign.create_campaign(name, name, 694, '{694}', description => name, program => program, audience => audience,
        settings => '{"time_zone": "Europe/Paris", "exclusivity": "none", "cohort_size": 3}' || settings);
    INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT made, d, '09:00', '11:00' FROM generate_series(1, 5) d;
    INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT made, d, '14:00', '15:00' FROM generate_series(2, 4) d;
    RETURN made;
END
$$;
INSERT INTO campaign.channel (workspace_id, id, name, transport, options) VALUES (694, 694, 'box', 'outbox', '{}');
INSERT INTO campaign.member (id, name) VALUES (694, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (694, 694, 694, 'ann');
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', 694, 'invite', 'day', 4);
INSERT INTO campaign.prospect (id, external_id, email, first_name, attributes)
SELECT 69400 + i, 'p' || i, 'p' || i || '@example.com', 'F' || i, jsonb_build_object('tier', i % 3) FROM generate_series(1, 40) i;
\set invite '[{"invite": {"note": "Hi {{first_name}}"}, "name": "invitation"}, {"wait": {"until": "connected", "within": "6 days", "else": "failure"}}, {"message": {"body": "Thanks, {{first_name}}"}}, {"delay": "2 days"}, {"message": {"body": "Again"}}]'

-- ---- by default the owner approves at once; over the weekend on which the clocks are changed --------------------------

SELECT pg_temp.make('Default', :'invite', '{}') AS c \gset
SELECT count(*) FROM campaign.enroll(:c, ARRAY(SELECT id FROM campaign.prospect WHERE workspace_id = 694 AND id <= 69410));
-- S1.3: nothing on day 0; S1.4, S1.5: put up at the first slot, sent in that of the next day
SELECT at, prospect_id, step, content #>> '{content,note}' AS note FROM campaign.dry_run(:c, horizon => '6 days') ORDER BY at, prospect_id;
SELECT * FROM pg_temp.rehearse(:c, '20 days', '{"accepted": {"rate": 0.5, "after": "30 hours"}}');
SELECT campaign.launch(:c);
SELECT * FROM pg_temp.live(:c, '2026-04-09 07:00+00');

-- ---- some approved, some blocked, some overlooked; a quota, a cap; by shares and by hand ---------------------------------

SET campaign.now = '2026-04-09 07:00+00';
SELECT pg_temp.make('Shares', :'invite', '{"active_cap": 12, "cohort_size": 5}') AS c \gset
SELECT count(*) FROM campaign.enroll(:c, ARRAY(SELECT id FROM campaign.prospect WHERE workspace_id = 694 AND id > 69410));
\set answers '{"approved": {"rate": 0.6, "after": "90 minutes"}, "blocked": {"rate": 0.2, "after": "26 hours"}, "accepted": {"rate": 0.5, "after": "20 hours"}, "replied": 0.3, "script": [{"prospect": "p11", "kind": "blocked", "after": "3 hours", "step": "invitation"}, {"prospect": "p12", "kind": "approved", "after": "3 days", "step": "invitation"}, {"prospect": "p13", "kind": "approved", "at": "2026-04-14 12:00+00"}]}'
SELECT * FROM pg_temp.rehearse(:c, '30 days', :'answers');
CREATE TEMPORARY TABLE foreseen AS SELECT * FROM campaign.forecast(:c, '30 days', :'answers');
SELECT campaign.launch(:c);
SELECT * FROM pg_temp.live(:c, '2026-05-09 07:00+00');
-- B4: what was foreseen of each day, with cohorts, quota and cap, differs from the truth by less than 5 % of the whole
SELECT sum(f.sent) AS foreseen, (SELECT count(*) FROM list WHERE who = 'run_until' AND content -> 'held' IS NULL) AS sent,
    bool_and(abs(f.sent_until - (SELECT count(*) FROM list l WHERE l.who = 'run_until' AND l.content -> 'held' IS NULL
        AND (l.at AT TIME ZONE 'Europe/Paris')::date <= f.day)) <= 0.05 * 34) AS until_each_day
FROM (SELECT day, sent, sum(sent) OVER (ORDER BY day) AS sent_until FROM foreseen) f;
SELECT code, count(*) FROM ended WHERE who = 'dry_run' GROUP BY 1 ORDER BY 1;

-- ---- nothing is approved unless it is assumed, and lapses; every contact has to be; a live campaign goes on ----------------

SET campaign.now = '2026-05-09 07:00+00';
DELETE FROM campaign.relation WHERE workspace_id = 694;
SELECT pg_temp.make('Lapsing', :'invite', '{"approval": "all", "unapproved": "lapse", "cohort_size": 4}') AS c \gset
SELECT count(*) FROM campaign.enroll(:c, ARRAY(SELECT id FROM campaign.prospect WHERE workspace_id = 694));
SELECT campaign.launch(:c);
SELECT campaign.run_until('2026-05-12 08:00+00') > 0 AS moved;
SELECT status, substatus, count(*) FROM campaign.prospect_status WHERE campaign_id = :c GROUP BY 1, 2 ORDER BY 1, 2;
SELECT campaign.approve(ARRAY(SELECT x.id FROM campaign.action x WHERE x.campaign_id = :c AND x.state = 'awaiting_approval' ORDER BY x.id LIMIT 2)) AS approved;
SELECT * FROM pg_temp.rehearse(:c, '25 days', '{"approved": {"rate": 0.7, "after": "2 hours"}, "accepted": {"rate": 0.8, "after": "1 day"}}');
SELECT * FROM pg_temp.live(:c, '2026-06-06 08:00+00');
SELECT code, count(*) FROM ended WHERE who = 'dry_run' GROUP BY 1 ORDER BY 1;

-- ---- newcomers of an audience; who was sent to by a campaign of the same name and program takes a place (D16) ---------------

SET campaign.now = '2026-06-06 08:00+00';
DELETE FROM campaign.relation WHERE workspace_id = 694;
SELECT campaign.create_audience('tier one', '[{"name": "tier", "where": "$.prospect.tier == 1"}]', every => '1 day') AS tier_one \gset
SELECT pg_temp.make('Default', :'invite', '{"include_previously_treated": true}', audience => :tier_one) AS c \gset
SELECT * FROM pg_temp.rehearse(:c, '30 days', '{"approved": {"rate": 1, "after": "1 hour"}}');
SELECT campaign.launch(:c);
SELECT * FROM pg_temp.live(:c, '2026-07-06 08:00+00');
SELECT code, count(*) FROM ended WHERE who = 'dry_run' GROUP BY 1 ORDER BY 1;
-- what cannot be assumed
SELECT * FROM campaign.dry_run(:c, answers => '{"approved": 1.5}');
ROLLBACK;
