-- S1.25, S1.26, S1.27: an account whose session is disconnected, whose identity is inactive or whose member is inactive
-- sends nothing, says so, and costs nothing; what waits leaves as soon as that is mended.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS anna \gset
INSERT INTO campaign.member (name) VALUES ('Ben') RETURNING id AS ben \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:anna, 1, 'anna'), (:ben, 1, 'ben');
INSERT INTO campaign.quota (scope, action_kind, period, max_actions) VALUES ('each_account', 'visit', 'day', 100);
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 6) n;
SELECT campaign.create_sequence('Visit', '[{"visit": {}}]') > 0 AS created;
SELECT campaign.create_campaign('Anna', 'Visit', :anna, ARRAY[campaign.account_id('anna')]) AS hers,
    campaign.create_campaign('Both', 'Visit', :anna, ARRAY[campaign.account_id('anna'), campaign.account_id('ben')]) AS "both" \gset
SELECT campaign.launch(:hers), campaign.launch(:both);
CREATE FUNCTION pg_temp.set_right(what text, good boolean) RETURNS void LANGUAGE sql AS $$
    UPDATE campaign.account SET session_state = CASE WHEN $2 OR $1 <> 'session' THEN 'connected' ELSE 'disconnected' END,
        identity_active = $2 OR $1 <> 'identity' WHERE address = 'anna';
    UPDATE campaign.member SET is_active = $2 OR $1 <> 'member' WHERE name = 'Anna';
$$;
-- each cause alone, for an hour, in which nothing is debited beside what was sent before; the cause is taken away at a time at which nothing else would have looked
CREATE FUNCTION pg_temp.try(what text, n int) RETURNS TABLE (cause text, sent_meanwhile bigint, used integer, reason text, detail text, sent_after bigint) LANGUAGE plpgsql AS $$
DECLARE
    now timestamptz := '2026-03-02 08:00+00'::timestamptz + n * interval '2 hours';
    before bigint := (SELECT count(*) FROM campaign.outbox);
BEGIN
    PERFORM set_config('campaign.now', now::text, true);
    PERFORM pg_temp.set_right(what, false);
    PERFORM * FROM campaign.enroll(campaign.campaign_id('Anna'), ARRAY[campaign.prospect_id('p' || n)]);
    PERFORM campaign.run_until(now + interval '1 hour');
    cause := what;
    sent_meanwhile := (SELECT count(*) FROM campaign.outbox) - before;
    used := (SELECT max(u.used) FROM campaign.quota_usage u WHERE u.account = 'anna');
    SELECT x.reason, x.detail INTO reason, detail FROM campaign.explain(campaign.campaign_id('Anna'), campaign.prospect_id('p' || n)) x
        WHERE x.reason NOT IN ('queued', 'not_preloaded');
    PERFORM set_config('campaign.now', (now + interval '1 hour 10 seconds')::text, true);
    PERFORM pg_temp.set_right(what, true);
    PERFORM campaign.tick();
    sent_after := (SELECT count(*) FROM campaign.outbox) - before;
    RETURN NEXT;
END
$$;
SELECT t.* FROM (VALUES ('session', 1), ('identity', 2), ('member', 3)) v(what, n) CROSS JOIN LATERAL pg_temp.try(v.what, v.n) t;

-- who begins meanwhile is given another account where the campaign has one
SELECT pg_temp.set_right('session', false);
SELECT count(*) FROM campaign.enroll(:both, ARRAY[campaign.prospect_id('p4'), campaign.prospect_id('p5')]);
SELECT campaign.run_until('2026-03-02 20:00+00') > 0 AS moved;
SELECT a.address, count(*) FROM campaign.outbox o JOIN campaign.account a ON a.id = o.account_id JOIN campaign.prospect p ON p.id = o.prospect_id
    WHERE p.external_id IN ('p4', 'p5') GROUP BY 1;
SELECT external_id, end_kind FROM campaign.prospect_status ORDER BY 1;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK;
