-- Whether a prospect still is of those whom the campaign is about, when something is to leave: hold, leave, or neither (S3.10, B2), with
-- nobody having looked at the audience since. And what a look at a source writes: what differs, and no more (S3.8).
\pset format unaligned
SET DateStyle = 'ISO';
SET client_min_messages = warning;
SET jit = off;
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (675, 'unmatched');
SET LOCAL campaign.workspace = 'unmatched';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (675, 675, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (675, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (675, 675, 675, 'ann@example.com');
CREATE TABLE public.claim (no text PRIMARY KEY, email text, person text, status text NOT NULL DEFAULT 'open');
INSERT INTO public.claim SELECT 'c' || i, 'c' || i || '@example.com' FROM generate_series(1, 3) i;
SELECT campaign.create_sequence('claim', '[{"delay": "1 hour"}, {"email": {"subject": "Claim {{external_id}}", "body": "{{row.status|}}"}}, {"delay": "90 days"}]') > 0 AS made;
CREATE VIEW pg_temp.inside AS SELECT s.campaign, s.external_id, s.status, s.substatus, s.end_kind, s.code FROM campaign.prospect_status s ORDER BY 1, 2;
CREATE VIEW pg_temp.sent AS SELECT c.name, o.at, o.content -> 'prospect' ->> 'external_id' AS external_id, o.content #>> '{content,body}' AS body
    FROM campaign.outbox o JOIN campaign.campaign c ON c.workspace_id = 675 AND c.id = (o.content #>> '{campaign,id}')::bigint WHERE o.workspace_id = 675 ORDER BY 1, 2, 3;

-- ---- a source: three campaigns that may share their prospects -----------------------------------------------------------
SELECT campaign.create_audience('open', '[{"name": "open", "where": "$.row.status == \"open\""}]', 'public.claim', 'no', every => '60 days') AS open \gset
SELECT campaign.create_campaign('hold', 'claim', 675, '{675}', audience => :open, settings => '{"exclusivity": "none", "include_previously_treated": true}') AS hold,
    campaign.create_campaign('leave', 'claim', 675, '{675}', audience => :open, settings => '{"exclusivity": "none", "exit_when_unmatched": true}') AS leave,
    campaign.create_campaign('go on', 'claim', 675, '{675}', audience => :open, settings => '{"exclusivity": "none", "hold_when_unmatched": false}') AS go_on \gset
SELECT count(*) FROM campaign.enroll_audience(:hold);
-- each would be treated already in the next one (S3.4), so that they are brought in by hand there (D15)
SELECT count(*) FROM campaign.enroll_audience(:leave);
SELECT count(*) FROM campaign.enroll(:leave, ARRAY(SELECT id FROM campaign.prospect)) UNION ALL SELECT count(*) FROM campaign.enroll(:go_on, ARRAY(SELECT id FROM campaign.prospect));
SELECT campaign.launch(:hold), campaign.launch(:leave), campaign.launch(:go_on);
SELECT campaign.run_until('2026-03-02 09:30+00') > 0 AS moved;
UPDATE public.claim SET status = 'settled' WHERE no = 'c1';
DELETE FROM public.claim WHERE no = 'c2';
SELECT campaign.run_until('2026-03-02 10:01+00') > 0 AS moved;
SELECT read_at FROM campaign.audience WHERE workspace_id = 675;
SELECT * FROM pg_temp.sent;
SELECT * FROM pg_temp.inside;
SELECT reason, next_change_at FROM campaign.explain(:hold, campaign.prospect_id('c1'));
-- what was held goes on when it matches again, and so does a row that came back
UPDATE public.claim SET status = 'open' WHERE no = 'c1';
INSERT INTO public.claim VALUES ('c2', 'c2@example.com');
SELECT campaign.run_until('2026-03-02 10:10+00') > 0 AS moved;
SELECT * FROM pg_temp.sent WHERE name = 'hold';
SELECT * FROM pg_temp.inside WHERE campaign = 'hold';
SELECT campaign.archive(:hold), campaign.archive(:leave), campaign.archive(:go_on);

-- ---- prospects: who does not match any more leaves where the campaign says so, and is not held back otherwise --------------
INSERT INTO campaign.prospect (external_id, country, email) VALUES ('f1', 'FR', 'f1@example.com'), ('f2', 'FR', 'f2@example.com');
SELECT campaign.create_audience('French', '[{"name": "French", "where": "$.prospect.country == \"FR\""}]', every => '60 days') AS french \gset
SELECT campaign.create_campaign('they leave', 'claim', 675, '{675}', audience => :french, settings => '{"exclusivity": "none", "exit_when_unmatched": true}') AS they_leave,
    campaign.create_campaign('they stay', 'claim', 675, '{675}', settings => '{"exclusivity": "none"}', audience => :french) AS they_stay \gset
SELECT count(*) FROM campaign.enroll(:they_leave, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'f%'))
UNION ALL SELECT count(*) FROM campaign.enroll(:they_stay, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'f%'));
SELECT campaign.launch(:they_leave), campaign.launch(:they_stay);
SELECT campaign.run_until('2026-03-02 10:30+00') > 0 AS moved;
-- nobody notices, as it is with what only the clock changes
SET LOCAL session_replication_role = replica;
UPDATE campaign.prospect SET country = 'DE' WHERE external_id = 'f1';
SET LOCAL session_replication_role = origin;
SELECT campaign.run_until('2026-03-02 11:15+00') > 0 AS moved;
SELECT * FROM pg_temp.sent WHERE name LIKE 'they%';
SELECT * FROM pg_temp.inside WHERE campaign LIKE 'they%';
SELECT campaign.archive(:they_leave), campaign.archive(:they_stay);

-- ---- three invoices of one customer: the gap is that of the person --------------------------------------------------------
TRUNCATE public.claim;
INSERT INTO public.claim SELECT 'g' || i, 'g@example.com', 'customer 7' FROM generate_series(1, 3) i;
INSERT INTO public.claim VALUES ('h1', 'h@example.com', 'customer 8');
SELECT campaign.alter_audience(:open, every => '1 day');
SELECT campaign.create_campaign('gap', 'claim', 675, '{675}', audience => :open, settings => '{"min_gap": "2 hours"}') AS gap \gset
SELECT campaign.launch(:gap);
SELECT campaign.run_until('2026-03-02 18:00+00') > 0 AS moved;
SELECT at, external_id FROM pg_temp.sent WHERE name = 'gap';
SELECT campaign.archive(:gap);

-- ---- a look among thousands of which ten are new: what it writes, in whatever table ---------------------------------------
INSERT INTO public.claim SELECT 'n' || i, 'n' || i || '@example.com' FROM generate_series(1, 2000) i;
SELECT campaign.create_campaign('many', 'claim', 675, '{675}', audience => :open) AS many \gset
SELECT campaign.launch(:many);
SELECT campaign.run_until('2026-03-02 18:01+00') > 0 AS moved;
SELECT count(*) FROM pg_temp.inside WHERE campaign = 'many';
CREATE TEMPORARY TABLE written AS SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_all_tables WHERE schemaname = 'campaign';
CREATE FUNCTION pg_temp.written_since() RETURNS TABLE (relation text, inserted bigint, updated bigint, deleted bigint) LANGUAGE sql AS $$
    SELECT regexp_replace(s.relname, '_\d+$', ''), s.n_tup_ins - w.n_tup_ins, s.n_tup_upd - w.n_tup_upd, s.n_tup_del - w.n_tup_del
    FROM pg_stat_xact_all_tables s JOIN written w ON w.relname = s.relname
    WHERE s.schemaname = 'campaign' AND (s.n_tup_ins, s.n_tup_upd, s.n_tup_del) <> (w.n_tup_ins, w.n_tup_upd, w.n_tup_del)
      AND s.relname IN ('prospect', 'audience_prospect', 'enrollment', 'person') OR s.schemaname = 'campaign' AND s.relname LIKE 'event\_%' AND s.n_tup_ins > w.n_tup_ins ORDER BY 1
$$;
INSERT INTO public.claim SELECT 'm' || i, 'm' || i || '@example.com' FROM generate_series(1, 10) i;
SELECT count(*) FROM campaign.enroll_audience(:many);
SELECT * FROM pg_temp.written_since();
TRUNCATE written;
INSERT INTO written SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_all_tables WHERE schemaname = 'campaign';
SELECT count(*) FROM campaign.enroll_audience(:many);
SELECT * FROM pg_temp.written_since();
ROLLBACK;
