-- The owner is told once for each cohort that contacts wait for him (S1.4), though it may come up in several rounds;
-- and again when he has decided about all that he was told of.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
INSERT INTO campaign.member (name, notify_channel_id) VALUES ('Anna', 1) RETURNING id AS member \gset
-- one action in five minutes, so that one visit follows the other, and the invitations come up one by one
INSERT INTO campaign.account (member_id, channel_id, address, pace, pace_jitter) VALUES (:member, 1, 'anna', '5 minutes', '0') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || lpad(n::text, 2, '0') FROM generate_series(1, 20) n;
SELECT campaign.create_sequence('Invite', '[{"visit": {}}, {"invite": {"note": "Hello"}, "name": "invitation"}]') > 0 AS created;
SELECT campaign.create_campaign('Cohorts', 'Invite', :member, ARRAY[:account], settings => '{"cohort_size": 4}') AS c \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :c, d, t.starts, t.ends
    FROM generate_series(1, 7) d, (VALUES ('09:00'::time, '12:00'::time), ('14:00', '17:00')) t (starts, ends);
CREATE TEMPORARY VIEW told AS
    SELECT x.at, x.detail ->> 'actions' AS actions, (SELECT count(*) FROM campaign.outbox o WHERE o.action_kind = 'notify' AND o.at = x.at) AS notices
    FROM campaign.event x WHERE x.kind = 'validation_requested';
CREATE TEMPORARY VIEW waiting AS
    SELECT q.put_up_at, string_agg(q.external_id, ' ' ORDER BY q.external_id) AS who FROM campaign.queue q WHERE q.state = 'awaiting_approval' GROUP BY 1;
CREATE FUNCTION pg_temp.open() RETURNS bigint[] LANGUAGE sql AS $$ SELECT array_agg(q.action_id) FROM campaign.queue q WHERE q.state = 'awaiting_approval' $$;
SELECT result, count(*) FROM campaign.enroll(:c, ARRAY(SELECT p.id FROM campaign.prospect p ORDER BY p.id LIMIT 10)) GROUP BY 1;
SELECT campaign.launch(:c);
SELECT campaign.run_until('2026-03-03 09:30+00') > 0 AS moved;
TABLE waiting ORDER BY 1;
TABLE told ORDER BY 1;
-- the next slot has a cohort of its own, of which he is told though the other one waits still
SELECT campaign.run_until('2026-03-03 14:06+00') > 0 AS moved;
TABLE told ORDER BY 1;
-- he decides about all that there is: what comes up after that is news
SELECT campaign.approve(pg_temp.open()) > 0 AS approved;
SELECT campaign.run_until('2026-03-03 16:00+00') > 0 AS moved;
TABLE told ORDER BY 1;
SELECT count(*) FROM campaign.queue q WHERE q.state = 'awaiting_approval';
-- what is shown anew is news
SELECT campaign.edit_step(:c, 'invitation', '{"note": "Good day"}');
SELECT campaign.run_until('2026-03-03 16:10+00') > 0 AS moved;
TABLE told ORDER BY 1;
-- without cohorts it is the day that counts, in the zone of the campaign
SELECT campaign.archive(:c);
UPDATE campaign.account SET pace = NULL;
SELECT campaign.create_campaign('Days', 'Invite', :member, ARRAY[:account], settings => '{"approval": "first", "time_zone": "Asia/Kolkata", "exclusivity": "none"}') AS d \gset
SELECT campaign.launch(:d);
CREATE FUNCTION pg_temp.come(c bigint, who text, at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('campaign.now', at::text, true);
    PERFORM campaign.enroll(c, ARRAY[campaign.prospect_id(who)]);
    RETURN campaign.run_until(at + interval '1 second');
END
$$;
SELECT pg_temp.come(:d, 'p11', '2026-03-04 10:00+00') > 0 AND pg_temp.come(:d, 'p12', '2026-03-04 18:29+00') > 0 AND pg_temp.come(:d, 'p13', '2026-03-04 18:30+00') > 0 AS came;
SELECT * FROM told WHERE at > '2026-03-04' ORDER BY 1;
ROLLBACK;
