-- Events in by record_event(), out by events_since(). Everything happens in one transaction that is
-- rolled back.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 09:00+00';
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (671, 'hearing');
SET campaign.workspace = 'hearing';

CREATE FUNCTION pg_temp.refusal(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN NEXT 'not refused';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || regexp_replace(message, '[0-9a-f-]{36}:\d+:\d+', 'LOG:POSITION:EVENT');
    RETURN NEXT detail;
    RETURN NEXT hint;
END
$$;

INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (671, 671, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (671, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (671, 671, 671, 'ann');
INSERT INTO campaign.prospect (id, source, external_id, person) VALUES
    (6701, '', 'one', 'Person-1'), (6702, 'crm', 'two', NULL), (6703, 'crm', 'twice', NULL), (6704, 'shop', 'twice', NULL);

-- ---- in: what is reported waits in the inbox -----------------------------------------------------------------

SELECT campaign.record_event('clicked', 6701, account => 671, occurred_at => '2026-01-05 08:00+00', detail => '{"url": "u"}');
SELECT campaign.record_event('demo_booked', 'two');
SELECT kind, person, prospect_id, account_id, occurred_at, actor = SESSION_USER AS named, detail FROM campaign.inbox WHERE workspace_id = 671 ORDER BY id;
-- these do not stop anything, and lock nobody
SELECT count(*) AS persons FROM campaign.person WHERE workspace_id = 671;
SET campaign.actor = 'crm';
SELECT campaign.record_event('replied', external_id => 'one', dedup_key => 'mail-1');
SELECT key FROM campaign.person WHERE workspace_id = 671;
-- the same key again does nothing
SELECT campaign.record_event('replied', 6701, dedup_key => 'mail-1');
SELECT kind, person, occurred_at, actor, detail FROM campaign.inbox WHERE workspace_id = 671 AND kind = 'replied';
RESET campaign.actor;
-- clocks differ a little: what lies in the future by less than five minutes happened now
SELECT campaign.record_event('opened', 6702, occurred_at => '2026-01-05 09:04+00');
SELECT occurred_at FROM campaign.inbox WHERE workspace_id = 671 AND kind = 'opened';

SELECT pg_temp.refusal($$SELECT campaign.record_event('opened', 6702, occurred_at => '2026-01-05 09:06+00')$$);
SELECT pg_temp.refusal($$SELECT campaign.record_event(NULL, 6702)$$);
SELECT pg_temp.refusal($$SELECT campaign.record_event(' ', 6702)$$);
SELECT pg_temp.refusal($$SELECT campaign.record_event('ended', 6702)$$);
SELECT pg_temp.refusal($$SELECT campaign.record_event('clicked', 1)$$);
SELECT pg_temp.refusal($$SELECT campaign.record_event('clicked', NULL::bigint)$$);
SELECT pg_temp.refusal($$SELECT campaign.record_event('clicked', 'nobody')$$);
SELECT pg_temp.refusal($$SELECT campaign.record_event('clicked', 'twice')$$);
SELECT pg_temp.refusal($$SELECT campaign.record_event('clicked', 6702, account => 1)$$);
SELECT pg_temp.refusal($$SELECT campaign.record_event('clicked', 6702, action => 1)$$);
-- a refused one leaves its key free
SELECT pg_temp.refusal($$SELECT campaign.record_event('clicked', 6702, account => 1, dedup_key => 'click-1')$$);
SELECT campaign.record_event('clicked', 6702, account => 671, dedup_key => 'click-1');
-- every built-in kind is either the system's own or can be reported
SELECT k.name AS kind, (SELECT r LIKE 'not refused' FROM pg_temp.refusal(format('SELECT campaign.record_event(%L, 6703)', k.name)) r LIMIT 1) AS reported
    FROM campaign.event_kind k WHERE k.built_in ORDER BY 2, 1;

-- ---- out: the log in commit order (B11) -------------------------------------------------------------------------

SELECT campaign.create_sequence('walk', '[{"visit": {}}, {"delay": "1 day"}]') > 0 AS made;
SELECT campaign.create_campaign('Walk', 'walk', 671, '{671}') AS walk \gset
DELETE FROM campaign.inbox WHERE workspace_id = 671;
-- what is not sealed yet is not shown
SELECT count(*) FROM campaign.events_since();
SELECT campaign.launch(:walk);
SELECT count(*) AS enrolled FROM campaign.enroll(:walk, '{6702,6703}');
SELECT campaign.run_until('2026-01-05 10:00+00') > 0 AS moved;
SELECT kind, campaign_id = :walk AS of_walk, prospect_id, enrollment_id IS NOT NULL AS has_run, action_id IS NOT NULL AS has_action, step, at
    FROM campaign.events_since();
-- one that began before the others and committed after them has lower ids, and comes last all the same
INSERT INTO campaign.event (workspace_id, id, era, batch_id, kind, at)
    SELECT 671, i, i.era, 7, 'late', '2026-01-05 09:00+00' FROM (SELECT g AS i, COALESCE((SELECT era FROM campaign.instance), 0) AS era FROM generate_series(7, 9) g) i(i, era);
INSERT INTO campaign.batch (workspace_id, id, position, first_event, last_event, events)
    VALUES (671, 7, nextval('campaign.batch_position_seq'), 7, 9, 3);
SELECT kind, count(*) FROM (SELECT kind FROM campaign.events_since() OFFSET (SELECT count(*) - 3 FROM campaign.events_since())) e GROUP BY 1;
-- page by page it is the same, nothing twice and nothing left out
CREATE FUNCTION pg_temp.pages(size integer) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
    since text;
    e record;
    n integer;
BEGIN
    LOOP
        n := 0;
        FOR e IN SELECT * FROM campaign.events_since(since, size) LOOP
            RETURN NEXT e.id;
            since := e.position;
            n := n + 1;
        END LOOP;
        EXIT WHEN n = 0;
    END LOOP;
END
$$;
SELECT s.size, array_agg(p) = (SELECT array_agg(e.id) FROM campaign.events_since(NULL, 10000) e) AS the_same
    FROM unnest('{1,2,3,7,1000}'::int[]) s(size), pg_temp.pages(s.size) p GROUP BY 1 ORDER BY 1;
SELECT count(*) = 5 AS five FROM campaign.events_since(max_rows => 5);
-- of another workspace nothing is seen
SET campaign.workspace = 'default';
SELECT count(*) AS foreign_events FROM campaign.events_since(NULL, 100000) WHERE campaign_id = :walk;
SET campaign.workspace = 'hearing';

-- a position that is none, of another log, beyond the end, of another workspace
SELECT position AS here FROM campaign.events_since() OFFSET 3 LIMIT 1 \gset
SELECT pg_temp.refusal($$SELECT campaign.events_since('x')$$);
SELECT pg_temp.refusal(format($$SELECT campaign.events_since('%s:1:1')$$, gen_random_uuid()));
SELECT pg_temp.refusal(format($$SELECT campaign.events_since('%s:999999999:1')$$, split_part(:'here', ':', 1)));
SELECT pg_temp.refusal($$SELECT campaign.events_since(NULL, 0)$$);
INSERT INTO campaign.workspace (id, name) VALUES (672, 'elsewhere');
SET campaign.workspace = 'elsewhere';
SELECT pg_temp.refusal(format($$SELECT campaign.events_since(%L)$$, :'here'));
SET campaign.workspace = 'hearing';
-- a log that was restored has another name
UPDATE campaign.log_identity SET uuid = gen_random_uuid();
SELECT pg_temp.refusal(format($$SELECT campaign.events_since(%L)$$, :'here'));
SELECT count(*) > 5 AS from_the_beginning FROM campaign.events_since();
ROLLBACK;
