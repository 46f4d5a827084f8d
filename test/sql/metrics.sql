-- Figures for a monitoring system: by the rules of Prometheus, equal to the views, and only of workspaces that one may read.
BEGIN;
SELECT campaign.virtual_time(true) \gset
INSERT INTO campaign.workspace (name) VALUES ('metrics');
SET LOCAL campaign.workspace = 'metrics';
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
\pset format unaligned
\pset tuples_only on
INSERT INTO campaign.channel (name, transport) VALUES ('outbox', 'outbox') RETURNING id AS channel \gset
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'visit', 'day', 30);
INSERT INTO campaign.prospect (external_id) SELECT 'm' || n FROM generate_series(1, 50) n;
SELECT campaign.create_sequence('Test', '[{"visit": {}}, {"wait": {"until": "replied", "within": "3 days", "else": "failure"}}]') AS sequence \gset
SELECT campaign.create_campaign(E'a "name" \\ of\ntwo lines {x="y"} # HELP', 'Test', :member, ARRAY[:account]::bigint[]) AS test \gset
SELECT campaign.launch(:test) AS launched \gset
SELECT count(*) FROM campaign.enroll(:test, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'm%'));
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SELECT count(campaign.record_event('replied', p.id)) FROM (SELECT id FROM campaign.prospect WHERE external_id LIKE 'm%' ORDER BY id LIMIT 5) p;
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;

-- the lines of this workspace, in the form that Prometheus reads
SELECT replace(l, :'test', 'ID') FROM campaign.metrics_text() t, regexp_split_to_table(t, '\n') l WHERE l LIKE '%workspace="metrics"%';
-- the figures that have no workspace are those of the views
SELECT m.value = (SELECT count(*) FROM campaign.stuck) AS stuck FROM campaign.metrics m WHERE m.name = 'campaign_stuck_runs';
SELECT bool_and(m.value = (SELECT count(*) FROM campaign.alerts a WHERE a.closed_at IS NULL AND a.severity = m.labels ->> 'severity')) AS alerts, count(*)
FROM campaign.metrics m WHERE m.name = 'campaign_open_alerts';
SELECT name FROM campaign.metrics WHERE name LIKE 'campaign_worker%' GROUP BY 1 ORDER BY 1;

-- what Prometheus asks of names, of labels, and of the text: no row
SELECT DISTINCT 'name', m.name FROM campaign.metrics m WHERE m.name !~ '^campaign_[a-z][a-z_]*[a-z]$'
UNION SELECT 'a counter ends in _total, nothing else does', m.name FROM campaign.metrics m WHERE (m.kind = 'counter') <> (m.name LIKE '%\_total')
UNION SELECT 'kind', m.kind FROM campaign.metrics m WHERE m.kind NOT IN ('gauge', 'counter')
UNION SELECT 'help', m.help FROM campaign.metrics m WHERE m.help !~ '\.$'
UNION SELECT 'one name, several kinds or helps', m.name FROM campaign.metrics m GROUP BY m.name HAVING count(DISTINCT (m.kind, m.help)) > 1
UNION SELECT 'one name, other labels', m.name FROM campaign.metrics m GROUP BY m.name HAVING count(DISTINCT ARRAY(SELECT jsonb_object_keys(m.labels) ORDER BY 1)) > 1
UNION SELECT 'twice', m.name FROM campaign.metrics m GROUP BY m.name, m.labels HAVING count(*) > 1
UNION SELECT 'label', l.key FROM campaign.metrics m, jsonb_each_text(m.labels) l WHERE l.key !~ '^[a-z_]+$'
UNION SELECT 'line', l FROM campaign.metrics_text() t, regexp_split_to_table(rtrim(t, E'\n'), '\n') l
    WHERE l !~ '^# (HELP|TYPE) campaign_\w+ .+$' AND l !~ '^campaign_\w+({\w+="([^"\\]|\\[\\"n])*"(,\w+="([^"\\]|\\[\\"n])*")*})? -?[0-9.e+-]+$';

-- a workspace that one may not read is not in it
CREATE ROLE regress_metrics;
INSERT INTO campaign.workspace (name) VALUES ('other');
SELECT campaign.grant_access('regress_metrics', 'other', 'viewer') \gset
SET LOCAL ROLE regress_metrics;
SET LOCAL campaign.workspace = 'other';
SELECT count(*) FILTER (WHERE t.text LIKE '%metrics"%') AS of_others, count(*) FILTER (WHERE t.text LIKE '%campaign_info%') AS own FROM campaign.metrics_text() AS t (text);
ROLLBACK;
