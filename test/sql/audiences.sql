-- Audiences over prospects: rules, indexes that serve them, admission without a call (S1.2, S2.3, S3.1, S3.3, S3.4, S3.8, D15, D17).
\pset format unaligned
SET DateStyle = 'ISO';
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (671, 'audiences');
SET LOCAL campaign.workspace = 'audiences';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (671, 671, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (671, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (671, 671, 671, 'ann');
INSERT INTO campaign.prospect (id, external_id, email, country, attributes) VALUES
    (67101, 'a', 'a@example.com', 'FR', '{"segment": "gold", "size": 40}'), (67102, 'b', 'b@example.com', 'FR', '{"segment": ["gold", "new"]}'),
    (67103, 'c', NULL, 'FR', '{"segment": "tin"}'), (67104, 'd', 'd@example.com', 'DE', '{"segment": "gold"}'), (67105, 'e', NULL, NULL, '{"country": "FR"}');
SELECT campaign.create_sequence('visit', '[{"visit": {}}, {"delay": "9 days"}]') > 0 AS made;
SELECT campaign.create_sequence('those with email', '[{"only_if": "has_email"}, {"visit": {}}, {"delay": "9 days"}]') > 0 AS made;
CREATE VIEW pg_temp.inside AS SELECT s.campaign, s.external_id, s.run, s.status, s.end_kind, s.code FROM campaign.prospect_status s ORDER BY s.campaign, s.prospect_id, s.run;

-- what is no rule is refused, and nothing is made (S3.5)
CREATE FUNCTION pg_temp.refused(rules jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE d text; h text;
BEGIN
    PERFORM campaign.create_audience('bad', rules);
    RETURN 'made';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n  ', SQLSTATE || ' ' || SQLERRM, d, h);
END
$$;
SELECT pg_temp.refused(r) FROM (VALUES (NULL::jsonb), ('{}'), ('["x"]'), ('[{"name": "x"}]'), ('[{"name": "x", "where": "$.prospect.a >"}]'),
    ('[{"name": "x", "where": "$.prospect.a"}, {"name": "x", "where": "exists($.prospect.a)"}]'), ('[{"name": "x", "where": "$.prospect.a == $b"}]'),
    ('[{"name": "x", "where": "$.row.a == 1"}]'), ('[{"name": "x", "where": "$.facts[*] == \"replied\""}]'), ('[{"name": "x", "where": "$.prospect"}]')) v(r);

-- rules that SQL can say are said by SQL, so that an index serves them among a million
SELECT campaign.create_audience('gold in France', '[{"name": "in France", "where": "$.prospect.country == \"FR\""}, {"name": "gold", "where": "$.prospect.segment == \"gold\""}]') AS gold \gset
SELECT campaign.prospect_rule(r, campaign.clock()) FROM unnest(ARRAY['$.prospect.country == "FR"', '"O''Brien" != $.prospect.last_name', '$.prospect.size >= 40 && exists($.prospect.email)',
    '$.prospect.country == "FR" || $.prospect.segment == "g\"old"', '$.prospect.opted_in == true', '$.prospect.country < "G"', '$.prospect.email like_regex "com$" && $.prospect.country == "FR"',
    '!($.prospect.country == "FR")', 'strict $.prospect.segment == "gold"']) r;
SAVEPOINT indexed;
CREATE INDEX ON campaign.prospect USING gin (attributes jsonb_path_ops);
SET LOCAL enable_seqscan = off;
SET LOCAL enable_indexscan = off;
CREATE FUNCTION pg_temp.plan(rule text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) SELECT p.id FROM campaign.prospect p WHERE ' || campaign.prospect_rule(rule, campaign.clock());
END
$$;
SELECT pg_temp.plan('$.prospect.segment == "gold"');
SELECT pg_temp.plan('$.prospect.id == 67101');
ROLLBACK TO indexed;

-- from the launch on whoever matches comes in, and nobody else (S2.3, S3.1): an attribute that bears a column's name is not the column
SELECT campaign.create_campaign('gold', 'visit', 671, '{671}', audience => :gold) AS c \gset
SELECT campaign.run_until('2026-03-02 09:01+00') AS moved_as_draft;
SELECT campaign.launch(:c);
SELECT campaign.run_until('2026-03-02 09:02+00') > 0 AS moved;
SELECT * FROM pg_temp.inside;
-- who comes to match later comes in without any call, soon (S3.8); so does a row that is changed
INSERT INTO campaign.prospect (id, external_id, country, attributes) VALUES (67106, 'f', 'FR', '{"segment": "gold"}');
UPDATE campaign.prospect SET country = 'FR' WHERE id = 67104;
SELECT campaign.run_until('2026-03-02 09:03+00') > 0 AS moved;
SELECT * FROM pg_temp.inside;
-- during a pause too, held at the entry (S2.31); not any more when it is stopped
SELECT campaign.pause(:c);
INSERT INTO campaign.prospect (id, external_id, country, attributes) VALUES (67107, 'g', 'FR', '{"segment": "gold"}');
SELECT campaign.run_until('2026-03-02 09:04+00') > 0 AS moved;
SELECT e.prospect_id, e.status, e.halt, e.due_at FROM campaign.enrollment e WHERE e.workspace_id = 671 AND e.prospect_id = 67107;
SELECT campaign.resume(:c);
SELECT campaign.run_until('2026-03-02 09:05+00') > 0 AS moved;
SELECT external_id, substatus FROM campaign.prospect_status WHERE prospect_id = 67107;
-- D10: those active of those who match now and are not suppressed
SELECT * FROM campaign.in_campaign(671, :c);
SELECT campaign.stop(:c);
INSERT INTO campaign.prospect (id, external_id, country, attributes) VALUES (67108, 'h', 'FR', '{"segment": "gold"}');
SELECT campaign.run_until('2026-03-12 09:05+00') > 0 AS moved;
SELECT count(*) FROM pg_temp.inside WHERE external_id = 'h';
SELECT next_at FROM campaign.audience WHERE workspace_id = 671;

-- S3.4: who was ever in a campaign is left out; S3.3, D15: with include_previously_treated only who is in one now
SELECT campaign.create_campaign('again', 'visit', 671, '{671}', audience => :gold) AS again, campaign.create_campaign('all', 'visit', 671, '{671}', audience => :gold,
    settings => '{"include_previously_treated": true}') AS everybody \gset
SELECT prospect_id, result FROM campaign.enroll_audience(:again);
SELECT prospect_id, result FROM campaign.enroll_audience(:everybody);
-- enroll() does not go by it, but by who is in a campaign now (D15)
SELECT prospect_id, result FROM campaign.enroll(:again, '{67101}');
SELECT campaign.remove_prospects(:everybody, '{67102}') AS removed;
SELECT prospect_id, result FROM campaign.enroll_audience(:everybody);

-- D17: who does not meet the entry condition is passed over, and comes in when he does
SELECT campaign.create_audience('tin', '[{"name": "tin", "where": "$.prospect.segment == \"tin\""}]', every => '1 hour') AS tin \gset
SELECT campaign.create_campaign('tin', 'those with email', 671, '{671}', audience => :tin) AS t \gset
SELECT campaign.launch(:t);
SELECT campaign.run_until('2026-03-12 09:06+00') > 0 AS moved;
SELECT * FROM pg_temp.inside WHERE campaign = 'tin';
SELECT * FROM campaign.audience_newcomers(671, :t, 10);
UPDATE campaign.prospect SET email = 'c@example.com' WHERE id = 67103;
SELECT * FROM campaign.audience_newcomers(671, :t, 10);
SELECT campaign.run_until('2026-03-12 09:07+00') > 0 AS moved;
SELECT * FROM pg_temp.inside WHERE campaign = 'tin';

-- newcomers in portions, by id, without those who are suppressed (S1.2)
INSERT INTO campaign.prospect (id, external_id, email, attributes) SELECT 67200 + i, 'n' || i, 'n' || i || '@example.com', '{"segment": "new"}' FROM generate_series(1, 6) i;
SELECT campaign.suppress('email', 'n2@example.com') > 0 AS suppressed;
SELECT campaign.create_audience('new', '[{"name": "new", "where": "$.prospect.segment == \"new\""}]') AS new \gset
SELECT campaign.create_campaign('new', 'visit', 671, '{671}', audience => :new) AS n \gset
SELECT * FROM campaign.audience_newcomers(671, :n, 3);
SELECT count(*) FROM campaign.enroll(:n, '{67201,67204}');
SELECT * FROM campaign.audience_newcomers(671, :n, 3);
-- altered, it finds others; copies have it too
SELECT campaign.alter_audience(:new, '[{"name": "size", "where": "$.prospect.size > 30"}]');
UPDATE campaign.prospect SET attributes = '{"size": 31}' WHERE id = 67205;
SELECT * FROM campaign.audience_newcomers(671, campaign.copy_campaign(:n, 'copy'), 3);
SELECT campaign.audience_id('new') = :new AS found;
SELECT campaign.audience_id('none');
ROLLBACK;
