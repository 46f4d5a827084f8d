-- The finder of addresses, handing over to a CRM, and the reply goal: S2.10, S2.15, S2.16, S2.50.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 09:00:00+00';

INSERT INTO campaign.member (id, name) VALUES (911, 'Anna Berg');
INSERT INTO campaign.channel (id, name, transport, options) VALUES
    (911, 'network', 'outbox', '{"classes": ["linkedin", "email", "enrichment"]}'),
    (912, 'hubspot', 'outbox', '{"classes": ["crm"]}'),
    (913, 'nocrm', 'outbox', '{"classes": ["crm"]}');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES
    (911, 911, 911, 'anna@linkedin'), (912, 911, 912, 'portal 7'), (913, 911, 913, 'berg');
INSERT INTO campaign.prospect (id, external_id, email, first_name) VALUES
    (9101, 'a', 'a@example.com', 'Ada'), (9102, 'b', NULL, 'Ben'), (9103, 'c', 'c@example.com', 'Cy');
CREATE FUNCTION pg_temp.campaign(name text, definition jsonb, settings jsonb DEFAULT '{}', prospects bigint[] DEFAULT '{9101,9102,9103}',
        accounts bigint[] DEFAULT '{911,912,913}') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM campaign.create_sequence(name, definition);
    made := campaign.create_campaign(name, name, 911, accounts, settings => settings || '{"exclusivity": "none"}');
    PERFORM campaign.launch(made);
    PERFORM campaign.enroll(made, prospects);
    RETURN made;
END
$$;
CREATE FUNCTION pg_temp.told(campaign bigint) RETURNS TABLE (who text, kind text, channel text, at timestamptz, content jsonb) LANGUAGE sql AS $$
    SELECT p.external_id, o.action_kind, h.name, o.at, o.content -> 'content'
    FROM campaign.outbox o
    JOIN campaign.action a ON a.id = o.action_id AND a.campaign_id = $1
    JOIN campaign.channel h ON h.id = o.channel_id
    LEFT JOIN campaign.prospect p ON p.id = o.prospect_id
    ORDER BY o.at, p.external_id, h.name, o.action_kind, o.content ->> 'content'
$$;
CREATE FUNCTION pg_temp.runs(campaign bigint) RETURNS TABLE (who text, status text, step text, ended text) LANGUAGE sql AS $$
    SELECT s.external_id, s.status, s.step, s.end_kind || ' ' || s.code FROM campaign.prospect_status s WHERE s.campaign_id = $1 ORDER BY s.prospect_id, s.run
$$;
SAVEPOINT start;

-- ---- S2.16: a step hands over to the channel that it names, whatever other channels there are ------------------

SELECT pg_temp.campaign('Two', '[{"visit": {}}, {"crm_sync": {"channel": "nocrm"}}, {"crm_sync": {"channel": "hubspot"}}, {"action": "crm_sync", "payload": {"channel": "nocrm", "note": "{{first_name}}"}}]',
    prospects => '{9101,9102}') AS two \gset
SELECT campaign.run_until('2026-03-02 10:00') > 0 AS moved;
SELECT * FROM pg_temp.told(:two);
SELECT * FROM pg_temp.runs(:two);
-- beforehand the same is said
SELECT d.step, d.action, d.content -> 'sender' ->> 'address' AS account FROM campaign.dry_run(:two, '{9103}') d ORDER BY d.at, d.step;
SELECT campaign.render(:two, 'crm_sync_2', 9103) -> 'sender' ->> 'address' AS account;

-- among the accounts of that channel, the one with most of its quota left
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (914, 911, 912, 'portal 8');
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', 912, 'crm_sync', 'day', 1);
SELECT pg_temp.campaign('Turns', '[{"crm_sync": {"channel": "hubspot"}}]', accounts => '{911,912,913,914}') AS turns \gset
SELECT campaign.run_until('2026-03-02 11:00') > 0 AS moved;
SELECT t.address, count(*) FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id AND a.campaign_id = :turns
    JOIN campaign.account t ON t.id = o.account_id GROUP BY 1 ORDER BY 1;
-- the only one was taken away: whoever comes there is held, with the name of the channel, until there is one again
SELECT campaign.create_sequence('Later', '[{"delay": "1 hour"}, {"crm_sync": {"channel": "nocrm"}}]') > 0 AS made;
SELECT campaign.create_campaign('Later', 'Later', 911, '{911,913}', settings => '{"exclusivity": "none"}') AS later \gset
SELECT campaign.launch(:later);
SELECT prospect_id, result FROM campaign.enroll(:later, '{9101}');
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.alter_campaign(:later, accounts => '{911}');
SELECT campaign.run_until('2026-03-02 13:00') > 0 AS moved;
SELECT e.held, e.held_detail FROM campaign.enrollment e WHERE e.campaign_id = :later;
SELECT campaign.alter_campaign(:later, accounts => '{911,913}'), campaign.requeue_prospects(:later, '{9101}');
SELECT campaign.run_until('2026-03-02 14:00') > 0 AS moved;
SELECT * FROM pg_temp.told(:later);
ROLLBACK TO start;

-- ---- channels with adapters serve what these have requests for, unless they say otherwise ------------------------

INSERT INTO campaign.adapter (name, action_kind, path) VALUES ('letters', 'email', '/letters'), ('letters', 'task', '/tasks');
INSERT INTO campaign.channel (id, name, transport, adapter, url, options) VALUES
    (921, 'HubSpot', 'http', 'hubspot', 'https://api.hubapi.com', '{}'), (922, 'finder', 'http', 'dropcontact', 'https://api.dropcontact.com', '{"places": 4}'),
    (923, 'hook', 'http', 'webhook', 'https://example.org/hook', '{}'), (924, 'letters', 'http', 'letters', 'https://example.org', '{}'),
    (925, 'all', 'http', 'nocrm', 'https://berg.nocrm.io', '{"classes": ["crm", "person"]}'), (926, 'none', 'http', 'nobody', 'https://example.org', '{}');
SELECT h.name, h.options FROM campaign.channel h WHERE h.id BETWEEN 921 AND 926 ORDER BY h.id;
UPDATE campaign.channel SET adapter = 'nocrm' WHERE id = 924;
UPDATE campaign.channel SET options = '{}' WHERE id = 924;
SELECT h.options FROM campaign.channel h WHERE h.id = 924;
ROLLBACK TO start;

-- ---- before the launch ------------------------------------------------------------------------------------------

\set SHOW_CONTEXT never
SELECT campaign.create_sequence('Named', '[{"visit": {}}, {"crm_sync": {"channel": "hubspot"}}, {"crm_sync": {"channel": "network"}}, {"crm_sync": {}}]') > 0 AS made;
SELECT campaign.create_campaign('Named', 'Named', 911, '{911,913}', settings => '{"reply_goal": "pipedrive"}') AS named \gset
SELECT p.item, p.detail, regexp_replace(p.remedy, '\d+', 'N') AS remedy FROM campaign.preflight(:named) p WHERE NOT p.ok AND p.item = 'accounts' ORDER BY p.detail;
SAVEPOINT refused;
SELECT campaign.launch(:named);
ROLLBACK TO refused;
SELECT campaign.create_campaign('Typed', 'Named', 911, '{911}', settings => '{"reply_goal": 7}');
ROLLBACK TO refused;
SELECT campaign.alter_campaign(:named, settings => '{"reply_goal": "nocrm"}');
SELECT p.detail FROM campaign.preflight(:named) p WHERE NOT p.ok AND p.item = 'accounts' ORDER BY p.detail;
SELECT c.revision, c.settings FROM campaign.campaign c WHERE c.id = :named;
-- S2.49: a plan that does not include it
INSERT INTO campaign.workspace_setting (workspace_id, plan) VALUES (1, 'freemium');
SELECT p.detail FROM campaign.preflight(:named) p WHERE NOT p.ok AND p.item = 'plan' ORDER BY p.detail;
DELETE FROM campaign.workspace_setting WHERE workspace_id = 1;
-- and where it comes later, while people are inside
SELECT pg_temp.campaign('Late', '[{"delay": "5 days"}]', accounts => '{911}') AS late \gset
SAVEPOINT late;
SELECT campaign.alter_campaign(:late, settings => '{"reply_goal": "hubspot"}');
ROLLBACK TO late;
SELECT campaign.alter_campaign(:late, accounts => '{911,912}', settings => '{"reply_goal": "hubspot"}');
SELECT campaign.record_event('replied', 9101);
SELECT campaign.tick() > 0 AS moved;
SELECT who, kind, channel FROM pg_temp.told(:late);
ROLLBACK TO start;

-- ---- S2.15, S2.50: the reply goal -------------------------------------------------------------------------------

SELECT pg_temp.campaign('Goal', '[{"visit": {}}, {"delay": "5 days"}, {"follow": {}}]', '{"reply_goal": "hubspot"}') AS goal \gset
SELECT campaign.run_until('2026-03-03 09:00') > 0 AS moved;
-- without a reply nothing is told
SELECT count(*) AS told FROM pg_temp.told(:goal) WHERE kind = 'crm_sync';
SET LOCAL campaign.now = '2026-03-03 09:30:00+00';
SELECT campaign.record_event('replied', 9101, occurred_at => '2026-03-03 09:12:00+00', detail => '{"text": "{{who}} are you?"}');
SELECT campaign.record_event('opened', 9103);
-- the round that applies the reply queues it, in its transaction: what it did is there as a whole, or not at all
SAVEPOINT round;
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:goal);
SELECT * FROM pg_temp.told(:goal) WHERE kind = 'crm_sync';
ROLLBACK TO round;
SELECT count(*) AS replies FROM campaign.inbox WHERE kind = 'replied';
SELECT count(*) AS wanted FROM campaign.side_action;
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.told(:goal) WHERE kind = 'crm_sync';
-- a second reply tells nothing more, be it reported once or twice at once
SELECT campaign.record_event('replied', 9101), campaign.record_event('replied', 9101);
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.run_until('2026-03-10 09:00') > 0 AS moved;
SELECT count(*) AS told FROM pg_temp.told(:goal) WHERE kind = 'crm_sync';
-- nor does a reply after the run has ended
SELECT campaign.record_event('replied', 9103);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:goal);
SELECT count(*) AS told FROM pg_temp.told(:goal) WHERE kind = 'crm_sync';
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK TO start;

-- Who goes on after a reply: two replies in one round, and one later, are told once.
SELECT pg_temp.campaign('Stays', '[{"delay": "5 days"}, {"visit": {}}]', '{"reply_goal": "hubspot", "exit_on_reply": false}') AS stays \gset
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.record_event('replied', 9101), campaign.record_event('replied', 9101);
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.record_event('replied', 9101);
SELECT campaign.run_until('2026-03-08 09:00') > 0 AS moved;
SELECT * FROM pg_temp.told(:stays);
-- another run is another one
SELECT pg_temp.campaign('Other', '[{"delay": "5 days"}]', '{"reply_goal": "nocrm"}', '{9101}') AS other \gset
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.record_event('replied', 9101);
SELECT campaign.tick() > 0 AS moved;
SELECT who, kind, channel FROM pg_temp.told(:other);
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK TO start;

-- It leaves at any hour: nobody is written to by it. Approvals, gaps and conditions of the campaign do not hold it up.
SELECT pg_temp.campaign('Hours', '[{"visit": {}}, {"delay": "1 day"}, {"follow": {}}]',
    '{"reply_goal": "hubspot", "quiet_hours": "08:00-07:00", "min_gap": "5 days", "hold_if": "has_email", "approval": "all"}', '{9101}') AS hours \gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:hours, 5, '09:00', '10:00');
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.record_event('replied', 9101);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.told(:hours);
ROLLBACK TO start;

-- A pause keeps it until the campaign goes on; who has opted out is told to nobody any more.
SELECT pg_temp.campaign('Paused', '[{"delay": "5 days"}]', '{"reply_goal": "hubspot"}', '{9101,9103}') AS paused \gset
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.pause(:paused);
SELECT campaign.record_event('replied', 9101), campaign.record_event('replied', 9103);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:paused);
SELECT count(*) AS told FROM pg_temp.told(:paused);
SELECT campaign.record_event('unsubscribed', 9103);
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.resume(:paused);
SELECT campaign.run_until('2026-03-02 10:00') > 0 AS moved;
SELECT who, kind, channel FROM pg_temp.told(:paused);
ROLLBACK TO start;

-- ---- S2.10: the finder, with found and not found as branches ------------------------------------------------------

UPDATE campaign.channel SET transport = 'agent' WHERE id = 911;
SELECT pg_temp.campaign('Find', '[{"find_email": {}}, {"branch": [{"when": "email_found", "then": [{"crm_sync": {"channel": "hubspot"}}, {"end": "success"}]},
    {"else": [{"crm_sync": {"channel": "nocrm"}}, {"end": "failure"}]}]}]') AS find \gset
SELECT campaign.tick() > 0 AS moved;
SELECT t.prospect_id, t.kind FROM campaign.take(911, 10, '1 hour') t ORDER BY t.prospect_id;
SELECT a.id AS ada FROM campaign.action a WHERE a.campaign_id = :find AND a.prospect_id = 9101 \gset
SELECT a.id AS ben FROM campaign.action a WHERE a.campaign_id = :find AND a.prospect_id = 9102 \gset
SELECT a.id AS cy FROM campaign.action a WHERE a.campaign_id = :find AND a.prospect_id = 9103 \gset
SAVEPOINT taken;
SELECT campaign.report(:ada, 'complete', '{"email": "ada at work"}');
ROLLBACK TO taken;
SELECT campaign.report(:ada, 'complete', '{"email": "ada@work.example", "qualification": "nominative@pro"}'), campaign.report(:ada, 'complete', '{"email": "other@work.example"}');
SELECT campaign.report(:ben, 'complete');
SELECT campaign.report(:cy, 'failed');
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.run_until('2026-03-02 10:00') >= 0 AS moved;
-- not found is no error: it is a way; what failed is one
SELECT * FROM pg_temp.runs(:find);
SELECT who, kind, channel FROM pg_temp.told(:find);
-- S2.13: the professional address stands beside the other, and wins
SELECT p.external_id, p.email, p.professional_email FROM campaign.prospect p ORDER BY p.id;
-- it stands there alone
SELECT e.kind, e.detail FROM campaign.event e WHERE e.campaign_id = :find AND e.detail::text ~ 'email|qualification' ORDER BY e.id;
SELECT count(*) AS told FROM campaign.event e WHERE e.detail::text ~ 'work.example';
SELECT count(*) AS stuck FROM campaign.stuck;
-- told by whoever else knows it
SELECT campaign.record_event('email_found', 9102, detail => '{"email": "ben@work.example", "by": "hand"}');
SELECT p.professional_email FROM campaign.prospect p WHERE p.id = 9102;
SELECT campaign.record_event('email_found', 9102, detail => '{"email": ["ben@work.example"]}');
ROLLBACK;
