-- B8: every state change is in the log, with who and when, so that the log alone gives the present state: looked at
-- after every step on the way, since what comes later hides what is missing.
\set ECHO none
BEGIN;
\i test/sql/include/replay.sql
\set ECHO all
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
SET LOCAL campaign.actor = 'anna';
INSERT INTO campaign.workspace_setting (workspace_id, plan) VALUES (1, 'trial');
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) SELECT :member, 1, v FROM unnest(ARRAY['anna', 'bea']) v;
INSERT INTO campaign.quota (scope, action_kind, period, max_actions) VALUES ('each_account', 'follow', 'day', 2);
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 8) n;
SELECT campaign.create_sequence('Walk', '[{"visit": {}}, {"delay": "1 hour"}, {"follow": {}}, {"wait": {"until": "clicked", "within": "2 days", "else": "continue"}},
    {"invite": {"note": "{{first_name}}"}}, {"split": [{"percent": 50, "then": [{"find_email": {}}]}, {"percent": 50, "then": [{"find_email": {}}]}]},
    {"delay": "1 day"}, {"visit": {}, "if": "clicked"}, {"message": {"body": "Hello"}}]') > 0 AS created;
SELECT campaign.create_campaign('Walk', 'Walk', :member, ARRAY[campaign.account_id('anna')]) AS walk \gset
-- of those who are due at once it is not said who comes first: the first of those who stand so, by number
CREATE FUNCTION pg_temp.some(n integer, substatuses text[]) RETURNS bigint[] LANGUAGE sql AS
    'SELECT array_agg(s.prospect_id) FROM (SELECT p.prospect_id FROM campaign.prospect_status p WHERE p.substatus = ANY ($2) ORDER BY 1 LIMIT $1) s';
CREATE FUNCTION pg_temp.everybody() RETURNS bigint[] LANGUAGE sql AS 'SELECT array_agg(id) FROM campaign.prospect';
-- how it stands; and what the log and a recount say otherwise, which is nothing
CREATE FUNCTION pg_temp.look(at timestamptz DEFAULT NULL) RETURNS TABLE (standing text, differs text) LANGUAGE plpgsql AS $$
BEGIN
    IF $1 IS NOT NULL THEN
        PERFORM campaign.run_until($1);
    END IF;
    RETURN QUERY SELECT
        (SELECT string_agg(format('%s %s', n, state), ', ' ORDER BY state)
         FROM (SELECT COALESCE(p.substatus, p.status || ' ' || p.end_kind) AS state, count(*) AS n FROM campaign.prospect_status p GROUP BY 1) s),
        (SELECT string_agg(d::text, ' ') FROM (SELECT row_to_json(x)::text FROM replay.differences() x UNION ALL SELECT row_to_json(x)::text FROM replay.miscounts() x) d);
END
$$;
SELECT count(*) FROM campaign.enroll(:walk, pg_temp.everybody());
SELECT * FROM pg_temp.look();
SELECT campaign.launch(:walk);
SELECT * FROM pg_temp.look('2026-03-02 08:00+00');
-- six wait for the quota of tomorrow; a pause takes them out of the queue, and a reply meanwhile takes one out for good
SELECT * FROM pg_temp.look('2026-03-02 09:00+00');
SELECT campaign.pause(:walk);
SELECT * FROM pg_temp.look();
SELECT campaign.record_event('replied', (pg_temp.some(1, '{queued}'))[1]);
SELECT * FROM pg_temp.look('2026-03-02 10:00+00');
SELECT campaign.resume(:walk);
SELECT * FROM pg_temp.look();
SELECT pg_temp.some(3, '{queued}') AS three \gset
SELECT campaign.record_event('replied', (:'three'::bigint[])[1]);
-- selected ones are paused too: two in the queue, one of whom replies
SELECT campaign.pause_prospects(:walk, :'three');
SELECT * FROM pg_temp.look();
SELECT * FROM pg_temp.look('2026-03-02 11:00+00');
SELECT campaign.resume_prospects(:walk, pg_temp.everybody());
SELECT * FROM pg_temp.look();
SELECT * FROM pg_temp.look('2026-03-04 10:00+00');
-- they have no first name: their invitations are held, and two are queued again in a campaign that is paused
SELECT * FROM pg_temp.look('2026-03-06 10:00+00');
SELECT campaign.pause(:walk);
UPDATE campaign.prospect SET first_name = 'Q' WHERE first_name IS NULL;
SELECT campaign.requeue(ARRAY(SELECT a.id FROM campaign.action a WHERE a.reason = 'missing_variable' ORDER BY a.prospect_id LIMIT 2));
SELECT * FROM pg_temp.look();
SELECT * FROM pg_temp.look('2026-03-06 10:30+00');
SELECT campaign.resume(:walk);
SELECT * FROM pg_temp.look();
SELECT campaign.requeue(ARRAY(SELECT a.id FROM campaign.action a WHERE a.reason = 'missing_variable'));
SELECT * FROM pg_temp.look('2026-03-06 11:00+00');
-- there are no credits to look for addresses
SELECT campaign.add_credits(1, 'one');
SELECT * FROM pg_temp.look();
SELECT campaign.add_credits(10, 'many');
SELECT * FROM pg_temp.look();
SELECT * FROM pg_temp.look('2026-03-06 12:00+00');
-- two are connected; there is no account any more for a newcomer, who is held until there is one
SELECT count(campaign.record_event('connected', v)) FROM unnest(pg_temp.some(2, '{waiting_delay}')) v;
DELETE FROM campaign.campaign_account;
INSERT INTO campaign.prospect (external_id, first_name) VALUES ('late', 'L');
SELECT result FROM campaign.enroll(:walk, ARRAY[campaign.prospect_id('late')]);
SELECT * FROM pg_temp.look('2026-03-06 13:00+00');
INSERT INTO campaign.campaign_account SELECT 1, :walk, campaign.account_id('bea');
SELECT campaign.requeue_prospects(:walk, pg_temp.everybody());
SELECT * FROM pg_temp.look();
SELECT * FROM pg_temp.look('2026-03-06 14:00+00');
SELECT * FROM pg_temp.look('2026-03-07 13:00+00');
SELECT campaign.record_event('unsubscribed', external_id => 'late');
SELECT * FROM pg_temp.look('2026-03-07 14:00+00');
-- what is in the log, and that nothing in it is without a time; who is named is who called
SELECT e.kind, count(*), string_agg(DISTINCT e.actor, ', ') AS actor, bool_and(e.at IS NOT NULL) AS timed FROM campaign.event e
    WHERE e.campaign_id = :walk GROUP BY 1 ORDER BY 1;
-- a run of the log up to any place gives the state of that time
SELECT row_number() OVER (ORDER BY l.place) AS n, replay.run_after(m.kind, m.step, m.detail ORDER BY m.place) AS state
    FROM replay.log l JOIN replay.log m ON m.enrollment_id = l.enrollment_id AND m.place <= l.place
    WHERE l.prospect_id = campaign.prospect_id('late') GROUP BY l.place ORDER BY 1;
SELECT campaign.archive(:walk);
SELECT * FROM pg_temp.look();
ROLLBACK;
