-- S2.28, S2.30: a reply to a message, an email or the note of an invitation takes the prospect out at once, while he
-- waits, while an action is in the queue, and while one is under way, after which there is no other one. An automatic
-- reply does none of this (B13).
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email)
    SELECT c || ' ' || w, c || w || '@example.com' FROM unnest('{message,email,note}'::text[]) c,
        unnest('{waiting,queued,flying,first,automatic,silent}'::text[]) w;
CREATE TEMPORARY TABLE known AS SELECT 'anna'::text AS account, p.external_id, 'connected'::text AS state
    FROM campaign.prospect p WHERE p.external_id LIKE 'message%';
SELECT count(*) FROM campaign.import_relations('known');
CREATE TEMPORARY TABLE sending AS SELECT v.channel, campaign.create_campaign(v.channel, v.channel, :member, ARRAY[:account]::bigint[]) AS id
    FROM (VALUES ('message', '[{"message": {"body": "a"}}, {"delay": "1 day"}, {"message": {"body": "b"}}, {"delay": "1 hour"}, {"follow": {}}, {"end": "failure"}]'::jsonb),
        ('email', '[{"email": {"subject": "a", "body": "a"}}, {"delay": "1 day"}, {"email": {"subject": "b", "body": "b"}}, {"delay": "1 hour"}, {"follow": {}}, {"end": "failure"}]'),
        ('note', '[{"invite": {"note": "Hello"}}, {"delay": "1 day"}, {"visit": {}}, {"delay": "1 hour"}, {"follow": {}}, {"end": "failure"}]')) v(channel, steps)
    WHERE campaign.create_sequence(v.channel, v.steps) > 0;
SELECT count(campaign.launch(s.id)::text) FROM sending s;
CREATE FUNCTION pg_temp.take_in(who text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM sending s CROSS JOIN LATERAL campaign.enroll(s.id, ARRAY(SELECT p.id FROM campaign.prospect p WHERE p.external_id LIKE s.channel || ' ' || $1)) e
    WHERE e.result = 'enrolled'
$$;
-- from each of them, on his channel
CREATE FUNCTION pg_temp.tell(kind text, who text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(campaign.record_event($1, p.id)) FROM campaign.prospect p WHERE p.external_id LIKE '% ' || $2
$$;
-- as by a gateway that has taken them on, and has not told yet what became of them
CREATE FUNCTION pg_temp.fly(who text) RETURNS bigint LANGUAGE sql AS $$
    WITH f AS (UPDATE campaign.action a SET state = 'processing', reason = 'awaiting_report', attempt = 1, key = a.id::text, begun_at = campaign.clock(),
            started_at = campaign.clock(), expires_at = campaign.clock() + interval '9 days'
        FROM campaign.prospect p WHERE p.id = a.prospect_id AND a.state = 'queued' AND p.external_id LIKE '% ' || $1 RETURNING 1)
    SELECT count(*) FROM f
$$;
CREATE FUNCTION pg_temp.land(who text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(campaign.report(a.id, 'complete')) FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id
    WHERE p.external_id LIKE '% ' || $1 AND a.state = 'processing'
$$;

-- the first one is under way, and he replies (to what reached him before it was reported)
UPDATE campaign.account SET session_state = 'disconnected';
SELECT pg_temp.take_in('first');
SELECT campaign.tick() > 0 AS queued;
SELECT pg_temp.fly('first') AS flying;
SELECT pg_temp.tell('replied', 'first');
SELECT campaign.run_until('2026-03-02 08:30+00') > 0 AS moved;
SELECT s.status, s.code, count(*) FROM campaign.prospect_status s GROUP BY 1, 2;
SELECT pg_temp.land('first') AS landed;
UPDATE campaign.account SET session_state = 'connected';
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;

-- the others get the first; some reply while they wait for the delay
SELECT pg_temp.take_in('%') AS enrolled;
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;
SELECT pg_temp.tell('replied', 'waiting'), pg_temp.tell('auto_replied', 'automatic');
SELECT campaign.tick() > 0 AS moved;
SELECT p.external_id, s.status, s.substatus, s.end_kind, s.code FROM campaign.prospect_status s JOIN campaign.prospect p ON p.id = s.prospect_id
    WHERE p.external_id LIKE '% waiting' OR p.external_id LIKE '% automatic' ORDER BY 1;

-- a day later the second is in the queue, or under way
UPDATE campaign.account SET session_state = 'disconnected';
SELECT campaign.run_until('2026-03-03 10:00+00') > 0 AS moved;
SELECT q.campaign, q.kind, count(*) FROM campaign.queue q WHERE q.state = 'queued' GROUP BY 1, 2 ORDER BY 1;
SELECT pg_temp.fly('flying') AS flying;
SELECT pg_temp.tell('replied', 'queued'), pg_temp.tell('replied', 'flying');
SELECT campaign.tick() > 0 AS moved;
-- at once: all of them are out, what was queued is no more, what is under way is left to its gateway
SELECT p.external_id, s.status, s.end_kind, s.code, a.state, a.reason FROM campaign.prospect_status s JOIN campaign.prospect p ON p.id = s.prospect_id
    JOIN campaign.action a ON a.enrollment_id = s.enrollment_id AND a.state <> 'complete'
    WHERE p.external_id LIKE '% queued' OR p.external_id LIKE '% flying' ORDER BY 1;
SELECT pg_temp.land('flying') AS landed;
UPDATE campaign.account SET session_state = 'connected';
SELECT campaign.run_until('2026-03-12 00:00+00') > 0 AS moved;

-- what each was sent in all, and how he left; nothing came after a reply but what was under way
SELECT split_part(p.external_id, ' ', 2) AS replies, split_part(p.external_id, ' ', 1) AS channel, s.status, s.end_kind, s.code,
        (SELECT string_agg(a.action_kind, ', ' ORDER BY a.id) FROM campaign.action a WHERE a.enrollment_id = s.enrollment_id AND a.state = 'complete') AS sent
    FROM campaign.prospect_status s JOIN campaign.prospect p ON p.id = s.prospect_id ORDER BY 1, 2 DESC;
SELECT count(*) AS after_the_reply FROM campaign.action a JOIN campaign.enrollment e ON e.id = a.enrollment_id WHERE e.status = 'replied' AND a.begun_at > e.ended_at;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK;
