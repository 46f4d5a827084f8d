-- Hostile input: what is too large, too deep, no text, no time or no place is refused where it comes in, by an error
-- with an SQLSTATE that is not an internal one; and what was there before is there afterwards.
\set VERBOSITY default
\set SHOW_CONTEXT never
\set ON_ERROR_ROLLBACK on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET jit = off;
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (681, 'hostile');
SET LOCAL campaign.workspace = 'hostile';
INSERT INTO campaign.channel (id, name, transport) VALUES (681, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (681, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (681, 681, 681, 'ann@example.com');
INSERT INTO campaign.prospect (id, external_id, email, attributes) VALUES (681, 'good', 'good@example.com', '{"a": 1}');
SELECT campaign.create_sequence('mails', '[{"email": {"subject": "Hello", "body": "{{first_name|you}}"}}]') > 0 AS made;
SELECT campaign.create_campaign('mails', 'mails', 681, '{681}') AS c \gset
SELECT campaign.launch(:c);

-- how it ends: its SQLSTATE, and how the message begins
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text;
    said text;
    detail text;
BEGIN
    EXECUTE statement;
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    -- the detail of a constraint is the row, with ids that others have moved on
    RETURN format('%s %s (%s)', state, left(said, 150), CASE WHEN state NOT LIKE '23%' THEN left(detail, 100) END);
END
$$;

\echo '-- too large'
SELECT pg_temp.try($$INSERT INTO campaign.prospect (external_id, attributes) VALUES ('x', jsonb_build_object('a', repeat('x', 1000001)))$$);
SELECT pg_temp.try($$INSERT INTO campaign.prospect (external_id, attributes) VALUES ('fits', jsonb_build_object('a', repeat('x', 999000)))$$);
SELECT pg_temp.try(format($$UPDATE campaign.prospect SET attributes = attributes || jsonb_build_object('b', repeat('x', %s)) WHERE external_id = 'fits'$$, 10000));
-- what comes compressed out of another table is as large
CREATE TEMPORARY TABLE packed AS SELECT jsonb_build_object('a', repeat('x', 3000000)) AS attributes;
SELECT pg_temp.try($$INSERT INTO campaign.prospect (external_id, attributes) SELECT 'packed', p.attributes FROM packed p$$);
SELECT pg_temp.try($$INSERT INTO campaign.prospect (external_id) VALUES ((SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) n))$$);
SELECT pg_temp.try(format($$SELECT campaign.enroll(%s, '{681}', payload => jsonb_build_object('a', repeat('x', 100001)))$$, :c));
SELECT pg_temp.try($$SELECT campaign.create_sequence('large', jsonb_build_array(jsonb_build_object('email', jsonb_build_object('subject', 'x', 'body', repeat('x', 4000001)))))$$);
SELECT pg_temp.try($$SELECT campaign.create_sequence('many', (SELECT jsonb_agg('{"delay": "1 day"}'::jsonb) FROM generate_series(1, 5000)))$$);
SELECT pg_temp.try($$SELECT campaign.suppress('domain', repeat('x', 100000))$$);
SELECT pg_temp.try($$SELECT campaign.ingest('standard', '{}', decode(repeat('20', 4194305), 'hex'))$$);
-- what does not fit into memory at all
SELECT pg_temp.try($$SELECT campaign.create_sequence('x', jsonb_build_array(repeat('x', 300000000)))$$);

\echo '-- too deep'
SELECT pg_temp.try($$SELECT campaign.create_sequence('deep', (repeat('[', 5000) || repeat(']', 5000))::jsonb)$$);
SELECT pg_temp.try($$SELECT campaign.create_sequence('deep', (repeat('[{"branch": [{"when": "$.prospect.a == 1", "then": ', 300) || '[]' || repeat('}, {"else": []}]}]', 300))::jsonb)$$);
SELECT pg_temp.try($$SELECT campaign.create_sequence('deep', (repeat('[', 100000) || repeat(']', 100000))::jsonb)$$);
SELECT pg_temp.try($$SELECT campaign.create_audience('deep', jsonb_build_array(jsonb_build_object('name', 'x', 'where', repeat('(', 20000) || '$.prospect.a == 1' || repeat(')', 20000))))$$);
SELECT pg_temp.try($$INSERT INTO campaign.prospect (external_id, attributes) VALUES ('deep', (repeat('{"a": ', 2000) || '1' || repeat('}', 2000))::jsonb)$$);
SELECT pg_temp.try($$SELECT count(*) FROM campaign.enroll(campaign.campaign_id('mails'), ARRAY[campaign.prospect_id('deep')])$$);

\echo '-- no text'
SELECT pg_temp.try($$SELECT campaign.create_sequence('nul', '[{"email": {"subject": "a\u0000b", "body": "x"}}]')$$);
SELECT pg_temp.try($$SELECT campaign.suppress('email', E'a\xff@example.com')$$);
SELECT pg_temp.try($$SELECT campaign.suppress('email', convert_from('\x61ff40622e63', 'UTF8'))$$);
SELECT pg_temp.try($$SELECT campaign.suppress('email', E'a@example.com\r\nBcc: b@example.com')$$);
SELECT pg_temp.try($$SELECT campaign.set_secret('ingest_standard', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')$$);
-- of whom it is, is asked first
SELECT pg_temp.try($$SELECT campaign.ingest('standard', '{"webhook-id": "m", "webhook-timestamp": "1767603600", "webhook-signature": "v1,x"}', '\xff00fe')$$);
SELECT pg_temp.try($$SELECT campaign.ingest('standard', '{"webhook-id": ["m"], "webhook-timestamp": {"a": 1}, "webhook-signature": null}', '\x7b7d')$$);
SELECT pg_temp.try($$SELECT campaign.ingest('standard', '[1]', '\x7b7d')$$);
SELECT pg_temp.try($$SELECT campaign.set_secret('key', E'Bearer a\r\nX-Admin: 1')$$);
SELECT pg_temp.try($$SELECT campaign.set_secret_file('key', '../../../etc/passwd')$$);
SELECT pg_temp.try($$SELECT campaign.unsubscribe(repeat('A', 100000))$$);

\echo '-- addresses, headers and where requests go'
SELECT pg_temp.try($$INSERT INTO campaign.channel (name, transport, url) VALUES ('a', 'http', E'https://example.com/\r\nX-Admin: 1')$$);
SELECT pg_temp.try($$INSERT INTO campaign.channel (name, transport, url, options) VALUES ('d', 'http', 'https://example.com', '{"headers": {"X": "a\r\nY: b"}}')$$);
SELECT pg_temp.try($$INSERT INTO campaign.channel (name, transport, url, options) VALUES ('e', 'smtp', 'smtp://example.com', '{"hello": "a\r\nMAIL FROM:<x@y.z>"}')$$);

\echo '-- templates and conditions'
SELECT pg_temp.try(format($$SELECT campaign.create_sequence('t', jsonb_build_array(jsonb_build_object('email', jsonb_build_object('subject', 'x', 'body', %L))))$$, t))
FROM unnest(ARRAY['{{', '{{}}', '{{a|{{b}}}}', '{{' || repeat('a', 5000) || '}}', '{{a.b.c.d.e.f.g.h.i.j}}', '{{__proto__}}', repeat('{{first_name}}', 20000)]) t;
SELECT pg_temp.try(format($$SELECT campaign.create_audience('r', jsonb_build_array(jsonb_build_object('name', 'x', 'where', %L)))$$, r))
FROM unnest(ARRAY['$.prospect.a like_regex "("', '$.** ? (@ like_regex "(a+)+$")', '$.**.**.** == 2', '$.** == $.prospect.**', '$.prospect.a == 1; DROP TABLE x', '', '$', '$.prospect.a == $b', 'strict $.a[99999999999] == 1', '$.prospect.a == 1e1000000']) r;

\echo '-- no length of time'
SELECT pg_temp.try(format($$SELECT campaign.create_sequence('i', jsonb_build_array(jsonb_build_object('delay', %L)))$$, d))
FROM unnest('{-1 day,178000000 years,1 mon,9999999999999 days,107000000 days,1e300 hours,NaN,infinity,0,""}'::text[]) d;
SELECT pg_temp.try(format($$SELECT campaign.create_audience('e', '[{"name": "x", "where": "$.prospect.a == 1"}]', every => %L)$$, d))
FROM unnest('{-1 day,178000000 years,-178000000 years,0}'::text[]) d;
SELECT pg_temp.try(format($$UPDATE campaign.prospect SET attributes = attributes WHERE false; SELECT campaign.extend_lease(1, %L)$$, d)) FROM unnest('{-1 day,178000000 years}'::text[]) d;
SELECT pg_temp.try(format($$SELECT campaign.alter_campaign(%s, settings => jsonb_build_object('min_gap', %L::text))$$, :c, d)) FROM unnest('{-1 day,178000000 years,x}'::text[]) d;
SELECT pg_temp.try(format('UPDATE campaign.account SET pace = %L WHERE id = 681', d)) FROM unnest('{-1 day,178000000 years}'::text[]) d;
SELECT pg_temp.try(format('INSERT INTO campaign.workspace_setting (workspace_id, min_gap) VALUES (681, %L)', d)) FROM unnest('{-1 day,178000000 years}'::text[]) d;
SELECT pg_temp.try($$INSERT INTO campaign.quota (scope, account_id, period, max_actions, ramp) VALUES ('account', 681, 'day', 9, '[{"after": "178000000 years", "max": 5}]')$$);
SELECT pg_temp.try($$SELECT campaign.record_event('replied', 681, occurred_at => 'infinity')$$);
SELECT pg_temp.try($$SELECT campaign.record_event('replied', 681, occurred_at => '-infinity')$$);
SELECT pg_temp.try($$SELECT campaign.record_event('replied', 681, occurred_at => '294276-12-31')$$);

\echo '-- no time zone'
SELECT pg_temp.try(format($$SELECT campaign.alter_campaign(%s, settings => jsonb_build_object('time_zone', %L::text))$$, :c, z)) FROM unnest('{Mars/Olympus,+25:00,../../etc/localtime,""}'::text[]) z;
-- of a prospect it is what a file or a view says of him: one that is none is that of the campaign (S3.4)
SELECT pg_temp.try($$INSERT INTO campaign.prospect (external_id, email, time_zone) VALUES ('far', 'far@example.com', 'Mars/Olympus')$$);
SELECT result FROM campaign.enroll(:c, ARRAY[681, campaign.prospect_id('far')]);
SELECT campaign.run_until('2026-01-06 09:00+00') > 0 AS moved;

\echo '-- nothing is lost'
SELECT external_id, email, attributes FROM campaign.prospect WHERE external_id IN ('good', 'far') ORDER BY 1;
SELECT o.recipient, o.content -> 'content' ->> 'body' AS body FROM (SELECT o.*, (SELECT p.external_id FROM campaign.prospect p WHERE p.id = o.prospect_id) AS recipient FROM campaign.outbox o WHERE o.workspace_id = 681) o ORDER BY 1;
ROLLBACK;
