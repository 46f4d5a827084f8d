-- S1.19: the six buckets of a day of a campaign with cohorts, each with its own cause, decided when an invitation
-- would be sent: disjoint, and adding up to the day's total.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna'), ('Bob');
INSERT INTO campaign.account (member_id, channel_id, address) SELECT m.id, 1, lower(m.name) FROM campaign.member m;
INSERT INTO campaign.prospect (external_id) SELECT unnest('{sent,blocked,duplicate,fails,false,invited,waits}'::text[]);
SELECT campaign.create_sequence('Invite', '[{"invite": {}, "if": "not $.prospect.closed == true", "name": "invitation"}, {"wait": {"until": "connected", "within": "15 days", "else": "failure"}}]') > 0 AS created;
CREATE FUNCTION pg_temp.make(who text, settings jsonb) RETURNS bigint LANGUAGE sql AS $$
    SELECT campaign.create_campaign('Growth', 'Invite', (SELECT id FROM campaign.member WHERE name = $1), ARRAY[campaign.account_id(lower($1))],
        program => 'Spring', settings => '{"exclusivity": "none"}' || $2)
$$;
CREATE FUNCTION pg_temp.of(c bigint, who text) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT array_agg(q.action_id) FROM campaign.queue q WHERE q.campaign_id = $1 AND q.external_id = ANY (string_to_array($2, ' '))
$$;
SELECT pg_temp.make('Bob', '{}') AS his, pg_temp.make('Anna', '{"cohort_size": 7}') AS hers \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT :hers, d, '09:00', '11:00' FROM generate_series(1, 7) d;
SELECT count(campaign.launch(c)::text) FROM unnest(ARRAY[:his, :hers]) c;
SELECT count(*) FROM campaign.enroll(:his, ARRAY[campaign.prospect_id('duplicate')]);
SELECT campaign.run_until('2026-03-02 08:00+00') > 0 AS moved;
SELECT count(*) FROM campaign.enroll(:hers, ARRAY(SELECT p.id FROM campaign.prospect p));
SELECT campaign.run_until('2026-03-03 09:30+00') > 0 AS moved;
SELECT string_agg(q.external_id, ' ' ORDER BY q.external_id) AS put_up FROM campaign.queue q WHERE q.campaign_id = :hers AND q.state = 'awaiting_approval';
SELECT campaign.approve(pg_temp.of(:hers, 'sent fails false invited'));
-- between the approval and the slot: what was true then is so no more
SELECT campaign.run_until('2026-03-04 08:59+00') > 0 AS moved;
UPDATE campaign.prospect SET attributes = '{"closed": true}' WHERE external_id = 'false';
SELECT campaign.record_event('invited', 'invited', account => campaign.account_id('anna'));
SELECT campaign.block(pg_temp.of(:hers, 'blocked'));
UPDATE campaign.action a SET state = 'processing', attempt = 1, started_at = campaign.clock(), begun_at = campaign.clock(), expires_at = '2026-04-01'
    WHERE a.id = ANY (pg_temp.of(:hers, 'fails'));
SELECT campaign.report(a.id, 'failed') FROM campaign.action a WHERE a.state = 'processing';
SELECT campaign.run_until('2026-03-04 09:30+00') > 0 AS moved;
SELECT b.day, b.sent, b.blocked_by_owner, b.duplicate, b.error, b.condition_false, b.already_invited, b.decided,
    b.sent + b.blocked_by_owner + b.duplicate + b.error + b.condition_false + b.already_invited = b.decided AS adds_up
    FROM campaign.action_buckets b WHERE b.campaign_id = :hers AND b.decided > 0 ORDER BY 1, b.duplicate DESC;
SELECT s.external_id, s.status, s.substatus, s.end_kind, s.code FROM campaign.prospect_status s WHERE s.campaign_id = :hers ORDER BY 1;
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
SELECT * FROM replay.differences();
SELECT * FROM replay.miscounts();
ROLLBACK;
