-- The owner's validation: first contacts are put up with the slot of a day, approved ones leave with that of a
-- later day, blocked ones never (S1.4, S1.5, S1.7, S1.8, S1.9); what is neither waits, or lapses.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
INSERT INTO campaign.member (name, email, notify_channel_id) VALUES ('Anna', 'anna@example.com', 1) RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, first_name) SELECT 'p' || lpad(n::text, 2, '0'), 'N' || n FROM generate_series(1, 60) n;
SELECT campaign.create_sequence('Invite', '[{"invite": {"note": "Hello {{first_name}}"}, "name": "invitation"},
    {"wait": {"until": "connected", "within": "15 days", "else": "failure"}}, {"delay": "next day"}, {"message": {"body": "Welcome {{first_name}}"}, "name": "welcome"}, {"delay": "1 day"}]') > 0
    AND campaign.create_sequence('Mail', '[{"visit": {}}, {"inmail": {"subject": "One", "body": "Hello {{first_name}}"}, "name": "one"}, {"delay": "1 day"},
        {"inmail": {"subject": "Two", "body": "Again {{first_name}}"}, "name": "two"}]') > 0 AS created;
CREATE FUNCTION pg_temp.make(name text, sequence text, settings jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint := campaign.create_campaign($1, $2, (SELECT id FROM campaign.member), ARRAY[(SELECT id FROM campaign.account)],
        program => 'Spring', settings => '{"time_zone": "Europe/Paris", "exclusivity": "none"}' || $3);
BEGIN
    INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT made, d, '09:00', '11:00' FROM generate_series(1, 7) d;
    RETURN made;
END
$$;
CREATE FUNCTION pg_temp.ids(first int, last int) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT array_agg(p.id ORDER BY p.id) FROM campaign.prospect p WHERE substr(p.external_id, 2)::int BETWEEN $1 AND $2
$$;
-- open actions of these prospects
CREATE FUNCTION pg_temp.of(c bigint, who text) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT array_agg(s.id ORDER BY s.id) FROM campaign.action s JOIN campaign.prospect p ON p.id = s.prospect_id
    WHERE s.campaign_id = $1 AND p.external_id = ANY (string_to_array($2, ' ')) AND s.state IN ('queued', 'awaiting_approval', 'withdrawn', 'held')
$$;
CREATE TEMPORARY VIEW state AS
    SELECT s.campaign, s.status, s.substatus, s.end_kind, s.code, string_agg(s.external_id, ' ' ORDER BY s.external_id) AS who
    FROM campaign.prospect_status s GROUP BY 1, 2, 3, 4, 5;
CREATE TEMPORARY VIEW sent AS
    SELECT c.name AS campaign, a.action_kind AS kind, o.at, string_agg(p.external_id, ' ' ORDER BY p.external_id) AS who
    FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id JOIN campaign.campaign c ON c.id = a.campaign_id
    JOIN campaign.prospect p ON p.id = o.prospect_id GROUP BY 1, 2, 3;
CREATE TEMPORARY VIEW waiting AS
    SELECT q.campaign, q.state, q.reason, q.put_up_at, q.not_before, string_agg(q.external_id, ' ' ORDER BY q.external_id) AS who FROM campaign.queue q GROUP BY 1, 2, 3, 4, 5;

-- S1.8: with cohorts the first contact has to be approved, unless the campaign says otherwise
SELECT pg_temp.make('Cohorts', 'Invite', '{"cohort_size": 5}') AS c \gset
SELECT result, count(*) FROM campaign.enroll(:c, pg_temp.ids(1, 12)) GROUP BY 1;
SELECT campaign.launch(:c);
-- S1.3: day 0, nothing; S1.4: day 1, the first contacts are put up at the very instant at which the first slot starts, and the owner is told once
SELECT campaign.run_until('2026-03-03 07:59:59.999999+00') AS moved;
SELECT count(*) FROM campaign.action;
SELECT campaign.run_until('2026-03-03 08:00+00') > 0 AS moved;
TABLE waiting;
SELECT x.at, x.detail, k.notify FROM campaign.event x JOIN campaign.event_kind k ON k.name = x.kind WHERE x.kind = 'validation_requested';
SELECT o.action_kind, o.at, o.content - '{member,body}'::text[] #- '{campaign,id}' AS content, replace(o.content ->> 'body', :'c', 'C') AS body, o.content #>> '{member,name}' AS member FROM campaign.outbox o;
SELECT q.external_id, q.program, q.owner, q.kind, q.step, q.content FROM campaign.queue q ORDER BY 1 LIMIT 2;
SELECT * FROM state ORDER BY 1, 2, 3, 6;
SELECT reason, regexp_replace(detail, '\d{4,} ', 'N ') AS detail, next_change_at FROM campaign.explain(:c, campaign.prospect_id('p01'));
SELECT o.light, o.in_queue, o.sent_today FROM campaign.overview o;
SELECT count(*) FROM campaign.stuck;

-- S1.5: three of five are approved; nothing leaves on that day, though its slot is in progress
SELECT campaign.approve(pg_temp.of(:c, 'p01 p02')), campaign.approve(pg_temp.of(:c, 'p01 p03')), campaign.approve(NULL), campaign.approve('{1}');
SELECT * FROM waiting ORDER BY who;
SELECT reason, regexp_replace(detail, '\d{4,} ', 'N ') AS detail, next_change_at FROM campaign.explain(:c, campaign.prospect_id('p01'));
SELECT campaign.run_until('2026-03-04 07:59:59+00') > 0 AS moved;
SELECT * FROM waiting ORDER BY who;
SELECT reason, next_change_at FROM campaign.explain(:c, campaign.prospect_id('p01')) WHERE reason <> 'no_worker';
TABLE sent;
-- on day 2 exactly those leave, and a new batch is put up
SELECT campaign.run_until('2026-03-04 08:00+00') > 0 AS moved;
TABLE sent;
SELECT * FROM waiting ORDER BY who;
-- what the owner approved is what is sent
SELECT o.content #>> '{content,note}' AS note FROM campaign.outbox o WHERE o.prospect_id = campaign.prospect_id('p01');

-- S1.7: blocked, it is counted as such, never sent, and does not come back
SELECT campaign.block(pg_temp.of(:c, 'p04')), campaign.block(pg_temp.of(:c, 'p04')), campaign.block(ARRAY(SELECT o.action_id FROM campaign.outbox o WHERE o.action_id IS NOT NULL));
SELECT * FROM state WHERE code = 'blocked_by_owner';
SELECT result, detail IS NOT NULL AS said FROM campaign.enroll(:c, campaign.prospect_id('p04') || '{}'::bigint[]);
-- approved, and blocked after all
SELECT campaign.approve(pg_temp.of(:c, 'p05')), campaign.block(pg_temp.of(:c, 'p05'));
-- S1.6: who accepts on day 2 gets the welcome message on day 3, not on day 2, without another approval
SELECT campaign.record_event('connected', 'p01', account => :account);
SELECT campaign.run_until('2026-03-05 07:59:59+00') > 0 AS moved;
SELECT * FROM sent WHERE kind = 'message';
SELECT campaign.run_until('2026-03-05 12:00+00') > 0 AS moved;
SELECT * FROM sent WHERE kind = 'message';
SELECT b.day, b.sent, b.blocked_by_owner, b.duplicate, b.error, b.condition_false, b.already_invited, b.decided FROM campaign.action_buckets b
    WHERE b.campaign_id = :c AND b.decided > 0 ORDER BY b.day, b.step;
-- what was not decided waits, by default; its approval counts from the next slot
SELECT * FROM waiting ORDER BY who;
SELECT campaign.approve(pg_temp.of(:c, 'p06 p07 p08 p09 p10 p11 p12'));
SELECT campaign.run_until('2026-03-05 12:01+00') > 0 AS moved;
SELECT state, reason, not_before, who FROM waiting ORDER BY who;

-- S1.9: taken out of the queue for a reason, put back, approved or not
SELECT campaign.dequeue(pg_temp.of(:c, 'p06 p11'), 'a competitor'), campaign.dequeue(ARRAY(SELECT o.action_id FROM campaign.outbox o WHERE o.action_id IS NOT NULL));
SELECT campaign.run_until('2026-03-06 08:30+00') > 0 AS moved;
SELECT state, reason, who FROM waiting ORDER BY who;
SELECT reason, regexp_replace(detail, '\d{4,} ', 'N ') AS detail FROM campaign.explain(:c, campaign.prospect_id('p06'));
SELECT * FROM state WHERE substatus = 'held';
SELECT campaign.requeue(pg_temp.of(:c, 'p06 p11')), campaign.requeue('{1}');
SELECT campaign.run_until('2026-03-06 08:31+00') > 0 AS moved;
SELECT * FROM sent WHERE who ~ 'p06|p11';
SELECT * FROM waiting ORDER BY who;

-- an edited text is shown anew, and the approval is gone; a text that is not shown cannot be approved
SELECT pg_temp.make('Mails', 'Mail', '{"cohort_size": 6}') AS m \gset
SELECT result, count(*) FROM campaign.enroll(:m, pg_temp.ids(21, 26)) GROUP BY 1;
SELECT campaign.launch(:m);
SELECT campaign.run_until('2026-03-07 08:30+00') > 0 AS moved;
SELECT campaign.approve(pg_temp.of(:m, 'p21 p22'));
SELECT campaign.run_until('2026-03-07 08:40+00') > 0 AS moved;
SELECT campaign.dequeue(pg_temp.of(:m, 'p22 p26'));
SELECT state, reason, who FROM waiting WHERE campaign = 'Mails' ORDER BY who;
SELECT campaign.edit_step(:m, 'one', '{"body": "Good day {{first_name}}"}');
SELECT campaign.approve(pg_temp.of(:m, 'p21 p23'));
SELECT state, reason, who FROM waiting WHERE campaign = 'Mails' ORDER BY who;
SELECT campaign.run_until('2026-03-07 08:50+00') > 0 AS moved;
SELECT campaign.requeue(pg_temp.of(:m, 'p22 p26'));
SELECT campaign.run_until('2026-03-07 08:51+00') > 0 AS moved;
SELECT q.state, q.external_id, q.put_up_at, q.content ->> 'body' AS body FROM campaign.queue q WHERE q.campaign = 'Mails' ORDER BY 2;
SELECT x.at, x.detail FROM campaign.event x WHERE x.kind = 'validation_requested' AND x.campaign_id = :m ORDER BY x.id;
-- another step's text, or a time, changes nothing here
SELECT campaign.approve(pg_temp.of(:m, 'p21')), campaign.edit_step(:m, 'two', '{"body": "Once more"}'), campaign.edit_step(:m, 'delay', delay => '2 days');
SELECT state, who FROM waiting WHERE campaign = 'Mails' ORDER BY who;
-- what has no value is held, and put up once it has
UPDATE campaign.prospect SET first_name = NULL WHERE external_id IN ('p23', 'p27');
SELECT result, count(*) FROM campaign.enroll(:m, pg_temp.ids(27, 27)) GROUP BY 1;
SELECT campaign.run_until('2026-03-08 08:30+00') > 0 AS moved;
SELECT state, reason, who FROM waiting WHERE campaign = 'Mails' ORDER BY who;
UPDATE campaign.prospect SET first_name = 'Zoe' WHERE external_id = 'p27';
SELECT campaign.requeue(pg_temp.of(:m, 'p27'));
SELECT campaign.run_until('2026-03-08 08:40+00') > 0 AS moved;
SELECT q.state, q.external_id, q.content ->> 'body' AS body FROM campaign.queue q WHERE q.external_id = 'p27';

-- pause takes what awaits approval out of the queue, and brings it back as it was; it can be decided meanwhile
SELECT campaign.pause(:m);
SELECT count(*) FROM campaign.queue q WHERE q.campaign = 'Mails';
SELECT campaign.approve(pg_temp.of(:m, 'p22')), campaign.block(pg_temp.of(:m, 'p23'));
SELECT campaign.edit_step(:m, 'one', '{"body": "Dear {{first_name}}"}');
SELECT campaign.approve(pg_temp.of(:m, 'p24'));
SELECT campaign.resume(:m);
SELECT campaign.run_until('2026-03-08 08:50+00') > 0 AS moved;
SELECT q.state, q.external_id, q.content ->> 'body' AS body FROM campaign.queue q WHERE q.campaign = 'Mails' ORDER BY 2;
-- so with one prospect; removal, a reply and the stop list take him out
SELECT campaign.pause_prospects(:m, pg_temp.ids(22, 22)), campaign.approve(pg_temp.of(:m, 'p22'));
SELECT campaign.run_until('2026-03-09 12:00+00') > 0 AS moved;
SELECT campaign.resume_prospects(:m, pg_temp.ids(22, 22));
SELECT campaign.remove_prospects(:m, pg_temp.ids(24, 24)), campaign.record_event('replied', 'p25'), campaign.record_event('unsubscribed', 'p26');
SELECT campaign.run_until('2026-03-09 12:10+00') > 0 AS moved;
SELECT state, reason, not_before, who FROM waiting WHERE campaign = 'Mails' ORDER BY who;
SELECT * FROM state WHERE campaign = 'Mails' ORDER BY 1, 2, 3, 6;
SELECT campaign.run_until('2026-03-13 12:10+00') > 0 AS moved;
SELECT * FROM sent WHERE campaign = 'Mails' ORDER BY 3, 2;
SELECT campaign.archive(:m);

-- lapse: what is not approved by the end of its day leaves; so does what waits when the setting comes
SELECT pg_temp.make('Lapsing', 'Mail', '{"cohort_size": 4, "unapproved": "lapse"}') AS l, pg_temp.make('Waiting', 'Mail', '{"cohort_size": 4}') AS w \gset
SELECT result, count(*) FROM unnest(ARRAY[:l, :w]) v(c), campaign.enroll(v.c, pg_temp.ids(31, 34)) GROUP BY 1;
SELECT count(campaign.launch(v.c)::text) FROM unnest(ARRAY[:l, :w]) v(c);
SELECT campaign.run_until('2026-03-14 08:30+00') > 0 AS moved;
SELECT campaign.approve(pg_temp.of(:l, 'p31')), campaign.approve(pg_temp.of(:w, 'p31'));
SELECT reason, next_change_at FROM campaign.explain(:l, campaign.prospect_id('p32'));
SELECT campaign.pause_prospects(:l, pg_temp.ids(33, 33));
SELECT campaign.run_until('2026-03-14 22:59:59+00') > 0 AS moved;
SELECT * FROM waiting WHERE campaign IN ('Lapsing', 'Waiting') ORDER BY 1, who;
SELECT campaign.run_until('2026-03-14 23:00+00') > 0 AS moved;
SELECT * FROM state WHERE campaign IN ('Lapsing', 'Waiting') ORDER BY 1, 2, 3, 6;
SELECT campaign.resume_prospects(:l, pg_temp.ids(33, 33)), campaign.alter_campaign(:w, settings => '{"unapproved": "lapse"}');
SELECT campaign.run_until('2026-03-15 12:00+00') > 0 AS moved;
SELECT * FROM state WHERE campaign IN ('Lapsing', 'Waiting') ORDER BY 1, 2, 3, 6;

-- S1.8: approval of everything, without cohorts; none; and what was contacted before is asked for no first contact
SELECT pg_temp.make('All', 'Mail', '{"approval": "all"}') AS a, pg_temp.make('None', 'Mail', '{"cohort_size": 4, "approval": "none"}') AS n \gset
SELECT result, count(*) FROM unnest(ARRAY[:a, :n]) v(c), campaign.enroll(v.c, pg_temp.ids(41, 42)) GROUP BY 1;
SELECT count(campaign.launch(v.c)::text) FROM unnest(ARRAY[:a, :n]) v(c);
SELECT campaign.run_until('2026-03-16 08:30+00') > 0 AS moved;
SELECT campaign.approve(pg_temp.of(:a, 'p41'));
SELECT campaign.alter_campaign(:n, settings => '{"approval": "first"}');
SELECT campaign.run_until('2026-03-17 12:00+00') > 0 AS moved;
SELECT * FROM sent WHERE campaign IN ('All', 'None') ORDER BY 1, 3, 2;
SELECT state, reason, who FROM waiting WHERE campaign IN ('All', 'None') ORDER BY 1, who;
SELECT count(*) FROM campaign.stuck;

-- the owner himself may decide, as an agent, about his campaigns and no others
INSERT INTO campaign.member (name) VALUES ('Bob') RETURNING id AS bob \gset
CREATE ROLE regress_anna;
CREATE ROLE regress_bob;
SELECT campaign.grant_access('regress_anna', 'default', 'agent', :member), campaign.grant_access('regress_bob', 'default', 'agent', :bob);
SELECT pg_temp.of(:a, 'p42') AS open \gset
SET LOCAL ROLE regress_bob;
SELECT campaign.approve(:'open'), campaign.block(:'open'), campaign.dequeue(:'open'), (SELECT count(*) FROM campaign.queue) AS sees;
SET LOCAL ROLE regress_anna;
SELECT count(*) AS sees FROM campaign.queue WHERE action_id = ANY (:'open');
SELECT campaign.approve(:'open'), campaign.dequeue(:'open', 'not now');
RESET ROLE;
SELECT x.kind, x.actor = SESSION_USER AS by_session, x.detail FROM campaign.event x WHERE x.action_id = ANY (:'open') ORDER BY x.id DESC LIMIT 2;
SELECT campaign.stop(v.c, finish => false), campaign.archive(v.c) FROM unnest(ARRAY[:a, :n, :c]) v(c);
SELECT count(*) FROM campaign.queue q WHERE q.campaign IN ('All', 'None', 'Cohorts');
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
