-- Alerts are looked at where something was changed: of the campaign whose own rows were, of all where a row is of all.
\pset format unaligned
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (651, 'requests');
SET LOCAL campaign.workspace = 'requests';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (651, 651, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (651, 'Anna');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (651, 651, 651, 'anna');
SELECT campaign.create_sequence('Visit', '[{"visit": {}}]') > 0 AS created;
CREATE FUNCTION pg_temp.make(name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    c bigint := campaign.create_campaign(name, 'Visit', 651, '{651}', settings => '{"cohort_size": 3}');
BEGIN
    INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (c, 1, '09:00', '10:00');
    INSERT INTO campaign.prospect (external_id) VALUES (name);
    PERFORM campaign.enroll(c, ARRAY[campaign.prospect_id(name)]);
    PERFORM campaign.launch(c);
    RETURN c;
END
$$;
SELECT pg_temp.make('one') AS one, pg_temp.make('two') AS two \gset
CREATE TEMPORARY VIEW request AS
    SELECT DISTINCT COALESCE((SELECT c.name FROM campaign.campaign c WHERE c.id = r.campaign_id), 'all') AS asked FROM campaign.alert_request r WHERE r.workspace_id = 651;
CREATE TEMPORARY VIEW alert AS
    SELECT c.name AS campaign, a.code, a.closed_at IS NULL AS open FROM campaign.alert a JOIN campaign.campaign c ON c.id = a.campaign_id WHERE a.workspace_id = 651;
SELECT campaign.tick() >= 0 AS ticked;
SELECT count(*) FROM request;
-- what belongs to one, and what many use
SAVEPOINT looked;
UPDATE campaign.slot SET ends = '11:00' WHERE campaign_id = :one;
TABLE request;
ROLLBACK TO looked;
SELECT campaign.alter_campaign(:two, settings => '{"cohort_size": 4}');
TABLE request;
ROLLBACK TO looked;
UPDATE campaign.member SET is_active = true WHERE id = 651;
TABLE request;
ROLLBACK TO looked;
-- both have come to harm, and one was changed: that is looked at, and the other by the next look at all
DELETE FROM campaign.slot WHERE campaign_id IN (:one, :two);
DELETE FROM campaign.alert_request r WHERE r.campaign_id = :two;
SELECT campaign.reconcile_alerts(651, campaign.clock(), asked => true) AS changed;
SELECT * FROM alert ORDER BY 1;
SELECT campaign.reconcile_alerts(651, campaign.clock()) AS changed;
SELECT * FROM alert ORDER BY 1;
-- a look at one closes nothing of the other
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:one, 1, '09:00', '10:00');
SELECT campaign.reconcile_alerts(651, campaign.clock(), asked => true) AS changed;
SELECT * FROM alert ORDER BY 1;
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:two, 1, '09:00', '10:00');
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = 651;
SELECT campaign.reconcile_alerts(651, campaign.clock(), asked => true) AS changed;
SELECT * FROM alert ORDER BY 1, 2;
ROLLBACK;
