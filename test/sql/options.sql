-- What an action step says beside its texts: on_precondition, max_lateness, retries.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';

INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
    VALUES (:member, 1, 'anna@linkedin', 'linkedin') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT unnest(ARRAY['stranger', 'connects', 'invited', 'connects_queued']);
CREATE TEMPORARY TABLE known (account text, external_id text, state text, since timestamptz);

-- D6: who becomes connected, or was invited by hand, during the delay before an invitation leaves as
-- error by default; a step may skip itself, or name another way; at entry, and again when sending.
SELECT campaign.create_sequence('By default', '[{"delay": "2 days"}, {"invite": {}}, {"delay": "1 day"}, {"follow": {}}]') > 0 AS created;
SELECT campaign.create_sequence('Error', '[{"delay": "2 days"}, {"invite": {}, "on_precondition": "error"}, {"delay": "1 day"}, {"follow": {}}]') > 0 AS created;
SELECT campaign.create_sequence('Skip', '[{"delay": "2 days"}, {"invite": {}, "on_precondition": "skip"}, {"delay": "1 day"}, {"follow": {}}]') > 0 AS created;
SELECT campaign.create_sequence('Steps', '[{"delay": "2 days"}, {"invite": {}, "on_precondition": [{"visit": {}}]}, {"delay": "1 day"}, {"follow": {}}]') > 0 AS created;
SELECT s."position", s.path, s.name, s.kind FROM campaign.compiled_steps(
    (SELECT q.definition FROM campaign.sequence q WHERE q.name = 'Steps')) s;
SELECT campaign.create_campaign(n, n, :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') > 0 AS created
    FROM unnest(ARRAY['By default', 'Error', 'Skip', 'Steps']) n;
SELECT campaign.launch(c.id) FROM campaign.campaign c WHERE c.state = 'draft';
SELECT c.name, count(*) FROM campaign.campaign c
    CROSS JOIN LATERAL campaign.enroll(c.id, ARRAY(SELECT id FROM campaign.prospect)) e GROUP BY 1 ORDER BY 1;
-- while nothing may be invited, one invitation of each campaign is queued and not sent
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'invite', 'day', 0);
SELECT campaign.run_until('2026-03-03 08:00+00') > 0 AS moved;
INSERT INTO known VALUES ('anna@linkedin', 'connects', 'connected', '2026-03-03'), ('anna@linkedin', 'invited', 'pending', '2026-03-03');
SELECT r.result FROM campaign.import_relations('known') r;
SELECT campaign.run_until('2026-03-04 08:00+00') > 0 AS moved;
SELECT c.name, p.external_id, s.step, s.substatus, s.end_kind, s.code
    FROM campaign.prospect_status s JOIN campaign.campaign c ON c.id = s.campaign_id JOIN campaign.prospect p ON p.id = s.prospect_id
    ORDER BY 1, p.id;
INSERT INTO known VALUES ('anna@linkedin', 'connects_queued', 'connected', '2026-03-04');
DELETE FROM known WHERE external_id <> 'connects_queued';
SELECT r.result FROM campaign.import_relations('known') r;
UPDATE campaign.quota SET max_actions = 100 WHERE account_id = :account;
SELECT campaign.run_until('2026-03-10 08:00+00') > 0 AS moved;
SELECT c.name, p.external_id, s.end_kind, s.code,
    (SELECT string_agg(a.action_kind || ' ' || a.state, ', ' ORDER BY a.queued_at, a.id) FROM campaign.action a
     WHERE a.enrollment_id = s.enrollment_id) AS actions,
    (SELECT string_agg(e.detail->>'code', ', ') FROM campaign.event e
     WHERE e.enrollment_id = s.enrollment_id AND e.kind = 'action_prevented') AS prevented
    FROM campaign.prospect_status s JOIN campaign.campaign c ON c.id = s.campaign_id JOIN campaign.prospect p ON p.id = s.prospect_id
    ORDER BY 1, p.id;

-- max_lateness: what could not be started in time is skipped, and the run goes on
SELECT campaign.create_sequence('Late', $$[
    {"visit": {}, "max_lateness": "2 days"}, {"delay": "1 day"}, {"follow": {}}]$$) > 0 AS created;
SELECT campaign.create_campaign('Late', 'Late', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS late \gset
SELECT campaign.launch(:late);
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'visit', 'day', 0);
SELECT e.result FROM campaign.enroll(:late, ARRAY[campaign.prospect_id('stranger')]) e;
SELECT campaign.run_until('2026-03-12 08:00+00') > 0 AS moved;
SELECT e.result FROM campaign.enroll(:late, ARRAY[campaign.prospect_id('connects')]) e;
SELECT campaign.run_until('2026-03-12 08:00:01+00') > 0 AS moved;
UPDATE campaign.quota SET max_actions = 100 WHERE account_id = :account;
SELECT campaign.run_until('2026-03-20 08:00+00') > 0 AS moved;
SELECT p.external_id, a.action_kind, a.state, a.reason, a.queued_at, a.finished_at
    FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.campaign_id = :late ORDER BY p.id, a.queued_at;
SELECT s.end_kind, s.code, count(*) FROM campaign.prospect_status s WHERE s.campaign_id = :late GROUP BY 1, 2;

-- retries: attempts in all, instead of those of the channel
INSERT INTO campaign.channel (name, transport, url, options) VALUES ('gateway', 'http', 'https://gateway.test/send',
    '{"idempotent": true, "retries": 8}') RETURNING id AS channel \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
    VALUES (:member, :channel, 'anna@gateway', 'test') RETURNING id AS gateway \gset
SELECT campaign.create_sequence('Tries', '[{"visit": {}, "retries": 2}, {"follow": {}}]') > 0 AS created;
SELECT campaign.create_campaign('Tries', 'Tries', :member, ARRAY[:gateway]::bigint[], settings => '{"exclusivity": "none"}') AS tries \gset
SELECT campaign.launch(:tries);
SELECT e.result FROM campaign.enroll(:tries, ARRAY[campaign.prospect_id('stranger'), campaign.prospect_id('connects')]) e;
SELECT campaign.tick() > 0 AS moved;
-- as if a dispatcher had made its first and its second attempt
UPDATE campaign.action SET state = 'processing', reason = 'awaiting_report', expires_at = '2026-03-21', started_at = '2026-03-20 08:00',
    attempt = CASE prospect_id WHEN campaign.prospect_id('stranger') THEN 1 ELSE 2 END
    WHERE campaign_id = :tries;
SELECT campaign.report(a.id, 'retry') FROM campaign.action a WHERE a.campaign_id = :tries;
SELECT a.attempt, a.state, a.reason FROM campaign.action a WHERE a.campaign_id = :tries ORDER BY a.attempt;

-- faults
SELECT f.path, f.severity, f.code, f.detail FROM unnest(ARRAY[
    '[{"visit": {}, "max_lateness": "0 days"}, {"visit": {}, "max_lateness": 3}, {"visit": {}, "max_lateness": "1 month"}]',
    '[{"visit": {}, "retries": 0}, {"visit": {}, "retries": 1.5}, {"visit": {}, "retries": "2"}, {"visit": {}, "retries": 1e30}, {"visit": {}, "retries": 101}]',
    '[{"invite": {}, "on_precondition": "continue"}, {"invite": {}, "on_precondition": 7}, {"invite": {}, "on_precondition": [7]}]',
    '[{"visit": {}, "on_precondition": "skip"}]',
    '[{"delay": "1 day", "retries": 1}]']) WITH ORDINALITY d(definition, n)
    CROSS JOIN LATERAL campaign.validate_sequence(d.definition::jsonb) WITH ORDINALITY f(path, severity, code, detail, i) ORDER BY d.n, f.i;
ROLLBACK;
