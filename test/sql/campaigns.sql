-- Campaigns as they are defined: create_campaign, alter_campaign, the look-ups of ids, and what each
-- refuses. Everything happens in one transaction that is rolled back.

\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 09:00+00';
BEGIN;
SELECT campaign.virtual_time(true);

INSERT INTO campaign.workspace (id, name) VALUES (511, 'east'), (512, 'west');
SET campaign.workspace = 'east';
INSERT INTO campaign.workspace_setting (workspace_id, time_zone) VALUES (511, 'Europe/Paris');
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES
    (511, 511, 'box', 'outbox'), (511, 512, 'mail', 'outbox'), (512, 513, 'box', 'outbox');
INSERT INTO campaign.member (workspace_id, id, name, is_active) VALUES
    (511, 511, 'Ann', true), (511, 512, 'Eve', true), (511, 514, 'Old', false), (512, 513, 'Bob', true);
INSERT INTO campaign.account (workspace_id, id, member_id, channel_id, address) VALUES
    (511, 511, 511, 511, 'ann@example.com'), (511, 512, 511, 512, 'ann@example.com'),
    (511, 514, 512, 511, 'eve@example.com'), (512, 513, 513, 513, 'bob@example.com');
SELECT campaign.create_sequence('intro', '[{"visit": {}}, {"delay": "1 day"}]') IS NOT NULL AS made;
SELECT campaign.create_sequence('intro', '[{"visit": {}}, {"delay": "2 days"}, {"invite": {}},
    {"wait": {"until": "connected", "within": "20 days", "else": "failure"}}, {"message": {"body": "Hello {{first_name}}"}}]') IS NOT NULL AS made;

-- ---- created (S1.1, S2.2) ----------------------------------------------------------------------------

SELECT campaign.create_campaign('Spring', 'intro', 511, '{511,514,511}', description => 'first try',
    program => 'growth', settings => '{"exit_on_reply": true}') AS spring \gset
SELECT c.name, c.program, c.description, c.owner_id, s.name AS sequence, s.version, c.revision, c.state, c.settings,
    c.time_zone, c.exclusivity, c.created_at
FROM campaign.campaign c JOIN campaign.sequence s ON s.id = c.sequence_id WHERE c.id = :spring;
SELECT account_id FROM campaign.campaign_account WHERE campaign_id = :spring ORDER BY 1;
SELECT position, path, name, kind, action_kind, content, delay FROM campaign.step WHERE campaign_id = :spring ORDER BY position;
-- names need not be unique, and a campaign may have no account until its launch
SELECT campaign.create_campaign('Spring', 'intro', 512, '{}', program => 'sales',
    settings => '{"time_zone": "Asia/Tokyo", "exclusivity": "none"}') AS other \gset
SELECT time_zone, exclusivity, settings FROM campaign.campaign WHERE id = :other;
-- a later version of the sequence does not reach campaigns that exist
SELECT campaign.create_sequence('intro', '[{"visit": {}}]') IS NOT NULL AS made;
SELECT count(*) FROM campaign.step WHERE campaign_id = :spring;
SELECT kind, detail FROM campaign.event WHERE campaign_id = :spring;

-- ---- refused ---------------------------------------------------------------------------------------

SELECT campaign.create_campaign('', 'intro', 511, '{511}');
SELECT campaign.create_campaign('Autumn', 'intor', 511, '{511}');
SELECT campaign.create_campaign('Autumn', NULL, 511, '{511}');
SELECT campaign.create_campaign('Autumn', 'intro', 513, '{511}');
SELECT campaign.create_campaign('Autumn', 'intro', 514, '{511}');
SELECT campaign.create_campaign('Autumn', 'intro', 511, '{511,513,99}');
SELECT campaign.create_campaign('Autumn', 'intro', 511, '{511,NULL}');
SELECT campaign.create_campaign('Autumn', 'intro', 511, '{511}', settings => '[]');
SELECT campaign.create_campaign('Autumn', 'intro', 511, '{511}', settings => '{"priority": 3}');
SELECT campaign.create_campaign('Autumn', 'intro', 511, '{511}', settings => '{"time_zone": "Mars/Olympus"}');
SELECT campaign.create_campaign('Autumn', 'intro', 511, '{511}', settings => '{"time_zone": "+02"}');
SELECT campaign.create_campaign('Autumn', 'intro', 511, '{511}', settings => '{"exit_on_reply": "yes"}');
SELECT campaign.create_campaign('Autumn', 'intro', 511, '{511}', settings => '{"exclusivity": "sometimes"}');
-- nothing of them is left
SELECT count(*) FROM campaign.campaign WHERE name = 'Autumn';

-- ---- altered -----------------------------------------------------------------------------------------

SELECT campaign.alter_campaign(:spring, name => 'Summer', accounts => '{512}', owner => 512);
SELECT campaign.alter_campaign(:spring, settings => '{"time_zone": "Asia/Tokyo"}');
SELECT name, program, description, owner_id, revision, settings, time_zone FROM campaign.campaign WHERE id = :spring;
SELECT account_id FROM campaign.campaign_account WHERE campaign_id = :spring ORDER BY 1;
-- what the steps depend on makes a new revision; null goes back to the default
SELECT campaign.alter_campaign(:spring, settings => '{"exit_on_reply": false, "time_zone": null}');
SELECT revision, settings, time_zone FROM campaign.campaign WHERE id = :spring;
SET campaign.actor = 'ann in the app';
SELECT campaign.alter_campaign(:spring, description => 'second try');
-- nothing changed, nothing said
SELECT campaign.alter_campaign(:spring, description => 'second try', accounts => '{512}');
SELECT kind, actor = 'ann in the app' AS by_ann, detail FROM campaign.event WHERE campaign_id = :spring ORDER BY id;
RESET campaign.actor;
SELECT campaign.alter_campaign(:spring, name => ' ');
SELECT campaign.alter_campaign(:spring, owner => 513);
SELECT campaign.alter_campaign(:spring, accounts => '{513}');
SELECT campaign.alter_campaign(:spring, settings => '{"cap": 1}');
SELECT campaign.alter_campaign(99, name => 'x');
SELECT campaign.alter_campaign(NULL, name => 'x');
-- runs keep the exclusion that they began with
INSERT INTO campaign.enrollment (workspace_id, campaign_id, prospect_id, base_at, step_at, started_at)
VALUES (511, :spring, 511, campaign.clock(), campaign.clock(), campaign.clock());
SELECT campaign.alter_campaign(:spring, settings => '{"exclusivity": "none"}');
DELETE FROM campaign.enrollment WHERE campaign_id = :spring;
UPDATE campaign.campaign SET state = 'live' WHERE id = :spring;
SELECT campaign.alter_campaign(:spring, name => 'Live');
DELETE FROM campaign.campaign_fact WHERE campaign_id = :other;
DELETE FROM campaign.step WHERE campaign_id = :other;
UPDATE campaign.campaign SET id = 515, state = 'archived' WHERE id = :other;
SELECT campaign.alter_campaign(515, name => 'Over');
-- time stays virtual while one is under way
DELETE FROM campaign.campaign_account WHERE campaign_id = :spring;
DELETE FROM campaign.campaign_fact WHERE campaign_id = :spring;
DELETE FROM campaign.step WHERE campaign_id = :spring;
UPDATE campaign.campaign SET id = 516, state = 'paused' WHERE id = :spring;
SELECT campaign.virtual_time(false);

-- ---- ids -----------------------------------------------------------------------------------------------

INSERT INTO campaign.campaign (workspace_id, id, name, program, owner_id, sequence_id, definition, created_at)
SELECT 511, v.id, v.name, v.program, v.owner, (SELECT min(s.id) FROM campaign.sequence s WHERE s.workspace_id = 511), '[]', campaign.clock()
FROM (VALUES (521, 'Twin', 'a', 511), (522, 'Twin', 'b', 511), (523, 'Twin', 'b', 512)) AS v(id, name, program, owner);
SELECT campaign.campaign_id('Twin', program => 'a'), campaign.campaign_id('Twin', 'b', owner => 512);
SELECT campaign.campaign_id('Twin');
SELECT campaign.campaign_id('Twin', program => 'b');
SELECT campaign.campaign_id('Twin', program => 'c');
SELECT campaign.campaign_id('Solo');
SELECT campaign.account_id('Eve@example.com'), campaign.account_id('ann@example.com', 'mail');
SELECT campaign.account_id('ann@example.com');
SELECT campaign.account_id('bob@example.com');
SELECT campaign.list_id('hot');
INSERT INTO campaign.list (id, name) VALUES (511, 'hot');
SELECT campaign.list_id('hot');
INSERT INTO campaign.prospect (id, external_id, source) VALUES (511, '7', 'crm'), (512, '7', 'shop'), (513, '8', 'crm');
SELECT campaign.prospect_id('8'), campaign.prospect_id('7', source => 'shop');
SELECT campaign.prospect_id('7');
SELECT campaign.prospect_id('9', source => 'crm');
SELECT campaign.prospect_id(NULL);

-- ---- in use ----------------------------------------------------------------------------------------------

INSERT INTO campaign.enrollment (workspace_id, campaign_id, prospect_id, base_at, step_at, started_at)
VALUES (511, 521, 511, campaign.clock(), campaign.clock(), campaign.clock());
INSERT INTO campaign.relation (workspace_id, prospect_id, account_id, state, since)
VALUES (511, 511, 511, 'connected', campaign.clock()), (511, 512, 511, 'connected', campaign.clock());
DELETE FROM campaign.prospect WHERE id = 511;
DELETE FROM campaign.prospect WHERE id = 512;
SELECT prospect_id FROM campaign.relation WHERE workspace_id = 511;
INSERT INTO campaign.lane (workspace_id, account_id, action_kind) VALUES (511, 514, 'visit');
DELETE FROM campaign.account WHERE id = 514;

ROLLBACK;
