-- Deliverables, incentives and messages of stage workflows: the phase gates (S5.5, S5.7, S5.9, D12), completion in
-- the same transaction for the four combinations of Post Review and Post-Payment (S5.8), and the ways in
-- which messages are delivered (S5.12).
\set ECHO none
BEGIN;
\i test/sql/include/replay.sql
\set ECHO all
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
-- the queries over the log are large, and the log is small
SET LOCAL jit = off;
SET LOCAL campaign.now = '2026-03-02 12:00:00+00';
SET LOCAL campaign.actor = 'anna';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna');
INSERT INTO campaign.prospect (external_id, email, first_name) SELECT 'p' || n, 'p' || n || '@x.org', 'F' || n FROM generate_series(1, 9) n;
INSERT INTO campaign.action_kind (name, channel_class, intention, options) VALUES ('pay', 'person', 'pay', '{"contents": {"incentive": "required", "amount": "optional", "currency": "optional"}}');
CREATE FUNCTION pg_temp.p(VARIADIC n integer[]) RETURNS bigint[] LANGUAGE sql AS 'SELECT array_agg(campaign.prospect_id(''p'' || u) ORDER BY u) FROM unnest($1) u';
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
    EXECUTE statement INTO result;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || split_part(SQLERRM, ':', 1);
END
$$;
CREATE VIEW pg_temp.faults AS SELECT row_to_json(x)::text AS fault FROM replay.differences() x UNION ALL SELECT row_to_json(x)::text FROM replay.miscounts() x
    UNION ALL SELECT row_to_json(x)::text FROM campaign.stuck x;

-- ---- S5.8: the last deliverable leads on, to the right stage, in its own transaction ------------------------------
CREATE FUNCTION pg_temp.combination(reviews boolean, pays boolean) RETURNS TABLE (post_review boolean, post_payment boolean,
    after_first text, after_last text, phase text, after_review text, after_payment text) LANGUAGE plpgsql AS $$
DECLARE c bigint; d bigint; i bigint; s bigint;
BEGIN
    post_review := reviews; post_payment := pays;
    c := campaign.create_campaign(format('Combination %s %s', reviews, pays), 'influencer', (SELECT id FROM campaign.member), ARRAY[campaign.account_id('anna')], settings => '{"exclusivity": "none"}');
    IF NOT reviews THEN PERFORM campaign.disable_stage(c, 'post_review'); END IF;
    IF NOT pays THEN PERFORM campaign.disable_stage(c, 'post_payment'); END IF;
    INSERT INTO campaign.deliverable (campaign_id, name, count) VALUES (c, 'Reel', 2) RETURNING id INTO d;
    INSERT INTO campaign.incentive (campaign_id, name, timing, amount) VALUES (c, 'Fee', 'post', 100) RETURNING id INTO i;
    PERFORM campaign.launch(c);
    PERFORM campaign.enroll(c, pg_temp.p(1));
    PERFORM campaign.promote(c, pg_temp.p(1), 'content_creation');
    s := campaign.submit_deliverable(c, (pg_temp.p(1))[1], d, '{"url": "https://x.org/1"}');
    after_first := (SELECT step FROM campaign.prospect_status WHERE campaign_id = c);
    PERFORM campaign.bind_content(c, (pg_temp.p(1))[1], 'https://x.org/2', d);
    after_last := (SELECT step FROM campaign.prospect_status WHERE campaign_id = c);
    phase := (SELECT r.phase FROM campaign.last_runs(1, c, pg_temp.p(1)) r);
    PERFORM campaign.review_deliverable(x.id, 'approved') FROM campaign.submission x WHERE x.campaign_id = c ORDER BY x.id;
    after_review := (SELECT step FROM campaign.prospect_status WHERE campaign_id = c);
    PERFORM campaign.fulfil_incentive(c, pg_temp.p(1), i);
    after_payment := (SELECT step FROM campaign.prospect_status WHERE campaign_id = c);
    RETURN NEXT;
END
$$;
SELECT t.* FROM (VALUES (true, true), (true, false), (false, true), (false, false)) v(r, p) CROSS JOIN LATERAL pg_temp.combination(v.r, v.p) t;
SELECT external_id, campaign, status, end_kind, code FROM campaign.prospect_status ORDER BY enrollment_id;
SELECT * FROM pg_temp.faults;

-- ---- phase by function (S5.5, S5.7, S5.9, D12) -------------------------------------------------------------------------
SELECT campaign.create_campaign('Gates', 'influencer', :member, ARRAY[campaign.account_id('anna')], settings => '{"exclusivity": "none"}') AS c \gset
INSERT INTO campaign.deliverable (campaign_id, name, kind, due_after) VALUES (:c, 'Script', 'draft', '3 days'), (:c, 'Reel', 'final', '10 days');
INSERT INTO campaign.incentive (campaign_id, name, timing, amount, currency, action_kind) VALUES (:c, 'Product', 'pre', NULL, NULL, NULL), (:c, 'Fee', 'post', 250, 'EUR', 'pay');
SELECT campaign.launch(:c);
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(1, 2, 3, 4, 5, 6, 8, 9));
SELECT campaign.promote(:c, pg_temp.p(2, 3, 4, 5, 6), 'confirmation') AS promoted;
SELECT campaign.promote(:c, pg_temp.p(8), 'post_review') + campaign.promote(:c, pg_temp.p(9), 'complete') AS promoted;
SELECT campaign.drop_out(:c, pg_temp.p(4, 5, 6), 'rejected') AS dropped;
UPDATE campaign.prospect SET removed_at = campaign.clock() WHERE external_id = 'p5';
SELECT campaign.suppress('person', 'p6@x.org', 'asked') IS NOT NULL AS suppressed;
CREATE FUNCTION pg_temp.gates(c bigint, who text, n integer) RETURNS TABLE (prospect text, submit text, bind text, review text, pay text, pay_by_hand text, message text, page text) LANGUAGE plpgsql AS $$
BEGIN
    prospect := who;
    BEGIN
        submit := pg_temp.try(format('SELECT campaign.submit_deliverable(%s, %s, campaign.deliverable_id(%s, ''Script''), ''{}'')', c, (pg_temp.p(n))[1], c));
        bind := pg_temp.try(format('SELECT campaign.bind_content(%s, %s, ''https://x.org'')', c, (pg_temp.p(n))[1]));
        -- delivered when he could, whatever he is now
        INSERT INTO campaign.submission (workspace_id, id, campaign_id, prospect_id, state, submitted_at) VALUES (1, 17, c, (pg_temp.p(n))[1], 'submitted', campaign.clock());
        review := pg_temp.try('SELECT campaign.review_deliverable(17, ''approved'')');
        pay := pg_temp.try(format('SELECT campaign.fulfil_incentive(%s, ARRAY[%s], campaign.incentive_id(%s, ''Fee''))', c, (pg_temp.p(n))[1], c));
        pay_by_hand := pg_temp.try(format('SELECT campaign.fulfil_incentive(%s, ARRAY[%s], campaign.incentive_id(%s, ''Product''))', c, (pg_temp.p(n))[1], c));
        message := campaign.message_prospects(c, pg_temp.p(n), '{"email": {"subject": "Hi", "body": "Hi"}}');
        page := campaign.prospect_page(c, (pg_temp.p(n))[1]) ->> 'available';
        RAISE EXCEPTION USING ERRCODE = 'TT000';
    EXCEPTION WHEN SQLSTATE 'TT000' THEN
        RETURN NEXT;
    END;
END
$$;
SELECT g.* FROM (VALUES ('candidate', 1), ('participant, not confirmed yet (S5.7)', 2), ('complete, in review (S5.8)', 8), ('complete, through', 9), ('dropped', 4), ('dropped and removed', 5), ('dropped and unsubscribed', 6), ('not in it', 7)) v(who, n)
    CROSS JOIN LATERAL pg_temp.gates(:c, v.who, v.n) g;
SELECT jsonb_pretty(campaign.prospect_page(:c, (pg_temp.p(4))[1]));
SELECT jsonb_pretty(campaign.prospect_page(:c, (pg_temp.p(2))[1]) #- '{deliverables,0,id}' #- '{deliverables,1,id}');

-- ---- one who goes all the way --------------------------------------------------------------------------------------------
SELECT campaign.promote(:c, pg_temp.p(2), actor => 'prospect') AS confirmed;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(2))', :c)) AS not_paid_yet;
SELECT reason, detail FROM campaign.explain(:c, (pg_temp.p(2))[1]);
SELECT campaign.fulfil_incentive(:c, pg_temp.p(2), campaign.incentive_id(:c, 'Product')) AS paid;
SELECT step FROM campaign.prospect_status WHERE campaign_id = :c AND external_id = 'p2';
SELECT reason, detail FROM campaign.explain(:c, (pg_temp.p(2))[1]);
SELECT campaign.submit_deliverable(:c, (pg_temp.p(2))[1], campaign.deliverable_id(:c, 'Script'), '{"text": "A first go"}') AS draft \gset
SELECT step FROM campaign.prospect_status WHERE campaign_id = :c AND external_id = 'p2';
SELECT campaign.review_deliverable(:draft, 'needs_revision', 'Shorter, please');
SELECT name, state, due_at, at, note FROM campaign.deliverable_status WHERE campaign_id = :c AND external_id = 'p2' ORDER BY deliverable_id;
SELECT step FROM campaign.prospect_status WHERE campaign_id = :c AND external_id = 'p2';
SELECT campaign.submit_deliverable(:c, (pg_temp.p(2))[1], campaign.deliverable_id(:c, 'Script'), '{"text": "Short"}') AS draft \gset
SELECT campaign.review_deliverable(:draft, 'approved');
SELECT step FROM campaign.prospect_status WHERE campaign_id = :c AND external_id = 'p2';
SELECT campaign.bind_content(:c, (pg_temp.p(2))[1], 'https://x.org/reel', campaign.deliverable_id(:c, 'Reel')) AS reel \gset
SELECT campaign.review_deliverable(:reel, 'approved');
SELECT step FROM campaign.prospect_status WHERE campaign_id = :c AND external_id = 'p2';
-- paid by an action, through a lane; he goes on when it has left (S5.12)
SELECT campaign.fulfil_incentive(:c, pg_temp.p(2), campaign.incentive_id(:c, 'Fee')) AS paid, campaign.fulfil_incentive(:c, pg_temp.p(2), campaign.incentive_id(:c, 'Fee')) AS again;
SELECT name, timing, amount, state FROM campaign.incentive_status WHERE campaign_id = :c AND external_id = 'p2' ORDER BY incentive_id;
SELECT campaign.run_until('2026-03-02 12:10+00') > 0 AS lived;
SELECT action_kind, content -> 'content' AS content FROM campaign.outbox ORDER BY id;
SELECT name, timing, amount, state, at FROM campaign.incentive_status WHERE campaign_id = :c AND external_id = 'p2' ORDER BY incentive_id;
SELECT status, step, end_kind, code FROM campaign.prospect_status WHERE campaign_id = :c AND external_id = 'p2';
SELECT * FROM pg_temp.faults;
SELECT e.kind, s.name AS step, e.detail - 'to_step' - 'submission' - 'deliverable' - 'incentive' AS detail FROM campaign.event e
    LEFT JOIN campaign.step s ON s.campaign_id = e.campaign_id AND s.position = e.step WHERE e.campaign_id = :c AND e.prospect_id = ANY (pg_temp.p(2)) ORDER BY e.id;

-- what is delivered and paid while the campaign is paused leads on when it goes on
SELECT campaign.promote(:c, pg_temp.p(3), actor => 'prospect') AS confirmed;
SELECT campaign.pause(:c);
SELECT campaign.fulfil_incentive(:c, pg_temp.p(3), campaign.incentive_id(:c, 'Product')) AS paid,
    campaign.submit_deliverable(:c, (pg_temp.p(3))[1], campaign.deliverable_id(:c, 'Script')) > 0 AS submitted;
SELECT step FROM campaign.prospect_status WHERE campaign_id = :c AND external_id = 'p3';
SELECT campaign.resume(:c);
SELECT step FROM campaign.prospect_status WHERE campaign_id = :c AND external_id = 'p3';
-- a copy asks for the same
SELECT campaign.copy_campaign(:c, 'Copy') AS copy \gset
SELECT d.name, d.kind, d.due_after FROM campaign.deliverable d WHERE d.campaign_id = :copy ORDER BY d.id;
SELECT i.name, i.timing, i.amount, i.action_kind FROM campaign.incentive i WHERE i.campaign_id = :copy ORDER BY i.id;
SELECT * FROM pg_temp.faults;

-- ---- messages (S5.12) ------------------------------------------------------------------------------------------------------
INSERT INTO campaign.message_template (name, subject, body) VALUES ('Welcome', 'Welcome {{first_name}}', 'Hello'), ('Reminder', 'Two days left', 'Your draft, please'),
    ('Again', 'Once more', 'Another draft, please'), ('Direct', 'To {{first_name}}', 'A word');
SELECT campaign.create_sequence('Talking', '[{"stage": {"title": "Draft", "phase": "participants", "promoted_by": "drafts", "messages": [
        {"template": "Welcome", "delivery": "on_entry"}, {"template": "Reminder", "delivery": {"due": "-2 days"}}, {"template": "Direct"},
        {"template": "Again", "delivery": "on_entry", "if": "clicked"}]}, "name": "draft"},
    {"stage": {"title": "Review", "on_event": "drafts_approved", "promoted_by": "owner", "messages": [{"template": "Again", "delivery": "on_needs_revision"}]}, "name": "review"},
    {"email": {"template": "Welcome"}},
    {"stage": {"title": "Done", "phase": "complete"}, "name": "done"}]') > 0 AS made;
SELECT campaign.create_campaign('Talking', 'Talking', :member, ARRAY[campaign.account_id('anna')], settings => '{"exclusivity": "none", "time_zone": "Europe/Paris"}') AS t \gset
INSERT INTO campaign.deliverable (campaign_id, name, kind, due_after) VALUES (:t, 'Script', 'draft', '7 days');
SELECT campaign.launch(:t);
DELETE FROM campaign.outbox;
CREATE VIEW pg_temp.sent AS SELECT o.at, p.external_id, o.content #>> '{content,subject}' AS subject FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY o.at, p.external_id, o.id;
SELECT count(*) FROM campaign.enroll(:t, pg_temp.p(1, 2, 3));
SELECT count(*) FROM campaign.enroll(:t, pg_temp.p(4));
SELECT campaign.run_until('2026-03-02 13:00+00') > 0 AS lived;
-- the one with an if is skipped, as any action whose condition does not hold
SELECT * FROM pg_temp.sent;
SELECT a.action_kind, a.state, a.reason, count(*) FROM campaign.action a WHERE a.campaign_id = :t GROUP BY 1, 2, 3 ORDER BY 1, 2;
SELECT * FROM pg_temp.faults;
SELECT campaign.submit_deliverable(:t, (pg_temp.p(4))[1], campaign.deliverable_id(:t, 'Script'), '{}') > 0 AS delivered;
-- by hand, in bulk, also to who was dropped; the texts of the moment at which it is sent
DELETE FROM campaign.outbox;
SELECT campaign.drop_out(:t, pg_temp.p(3)) AS dropped;
SELECT campaign.message_prospects(:t, pg_temp.p(1, 2, 3, 5, 9), '{"template": "Direct"}') AS messaged;
SELECT campaign.pause(:t);
SELECT campaign.run_until('2026-03-02 14:00+00') >= 0 AS lived;
SELECT count(*) AS while_paused FROM campaign.outbox;
UPDATE campaign.message_template SET subject = 'For {{first_name}}' WHERE name = 'Direct';
SELECT campaign.resume(:t);
SELECT campaign.run_until('2026-03-02 14:30+00') > 0 AS lived;
SELECT * FROM pg_temp.sent;
SELECT pg_temp.try(format('SELECT campaign.message_prospects(%s, pg_temp.p(1), ''{"template": "None"}'')', :t)) AS no_template, pg_temp.try(format('SELECT campaign.message_prospects(%s, pg_temp.p(1), ''[]'')', :t)) AS no_message;
SELECT * FROM pg_temp.faults;
-- a message in the queue is taken out by a pause, and comes back
UPDATE campaign.account SET session_state = 'disconnected';
SELECT campaign.message_prospects(:t, pg_temp.p(1, 2), '{"email": {"subject": "Queued", "body": "B"}}') AS messaged;
SELECT campaign.tick() >= 0 AS ticked;
SELECT campaign.pause_prospects(:t, pg_temp.p(1)) AS paused;
SELECT p.external_id, a.state FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.campaign_id = :t AND a.state IN ('queued', 'withdrawn') ORDER BY 1;
SELECT * FROM pg_temp.faults;
SELECT campaign.resume_prospects(:t, pg_temp.p(1)) AS resumed;
SELECT campaign.tick() >= 0 AS ticked;
SELECT p.external_id, a.state FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.campaign_id = :t AND a.state IN ('queued', 'withdrawn') ORDER BY 1;
-- who leaves is not written to any more
SELECT campaign.remove_prospects(:t, pg_temp.p(2)) AS removed;
SELECT p.external_id, a.state, a.reason FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.campaign_id = :t AND a.state IN ('queued', 'cancelled') ORDER BY 1;
SELECT * FROM pg_temp.faults;
UPDATE campaign.account SET session_state = 'connected';
DELETE FROM campaign.outbox;
-- by a date: two days before the draft is due, at seven in the morning of the campaign's zone
SELECT campaign.run_until('2026-03-08 00:00+00') > 0 AS lived;
SELECT * FROM pg_temp.sent;
-- only to who stands there still: it was sent to one, and nothing to who is in it but has delivered (p4)
-- and what is sent back sends its own; an ordinary step may have a template too
SELECT campaign.submit_deliverable(:t, (pg_temp.p(1))[1], campaign.deliverable_id(:t, 'Script'), '{}') AS draft \gset
SELECT campaign.review_deliverable(:draft, 'needs_revision');
SELECT campaign.run_until('2026-03-08 01:00+00') > 0 AS lived;
SELECT campaign.submit_deliverable(:t, (pg_temp.p(1))[1], campaign.deliverable_id(:t, 'Script'), '{}') AS draft \gset
SELECT campaign.review_deliverable(:draft, 'approved');
SELECT campaign.run_until('2026-03-08 02:00+00') > 0 AS lived;
SELECT * FROM pg_temp.sent;
SELECT external_id, status, step, code FROM campaign.prospect_status WHERE campaign_id = :t ORDER BY 1;
SELECT * FROM pg_temp.faults;
ROLLBACK;
