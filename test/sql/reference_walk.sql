-- S2.27: the reference walk Visit - Invitation - Message, seven prospects, one for each path, lived
-- through under campaign.now. Asserted: how each ended, its status, and what was delivered to it.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';

INSERT INTO campaign.member (name) VALUES ('Anna Sender') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
    VALUES (:member, 1, 'anna@linkedin', 'linkedin') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, first_name)
    SELECT p, initcap(split_part(p, '_', 1)) FROM unnest(ARRAY[
        'connected_before', 'pending_before', 'connects_in_delay', 'accepts_late', 'replies',
        'silent', 'never_accepts']) p;

SELECT campaign.create_sequence('Visit - Invitation - Message', $$[
    {"only_if": "not_connected", "name": "entry"},
    {"visit": {}},
    {"delay": "2 days"},
    {"invite": {"note": "Hello {{first_name}}, shall we connect?"}},
    {"wait": {"until": "connected", "within": "15 days", "else": "failure"}},
    {"message": {"body": "Thank you, {{first_name}}. {{sender.first_name}}"}},
    {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}
]$$) > 0 AS created;
SELECT campaign.create_campaign('Walk', 'Visit - Invitation - Message', :member, ARRAY[:account]::bigint[]) AS walk \gset

-- how the account stands to two of them before anything is sent
CREATE TEMPORARY TABLE known (account text, external_id text, state text, since timestamptz);
INSERT INTO known VALUES
    ('anna@linkedin', 'connected_before', 'connected', '2026-01-01 00:00+00'),
    ('anna@linkedin', 'pending_before', 'pending', '2026-02-27 00:00+00');
SELECT r.line, r.result FROM campaign.import_relations('known') r;

SELECT campaign.launch(:walk);
SELECT p.external_id, e.result, e.detail
    FROM campaign.enroll(:walk, ARRAY(SELECT id FROM campaign.prospect)) e
    JOIN campaign.prospect p ON p.id = e.prospect_id ORDER BY p.id;

-- day 0: the visit; somebody connects by himself during the delay
SELECT campaign.run_until('2026-03-03 08:00+00') > 0 AS moved;
SELECT campaign.record_event('connected', external_id => 'connects_in_delay', account => :account);
-- day 2: the invitations; two accept in time
SELECT campaign.run_until('2026-03-06 09:00+00') > 0 AS moved;
SELECT campaign.record_event('connected', external_id => 'replies', account => :account);
SELECT campaign.record_event('connected', external_id => 'silent', account => :account);
SELECT campaign.run_until('2026-03-08 12:00+00') > 0 AS moved;
SELECT campaign.record_event('replied', external_id => 'replies');
-- day 20 after the invitation: too late
SELECT campaign.run_until('2026-03-24 08:00+00') > 0 AS moved;
SELECT campaign.record_event('connected', external_id => 'accepts_late', account => :account);
SELECT campaign.run_until('2026-05-01 00:00+00') > 0 AS moved;

SELECT s.external_id, s.end_kind, s.code, s.status, s.step,
    (SELECT count(*) FROM campaign.outbox o WHERE o.prospect_id = s.prospect_id) AS deliveries,
    (SELECT string_agg(o.action_kind, ' ' ORDER BY o.at, o.id) FROM campaign.outbox o WHERE o.prospect_id = s.prospect_id) AS delivered
    FROM campaign.prospect_status s WHERE s.campaign_id = :walk ORDER BY s.prospect_id;

-- S2.26: a delay lies between the execution of the one and the queueing of the other
SELECT p.external_id, i.queued_at - v.executed_at AS between
    FROM campaign.action v
    JOIN campaign.action i ON i.enrollment_id = v.enrollment_id AND i.action_kind = 'invite'
    JOIN campaign.prospect p ON p.id = v.prospect_id
    WHERE v.action_kind = 'visit' ORDER BY p.id;
SELECT o.content->'content'->>'body' AS body FROM campaign.outbox o WHERE o.action_kind = 'message' ORDER BY o.id;

-- B8: the log tells what happened to one of them, with cause and time
SELECT to_char(e.at, 'MM-DD HH24:MI') AS at, e.kind, s.name AS step, e.detail
    FROM campaign.event e LEFT JOIN campaign.step s ON s.campaign_id = e.campaign_id AND s.position = e.step
    WHERE e.prospect_id = campaign.prospect_id('replies') ORDER BY e.id;
-- B5, B9: nobody is stuck, and the numbers agree with the rows
SELECT count(*) AS stuck FROM campaign.stuck;
SELECT enrolled, active, replied, finished, success, failure, sent, accepted, ratio, ratio_indicator, light
    FROM campaign.overview WHERE campaign_id = :walk;
-- B8: the log alone gives the present state, and a recount of it the counters
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
