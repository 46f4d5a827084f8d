-- Invitations with and without a note (S2.6), and which of them were accepted (S1.22, D2).
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, can_send_note) VALUES (:member, 1, 'free', false) RETURNING id AS free \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'premium') RETURNING id AS premium \gset
INSERT INTO campaign.prospect (external_id, first_name) SELECT 'p' || n, CASE WHEN n < 30 THEN 'P' || n END FROM generate_series(1, 40) n;
SELECT campaign.create_sequence('Noted', '[{"invite": {"note": "Hello {{first_name}}"}}, {"wait": {"until": "connected", "within": "9 days", "else": "failure"}}]') > 0
    AND campaign.create_sequence('Silent', '[{"invite": {}}, {"wait": {"until": "connected", "within": "9 days", "else": "failure"}}]') > 0
    AND campaign.create_sequence('Waits', '[{"visit": {}}, {"wait": {"until": "connected", "within": "9 days", "else": "failure"}}, {"message": {"body": "Thank you"}}]') > 0 AS created;
CREATE FUNCTION pg_temp.make(name text, sequence text, account bigint) RETURNS bigint LANGUAGE sql AS $$
    SELECT campaign.create_campaign($1, $2, (SELECT id FROM campaign.member), ARRAY[$3], settings => '{"exclusivity": "none"}')
$$;
SELECT pg_temp.make('Premium', 'Noted', :premium) AS premium_c, pg_temp.make('Free', 'Noted', :free) AS free_c,
    pg_temp.make('Silent', 'Silent', :premium) AS silent_c, pg_temp.make('Watching', 'Waits', :premium) AS watching_c \gset
SELECT count(campaign.launch(c)::text) FROM (VALUES (:premium_c), (:free_c), (:silent_c), (:watching_c)) v(c);
CREATE FUNCTION pg_temp.take_in(c bigint, first int, last int) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM campaign.enroll($1, ARRAY(SELECT campaign.prospect_id('p' || n) FROM generate_series($2, $3) n)) e WHERE e.result = 'enrolled'
$$;
SELECT pg_temp.take_in(:premium_c, 1, 5), pg_temp.take_in(:free_c, 6, 10), pg_temp.take_in(:silent_c, 11, 15);
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;

-- S2.6: from an account that cannot send notes the invitation leaves without; what the note wanted is not missed
SELECT pg_temp.take_in(:free_c, 31, 31);
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;
SELECT a.address, o.content -> 'content' AS content, count(*) FROM campaign.outbox o JOIN campaign.account a ON a.id = o.account_id
    WHERE o.prospect_id NOT IN (SELECT id FROM campaign.prospect WHERE external_id IN ('p2', 'p3', 'p4', 'p5')) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT c.name AS campaign, v.detail, count(*) FROM campaign.event v JOIN campaign.campaign c ON c.id = v.campaign_id
    WHERE v.kind = 'note_left_out' GROUP BY 1, 2;
-- an account that can by now sends it
UPDATE campaign.account SET can_send_note = true WHERE id = :free;
SELECT pg_temp.take_in(:free_c, 16, 17);
SELECT campaign.run_until('2026-03-02 11:00+00') > 0 AS moved;
SELECT campaign, step, with_note, sent, accepted, ratio FROM campaign.invitation_acceptance ORDER BY 1, 3;

-- S1.22: accepted is who was invited by the run that waits, once, however it is found out
SELECT campaign.record_event('connected', 'p1', account => :premium), campaign.record_event('connected', 'p1', account => :premium),
    campaign.record_event('connected', 'p6'), campaign.record_event('connected', 'p16', account => :free), campaign.record_event('connected', 'p11', account => :premium);
CREATE TEMPORARY TABLE known (account text, external_id text, state text);
INSERT INTO known VALUES ('premium', 'p2', 'connected'), ('free', 'p7', 'connected'), ('premium', 'p12', 'connected'), ('premium', 'p33', 'connected');
SELECT result, count(*) FROM campaign.import_relations('known') GROUP BY 1 ORDER BY 1;
SELECT campaign.run_until('2026-03-03 12:00+00') > 0 AS moved;
SELECT campaign, step, with_note, sent, accepted, ratio FROM campaign.invitation_acceptance ORDER BY 1, 3;
-- not by the run of another campaign, which goes on by it all the same; not where it was invited by hand; not at another account; not too late
SELECT pg_temp.take_in(:watching_c, 3, 3), pg_temp.take_in(:watching_c, 34, 34);
SELECT campaign.record_event('invited', 'p34', account => :premium);
SELECT campaign.run_until('2026-03-03 13:00+00') > 0 AS moved;
SELECT campaign.record_event('connected', 'p3', account => :premium), campaign.record_event('connected', 'p34', account => :premium),
    campaign.record_event('connected', 'p4', account => :free);
SELECT campaign.run_until('2026-03-30 13:00+00') > 0 AS moved;
SELECT campaign.record_event('connected', 'p5', account => :premium);
SELECT campaign.run_until('2026-03-31 13:00+00') > 0 AS moved;
SELECT campaign, step, with_note, sent, accepted, ratio FROM campaign.invitation_acceptance ORDER BY 1, 3;
SELECT o.campaign, o.sent, o.accepted, o.ratio, o.ratio_indicator, (SELECT sum(d.accepted) FROM campaign.daily_stats d WHERE d.campaign_id = o.campaign_id) AS by_day
    FROM campaign.overview o ORDER BY 1;
SELECT s.external_id, s.status, s.end_kind, s.code FROM campaign.prospect_status s WHERE s.campaign_id = :watching_c ORDER BY 1;

-- S2.8: one who was visited and invites us, or connects otherwise, goes on by the condition; neither is an acceptance
SELECT pg_temp.take_in(:watching_c, 20, 22);
SELECT campaign.run_until('2026-03-31 14:00+00') > 0 AS moved;
SELECT campaign.record_event('invited_us', 'p20', account => :premium), campaign.record_event('connected', 'p21', account => :premium);
SELECT campaign.run_until('2026-04-30 14:00+00') > 0 AS moved;
SELECT s.external_id, s.end_kind, s.code, (SELECT string_agg(o.action_kind, ', ' ORDER BY o.id) FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id
    WHERE a.enrollment_id = s.enrollment_id) AS sent FROM campaign.prospect_status s WHERE s.external_id IN ('p20', 'p21', 'p22') ORDER BY 1;
SELECT r.state, r.origin FROM campaign.relation r WHERE r.prospect_id = campaign.prospect_id('p20');

-- an invitation that leaves while its run does: the prospect is invited all the same
SELECT pg_temp.take_in(:premium_c, 23, 23);
SELECT campaign.tick() > 0 AS sent;
SELECT count(campaign.leave_enrollments(1, ARRAY[e.id], 'removed', 'stopped')) FROM campaign.enrollment e WHERE e.prospect_id = campaign.prospect_id('p23');
SELECT campaign.run_until('2026-04-30 15:00+00') > 0 AS moved;
SELECT r.state, r.origin IS NOT NULL AS ours FROM campaign.relation r WHERE r.prospect_id = campaign.prospect_id('p23');
SELECT with_note, sent FROM campaign.invitation_acceptance WHERE campaign_id = :premium_c ORDER BY 1;

-- S2.5, S2.7: a message to one who is not connected, or is no longer when it would leave, is refused and never reaches the gateway
SELECT campaign.create_sequence('Message', '[{"visit": {}}, {"message": {"body": "Hello"}}]') > 0 AS created;
SELECT pg_temp.make('Message', 'Message', :premium) AS message_c \gset
SELECT campaign.launch(:message_c);
UPDATE campaign.account SET session_state = 'connected';
SELECT campaign.record_event('connected', 'p24', account => :premium);
SELECT pg_temp.take_in(:message_c, 24, 25);
SELECT campaign.tick() > 0 AS visited;
UPDATE campaign.account SET session_state = 'disconnected';
SELECT campaign.run_until('2026-04-30 16:00+00') > 0 AS moved;
SELECT q.kind, q.prospect_id = campaign.prospect_id('p24') AS connected FROM campaign.queue q WHERE q.campaign_id = :message_c;
SELECT campaign.record_event('disconnected', 'p24', account => :premium);
SELECT campaign.run_until('2026-04-30 16:10+00') > 0 AS moved;
UPDATE campaign.account SET session_state = 'connected';
SELECT campaign.run_until('2026-04-30 18:00+00') > 0 AS moved;
SELECT s.external_id, s.end_kind, s.code FROM campaign.prospect_status s WHERE s.campaign_id = :message_c ORDER BY 1;
SELECT a.action_kind, a.state, a.reason, a.attempt, EXISTS (SELECT FROM campaign.outbox o WHERE o.action_id = a.id) AS reached
    FROM campaign.action a WHERE a.campaign_id = :message_c ORDER BY a.id;
ROLLBACK;
