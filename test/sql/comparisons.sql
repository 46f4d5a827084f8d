-- What does better: the ways of a split (B14), the steps of a sequence, campaigns by what came of their
-- invitations (S1.22, D2); and that the filters of the prospects of a campaign are served by an index (S2.42).
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 400) n;
SELECT campaign.create_sequence('Test', '[{"visit": {}}, {"name": "which", "split": [{"percent": 25, "then": [{"delay": "1 day"}, {"follow": {}}]},
    {"percent": 75, "then": [{"delay": "4 days"}]}]}, {"wait": {"until": "clicked", "within": "10 days", "else": "failure"}}]') > 0 AS made;
SELECT campaign.create_campaign('Test', 'Test', :member, ARRAY[:account]::bigint[]) AS test \gset
SELECT step, way, percent, entered, ratio FROM campaign.split_outcomes WHERE campaign_id = :test ORDER BY way;
SELECT campaign.launch(:test);
SELECT count(*) FROM campaign.enroll(:test, ARRAY(SELECT id FROM campaign.prospect));
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SELECT way, entered = inside AS all_inside, entered > 0 AS entered FROM campaign.split_outcomes WHERE campaign_id = :test ORDER BY way;
-- of those who went the first way each clicks, of the others every third, and some of these reply
CREATE TEMPORARY TABLE taken AS SELECT v.prospect_id, (v.detail ->> 'way')::int AS way, row_number() OVER (PARTITION BY v.detail ->> 'way' ORDER BY v.prospect_id) AS n
    FROM campaign.event v WHERE v.campaign_id = :test AND v.kind = 'split_drawn';
SELECT campaign.run_until('2026-03-07 09:00+00') > 0 AS moved;
SELECT count(campaign.record_event('clicked', t.prospect_id)) > 0 AS clicked FROM taken t WHERE t.way = 1 OR t.n % 3 = 0;
SELECT count(campaign.record_event('replied', t.prospect_id)) FROM taken t WHERE t.way = 2 AND t.n IN (1, 2);
SELECT campaign.run_until('2026-03-20 09:00+00') > 0 AS moved;
SELECT o.way, o.entered = x.entered AS entered, o.inside, o.success = x.success AS success, o.failure = x.entered - x.success AS failure, o.otherwise, o.replied,
    o.ratio = round(x.success::numeric / x.entered, 4) AS ratio
FROM campaign.split_outcomes o
JOIN (SELECT t.way, count(*) AS entered, count(*) FILTER (WHERE t.way = 1 OR t.n % 3 = 0 OR t.n IN (1, 2)) AS success FROM taken t GROUP BY 1) x ON x.way = o.way
WHERE o.campaign_id = :test ORDER BY o.way;
-- the ways together are all that entered the split
SELECT sum(o.entered) FROM campaign.split_outcomes o WHERE o.campaign_id = :test;
-- how long they stood at each step that takes as long for everybody
SELECT f.step, f.entered > 0 AS entered, f.median_wait BETWEEN x.about * 0.84 AND x.about * 1.19 AS about FROM campaign.step_funnel f
    JOIN (VALUES ('visit', interval '0'), ('delay', '1 day'), ('delay_2', '4 days')) x(step, about) ON x.step = f.step
    WHERE f.campaign_id = :test ORDER BY f.position;
SELECT step, median_wait FROM campaign.step_funnel WHERE campaign_id = :test AND step <> 'wait' ORDER BY position;

-- S1.22: the better ratio first, then who has more of them; none without an invitation. 40 % is green (D2).
SELECT count(*) FROM campaign.top_network_growth WHERE campaign_id = :test;
SELECT campaign.create_sequence('Invite', '[{"invite": {}}]') > 0 AS made;
CREATE TEMPORARY TABLE growth AS SELECT v.*, campaign.create_campaign(v.name, 'Invite', :member, ARRAY[:account]::bigint[]) AS campaign
    FROM (VALUES ('good', 10, 4), ('better', 10, 8), ('bigger', 100, 40), ('poor', 10000, 3999)) v(name, sent, accepted);
INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n)
    SELECT 1, g.campaign, 0, '2026-03-02', k.kind, k.n FROM growth g, LATERAL (VALUES ('executed', g.sent), ('accepted', g.accepted)) k(kind, n);
SELECT t.campaign, t.sent, t.accepted, t.ratio, t.ratio_indicator FROM campaign.top_network_growth t JOIN growth g ON g.campaign = t.campaign_id ORDER BY t.ratio DESC, t.accepted DESC;

-- S2.42: by status, step and end, and all of it from the rows of the one campaign
SELECT status, end_kind, code, step, count(*) > 0 AS some FROM campaign.prospect_status WHERE campaign_id = :test AND end_kind = 'failure' GROUP BY 1, 2, 3, 4;
SELECT count(*) FROM campaign.prospect_status WHERE campaign_id = :test AND status = 'replied' AND step = 'wait';
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || $1;
END
$$;
SELECT bool_or(p LIKE '%enrollment_campaign%') AS by_the_campaign, bool_or(p LIKE '%Seq Scan on enrollment%') AS all_of_them
    FROM pg_temp.plan(format('SELECT * FROM campaign.prospect_status WHERE campaign_id = %s AND status = ''replied'' AND step = ''wait''', :test)) p;
ROLLBACK;
