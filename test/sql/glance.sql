-- What fits a terminal does so with long names and large numbers too; and errors about names say which one was meant.
BEGIN;
SELECT campaign.virtual_time(true) \gset
INSERT INTO campaign.workspace (name) VALUES ('glance');
SET LOCAL campaign.workspace = 'glance';
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.channel (name, transport) VALUES ('outbox', 'outbox') RETURNING id AS channel \gset
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 1500) n;
SELECT campaign.create_sequence('Test', '[{"visit": {}}, {"wait": {"until": "replied", "within": "3 days", "else": "failure"}, "name": "answer"}]') AS sequence \gset
SELECT campaign.create_campaign('Spring', 'Test', :member, ARRAY[:account]::bigint[]) AS spring \gset
SELECT campaign.create_campaign(E'A name of\nmore than a line, and longer than any column of a table should be', 'Test', :member, ARRAY[:account]::bigint[]) AS long \gset
SELECT campaign.create_campaign('Autumn', 'Test', :member, ARRAY[:account]::bigint[]) AS autumn \gset
SELECT campaign.launch(:spring) AS launched \gset
SELECT campaign.launch(:long) AS launched \gset
SELECT count(*) FROM campaign.enroll(:spring, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'p%' ORDER BY id LIMIT 1000));
SELECT count(*) FROM campaign.enroll(:long, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'p%' ORDER BY id OFFSET 1000));
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SELECT count(campaign.record_event('replied', p.id)) FROM (SELECT id FROM campaign.prospect ORDER BY id LIMIT 7) p;
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;
UPDATE campaign.account SET session_state = 'disconnected', identity_active = false WHERE id = :account;
\pset format aligned
\pset border 1
SELECT g.campaign, g.status, g.enrolled, g.inside, g.success, g.today, g.trouble FROM campaign.glance g
WHERE g.campaign_id IN (:spring, :long, :autumn) ORDER BY g.campaign_id;

-- as psql shows them: the widest value or the name of each column, a blank at both sides, and a bar between
CREATE FUNCTION pg_temp.width_of(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    width bigint;
BEGIN
    EXECUTE format('SELECT sum(GREATEST(c.longest, length(c.key)) + 3) - 1 FROM (
        SELECT e.key, max(COALESCE(char_length(e.value), 0)) AS longest FROM (%s) q, jsonb_each_text(to_jsonb(q)) e GROUP BY e.key) c', query) INTO width;
    RETURN width;
END
$$;
SELECT pg_temp.width_of(format('SELECT * FROM campaign.glance WHERE campaign_id IN (%s, %s, %s)', :spring, :long, :autumn)) <= 120 AS glance;
SELECT pg_temp.width_of(format('SELECT step, entered, now_here, executed, succeeded, timed_out, left_success, left_failure, median_wait FROM campaign.step_funnel
    WHERE campaign_id = %s', :spring)) <= 120 AS funnel;
SELECT pg_temp.width_of(format('SELECT account, action_kind, period, used, max_actions, deferred, window_end FROM campaign.quota_usage WHERE account_id = %s', :account)) <= 120 AS quotas;

-- what was meant
\set VERBOSITY terse
SAVEPOINT here;
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT campaign.campaign_id('Sprnig');
ROLLBACK TO here;
SELECT campaign.create_campaign('New', 'Tset', :member, ARRAY[:account]::bigint[]);
ROLLBACK TO here;
SELECT campaign.create_campaign('New', 'Test', :member, ARRAY[:account]::bigint[], settings => '{"timezone": "UTC"}');
ROLLBACK TO here;
SELECT campaign.render(:spring, 'visti', campaign.prospect_id('p1'));
ROLLBACK TO here;
SELECT campaign.account_id('ana');
ROLLBACK TO here;
-- too far from all that there is
SELECT campaign.campaign_id('Something else');
ROLLBACK TO here;
ROLLBACK;
