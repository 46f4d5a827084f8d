-- S1.19: each action comes to one decision, at its entry or when it would be sent, and is counted once, under
-- the name of its bucket. Those of a slot, blocked and duplicate among them, are in cohort_buckets.sql.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email)
    SELECT p, p || '@example.com' FROM unnest('{plain,invited_before,invited_elsewhere,invited_by_us,connected_before,invited_in_delay,connects_in_delay,invited_in_queue,connects_in_queue,suppressed,replies,fails,clicks}'::text[]) p;
CREATE FUNCTION pg_temp.tell(kind text, who text) RETURNS boolean LANGUAGE sql AS $$
    SELECT campaign.record_event($1, $2, account => (SELECT id FROM campaign.account))
$$;
SELECT campaign.create_sequence('Plain', '[{"invite": {}}]') > 0 AND campaign.create_sequence('Walk', '[
    {"visit": {}}, {"delay": "1 day"}, {"invite": {"note": "Hello"}, "name": "invitation"}, {"follow": {}, "if": "clicked"}
]') > 0 AND campaign.create_sequence('Other way', '[
    {"invite": {}, "name": "invitation", "on_precondition": [{"follow": {}, "name": "instead"}]}, {"visit": {}}
]') > 0 AS created;
SELECT campaign.create_campaign('Other', 'Plain', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS other,
    campaign.create_campaign('Walk', 'Walk', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS walk,
    campaign.create_campaign('Ways', 'Other way', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS ways \gset
SELECT count(campaign.launch(c)::text) FROM (VALUES (:other), (:walk), (:ways)) v(c);

-- relations by hand, through another system, and by an action of ours: origin tells the last from the others
CREATE TEMPORARY TABLE known (account text, external_id text, state text);
INSERT INTO known VALUES ('anna', 'invited_before', 'pending'), ('anna', 'connected_before', 'connected');
SELECT result, count(*) FROM campaign.import_relations('known') GROUP BY 1;
SELECT pg_temp.tell('invited', 'invited_elsewhere');
SELECT count(*) FROM campaign.enroll(:other, ARRAY[campaign.prospect_id('invited_by_us')]);
SELECT campaign.run_until('2026-03-02 08:10+00') > 0 AS moved;
SELECT p.external_id, r.state, (SELECT a.action_kind FROM campaign.action a WHERE a.id = r.origin) AS origin
    FROM campaign.relation r JOIN campaign.prospect p ON p.id = r.prospect_id ORDER BY 1;
-- what the sending of an invitation reports again is no other one; a connection keeps who brought it about
SELECT pg_temp.tell('invited', 'invited_by_us');
SELECT campaign.run_until('2026-03-02 08:20+00') > 0 AS moved;
SELECT r.state, r.origin IS NOT NULL AS ours FROM campaign.relation r WHERE r.prospect_id = campaign.prospect_id('invited_by_us');

SELECT count(*) FROM campaign.enroll(:walk, ARRAY(SELECT id FROM campaign.prospect));
SELECT campaign.run_until('2026-03-02 12:00+00') > 0 AS moved;
SELECT pg_temp.tell('invited', 'invited_in_delay'), pg_temp.tell('connected', 'connects_in_delay'), pg_temp.tell('clicked', 'clicks');
-- the queue stands still while things happen to those in it
SELECT campaign.run_until('2026-03-02 12:10+00') >= 0 AS moved;
UPDATE campaign.account SET session_state = 'disconnected';
SELECT campaign.run_until('2026-03-03 12:00+00') > 0 AS moved;
SELECT count(*) AS queued FROM campaign.queue q WHERE q.campaign = 'Walk';
SELECT pg_temp.tell('invited', 'invited_in_queue'), pg_temp.tell('connected', 'connects_in_queue'), pg_temp.tell('replied', 'replies');
SELECT campaign.suppress('email', 'suppressed@example.com') > 0 AS suppressed;
-- as a gateway that took it on and then failed
SELECT campaign.run_until('2026-03-03 12:10+00') > 0 AS moved;
UPDATE campaign.action a SET state = 'processing', attempt = 1, started_at = campaign.clock(), begun_at = campaign.clock(), expires_at = '2026-04-01'
    WHERE a.campaign_id = :walk AND a.state = 'queued' AND a.prospect_id = campaign.prospect_id('fails');
SELECT campaign.report(a.id, 'failed') FROM campaign.action a WHERE a.state = 'processing';
UPDATE campaign.account SET session_state = 'connected';
SELECT campaign.run_until('2026-03-04 12:00+00') > 0 AS moved;

-- D6: connected and pending, before, in the delay and in the queue; and what each was counted as
SELECT s.external_id, s.step, s.end_kind, s.code FROM campaign.prospect_status s WHERE s.campaign = 'Walk' ORDER BY 3, 4, 1;
SELECT s.name AS step, b.sent, b.blocked_by_owner AS blocked, b.duplicate, b.error, b.condition_false, b.already_invited, b.decided
    FROM (SELECT k.campaign_id, k.step, sum(sent) AS sent, sum(blocked_by_owner) AS blocked_by_owner, sum(duplicate) AS duplicate, sum(error) AS error,
        sum(condition_false) AS condition_false, sum(already_invited) AS already_invited, sum(decided) AS decided FROM campaign.action_buckets k GROUP BY 1, 2) b
    JOIN campaign.step s ON s.campaign_id = b.campaign_id AND s.position = b.step WHERE b.campaign_id = :walk ORDER BY s.position;

-- another way is a decision too, and is counted once, at the entry and when it would be sent
SELECT campaign.run_until('2026-03-05 08:00+00') >= 0 AS moved;
SELECT count(*) FROM campaign.enroll(:ways, ARRAY[campaign.prospect_id('invited_before'), campaign.prospect_id('connected_before')]);
UPDATE campaign.account SET session_state = 'disconnected';
SELECT count(*) FROM campaign.enroll(:ways, ARRAY[campaign.prospect_id('suppressed'), campaign.prospect_id('replies')]);
SELECT campaign.run_until('2026-03-05 09:00+00') > 0 AS moved;
SELECT pg_temp.tell('invited', 'replies');
SELECT campaign.run_until('2026-03-05 09:10+00') > 0 AS moved;
UPDATE campaign.account SET session_state = 'connected';
SELECT campaign.run_until('2026-03-05 12:00+00') > 0 AS moved;
SELECT s.name AS step, b.sent, b.error, b.already_invited, b.decided FROM campaign.action_buckets b
    JOIN campaign.step s ON s.campaign_id = b.campaign_id AND s.position = b.step WHERE b.campaign_id = :ways ORDER BY s.position;

-- the days are the campaign's, the buckets are disjoint, and they agree with the rows
SELECT DISTINCT c.name, b.day FROM campaign.action_buckets b JOIN campaign.campaign c ON c.id = b.campaign_id ORDER BY 1, 2;
SELECT count(*) AS wrong FROM campaign.action_buckets b WHERE b.sent + b.blocked_by_owner + b.duplicate + b.error + b.condition_false + b.already_invited <> b.decided;
SELECT sum(b.sent) = (SELECT count(*) FROM campaign.action WHERE state = 'complete') AS sent,
    sum(b.condition_false) = (SELECT count(*) FROM campaign.action WHERE state = 'skipped') AS condition_false,
    sum(b.error + b.already_invited) = (SELECT count(*) FROM campaign.action WHERE state = 'failed' AND reason NOT IN ('suppressed', 'removed'))
        -- those for whom none was queued
        + (SELECT count(*) FROM campaign.event WHERE kind = 'action_prevented' AND detail ->> 'code' <> '')
        - (SELECT count(*) FROM campaign.event v JOIN campaign.action a USING (enrollment_id, step) WHERE v.kind = 'action_prevented' AND a.state = 'failed')
        + (SELECT count(*) FROM campaign.enrollment e WHERE e.code IN ('already_connected', 'already_invited', 'not_connected', 'no_email')
            AND NOT EXISTS (SELECT FROM campaign.action a WHERE a.enrollment_id = e.id AND a.step = e.step)) AS errors
    FROM campaign.action_buckets b;
SELECT sum(d.sent) = (SELECT sum(b.sent) FROM campaign.action_buckets b) AS sent FROM campaign.daily_stats d;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK;
