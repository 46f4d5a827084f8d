-- A campaign lived through beforehand (S3.5, S3.6, B3): dry_run() in a transaction that cannot write says
-- what a real run under virtual time then does, whoever answers what. Everything happens in one
-- transaction that is rolled back.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 09:00+00';
\set ON_ERROR_ROLLBACK on
-- who is due at the same instant goes in the order of rows: they are to lie in the order in which they are made
VACUUM FULL campaign.enrollment;
VACUUM FULL campaign.action;
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (691, 'rehearsing');
SET campaign.workspace = 'rehearsing';
-- lots are drawn by the ids of campaign and prospect
ALTER SEQUENCE campaign.campaign_id_seq RESTART 691000;
CREATE TEMPORARY TABLE list (who text, at timestamptz, prospect_id bigint, step text, action text, content jsonb);
CREATE TEMPORARY TABLE answer (at timestamptz, prospect_id bigint, kind text);

-- What is said beforehand, where nothing could be written; and which answers were assumed at which time.
CREATE FUNCTION pg_temp.rehearse(campaign bigint, horizon interval, answers jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    said text;
    answered text;
BEGIN
    BEGIN
        SET LOCAL transaction_read_only = on;
        SELECT jsonb_agg(to_jsonb(r)) INTO said FROM campaign.dry_run(campaign, NULL, horizon, answers) r;
        SELECT jsonb_agg(to_jsonb(r)) INTO answered
        FROM campaign.rehearse_campaign((SELECT c FROM campaign.campaign c WHERE c.id = campaign), NULL, campaign.clock() + horizon, answers, true) r
        WHERE r.what = 'reported';
        RAISE SQLSTATE 'UDONE';
    EXCEPTION WHEN SQLSTATE 'UDONE' THEN
        NULL;
    END;
    TRUNCATE list, answer;
    INSERT INTO list SELECT 'dry_run', r.* FROM jsonb_to_recordset(said::jsonb) AS r(at timestamptz, prospect_id bigint, step text, action text, content jsonb);
    INSERT INTO answer SELECT r.* FROM jsonb_to_recordset(answered::jsonb) AS r(at timestamptz, prospect_id bigint, code text);
    RETURN (SELECT count(*) FROM list);
END
$$;
-- The same in earnest: everybody answers when it was assumed, as far as it was.
CREATE FUNCTION pg_temp.live(campaign bigint, until timestamptz) RETURNS TABLE (rows bigint, only_said bigint, only_done bigint) LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz := campaign.clock();
    a record;
BEGIN
    FOR a IN SELECT x.at, array_agg(x.prospect_id) AS prospects, array_agg(x.kind) AS kinds FROM answer x GROUP BY x.at ORDER BY x.at LOOP
        IF a.at > campaign.clock() THEN
            PERFORM campaign.run_until(GREATEST(a.at - interval '1 microsecond', campaign.clock()));
            PERFORM set_config('campaign.now', a.at::text, false);
        END IF;
        PERFORM campaign.record_event(u.kind, u.prospect) FROM unnest(a.prospects, a.kinds) AS u(prospect, kind);
    END LOOP;
    PERFORM campaign.run_until(until);
    INSERT INTO list
    SELECT 'run_until', x.executed_at, x.prospect_id, s.name, x.action_kind, x.content - '{action_id,key}'::text[]
    FROM campaign.action x JOIN campaign.step s ON s.campaign_id = x.campaign_id AND s.position = x.step
    WHERE x.campaign_id = campaign AND x.executed_at >= since
    UNION ALL
    SELECT 'run_until', NULL, x.prospect_id, s.name, x.action_kind, jsonb_build_object('held', x.reason || ' ' || (x.outcome ->> 'detail'))
    FROM campaign.action x JOIN campaign.step s ON s.campaign_id = x.campaign_id AND s.position = x.step
    WHERE x.campaign_id = campaign AND x.state = 'held';
    UPDATE list l SET at = NULL WHERE l.content ? 'held';
    -- ids of mails are made of keys, and keys of runs
    UPDATE list l SET content = l.content #- '{mail,message_id}' #- '{mail,in_reply_to}' #- '{mail,references}' WHERE l.content ? 'mail';
    RETURN QUERY SELECT (SELECT count(*) FROM list l WHERE l.who = 'run_until'),
        (SELECT count(*) FROM (SELECT l.at, l.prospect_id, l.step, l.action, l.content FROM list l WHERE l.who = 'dry_run'
            EXCEPT ALL SELECT l.at, l.prospect_id, l.step, l.action, l.content FROM list l WHERE l.who = 'run_until') d),
        (SELECT count(*) FROM (SELECT l.at, l.prospect_id, l.step, l.action, l.content FROM list l WHERE l.who = 'run_until'
            EXCEPT ALL SELECT l.at, l.prospect_id, l.step, l.action, l.content FROM list l WHERE l.who = 'dry_run') d);
END
$$;
CREATE FUNCTION pg_temp.make(name text, steps text, accounts bigint[], prospects bigint[], settings jsonb DEFAULT '{}') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM campaign.create_sequence(name, steps::jsonb);
    made := campaign.create_campaign(name, name, 691, accounts, description => name, settings => settings);
    PERFORM campaign.enroll(made, prospects);
    RETURN made;
END
$$;

INSERT INTO campaign.channel (workspace_id, id, name, transport, options) VALUES
    (691, 691, 'box', 'outbox', '{}'), (691, 692, 'slow', 'outbox', '{"pace": "90 seconds"}');
INSERT INTO campaign.member (id, name, time_zone) VALUES (691, 'Ann Smith', 'Europe/Paris'), (692, 'Bob', 'America/New_York');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES
    (691, 691, 691, 'ann'), (692, 692, 691, 'bob'), (693, 691, 692, 'slow');
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES
    ('account', 691, 'invite', 'day', 5), ('account', 692, 'invite', 'day', 2), ('account', 692, NULL, 'week', 9);
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions, mode) VALUES ('account', 693, 'email', 'hour', 4, 'rolling');
INSERT INTO campaign.prospect (id, external_id, email, first_name, person, time_zone, country, attributes)
SELECT 6910 + i, 'p' || i, 'p' || i || '@example.com', CASE WHEN i <> 7 THEN 'F' || i END, CASE WHEN i IN (3, 4) THEN 'same' END,
    (ARRAY['Asia/Tokyo', 'America/New_York', NULL])[i % 3 + 1], 'fr', jsonb_build_object('plan', (ARRAY['gold', 'lead'])[i % 2 + 1], 'due', '2026-01-' || 10 + i % 9)
FROM generate_series(1, 12) i;

-- ---- a day of it, read by people (S3.5) ------------------------------------------------------------

SELECT pg_temp.make('Short', '[{"visit": {}}, {"delay": "1 day"}, {"email": {"subject": "Dear {{first_name}}", "body": "{{plan}}"}}]', '{691}', '{6911,6912,6917}') AS short \gset
SELECT at, prospect_id, step, action, content -> 'content' AS content, content -> 'held' AS held FROM campaign.dry_run(:short);
-- of some only; who is not inside is taken in, if he would be
SELECT at, prospect_id, step FROM campaign.dry_run(:short, '{6912,6915,6999}', '12 hours');
SELECT campaign.suppress('person', 'p5@example.com', 'asked for it') IS NOT NULL AS stopped;
SELECT count(*) AS said FROM campaign.dry_run(:short, '{6915}');
SELECT campaign.unsuppress('person', 'p5@example.com') IS NOT NULL AS let_go;
-- nothing has happened, and nothing can
SELECT count(*) AS actions FROM campaign.action WHERE workspace_id = 691;
SELECT pg_temp.rehearse(:short, '30 days', '{}') AS said;
SELECT campaign.launch(:short);
SELECT * FROM pg_temp.live(:short, '2026-02-04 09:00+00');
SELECT campaign.archive(:short);

-- ---- quotas of two accounts, answers by shares and by hand ----------------------------------------------

SELECT pg_temp.make('Network', '[{"visit": {}}, {"delay": "6 hours"}, {"invite": {"note": "Hi {{first_name|you}}"}},
    {"wait": {"until": "connected", "within": "9 days", "else": [{"email": {"subject": "S", "body": "By mail"}}, {"end": "failure"}]}},
    {"split": [{"percent": 50, "then": [{"message": {"body": "One, {{sender.first_name}}"}}]}, {"percent": 50, "then": [{"delay": "1 day"}, {"message": {"body": "Two"}}]}]},
    {"delay": "2 business days"}, {"message": {"body": "Again"}}]', '{691,692}', ARRAY(SELECT 6910 + i FROM generate_series(1, 12) i)) AS network \gset
SELECT pg_temp.rehearse(:network, '30 days', '{"accepted": {"rate": 0.6, "after": "30 hours"}, "replied": 0.3, "unsubscribed": {"rate": 0.1, "after": "5 hours"},
    "script": [{"prospect": "p1", "kind": "replied", "after": "7 hours"}, {"prospect": 6912, "kind": "connected", "at": "2026-02-06 12:00+00"},
               {"prospect": 6913, "kind": "bounced", "after": "1 day", "step": "invite"}]}') AS said;
SELECT kind, count(*) FROM answer GROUP BY kind ORDER BY kind;
SELECT campaign.launch(:network);
SELECT * FROM pg_temp.live(:network, '2026-03-06 09:00+00');
SELECT campaign.archive(:network);

-- ---- slots, quiet hours, days, the pace of an account, gaps of persons --------------------------------------

SET campaign.now = '2026-03-06 09:00+00';
INSERT INTO campaign.holiday (country, day) VALUES ('fr', '2026-03-10');
SELECT pg_temp.make('Hours', '[{"email": {"subject": "1", "body": "B"}}, {"delay": "next day"}, {"email": {"subject": "2", "body": "B"}},
    {"delay": "1 business day"}, {"email": {"subject": "3", "body": "B", "html": "<p>{{plan}}</p>"}}]', '{693}',
    ARRAY(SELECT 6910 + i FROM generate_series(1, 12) i), '{"time_zone": "Europe/Paris", "quiet_hours": "20:00-11:00", "min_gap": "20 hours", "exclusivity": "none"}') AS hours \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:hours, 1, '09:00', '12:00'), (:hours, 2, '14:00', '22:00'), (:hours, 5, '10:00', '17:30');
SELECT pg_temp.rehearse(:hours, '30 days', '{"replied": {"rate": 0.2, "after": "26 hours"}}') AS said;
SELECT campaign.launch(:hours);
SELECT * FROM pg_temp.live(:hours, '2026-04-05 09:00+00');
SELECT campaign.archive(:hours);

-- ---- a cap, conditions and paths, what steps set, goal and hold --------------------------------------------

SET campaign.now = '2026-05-04 09:00+00';
SELECT pg_temp.make('Conditions', '[{"set": {"seen": "yes by {{first_name|you}}"}}, {"email": {"subject": "{{seen}}", "body": "B"}},
    {"delay": "1 day"}, {"branch": [{"when": "$.prospect.plan == \"gold\"", "then": [{"email": {"subject": "gold", "body": "{{first_name}}"}}]},
        {"else": [{"message": {"body": "M"}, "if": "connected"}]}]},
    {"set": {"plan": "done"}}, {"wait": {"until": "$.prospect.seen starts with \"yes\" && $.facts[*] == \"clicked\"", "within": "20 minutes", "else": "continue"}},
    {"invite": {}, "on_precondition": "skip"}, {"delay": {"until": "$.prospect.due", "plus": "118 days", "at": "08:00"}}, {"email": {"subject": "{{plan}}", "body": "B", "html": "H"}, "max_lateness": "1 hour"}]',
    '{691}', ARRAY(SELECT 6910 + i FROM generate_series(1, 12) i),
    '{"active_cap": 5, "goal": "clicked"}') AS conditions \gset
SELECT pg_temp.rehearse(:conditions, '20 days', '{"clicked": {"rate": 0.2, "after": "2 days"}, "accepted": {"rate": 0.5, "after": "1 day"}}') AS said;
SELECT campaign.launch(:conditions);
SELECT * FROM pg_temp.live(:conditions, '2026-05-24 09:00+00');

SELECT campaign.archive(:conditions);
-- what nobody reports: who is let out, and who is kept back until something is reported of him
SELECT pg_temp.make('Held', '[{"email": {"subject": "1", "body": "B"}}, {"delay": "2 hours"}, {"email": {"subject": "2", "body": "B"}}]', '{691}', '{6911,6912,6919,6920}',
    '{"exclusivity": "none", "exit_if": "$.prospect.first_name == \"F9\"", "hold_if": "$.prospect.first_name == \"F2\" && !($.facts[*] == \"opened\")"}') AS held \gset
SELECT pg_temp.rehearse(:held, '6 hours', '{"script": [{"prospect": 6912, "kind": "opened", "after": "90 minutes"}]}') AS said;
SELECT campaign.launch(:held);
SELECT * FROM pg_temp.live(:held, '2026-05-24 15:00+00');
SELECT at, prospect_id, step FROM list WHERE who = 'dry_run' ORDER BY at, prospect_id;
SELECT campaign.archive(:held);

-- ---- a campaign that is live goes on from where it stands (S2.44) -------------------------------------------

SET campaign.now = '2026-08-03 09:00+00';
SELECT pg_temp.make('Half', '[{"visit": {}}, {"delay": "6 hours"}, {"invite": {"note": "Hi {{first_name|you}}"}}, {"wait": {"until": "connected", "within": "9 days", "else": "failure"}},
    {"message": {"body": "M"}}, {"delay": "1 day"}, {"message": {"body": "N"}}]', '{691}', ARRAY(SELECT 6910 + i FROM generate_series(1, 12) i)) AS half \gset
DELETE FROM campaign.relation WHERE workspace_id = 691;
SELECT campaign.launch(:half);
SELECT campaign.run_until('2026-08-04 20:00+00') > 0 AS moved;
SELECT status, substatus, count(*) FROM campaign.prospect_status WHERE campaign_id = :half GROUP BY 1, 2 ORDER BY 1, 2;
-- paused, it is taken as resumed now
SELECT campaign.pause(:half);
CREATE TEMPORARY TABLE paused AS SELECT * FROM campaign.dry_run(:half, answers => '{"accepted": 0.7}');
SELECT campaign.resume(:half);
SELECT count(*) AS said, count(*) - (SELECT count(*) FROM (SELECT * FROM paused INTERSECT SELECT * FROM campaign.dry_run(:half, answers => '{"accepted": 0.7}')) x) AS otherwise FROM paused;
SELECT pg_temp.rehearse(:half, '30 days', '{"accepted": {"rate": 0.7, "after": "1 day"}, "replied": 0.2,
    "script": [{"prospect": 6911, "kind": "connected", "after": "3 hours"}]}') AS said;
SELECT * FROM pg_temp.live(:half, '2026-09-03 20:00+00');
SELECT campaign.archive(:half);
SELECT count(*) FROM campaign.dry_run(:half);

-- ---- what cannot be assumed ------------------------------------------------------------------------------

SELECT pg_temp.make('Errors', '[{"visit": {}}]', '{691}', '{}') AS errors \gset
SELECT count(*) FROM campaign.dry_run(:errors);
SELECT * FROM campaign.dry_run(:errors, answers => '[]');
SELECT * FROM campaign.dry_run(:errors, answers => '{"replied": 2}');
SELECT * FROM campaign.dry_run(:errors, answers => '{"replied": {"rate": 0.2, "after": "soon"}}');
SELECT * FROM campaign.dry_run(:errors, answers => '{"ended": 0.2}');
SELECT * FROM campaign.dry_run(:errors, answers => '{"script": [{"prospect": 6911, "kind": "replied"}]}');
SELECT * FROM campaign.dry_run(:errors, answers => '{"script": [{"prospect": 6911, "kind": "replied", "after": "1 day", "step": "nowhere"}]}');
SELECT * FROM campaign.dry_run(:errors, answers => '{"script": [{"prospect": "nobody", "kind": "replied", "after": "1 day"}]}');
SELECT * FROM campaign.dry_run(:errors, horizon => '-1 day');
SELECT * FROM campaign.dry_run(1);
ROLLBACK;
