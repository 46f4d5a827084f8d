-- When a campaign will be through, and what it does on each day (B4): forecast() against a run under
-- virtual time, with people who answer. Everything happens in one transaction that is rolled back.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 08:00+00';
\set ON_ERROR_ROLLBACK on
-- who is due at the same instant goes in the order of rows: they are to lie in the order in which they are made
VACUUM FULL campaign.enrollment;
VACUUM FULL campaign.action;
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (701, 'foreseeing');
SET campaign.workspace = 'foreseeing';
ALTER SEQUENCE campaign.campaign_id_seq RESTART 701000;
INSERT INTO campaign.channel (workspace_id, id, name, transport, options) VALUES (701, 701, 'box', 'outbox', '{}');
INSERT INTO campaign.member (id, name) VALUES (701, 'Ann'), (702, 'Bob');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (701, 701, 701, 'ann'), (702, 702, 701, 'bob');
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', 701, 'invite', 'day', 12), ('account', 702, 'invite', 'day', 8);
INSERT INTO campaign.prospect (id, external_id) SELECT 70100 + i, 'p' || i FROM generate_series(1, 400) i;
SELECT campaign.create_sequence('network', '[{"visit": {}}, {"invite": {}}, {"wait": {"until": "connected", "within": "8 days", "else": "failure"}},
    {"message": {"body": "Thanks"}}, {"delay": "2 days"}, {"message": {"body": "Again"}}]') > 0 AS made;
SELECT campaign.create_campaign('Network', 'network', 701, '{701,702}', description => 'to be foreseen', settings => '{"active_cap": 250}') AS network \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :network, d, '08:00', '18:00' FROM generate_series(1, 5) d;
SELECT count(*) FROM campaign.enroll(:network, ARRAY(SELECT id FROM campaign.prospect WHERE workspace_id = 701));

-- One of five accepts a day later, in truth two of five, and one of ten messages is answered.
CREATE FUNCTION pg_temp.live(campaign bigint, until timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    a record;
    t timestamptz := campaign.clock();
BEGIN
    WHILE t < until LOOP
        t := LEAST(t + interval '3 hours', until);
        PERFORM campaign.run_until(t);
        FOR a IN SELECT x.prospect_id, x.action_kind, x.step FROM campaign.action x
                 WHERE x.campaign_id = campaign AND x.executed_at > t - interval '27 hours' AND x.executed_at <= t - interval '24 hours' ORDER BY x.id LOOP
            IF a.action_kind = 'invite' AND a.prospect_id % 5 IN (1, 3) THEN
                PERFORM campaign.record_event('connected', a.prospect_id);
            ELSIF a.action_kind = 'message' AND (a.prospect_id / 5 + a.step) % 10 = 0 THEN
                PERFORM campaign.record_event('replied', a.prospect_id);
            END IF;
        END LOOP;
        EXIT WHEN NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.campaign_id = campaign AND e.ended_at IS NULL);
    END LOOP;
    RETURN t;
END
$$;

-- Before the launch it goes by what is assumed, or nobody answers; it writes nothing, and could not.
SAVEPOINT foreseen;
SET LOCAL transaction_read_only = on;
SELECT day, sent, sent_by_kind, inside FROM campaign.forecast(:network, '5 days');
SELECT min(through_at) AS through_at, sum(sent) AS sent, sum(ended) AS ended FROM campaign.forecast(:network);
SELECT min(through_at) AS through_at FROM campaign.forecast(:network, '10 days');
SELECT sum((answered ->> 'connected')::integer) BETWEEN 140 AND 180 AS as_assumed FROM campaign.forecast(:network, answers => '{"accepted": 0.4}');
ROLLBACK TO foreseen;

-- After two weeks it goes by what has been; the truth is lived through then, and differs by less than 5 %:
-- what is sent in all, of each kind, until each day, and how long it takes.
SELECT campaign.launch(:network);
SELECT pg_temp.live(:network, '2026-01-17 08:00+00') AS lived;
SELECT campaign.past_answers(c) - 'nothing' AS past FROM campaign.campaign c WHERE c.id = :network;
CREATE TEMPORARY TABLE foreseen AS SELECT * FROM campaign.forecast(:network);
SELECT count(*) AS inside FROM campaign.enrollment WHERE campaign_id = :network AND ended_at IS NULL \gset
SELECT pg_temp.live(:network, '2026-06-01') < '2026-06-01' AS through;
CREATE TEMPORARY TABLE truth AS
    SELECT a.executed_at::date AS day, a.action_kind AS kind, count(*) AS n FROM campaign.action a
    WHERE a.campaign_id = :network AND a.executed_at > '2026-01-17 08:00+00' GROUP BY 1, 2;
CREATE FUNCTION pg_temp.close(said numeric, done numeric, whole numeric) RETURNS boolean LANGUAGE sql AS $$ SELECT abs(said - done) <= 0.05 * whole $$;
SELECT pg_temp.close((SELECT sum(sent) FROM foreseen), (SELECT sum(n) FROM truth), (SELECT sum(n) FROM truth)) AS sent,
    pg_temp.close((SELECT sum((sent_by_kind ->> 'invite')::integer) FROM foreseen), (SELECT sum(n) FROM truth WHERE kind = 'invite'),
        (SELECT sum(n) FROM truth WHERE kind = 'invite')) AS invitations,
    (SELECT bool_and(pg_temp.close((SELECT COALESCE(sum(f.sent), 0) FROM foreseen f WHERE f.day <= d.day), (SELECT COALESCE(sum(t.n), 0) FROM truth t WHERE t.day <= d.day),
        (SELECT sum(n) FROM truth))) FROM (SELECT day FROM foreseen UNION SELECT day FROM truth) d) AS until_each_day,
    (SELECT pg_temp.close(EXTRACT(epoch FROM min(f.through_at) - '2026-01-17 08:00+00'), EXTRACT(epoch FROM max(e.ended_at) - '2026-01-17 08:00+00'),
        EXTRACT(epoch FROM max(e.ended_at) - '2026-01-17 08:00+00')) FROM foreseen f, campaign.enrollment e WHERE e.campaign_id = :network) AS through_at,
    (SELECT sum(ended) FROM foreseen) = :inside AS ended;
-- nobody is inside any more
SELECT count(*) FROM campaign.forecast(:network);
ROLLBACK;
