-- Work that leads on from stages at other times than when it is done: after a pause, when less is asked for, or
-- never, for whoever has left. What the log alone says is held against the rows all the way (B8).
\set ECHO none
BEGIN;
\i test/sql/include/replay.sql
\set ECHO all
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL jit = off;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
SET LOCAL campaign.actor = 'anna';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna');
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || n, 'p' || n || '@x.org' FROM generate_series(1, 9) n;
INSERT INTO campaign.action_kind (name, channel_class, intention, options) VALUES ('pay', 'person', 'pay', '{"contents": {"incentive": "required", "amount": "optional", "currency": "optional"}}');
CREATE FUNCTION pg_temp.p(VARIADIC n integer[]) RETURNS bigint[] LANGUAGE sql AS 'SELECT array_agg(campaign.prospect_id(''p'' || u) ORDER BY u) FROM unnest($1) u';
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
    EXECUTE statement INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, 'prospect \d+', 'prospect N');
END
$$;
CREATE VIEW pg_temp.faults AS SELECT row_to_json(x)::text AS fault FROM replay.differences() x UNION ALL SELECT row_to_json(x)::text FROM replay.miscounts() x
    UNION ALL SELECT row_to_json(x)::text FROM campaign.stuck x;
SELECT campaign.create_campaign('Work', 'influencer', :member, ARRAY[campaign.account_id('anna')], settings => '{"exclusivity": "none"}') AS c \gset
INSERT INTO campaign.deliverable (campaign_id, name, kind, count) VALUES (:c, 'Script', 'draft', 1), (:c, 'Storyboard', 'draft', 1), (:c, 'Reel', 'final', 2);
INSERT INTO campaign.incentive (campaign_id, name, timing, amount, currency, action_kind) VALUES (:c, 'Product', 'pre', NULL, NULL, NULL), (:c, 'Fee', 'post', 250, 'EUR', 'pay');
SELECT campaign.launch(:c);
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(1, 2, 3, 4, 5, 6));
CREATE VIEW pg_temp.at AS SELECT external_id, status, step FROM campaign.prospect_status WHERE campaign = 'Work' ORDER BY 1;
CREATE FUNCTION pg_temp.deliver(c bigint, n integer, name text) RETURNS bigint LANGUAGE sql AS
    'SELECT campaign.submit_deliverable(c, (pg_temp.p(n))[1], campaign.deliverable_id(c, name))';

-- S5.2: the prospect goes stage by stage, the owner may pass over some
SELECT campaign.promote(:c, pg_temp.p(1, 2, 3, 4, 5, 6), 'invited') AS promoted;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(1), ''complete'', ''prospect'')', :c)) AS too_far;
SELECT campaign.promote(:c, pg_temp.p(1), 'applied', 'prospect') AS promoted;
SELECT campaign.promote(:c, pg_temp.p(2, 3, 4, 5, 6), actor => 'prospect') AS promoted;
SELECT campaign.promote(:c, pg_temp.p(1, 2, 3, 4, 5, 6), 'draft') AS promoted;

-- approved while the campaign, or he, is paused: it leads on when that is over
SELECT pg_temp.deliver(:c, n, name) > 0 AS submitted FROM generate_series(1, 3) n CROSS JOIN unnest('{Script,Storyboard}'::text[]) name;
SELECT * FROM pg_temp.at;
SELECT campaign.pause_prospects(:c, pg_temp.p(2)) AS paused;
SELECT campaign.review_deliverable(s.id, 'approved') FROM campaign.submission s WHERE s.prospect_id = ANY (pg_temp.p(2)) ORDER BY s.id;
SELECT campaign.pause(:c);
SELECT campaign.review_deliverable(s.id, 'approved') FROM campaign.submission s WHERE s.prospect_id = ANY (pg_temp.p(1)) ORDER BY s.id;
-- one of the two only
SELECT campaign.review_deliverable(min(s.id), 'approved') FROM campaign.submission s WHERE s.prospect_id = ANY (pg_temp.p(3));
SELECT * FROM pg_temp.at;
SELECT campaign.resume(:c);
SELECT * FROM pg_temp.at;
SELECT campaign.resume_prospects(:c, pg_temp.p(2)) AS resumed;
SELECT * FROM pg_temp.at;
SELECT * FROM pg_temp.faults;

-- less is asked for: who has done the rest goes on
SELECT pg_temp.deliver(:c, 4, 'Script') > 0 AS submitted;
DELETE FROM campaign.deliverable WHERE campaign_id = :c AND name = 'Storyboard';
SELECT * FROM pg_temp.at;
SELECT pg_temp.deliver(:c, 1, 'Reel') > 0 AS submitted;
UPDATE campaign.deliverable SET count = 1 WHERE campaign_id = :c AND name = 'Reel';
SELECT * FROM pg_temp.at;
-- while it is paused it leads on later, too
SELECT campaign.promote(:c, pg_temp.p(1), 'post_payment') AS promoted;
SELECT campaign.pause(:c);
UPDATE campaign.incentive SET timing = 'pre' WHERE campaign_id = :c AND name = 'Fee';
INSERT INTO campaign.incentive (campaign_id, name) VALUES (:c, 'Thanks');
SELECT campaign.fulfil_incentive(:c, pg_temp.p(1), campaign.incentive_id(:c, 'Thanks')) AS paid;
SELECT step FROM pg_temp.at WHERE external_id = 'p1';
SELECT campaign.resume(:c);
SELECT status, step FROM pg_temp.at WHERE external_id = 'p1';
-- nothing is asked for any more: that is no work, and people lead on
UPDATE campaign.incentive SET timing = 'post' WHERE campaign_id = :c;
SELECT pg_temp.deliver(:c, 2, 'Reel') > 0 AS submitted;
SELECT campaign.promote(:c, pg_temp.p(2), 'post_payment') AS promoted;
DELETE FROM campaign.incentive WHERE campaign_id = :c AND name IN ('Product', 'Thanks');
SELECT pg_temp.try(format('SELECT campaign.promote(%s, pg_temp.p(2))', :c)) AS unpaid;
SELECT * FROM pg_temp.faults;

-- D12: paid by an action, who leaves meanwhile; the log knows whom it was promised, and whom not
UPDATE campaign.account SET session_state = 'disconnected';
SELECT campaign.fulfil_incentive(:c, pg_temp.p(1, 2, 4), campaign.incentive_id(:c, 'Fee')) AS paid;
SELECT campaign.fulfil_incentive(:c, pg_temp.p(2, 3), campaign.incentive_id(:c, 'Fee')) AS paid;
SELECT campaign.tick() > 0 AS ticked;
-- p1 has completed, p2 stands where he is to be paid, p4 is dropped, p3 opts out
SELECT campaign.drop_out(:c, pg_temp.p(4), 'late') AS dropped;
SELECT campaign.record_event('unsubscribed', external_id => 'p3');
SELECT campaign.record_event('unsubscribed', external_id => 'p1');
SELECT campaign.tick() > 0 AS ticked;
SELECT external_id, name, state FROM campaign.incentive_status WHERE campaign_id = :c AND name = 'Fee' AND state <> 'open' ORDER BY 1;
UPDATE campaign.account SET session_state = 'connected';
SELECT campaign.run_until('2026-03-03 08:00+00') > 0 AS lived;
SELECT external_id, name, state FROM campaign.incentive_status WHERE campaign_id = :c AND name = 'Fee' AND state <> 'open' ORDER BY 1;
SELECT * FROM pg_temp.at;
SELECT p.external_id, a.state, a.reason FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.action_kind = 'pay' ORDER BY 1, a.id;
SELECT * FROM pg_temp.faults;
-- whoever waited for another to lead on the same prospect began before him: the last stage is the one entered last
SET LOCAL campaign.now = '2026-03-03 08:05:00+00';
SELECT result FROM campaign.enroll(:c, pg_temp.p(7));
SELECT campaign.promote(:c, pg_temp.p(7), 'applied') AS promoted;
SET LOCAL campaign.now = '2026-03-03 08:00:00+00';
SELECT campaign.promote(:c, pg_temp.p(7), 'draft') AS promoted;
SELECT campaign.prospect_page(:c, (pg_temp.p(7))[1]) ->> 'phase' AS phase, pg_temp.deliver(:c, 7, 'Script') > 0 AS submitted;
SELECT campaign.drop_out(:c, pg_temp.p(7)) AS dropped;
-- prospects that turn out to be one: what each has delivered and got is his, and he is not paid again
SELECT campaign.merge_prospects((pg_temp.p(3))[1], pg_temp.p(1, 2, 7)) AS merged;
SELECT p.external_id, d.name, s.state FROM campaign.submission s JOIN campaign.prospect p ON p.id = s.prospect_id LEFT JOIN campaign.deliverable d ON d.id = s.deliverable_id
    WHERE s.campaign_id = :c ORDER BY s.id;
SELECT p.external_id, i.name, y.state FROM campaign.payment y JOIN campaign.prospect p ON p.id = y.prospect_id LEFT JOIN campaign.incentive i ON i.id = y.incentive_id
    WHERE y.campaign_id = :c ORDER BY y.id;
SELECT count(*) FILTER (WHERE e.prospect_id <> n.prospect_id) AS astray FROM campaign.stage_entry n JOIN campaign.enrollment e ON e.id = n.enrollment_id;
-- an archive ends what waits for those who had completed, too
UPDATE campaign.account SET session_state = 'disconnected';
SELECT campaign.drop_out(:c, pg_temp.p(5, 6)) AS dropped, campaign.promote(:c, pg_temp.p(5, 6), 'post_review') AS back;
SELECT campaign.promote(:c, pg_temp.p(5), 'complete') AS promoted;
SELECT campaign.fulfil_incentive(:c, pg_temp.p(5, 6), campaign.incentive_id(:c, 'Fee')) AS paid;
SELECT campaign.tick() > 0 AS ticked;
SELECT campaign.message_prospects(:c, pg_temp.p(5), '{"email": {"subject": "Hello", "body": "Hello"}}') AS messaged;
SELECT campaign.archive(:c);
SELECT external_id, name, state FROM campaign.incentive_status WHERE campaign_id = :c AND external_id IN ('p5', 'p6') ORDER BY 1;
UPDATE campaign.account SET session_state = 'connected';
SELECT campaign.run_until('2026-03-03 10:00+00') >= 0 AS lived;
SELECT p.external_id, a.action_kind, a.state, a.reason FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE p.external_id IN ('p5', 'p6') ORDER BY 1, a.id;
SELECT count(*) AS waiting FROM campaign.side_action WHERE wanted_at IS NOT NULL OR parked_at IS NOT NULL;
SELECT * FROM pg_temp.faults;
-- what the log has of the payments of each
SELECT p.external_id, e.kind, e.detail - 'incentive' AS detail, count(*) FROM campaign.event e JOIN campaign.prospect p ON p.id = e.prospect_id
    WHERE e.kind LIKE 'incentive%' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
ROLLBACK;
