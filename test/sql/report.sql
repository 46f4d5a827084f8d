-- Pages about a campaign and about a workspace (B18): complete, well formed, the same numbers as the views, and names
-- are names. What a browser makes of them is in test/t/070_report.pl.
BEGIN;
SELECT campaign.virtual_time(true) \gset
-- other tests leave sequences and campaigns in the default one
INSERT INTO campaign.workspace (name) VALUES ('report');
SET LOCAL campaign.workspace = 'report';
INSERT INTO campaign.channel (name, transport) VALUES ('outbox', 'outbox') RETURNING id AS channel \gset
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION pg_temp.found(page text, path text) RETURNS SETOF text LANGUAGE sql
    AS $$ SELECT x::text FROM unnest(xpath(path, page::xml, '{{h,http://www.w3.org/1999/xhtml},{s,http://www.w3.org/2000/svg}}')) x $$;
-- what no page may have, and what all parts of one must: no row
CREATE FUNCTION pg_temp.faults(page text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT 'not well formed' WHERE NOT xml_is_well_formed_document(page)
    UNION ALL SELECT 'may run or fetch: ' || f FROM pg_temp.found(page, '//h:script|//s:script|//h:img|//h:iframe|//h:object|//h:embed|//h:form|//h:input|//s:image|//s:use|//s:foreignObject') f
    UNION ALL SELECT 'handler: ' || f FROM pg_temp.found(page, '//@*[starts-with(local-name(), "on")]') f
    UNION ALL SELECT 'leads away: ' || f FROM pg_temp.found(page, '//@href[not(starts-with(., "#")) and . != "data:,"]|//@src|//@action') f
    UNION ALL SELECT 'fetches by style: ' || f FROM pg_temp.found(page, '//*[contains(@style, "url") or (local-name() = "style" and (contains(., "url(") or contains(., "@import")))]/@class') f
    UNION ALL SELECT 'id twice: ' || i FROM pg_temp.found(page, '//@id') i GROUP BY i HAVING count(*) > 1
    UNION ALL SELECT 'leads nowhere: ' || f FROM pg_temp.found(page, '//h:a/@href') f WHERE substr(f, 2) NOT IN (SELECT pg_temp.found(page, '//@id'))
    UNION ALL SELECT 'named by nothing: ' || f FROM pg_temp.found(page, '//@aria-labelledby') f WHERE f NOT IN (SELECT pg_temp.found(page, '//@id'))
    UNION ALL SELECT 'table without a caption' FROM pg_temp.found(page, '//h:table[not(h:caption) or not(h:thead/h:tr/h:th)]')
    UNION ALL SELECT 'head without a name' FROM pg_temp.found(page, '//h:thead//h:th[not(normalize-space(.))]')
    UNION ALL SELECT 'row without a head' FROM pg_temp.found(page, '//h:tbody/h:tr[not(h:th[@scope = "row"])]')
    UNION ALL SELECT 'section without a title' FROM pg_temp.found(page, '//h:section[not(h:h2)]')
    UNION ALL SELECT 'picture without words' FROM pg_temp.found(page, '//s:svg[@role != "img" or not(@aria-label or s:title)]')
    UNION ALL SELECT 'scrolls, but not by keyboard' FROM pg_temp.found(page, '//*[@class = "scroll" or @class = "picture"][@tabindex != "0" or @role != "region" or not(@aria-labelledby)]')
    UNION ALL SELECT format('%s headings of the first level', count(*)) FROM pg_temp.found(page, '//h:h1') HAVING count(*) <> 1
    UNION ALL SELECT 'no language, or not for phones' WHERE page NOT LIKE '%lang="en"%' OR page NOT LIKE '%width=device-width%'
$$;

-- an empty workspace has a page too
SELECT * FROM pg_temp.faults(campaign.report_html());
SELECT pg_temp.found(campaign.report_html(), '//h:h2/text()');

INSERT INTO campaign.member (name) VALUES ('Anna</bdi><script>alert(1)</script>') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'anna"><img src=x onerror=alert(1)>') RETURNING id AS account \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'ben') RETURNING id AS ben \gset
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'invite', 'week', 60);
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 100) n;
SELECT campaign.create_sequence('Test', '[{"visit": {}}, {"invite": {"note": "x</title></svg><script>alert(2)</script>"}, "name": "]]>\"--> ''&lt;"},
    {"wait": {"until": "connected", "within": "9 days", "else": "failure"}, "name": "acceptance"},
    {"name": "which", "split": [{"percent": 50, "then": [{"delay": "2 hours"}]}, {"percent": 50, "then": []}]},
    {"wait": {"until": "replied", "within": "5 days", "else": "failure"}, "name": "answer"}]') AS sequence \gset
SELECT campaign.create_campaign('</title><script>document.title="ran"</script> & "quoted" ' || U&'\05E9\05DC\05D5\05DD \202Eevil \+01F600', 'Test', :member,
    ARRAY[:account, :ben]::bigint[], program => '<style>*{display:none}</style>', description => E'<!-- \x01 ]]>') AS test \gset
SELECT campaign.create_campaign('Quiet', 'Test', :member, ARRAY[:ben]::bigint[]) AS quiet \gset
SELECT * FROM pg_temp.faults(campaign.report_html(:quiet));
SELECT pg_temp.found(campaign.report_html(:quiet), '//h:h2/text()|//h:section/h:p/text()');
SELECT campaign.launch(:test) AS launched \gset
SELECT count(*) FROM campaign.enroll(:test, ARRAY(SELECT id FROM campaign.prospect));
SELECT campaign.run_until('2026-03-05 09:00+00') > 0 AS moved;
SELECT count(campaign.record_event('connected', p.id)) FROM (SELECT id FROM campaign.prospect ORDER BY id LIMIT 40) p;
SELECT campaign.run_until('2026-03-07 09:00+00') > 0 AS moved;
SELECT count(campaign.record_event('replied', p.id)) FROM (SELECT id FROM campaign.prospect ORDER BY id LIMIT 10) p;
SELECT campaign.run_until('2026-03-08 09:00+00') > 0 AS moved;
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = :account;
CREATE TEMPORARY TABLE page AS SELECT 'campaign' AS about, campaign.report_html(:test) AS page UNION ALL SELECT 'workspace', campaign.report_html();

SELECT p.about, pg_temp.faults(p.page) FROM page p;
SELECT p.about, h FROM page p, pg_temp.found(p.page, '//h:h2/text()') h;
-- the figures, and what stands in the tables
SELECT p.about, h FROM page p, pg_temp.found(p.page, '//h:dl/h:div') d, LATERAL (SELECT concat_ws(' ', VARIADIC xpath('//text()', d::xml)::text[]) h) x;
SELECT p.about, concat_ws(' | ', VARIADIC xpath('//text()', r::xml)::text[]) FROM page p, pg_temp.found(p.page, '//h:section//h:tr') r
-- who goes which way goes by lot
WHERE r NOT LIKE '%2026-0%' AND r NOT LIKE '%which%' AND r NOT LIKE '%delay%';
SELECT bool_and(p.page LIKE format('%%<td class="t">%s</td><td class="m">50 %%</td><td class="n">%s</td>%%', o.way, o.entered)) AS ways
FROM campaign.split_outcomes o, page p WHERE o.campaign_id = :test AND p.about = 'campaign';
-- names are shown as they are
SELECT p.about, bool_or(xpath('string(/)', t::xml)::text LIKE '%document.title=%') AS named FROM page p, pg_temp.found(p.page, '//h:bdi') t GROUP BY 1 ORDER BY 1;
SELECT pg_temp.found(p.page, '/h:html/h:head/h:title/text()') FROM page p WHERE p.about = 'campaign';
-- the steps are those of the view
SELECT count(*) AS steps, bool_and(p.page LIKE format('%%<span class="figure">%s</span>%%', f.entered)) AS same FROM campaign.step_funnel f, page p
WHERE p.about = 'campaign' AND f.campaign_id = :test AND f.entered > 0;
-- health with its causes and what helps, limits, and the days
SELECT p.about, replace(pg_temp.found(p.page, '//h:ul[@class = "causes"]/h:li//h:strong/text()|//h:pre/h:code/text()'), :'account', 'ACCOUNT') FROM page p;
SELECT p.about, pg_temp.found(p.page, '//h:figure//@aria-label') FROM page p;

-- of very many no forecast is made while somebody waits; and what cannot be told spoils no page
SAVEPOINT here;
CREATE OR REPLACE FUNCTION campaign.report_most_forecast() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 3';
SELECT replace(pg_temp.found(campaign.report_html(:test), '//h:section[h:h2/@id = "forecast"]//h:code/text()'), :'test', 'CAMPAIGN');
SELECT pg_temp.found(campaign.report_html(), '//h:section[h:h2/@id = "forecast"]//h:code/text()') LIKE '%forecast(%' AS told;
ROLLBACK TO here;
CREATE OR REPLACE FUNCTION campaign.past_answers(c campaign.campaign) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT (1 / ($1.id - $1.id))::text::jsonb $$;
SELECT pg_temp.found(campaign.report_html(:test), '//h:section[h:h2/@id = "forecast"]//text()');
SELECT * FROM pg_temp.faults(campaign.report_html());
ROLLBACK TO here;

-- who may read it, and of which workspace
CREATE ROLE regress_report;
INSERT INTO campaign.workspace (name) VALUES ('other');
SELECT campaign.grant_access('regress_report', 'other', 'viewer') \gset
SELECT set_config('test.campaign', :'test', true) \gset
SET LOCAL ROLE regress_report;
SET LOCAL campaign.workspace = 'other';
SELECT pg_temp.found(campaign.report_html(), '//h:h1//text()|//h:dd/text()');
DO $$ BEGIN PERFORM campaign.report_html(current_setting('test.campaign')::bigint); EXCEPTION WHEN undefined_object THEN RAISE NOTICE 'it does not exist there'; END $$;
ROLLBACK;
