-- What a campaign is made of, and the ways out of it.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna') RETURNING id AS account \gset

-- S2.4: seven kinds of action are there from the start; another one is refused where it is written
SELECT k.name, k.channel_class FROM campaign.action_kind k
    WHERE k.built_in AND k.name IN ('invite', 'message', 'follow', 'visit', 'find_email', 'email', 'crm_sync') ORDER BY k.name;
SELECT v.path, v.code FROM campaign.validate_sequence('[{"dance": {}}, {"action": "sing", "payload": {}}]') v;

-- S2.1, S2.2: a campaign is a sequence and a list of prospects; one sequence feeds two of them, and what
-- becomes of the sequence later changes neither
CREATE TEMPORARY TABLE leads (external_id text, email text, first_name text);
INSERT INTO leads SELECT 'lead ' || i, i || '@example.com', 'L' || i FROM generate_series(1, 9) i;
SELECT i.result, count(*) FROM campaign.import_prospects('leads', list => 'Fair') i GROUP BY 1;
SELECT campaign.create_sequence('Look', '[{"visit": {}}, {"delay": "1 day"}, {"invite": {}}]') > 0 AS made;
SELECT campaign.create_campaign('First', 'Look', :member, ARRAY[:account]::bigint[], program => 'Spring') AS first \gset
SELECT campaign.create_sequence('Look', '[{"follow": {}}]') > 0 AS made;
SELECT campaign.create_campaign('Second', 'Look', :member, ARRAY[:account]::bigint[], program => 'Spring',
    settings => '{"exclusivity": "none"}') AS second \gset
SELECT s.campaign, string_agg(s.kind, ' ' ORDER BY s."position") AS steps FROM campaign.steps s
    WHERE s.campaign_id IN (:first, :second) AND s.path IS NOT NULL GROUP BY s.campaign ORDER BY 1;

-- S2.9: visits have a quota of their own. S2.3: what is launched is queued, and leaves as the quota allows.
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'visit', 'day', 4);
SELECT campaign.launch(:first), campaign.launch(:second);
SELECT e.result, count(*) FROM campaign.enroll_list(:first, campaign.list_id('Fair')) e GROUP BY 1;
SELECT e.result, count(*) FROM campaign.enroll_list(:second, campaign.list_id('Fair')) e GROUP BY 1;
SELECT campaign.tick() > 0 AS moved;
SELECT q.campaign, q.kind, q.state, q.reason, count(*) FROM campaign.queue q
    WHERE q.campaign_id IN (:first, :second) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
SELECT o.action_kind, count(*) FROM campaign.outbox o WHERE o.account_id = :account GROUP BY 1 ORDER BY 1;

-- S2.41: figures of each campaign, and of all of them together
SELECT campaign.run_until('2026-03-02 12:00+00') > 0 AS moved;
SELECT o.program, o.campaign, sum(o.enrolled) AS enrolled, sum(o.active) AS active, sum(o.finished) AS finished, sum(o.sent_today) AS sent_today
    FROM campaign.overview o WHERE o.campaign_id IN (:first, :second)
    GROUP BY GROUPING SETS ((o.program, o.campaign), (o.program)) ORDER BY o.campaign NULLS LAST;

-- D5, D9, S2.22, S2.23: finished is whoever is out, but who replied; how he left is in end_kind, why in
-- code; and each of them can be taken into another campaign
SELECT campaign.create_sequence('Ends', '[{"only_if": "not pending"}, {"branch": [
    {"when": "$.prospect.way == \"success\"", "then": [{"end": "success"}]},
    {"when": "$.prospect.way == \"failure\"", "then": [{"end": "failure"}]},
    {"when": "$.prospect.way == \"end\"", "then": [{"end": "end"}]},
    {"when": "$.prospect.way == \"error\"", "then": [{"message": {"body": "Hello"}}]},
    {"else": [{"delay": "30 days"}]}]}]') > 0 AS made;
SELECT campaign.create_campaign('Ends', 'Ends', :member, ARRAY[:account]::bigint[]) AS ends \gset
SELECT campaign.launch(:ends);
INSERT INTO campaign.prospect (external_id, attributes)
    SELECT w, jsonb_build_object('way', w) FROM unnest('{success,failure,end,error,removed,archived,replied}'::text[]) w;
SELECT p.external_id, e.result, e.detail FROM campaign.enroll(:ends, ARRAY(SELECT p.id FROM campaign.prospect p WHERE p.attributes ? 'way')) e JOIN campaign.prospect p ON p.id = e.prospect_id ORDER BY p.id;
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.remove_prospects(:ends, ARRAY[campaign.prospect_id('removed')]) AS removed;
SELECT campaign.record_event('replied', external_id => 'replied');
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.archive(:ends);
SELECT s.external_id, s.status, s.end_kind, s.code, s.step FROM campaign.prospect_status s
    WHERE s.campaign_id = :ends ORDER BY s.prospect_id;
SELECT c.result, count(*) FROM campaign.candidates(:first, ARRAY(SELECT p.id FROM campaign.prospect p WHERE p.attributes ? 'way')) c GROUP BY 1;
ROLLBACK;
