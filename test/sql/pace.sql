-- The pace of an account and the rate of a channel: starts are spread, by what the lanes wait for.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
-- what has no sense is refused when it is written
\set VERBOSITY terse
SAVEPOINT wrong;
INSERT INTO campaign.channel (name, transport, options) VALUES ('wrong', 'outbox', '{"rate_per_second": 0}');
ROLLBACK TO wrong;
INSERT INTO campaign.channel (name, transport, options) VALUES ('wrong', 'outbox', '{"pace": "-1 minute"}');
ROLLBACK TO wrong;
INSERT INTO campaign.channel (name, transport, options) VALUES ('wrong', 'outbox', '{"pace": "often"}');
ROLLBACK TO wrong;
INSERT INTO campaign.channel (name, transport, options) VALUES
    ('network', 'outbox', '{"pace": "10 minutes", "pace_jitter": "5 minutes"}'),
    ('fast', 'outbox', '{"rate_per_second": 3}'), ('slow', 'outbox', '{"rate_per_second": 0.5}');
INSERT INTO campaign.account (member_id, channel_id, address, pace, pace_jitter)
    SELECT :member, c.id, v.address, v.pace::interval, v.jitter::interval FROM campaign.channel c
    JOIN (VALUES ('network', 'paced', NULL, NULL), ('network', 'own pace', '1 hour', '0'), ('fast', 'fast 1', NULL, NULL), ('fast', 'fast 2', NULL, NULL),
        ('slow', 'slow', NULL, NULL)) v(channel, address, pace, jitter) ON v.channel = c.name;
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 100) n;
SELECT campaign.create_sequence('Visit', '[{"visit": {}}]') > 0 AND campaign.create_sequence('Follow', '[{"follow": {}}]') > 0 AS created;
CREATE TEMPORARY TABLE sending AS SELECT a.address, q.name AS sequence,
    campaign.create_campaign(a.address || ' ' || q.name, q.name, :member, ARRAY[a.id], settings => '{"exclusivity": "none"}') AS campaign
    FROM campaign.account a, campaign.sequence q WHERE q.name IN ('Visit', 'Follow');
SELECT count(campaign.launch(s.campaign)::text) AS launched FROM sending s;
SELECT count(*) AS enrolled FROM sending s CROSS JOIN LATERAL campaign.enroll(s.campaign, ARRAY(
    SELECT p.id FROM campaign.prospect p ORDER BY p.id LIMIT CASE WHEN s.address IN ('paced', 'own pace') THEN 20 ELSE 6 END)) e;
CREATE TEMPORARY VIEW gap AS
    SELECT a.address, o.action_kind, o.at, o.at - lag(o.at) OVER (PARTITION BY a.address ORDER BY o.at) AS gap
    FROM campaign.outbox o JOIN campaign.account a ON a.id = o.account_id;

-- one thing at a time, now of this kind and now of that; at least 10 minutes apart and at most 15, and not always as many
SELECT campaign.run_until('2026-03-02 12:00+00') > 0 AS moved;
SELECT g.address, count(DISTINCT g.action_kind) AS kinds, min(g.gap) >= '10 minutes' AS never_less, max(g.gap) <= '15 minutes' AS never_more,
    count(DISTINCT g.gap) > 10 AS varied FROM gap g WHERE g.address = 'paced' GROUP BY 1;
SELECT g.address, min(g.gap), max(g.gap), count(*) FROM gap g WHERE g.address = 'own pace' GROUP BY 1;
-- those who wait for it are in progress: no quota defers them
SELECT DISTINCT s.status FROM campaign.prospect_status s WHERE s.substatus = 'queued';
SELECT DISTINCT x.reason, x.detail FROM campaign.prospect_status s CROSS JOIN LATERAL campaign.explain(s.campaign_id, s.prospect_id) x
    WHERE s.campaign = 'own pace Visit' AND x.reason NOT IN ('queued', 'ended', 'not_preloaded');

-- a rate holds for all accounts of a channel together
SELECT o.at, count(*) FROM campaign.outbox o JOIN campaign.account a ON a.id = o.account_id WHERE a.address LIKE 'fast%' GROUP BY 1 ORDER BY 1;
SELECT g.address, min(g.gap), max(g.gap), count(*) FROM gap g WHERE g.address = 'slow' GROUP BY 1;
-- a pace that is taken back lets the rest go at once
UPDATE campaign.account SET pace = '0', pace_jitter = '0' WHERE address = 'own pace';
SELECT campaign.run_until('2026-03-02 12:00+00') > 0 AS moved;
SELECT count(*) FROM gap g WHERE g.address = 'own pace';
ROLLBACK;
