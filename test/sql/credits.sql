-- S2.11: credits: the plan's own, those that are added, spent with the action, and what happens at 0.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 520) n;
SELECT campaign.create_sequence('Find', '[{"find_email": {}}, {"delay": "9 days"}]') > 0 AND campaign.create_sequence('Visit', '[{"visit": {}}]') > 0 AS created;
SELECT campaign.create_campaign('Find', 'Find', :member, ARRAY[:account]::bigint[]) AS find \gset
SELECT campaign.create_campaign('Visit', 'Visit', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS visit \gset
SELECT campaign.launch(:find), campaign.launch(:visit);

-- without a plan nothing is counted
SELECT count(*) FROM campaign.enroll(:find, ARRAY(SELECT id FROM campaign.prospect ORDER BY id LIMIT 5));
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SELECT * FROM campaign.credit_balance;
SELECT count(*) AS found, (SELECT count(*) FROM campaign.credit) AS bookings FROM campaign.outbox;

-- S2.11: 500 are included in business; they are used to the last one, and then actions are held, not failed
INSERT INTO campaign.workspace_setting (workspace_id, plan) VALUES (1, 'business');
SELECT * FROM campaign.credit_balance;
SELECT count(*) FROM campaign.enroll(:find, ARRAY(SELECT id FROM campaign.prospect ORDER BY id OFFSET 5 LIMIT 507));
SELECT count(*) FROM campaign.enroll(:visit, ARRAY(SELECT id FROM campaign.prospect ORDER BY id LIMIT 3));
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;
SELECT * FROM campaign.credit_balance;
SELECT a.action_kind, a.state, a.reason, count(*) FROM campaign.action a GROUP BY 1, 2, 3 ORDER BY 1, 2;
SELECT min(c.amount), max(c.amount), c.reason, count(DISTINCT c.action_id) FROM campaign.credit c GROUP BY 3;
SELECT x.reason, regexp_replace(x.detail, '\d+ ', 'N ') AS detail FROM campaign.prospect_status s
    JOIN campaign.action a ON a.enrollment_id = s.enrollment_id AND a.state = 'held'
    CROSS JOIN LATERAL campaign.explain(s.campaign_id, s.prospect_id) x WHERE x.reason = 'no_credit' LIMIT 1;
SELECT count(*) AS stuck FROM campaign.stuck;

-- added ones let the oldest go on, as many as they are for, by themselves
SELECT campaign.add_credits(3, 'bought');
SELECT campaign.run_until('2026-03-02 11:00+00') > 0 AS moved;
SELECT plan, included, booked, balance, held FROM campaign.credit_balance;
-- so does a plan: one that includes more, or none
INSERT INTO campaign.plan (name, channel_classes, included_credits) VALUES ('business', '{linkedin,enrichment}', 502);
UPDATE campaign.workspace_setting SET plan = 'business' WHERE workspace_id = 1;
SELECT campaign.run_until('2026-03-02 12:00+00') > 0 AS moved;
SELECT plan, included, booked, balance, held FROM campaign.credit_balance;
DELETE FROM campaign.workspace_setting WHERE workspace_id = 1;
SELECT campaign.run_until('2026-03-02 13:00+00') > 0 AS moved;
SELECT a.action_kind, a.state, count(*) FROM campaign.action a GROUP BY 1, 2 ORDER BY 1, 2;

-- what cannot be
\set VERBOSITY terse
SAVEPOINT wrong;
SELECT campaign.add_credits(0, 'nothing');
ROLLBACK TO wrong;
SELECT campaign.add_credits(5, ' ');
ROLLBACK TO wrong;
ROLLBACK;
