-- Which template goes out at which stage, by the rules of the default stages (S5.2), for all combinations of Draft Review
-- and Post-Payment; the ways through the presets, and from where one is a participant (S5.5, S5.7).
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL jit = off;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna');
INSERT INTO campaign.prospect (external_id, email, first_name) SELECT 'p' || n, 'p' || n || '@x.org', 'F' || n FROM generate_series(1, 9) n;
CREATE FUNCTION pg_temp.p(VARIADIC n integer[]) RETURNS bigint[] LANGUAGE sql AS 'SELECT array_agg(campaign.prospect_id(''p'' || u) ORDER BY u) FROM unnest($1) u';
INSERT INTO campaign.message_template (name, subject, body)
    SELECT DISTINCT m ->> 'template', m ->> 'template', 'Hello' FROM campaign.stage_template t CROSS JOIN jsonb_array_elements(t.messages) m;
-- one campaign, of whose stages these are off and all of whose messages go out on entry
CREATE FUNCTION pg_temp.make(name text, template text, off text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE c bigint := campaign.create_campaign(name, template, (SELECT id FROM campaign.member), ARRAY[campaign.account_id('anna')], settings => '{"exclusivity": "none"}');
BEGIN
    PERFORM campaign.disable_stage(c, s) FROM unnest(off) s;
    PERFORM campaign.edit_step(c, s.name, '{"delivery": "on_entry"}') FROM campaign.step s WHERE s.campaign_id = c AND s.content ? 'delivery';
    PERFORM campaign.launch(c);
    PERFORM campaign.enroll(c, pg_temp.p(1));
    RETURN c;
END
$$;
-- from stage to stage, each led on by whom it names; what was sent at each
CREATE FUNCTION pg_temp.walk(c bigint) RETURNS TABLE (stage text, phase text, may_submit boolean, sent text) LANGUAGE plpgsql AS $$
DECLARE
    seen bigint := 0;
    promoted integer;
BEGIN
    LOOP
        PERFORM campaign.run_until(campaign.clock() + interval '1 minute');
        PERFORM set_config('campaign.now', (campaign.clock() + interval '1 minute')::text, true);
        SELECT s.step INTO stage FROM campaign.prospect_status s WHERE s.campaign_id = c;
        phase := campaign.prospect_page(c, (pg_temp.p(1))[1]) ->> 'phase';
        BEGIN
            PERFORM campaign.bind_content(c, (pg_temp.p(1))[1], 'https://x.org');
            may_submit := true;
        EXCEPTION WHEN SQLSTATE 'ST021' THEN
            may_submit := false;
        END;
        SELECT string_agg(o.content #>> '{content,subject}', ', ' ORDER BY o.id), COALESCE(max(o.id), seen) INTO sent, seen
        FROM campaign.outbox o JOIN campaign.action a ON a.key = o.key WHERE a.campaign_id = c AND o.id > seen;
        RETURN NEXT;
        promoted := campaign.promote(c, pg_temp.p(1), actor => COALESCE((SELECT campaign.stage_actor(m.promoted_by) FROM campaign.stage_members m
            WHERE m.campaign_id = c AND m.stage = walk.stage), 'owner'));
        EXIT WHEN promoted = 0;
    END LOOP;
END
$$;
SELECT * FROM pg_temp.walk(pg_temp.make('All', 'influencer', '{}'));
SELECT w.* FROM pg_temp.walk(pg_temp.make('No review', 'influencer', '{draft_review}')) w WHERE w.stage IN ('draft', 'content_creation', 'complete');
SELECT w.* FROM pg_temp.walk(pg_temp.make('No payment', 'influencer', '{post_payment}')) w WHERE w.stage IN ('content_creation', 'post_review', 'complete');
SELECT w.* FROM pg_temp.walk(pg_temp.make('Neither', 'influencer', '{draft_review,post_review,post_payment}')) w WHERE w.phase <> 'candidates';
-- the presets; where Applied is off, one is a participant from the first stage behind it
SELECT t.name, string_agg(w.stage, ' ' ORDER BY w.n) FILTER (WHERE w.phase = 'candidates') AS candidates,
    string_agg(w.stage, ' ' ORDER BY w.n) FILTER (WHERE w.phase = 'participants') AS participants,
    string_agg(w.stage, ' ' ORDER BY w.n) FILTER (WHERE w.phase = 'complete') AS complete, bool_and(w.may_submit = (w.phase <> 'candidates')) AS gates
FROM campaign.sequence_template t
CROSS JOIN LATERAL pg_temp.walk(pg_temp.make(t.name, t.name, '{}')) WITH ORDINALITY w(stage, phase, may_submit, sent, n)
WHERE t.family = 'stages' GROUP BY 1 ORDER BY 1;

-- what a text asks for and nobody has is for the user to mend (S5.12): that message is held, and nobody else waits
UPDATE campaign.message_template SET body = 'Dear {{nick_name}}' WHERE name = 'Invitation';
SELECT pg_temp.make('Placeholders', 'influencer', '{candidates}') AS c \gset
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(2));
UPDATE campaign.prospect SET attributes = '{"nick_name": "Two"}' WHERE external_id = 'p2';
SELECT campaign.run_until(campaign.clock() + interval '1 minute') > 0 AS lived;
SELECT p.external_id, a.state, a.reason, a.outcome ->> 'detail' AS detail, s.step, s.substatus FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id
    JOIN campaign.prospect_status s ON s.enrollment_id = a.enrollment_id WHERE a.campaign_id = :c ORDER BY 1;
SELECT campaign.promote(:c, pg_temp.p(1), actor => 'prospect') AS promoted;
UPDATE campaign.prospect SET attributes = '{"nick_name": "One"}' WHERE external_id = 'p1';
SELECT campaign.requeue(ARRAY(SELECT a.id FROM campaign.action a WHERE a.campaign_id = :c AND a.state = 'held')) AS requeued;
SELECT campaign.run_until(campaign.clock() + interval '2 minutes') > 0 AS lived;
SELECT p.external_id, o.content #>> '{content,body}' AS body FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id
    JOIN campaign.action a ON a.key = o.key WHERE a.campaign_id = :c ORDER BY 1;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK;
