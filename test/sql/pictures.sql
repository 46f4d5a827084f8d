-- Sequences as pictures (B18): Mermaid, DOT and SVG, with counters where a campaign is given; and names that would
-- like to be more than names.
BEGIN;
SELECT campaign.virtual_time(true) \gset
-- other tests leave sequences and campaigns in the default one
INSERT INTO campaign.workspace (name) VALUES ('pictures');
SET LOCAL campaign.workspace = 'pictures';
INSERT INTO campaign.channel (name, transport) VALUES ('outbox', 'outbox') RETURNING id AS channel \gset
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
\pset format unaligned
\pset tuples_only on

-- every kind of step, a branch that meets again, a way of a split, and a loop
SELECT campaign.create_sequence('all kinds', $$[
    {"only_if": "not_connected"},
    {"name": "which", "branch": [
        {"when": "has_email", "then": [{"email": {"subject": "Hello {{first_name}}", "body": "b"}}, {"delay": "7 days"}]},
        {"when": "$.prospect.country == \"FR\"", "then": [{"invite": {"note": "Salut"}, "name": "asked", "on_precondition": [{"visit": {}}]},
            {"wait": {"until": "connected", "after": "1 day", "within": "15 days", "else": "failure"}}]},
        {"else": []}]},
    {"name": "again", "wait": {"until": "replied", "within": "7 days", "else": "continue"}},
    {"split": [{"percent": 50, "then": [{"follow": {}}]}, {"percent": 50, "then": [{"delay": "2 business days"}, {"set": {"tag": "x"}}]}]},
    {"wait": {"until": "clicked", "within": "3 days", "else": [
        {"delay": {"until": "$.prospect.due", "plus": "-1 day", "at": "09:00", "past": "skip"}}, {"visit": {}}, {"goto": "again"}]}},
    {"enroll": "Next"}]$$) AS sequence \gset
SELECT campaign.sequence_diagram('all kinds');
SELECT campaign.sequence_diagram('all kinds', format => 'dot');

-- SVG is XML, and says in words what it shows
CREATE FUNCTION pg_temp.count_of(svg text, path text) RETURNS text LANGUAGE sql
    AS $$ SELECT (xpath('count(' || path || ')', svg::xml, '{{s,http://www.w3.org/2000/svg}}'))[1]::text $$;
SELECT format('boxes %s, arrows %s, jumps %s', pg_temp.count_of(s, '//s:g[starts-with(@class, "b ")]'), pg_temp.count_of(s, '//s:g[@class="a"]'),
    pg_temp.count_of(s, '//s:g[@class="a jump"]'))
FROM campaign.sequence_diagram('all kinds', 'svg') s;
SELECT unnest(xpath('//s:desc/text()', campaign.sequence_diagram('all kinds', 'svg')::xml, '{{s,http://www.w3.org/2000/svg}}'));
SELECT pg_temp.count_of(campaign.sequence_diagram('all kinds', 'svg'), '//s:script|//@*[starts-with(name(), "on")]|//@href|//s:image|//s:use');

-- stages, with their messages, and the one of those who were dropped
SELECT campaign.sequence_diagram('ambassador');

-- each template can be drawn in each format
SELECT count(*) > 40 AS templates, bool_and(campaign.sequence_diagram(t.name) LIKE 'flowchart TD%' AND campaign.sequence_diagram(t.name, 'dot') LIKE 'digraph%'
    AND xml_is_well_formed_document(campaign.sequence_diagram(t.name, 'svg'))) AS drawn
FROM campaign.sequence_template t;

-- how many came to each step, are there, and went which way
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 1200) n;
SELECT campaign.create_sequence('small', '[{"visit": {}}, {"wait": {"until": "clicked", "within": "3 days", "else": "failure"}}, {"delay": "9 days"}]') AS small \gset
SELECT campaign.create_campaign('Small', 'small', :member, ARRAY[:account]::bigint[]) AS campaign \gset
SELECT campaign.launch(:campaign) AS launched \gset
SELECT count(*) FROM campaign.enroll(:campaign, ARRAY(SELECT id FROM campaign.prospect));
SELECT campaign.run_until('2026-03-03 09:00+00') > 0 AS moved;
SELECT count(campaign.record_event('clicked', p.id)) FROM (SELECT id FROM campaign.prospect ORDER BY id LIMIT 70) p;
SELECT campaign.run_until('2026-03-06 09:00+00') > 0 AS moved;
SELECT campaign.sequence_diagram(:campaign);
SELECT unnest(xpath('//s:g/s:text/text()', campaign.sequence_diagram(:campaign, 'svg')::xml, '{{s,http://www.w3.org/2000/svg}}'));

-- names that would like to be more
SELECT campaign.create_sequence(E'</title><script>alert("x")</script>', jsonb_build_array(
    jsonb_build_object('visit', '{}'::jsonb, 'name', n.name), jsonb_build_object('message', jsonb_build_object('body', n.name)))) > 0
FROM (VALUES (E'"]; end\nclick s0 "javascript:alert(1)" --> ]]> -- \\N \\ <b onclick=x>&amp; `md` #quot; %%{init}%% \u202Eevil \u05E9\u05DC\u05D5\u05DD \U0001F600')) n (name);
SELECT campaign.sequence_diagram('</title><script>alert("x")</script>');
SELECT campaign.sequence_diagram('</title><script>alert("x")</script>', 'dot');
SELECT s LIKE '%<script%' AS script, xml_is_well_formed_document(s) AS document, unnest(xpath('/s:svg/s:title/text()|//s:text/text()', s::xml, '{{s,http://www.w3.org/2000/svg}}'))
FROM campaign.sequence_diagram('</title><script>alert("x")</script>', 'svg') s;

-- a picture of five hundred steps takes no time that anybody notices
SELECT campaign.create_sequence('long', (SELECT jsonb_agg(CASE WHEN n % 5 = 0 THEN '{"branch": [{"when": "replied", "then": [{"visit": {}}]}, {"else": []}]}'::jsonb ELSE '{"follow": {}}' END) FROM generate_series(1, 400) n)) > 0;
SELECT xml_is_well_formed_document(campaign.sequence_diagram('long', 'svg'));

-- what is not there; and who may ask
\set VERBOSITY default
SAVEPOINT here;
SELECT campaign.sequence_diagram('al kinds');
ROLLBACK TO here;
SELECT campaign.sequence_diagram('nothing like it');
ROLLBACK TO here;
SELECT campaign.sequence_diagram(7);
ROLLBACK TO here;
SELECT campaign.sequence_diagram('small', 'png');
ROLLBACK TO here;
SELECT campaign.campaign_id('small');
ROLLBACK TO here;
SELECT campaign.account_id('ann');
ROLLBACK TO here;
CREATE ROLE regress_pictures;
INSERT INTO campaign.workspace (name) VALUES ('other');
SELECT campaign.grant_access('regress_pictures', 'other', 'viewer') \gset
SET LOCAL ROLE regress_pictures;
SET LOCAL campaign.workspace = 'other';
SELECT campaign.sequence_diagram('small');
ROLLBACK TO here;
ROLLBACK;
