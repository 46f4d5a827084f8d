-- What people look at: the numbers of a campaign, the status of each prospect, the queue, quotas, and
-- explain(). Everything happens in one transaction that is rolled back.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 09:00+00';
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (661, 'looking');
SET campaign.workspace = 'looking';

INSERT INTO campaign.channel (workspace_id, id, name, transport, options) VALUES (661, 661, 'box', 'outbox', '{"classes": ["linkedin"]}');
INSERT INTO campaign.member (id, name, time_zone) VALUES (661, 'Ann', 'Europe/Paris');
INSERT INTO campaign.account (id, member_id, channel_id, address, provider) VALUES (661, 661, 661, 'ann', 'LinkedIn');
INSERT INTO campaign.prospect (id, external_id, first_name, last_name) SELECT 6600 + i, 'p' || i, 'P', i FROM generate_series(1, 20) i;
SELECT campaign.create_sequence('walk', '[{"only_if": "not_connected"}, {"visit": {}}, {"delay": "2 days"}, {"invite": {}},
    {"wait": {"until": "connected", "within": "15 days", "else": "failure"}, "name": "acceptance"},
    {"message": {"body": "Hello {{first_name}}"}},
    {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]') > 0 AS made;
SELECT campaign.create_campaign('Walk', 'walk', 661, '{661}', program => 'Growth') AS walk \gset

-- ---- S2.29: red nobody inside, orange nobody in the queue, green actions in the queue ---------------------

SELECT state, light, enrolled FROM campaign.overview WHERE campaign_id = :walk;
SELECT count(*) AS enrolled FROM campaign.enroll(:walk, '{6601,6602,6603,6604,6605}');
SELECT state, light, enrolled FROM campaign.overview WHERE campaign_id = :walk;
SELECT reason, detail, next_change_at FROM campaign.explain(:walk, 6601);
SELECT reason, detail, next_change_at FROM campaign.explain(:walk, 6606);
-- two invitations a week (S2.24)
INSERT INTO campaign.quota (id, scope, account_id, action_kind, period, max_actions) VALUES (661, 'account', 661, 'invite', 'week', 2);
SELECT campaign.launch(:walk);
SELECT campaign.run_until('2026-01-05 10:00+00') > 0 AS moved;
SELECT light, in_progress, deferred FROM campaign.overview WHERE campaign_id = :walk;
SELECT reason, regexp_replace(detail, ' \d+ is', ' N is') AS detail, next_change_at FROM campaign.explain(:walk, 6601);
SELECT campaign.run_until('2026-01-07 10:00+00') > 0 AS moved;
SELECT light, in_queue, in_progress, deferred, sent, sent_today, program, owner FROM campaign.overview WHERE campaign_id = :walk;

-- ---- statuses (S2.24, S2.43, D4) ---------------------------------------------------------------------------

SELECT campaign, prospect_id, external_id, run, status, substatus, step, due_at FROM campaign.prospect_status WHERE campaign_id = :walk ORDER BY prospect_id;
SELECT prospect, account, kind, step, state, queued_at, not_before, reason, deferred_until FROM campaign.queue WHERE campaign_id = :walk ORDER BY 1;
-- the week ends on Monday in Paris (D7); the provider's limits that are not replaced stand beside
SELECT account, action_kind, period, scope, window_start, window_end, used, max_actions, deferred FROM campaign.quota_usage ORDER BY 2, 3;
SELECT reason, regexp_replace(detail, ' \d+ is queued at account ann since .*', ' N is queued') AS detail, next_change_at
    FROM campaign.explain(:walk, (SELECT min(prospect_id) FROM campaign.prospect_status WHERE campaign_id = :walk AND status = 'deferred'));
SELECT min(prospect_id) AS invited FROM campaign.prospect_status WHERE campaign_id = :walk AND substatus = 'waiting_condition' \gset
SELECT reason, detail, next_change_at FROM campaign.explain(:walk, :invited);
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = 661;
SELECT reason, detail FROM campaign.explain(:walk, (SELECT min(prospect_id) FROM campaign.prospect_status WHERE campaign_id = :walk AND status = 'deferred'))
    WHERE reason NOT IN ('queued', 'quota');
UPDATE campaign.account SET session_state = 'connected' WHERE id = 661;

-- paused: all of them, and the log of why nothing moves
SAVEPOINT running;
SELECT campaign.pause(:walk);
SELECT status, substatus, count(*) FROM campaign.prospect_status WHERE campaign_id = :walk GROUP BY 1, 2 ORDER BY 2;
SELECT in_progress, deferred, paused, active, light FROM campaign.overview WHERE campaign_id = :walk;
SELECT reason, detail, next_change_at FROM campaign.explain(:walk, :invited);
ROLLBACK TO running;

-- ---- acceptance, reply, and the ends (S1.21, S2.22) ----------------------------------------------------------

SELECT campaign.record_event('connected', :invited, account => 661);
SELECT campaign.run_until('2026-01-08 10:00+00') > 0 AS moved;
SELECT campaign.record_event('replied', :invited);
SELECT campaign.run_until('2026-01-08 11:00+00') > 0 AS moved;
SELECT status, substatus, end_kind, code, step FROM campaign.prospect_status WHERE campaign_id = :walk AND prospect_id = :invited;
SELECT reason, detail, next_change_at FROM campaign.explain(:walk, :invited);
SELECT sent, accepted, ratio, ratio_indicator, replied, success FROM campaign.overview WHERE campaign_id = :walk;
SELECT campaign.run_until('2026-03-01 11:00+00') > 0 AS moved;
-- B9: the sum over statuses is the number enrolled, and each of them is that of the rows
SELECT enrolled, active, in_progress, deferred, paused, replied, finished, success, failure, ended, error, removed, archived, light
    FROM campaign.overview WHERE campaign_id = :walk;
SELECT status, end_kind, count(*) FROM campaign.prospect_status WHERE campaign_id = :walk GROUP BY 1, 2 ORDER BY 1, 2;
SELECT position, step, kind, entered, now_here, executed, succeeded, timed_out, left_success, left_failure, left_otherwise
    FROM campaign.step_funnel WHERE campaign_id = :walk ORDER BY 1;
SELECT day, kind, queued, sent, accepted, replied, failed, bounced, unsubscribed FROM campaign.daily_stats WHERE campaign_id = :walk ORDER BY 1, 2;

-- the tipping point of 40 % (D2): 39.99 % is red, 40.00 % is green, and without a sending there is none
SELECT campaign.create_campaign('Ratio', 'walk', 661, '{661}') AS ratio \gset
SELECT sent, accepted, ratio, ratio_indicator FROM campaign.overview WHERE campaign_id = :ratio;
INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n) VALUES
    (661, :ratio, 1, '2026-01-05', 'executed', 77), (661, :ratio, 3, '2026-01-05', 'executed', 10000), (661, :ratio, 4, '2026-01-05', 'accepted', 3999);
SELECT sent, accepted, ratio, ratio_indicator FROM campaign.overview WHERE campaign_id = :ratio;
INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n) VALUES (661, :ratio, 4, '2026-01-06', 'accepted', 1);
SELECT sent, accepted, ratio, ratio_indicator FROM campaign.overview WHERE campaign_id = :ratio;

-- ---- what must not be, shown (B5, B6) ------------------------------------------------------------------------

SELECT count(*) AS stuck FROM campaign.stuck;
SELECT campaign.create_campaign('Faults', 'walk', 661, '{661}') AS faults \gset
SELECT campaign.launch(:faults);
SELECT count(*) AS enrolled FROM campaign.enroll(:faults, '{6611,6612,6613,6614,6615}');
SELECT campaign.run_until('2026-03-01 12:00+00') > 0 AS moved;
SELECT count(*) AS stuck FROM campaign.stuck;
UPDATE campaign.enrollment SET due_at = NULL WHERE workspace_id = 661 AND prospect_id = 6611;
UPDATE campaign.enrollment SET due_at = campaign.clock() - interval '6 minutes' WHERE workspace_id = 661 AND prospect_id = 6612;
UPDATE campaign.enrollment SET due_at = NULL, parked_due_at = campaign.clock() WHERE workspace_id = 661 AND prospect_id = 6613;
UPDATE campaign.enrollment SET due_at = NULL, held = 'internal_error', held_detail = 'division by zero' WHERE workspace_id = 661 AND prospect_id = 6614;
SELECT campaign, prospect_id, external_id, step, reason FROM campaign.stuck ORDER BY 2;
SELECT status, substatus, held FROM campaign.prospect_status WHERE campaign_id = :faults AND prospect_id = 6614;
SELECT reason, detail, next_change_at FROM campaign.explain(:faults, 6614);
-- an action of which nobody knows
UPDATE campaign.enrollment e SET halt = 1, step = 1, due_at = NULL, action_id = a.id
    FROM campaign.action a WHERE e.workspace_id = 661 AND e.prospect_id = 6615 AND a.enrollment_id = e.id;
UPDATE campaign.action SET state = 'held', reason = 'unknown_outcome', attempt = 1, outcome = '{"detail": "cut off after the first byte"}'
    WHERE workspace_id = 661 AND campaign_id = :faults AND prospect_id = 6615;
SELECT campaign, prospect_id, external_id, account, kind, step, attempt, outcome FROM campaign.unknown_outcomes;
SELECT prospect_id, kind, state, reason FROM campaign.queue WHERE campaign_id = :faults;
SELECT status, substatus, held FROM campaign.prospect_status WHERE campaign_id = :faults AND prospect_id = 6615;
SELECT reason, regexp_replace(detail, ' \d+ is', ' N is') AS detail, next_change_at FROM campaign.explain(:faults, 6615);
UPDATE campaign.action SET state = 'processing', incarnation = 1, reason = NULL, started_at = campaign.clock() WHERE workspace_id = 661 AND campaign_id = :faults AND prospect_id = 6615;
SELECT status, substatus, held FROM campaign.prospect_status WHERE campaign_id = :faults AND prospect_id = 6615;
SELECT light, in_queue FROM campaign.overview WHERE campaign_id = :faults;
SELECT reason, regexp_replace(detail, '\d+,', 'N,') AS detail, next_change_at FROM campaign.explain(:faults, 6615);

-- ---- which limits hold ----------------------------------------------------------------------------------------

-- the account's own replaces the one for each, that one the provider's; those of channel and workspace hold beside
DELETE FROM campaign.quota WHERE id = 661;
INSERT INTO campaign.member (id, name, time_zone) VALUES (662, 'Bea', 'Asia/Tokyo');
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (661, 662, 'any', 'outbox');
INSERT INTO campaign.account (id, member_id, channel_id, address, provider) VALUES
    (662, 661, 662, 'gmail', 'Gmail'), (663, 662, 662, 'unheard', 'unheard'), (664, 662, 662, 'none', NULL);
SELECT account_id, action_kind, period, scope, usage_kind, max_actions, time_zone FROM campaign.account_quota
    WHERE workspace_id = 661 AND action_kind IN ('email', 'invite') ORDER BY 1, 2, 3, 4, 5;
INSERT INTO campaign.quota (scope, account_id, channel_id, action_kind, period, max_actions) VALUES
    ('account', 662, NULL, 'email', 'week', 7), ('each_account', NULL, NULL, 'email', 'week', 70), ('each_account', NULL, NULL, NULL, 'day', 700),
    ('channel', NULL, 662, 'email', 'hour', 30), ('workspace', NULL, NULL, NULL, 'month', 9000);
SELECT account_id, action_kind, period, scope, usage_kind, max_actions, time_zone FROM campaign.account_quota
    WHERE workspace_id = 661 AND action_kind = 'email' ORDER BY 1, 3, 4, 5;
ROLLBACK;
