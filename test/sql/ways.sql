-- Steps from which several ways lead on: goto, split, and the branch on how somebody is connected.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';

INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
    VALUES (:member, 1, 'anna@linkedin', 'linkedin') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id)
    SELECT 'p' || n FROM generate_series(1, 1000) n;

-- goto: a loop with a delay (B12). Each time round is another occurrence, with a key of its own.
SELECT campaign.create_sequence('Loop', $$[
    {"visit": {}, "name": "look"},
    {"delay": "7 days"},
    {"branch": [{"when": "replied", "then": [{"goto": "done"}]}, {"else": []}]},
    {"goto": "look"},
    {"follow": {}, "name": "done"}
]$$) > 0 AS created;
SELECT s."position", s.path, s.name, s.kind FROM campaign.compiled_steps(
    (SELECT q.definition FROM campaign.sequence q WHERE q.name = 'Loop')) s;
SELECT campaign.create_campaign('Loop', 'Loop', :member, ARRAY[:account]::bigint[], settings => '{"exit_on_reply": false}') AS loop \gset
SELECT campaign.launch(:loop);
SELECT e.result FROM campaign.enroll(:loop, ARRAY[campaign.prospect_id('p1')]) e;
SELECT campaign.run_until('2026-03-20 08:00+00') > 0 AS moved;
SELECT o.action_kind, o.at, a.occurrence FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id ORDER BY o.at;
-- nobody looks for a month
SET LOCAL campaign.now = '2026-04-20 08:00:00+00';
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.run_until('2026-04-21 08:00+00') > 0 AS moved;
SELECT o.action_kind, o.at, a.occurrence FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id ORDER BY o.at;
SELECT campaign.record_event('replied', external_id => 'p1');
SELECT campaign.run_until('2026-06-01 08:00+00') > 0 AS moved;
SELECT o.action_kind, count(*), count(DISTINCT o.key) AS keys, max(a.occurrence) AS occurrence
    FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id GROUP BY 1 ORDER BY 1 DESC;
SELECT s.end_kind, s.code FROM campaign.prospect_status s WHERE s.campaign_id = :loop;

-- split (B14): everybody goes one way, in the given proportion, and the way is known
SELECT campaign.create_sequence('Split', $$[
    {"split": [
        {"percent": 12.5, "then": [{"visit": {}}]},
        {"percent": 37.5, "then": [{"follow": {}}]},
        {"percent": 50, "then": []}], "name": "test"},
    {"end": "success"}
]$$) > 0 AS created;
SELECT campaign.create_campaign('Split', 'Split', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS split \gset
SELECT campaign.launch(:split);
SELECT e.result, count(*) FROM campaign.enroll(:split, ARRAY(SELECT id FROM campaign.prospect)) e GROUP BY 1;
SELECT campaign.run_until('2026-06-02 08:00+00') > 0 AS moved;
SELECT d.way, d.step, d.n BETWEEN v.least AND v.most AS in_proportion, d.n = c.n AS counted
    FROM (SELECT e.detail->>'way' AS way, s.name AS step, e.step AS position, count(*) AS n
          FROM campaign.event e JOIN campaign.step s ON s.campaign_id = e.campaign_id AND s.position = e.step
          WHERE e.campaign_id = :split AND e.kind = 'split_drawn' GROUP BY 1, 2, 3) d
    JOIN (VALUES ('1', 90, 160), ('2', 320, 430), ('3', 440, 560)) v(way, least, most) ON v.way = d.way
    LEFT JOIN (SELECT c.step, c.kind, sum(c.n) AS n FROM campaign.counter c WHERE c.campaign_id = :split GROUP BY 1, 2) c
        ON c.step = d.position AND c.kind = 'way_' || d.way
    ORDER BY 1;
-- what was done is that of the way that was drawn
SELECT e.detail->>'way' AS way, o.action_kind, count(*) = count(DISTINCT e.prospect_id) AS once
    FROM campaign.event e LEFT JOIN campaign.outbox o ON o.prospect_id = e.prospect_id
        AND o.action_id IN (SELECT a.id FROM campaign.action a WHERE a.campaign_id = :split)
    WHERE e.campaign_id = :split AND e.kind = 'split_drawn' GROUP BY 1, 2 ORDER BY 1;
-- a second run goes the same way
CREATE TEMPORARY TABLE drawn AS
    SELECT e.prospect_id, e.detail->>'way' AS way FROM campaign.event e WHERE e.campaign_id = :split AND e.kind = 'split_drawn';
UPDATE campaign.enrollment SET end_kind = 'removed' WHERE campaign_id = :split;
SELECT e.result, count(*) FROM campaign.enroll(:split, ARRAY(SELECT id FROM campaign.prospect)) e GROUP BY 1;
SELECT campaign.run_until('2026-06-03 08:00+00') > 0 AS moved;
SELECT count(*) AS draws, count(DISTINCT e.prospect_id) AS prospects, bool_and(e.detail->>'way' = d.way) AS same
    FROM campaign.event e JOIN drawn d ON d.prospect_id = e.prospect_id
    WHERE e.campaign_id = :split AND e.kind = 'split_drawn';

-- S2.18: connected, not connected and pending go three ways; each one way, and nobody none
SELECT campaign.create_sequence('Three ways', $$[
    {"branch": [
        {"when": "connected", "then": [{"visit": {}}, {"end": "success"}]},
        {"when": "not_connected", "then": [{"follow": {}}, {"end": "end"}]},
        {"when": "pending", "then": [{"crm_sync": {}}, {"end": "failure"}]},
        {"else": [{"goto": "impossible"}]}]},
    {"delay": "1 day", "name": "impossible"}
]$$) > 0 AS created;
SELECT campaign.create_campaign('Three ways', 'Three ways', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS three \gset
CREATE TEMPORARY TABLE known (account text, external_id text, state text, since timestamptz);
INSERT INTO known SELECT 'anna@linkedin', 'p' || n, CASE n % 3 WHEN 0 THEN 'connected' ELSE 'pending' END, '2026-01-01'
    FROM generate_series(1, 300) n WHERE n % 3 < 2;
SELECT r.result, count(*) FROM campaign.import_relations('known') r GROUP BY 1;
SELECT campaign.launch(:three);
SELECT e.result, count(*) FROM campaign.enroll(:three, ARRAY(SELECT campaign.prospect_id('p' || n) FROM generate_series(1, 300) n)) e GROUP BY 1;
SELECT campaign.run_until('2026-06-04 08:00+00') > 0 AS moved;
SELECT COALESCE(r.state, 'none') AS relation, o.action_kind, s.end_kind, count(*), count(DISTINCT s.prospect_id) AS prospects
    FROM campaign.prospect_status s
    LEFT JOIN campaign.relation r ON r.prospect_id = s.prospect_id AND r.account_id = :account
    LEFT JOIN campaign.action o ON o.campaign_id = :three AND o.prospect_id = s.prospect_id
    WHERE s.campaign_id = :three GROUP BY 1, 2, 3 ORDER BY 1;
SELECT count(*) AS stuck FROM campaign.stuck;

-- a loop that nobody has looked at for a day: a fact finds it more than a thousand moves behind, and it is
-- brought up to the fact, not held
SELECT campaign.create_sequence('Round', '[{"delay": "1 minute", "name": "again"}, {"branch": [
    {"when": "clicked", "then": [{"end": "success"}]}, {"else": [{"goto": "again"}]}]}]') > 0 AS created;
SELECT campaign.create_campaign('Round', 'Round', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS round \gset
SELECT campaign.launch(:round);
SELECT e.result FROM campaign.enroll(:round, ARRAY[campaign.prospect_id('p1')]) e;
SELECT campaign.tick() > 0 AS moved;
SET LOCAL campaign.now = '2026-06-05 08:00+00';
SELECT campaign.record_event('clicked', external_id => 'p1', occurred_at => '2026-06-05 07:58:30+00');
SELECT campaign.run_until('2026-06-05 08:00+00') > 0 AS moved;
SELECT s.status, s.held, s.end_kind, s.step FROM campaign.prospect_status s WHERE s.campaign_id = :round;
SELECT count(*) FROM campaign.event e WHERE e.campaign_id = :round AND e.kind = 'delay_started';
ROLLBACK;
