-- B15: a least gap and a cap for the contacts of a person, whatever the campaign, prospect or account.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna') RETURNING id AS account \gset
-- two prospects are one person, by their address
INSERT INTO campaign.prospect (external_id, email) VALUES ('ada', 'ada@example.com'), ('invoice 7', 'Ada@example.com'), ('bob', 'bob@example.com');
SELECT campaign.create_sequence('Mail', '[{"visit": {}}, {"email": {"subject": "Hello", "body": "Hello"}}]') > 0 AS created;
SELECT campaign.create_campaign('Free', 'Mail', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS free \gset
SELECT campaign.create_campaign('Gap', 'Mail', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none", "min_gap": "2 days"}') AS gap \gset
SELECT campaign.create_campaign('Cap', 'Mail', :member, ARRAY[:account]::bigint[],
    settings => '{"exclusivity": "none", "contact_cap": {"max": 2, "within": "7 days"}}') AS cap \gset
SELECT campaign.create_campaign('Later', 'Mail', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS later \gset
SELECT campaign.launch(:free), campaign.launch(:gap), campaign.launch(:cap), campaign.launch(:later);
CREATE TEMPORARY VIEW sent AS
    SELECT o.at, p.external_id, o.action_kind, c.name AS campaign FROM campaign.outbox o
    JOIN campaign.action a ON a.id = o.action_id JOIN campaign.campaign c ON c.id = a.campaign_id
    JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY o.at, p.external_id, c.name, o.action_kind;

-- one campaign without a rule reaches them; another, through another prospect of the same person, waits two
-- days from there, to the second. Visits reach nobody.
SELECT count(*) FROM campaign.enroll(:free, ARRAY[campaign.prospect_id('ada')]);
SELECT campaign.run_until('2026-03-02 09:30+00') > 0 AS moved;
SELECT count(*) FROM campaign.enroll(:gap, ARRAY[campaign.prospect_id('invoice 7'), campaign.prospect_id('ada'), campaign.prospect_id('bob')]);
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;
SELECT * FROM sent;
SELECT x.reason, x.detail, x.next_change_at FROM campaign.explain(:gap, campaign.prospect_id('ada')) x WHERE x.reason = 'frequency';
SELECT q.prospect_id = campaign.prospect_id('bob') AS bob, q.reason, q.not_before FROM campaign.queue q ORDER BY 2, 3;
SELECT campaign.run_until('2026-03-08 07:59:59+00') > 0 AS moved;
SELECT * FROM sent WHERE at > '2026-03-02 12:00+00';

-- three contacts in the last days: two in a week are allowed, so not before the last but one is a week old
SELECT count(*) FROM campaign.enroll(:cap, ARRAY[campaign.prospect_id('ada'), campaign.prospect_id('bob')]);
SELECT campaign.run_until('2026-03-08 12:00+00') > 0 AS moved;
SELECT p.external_id, a.reason, a.not_before FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.state = 'queued';
SELECT campaign.run_until('2026-03-20 12:00+00') > 0 AS moved;
SELECT * FROM sent WHERE campaign = 'Cap' AND action_kind = 'email';

-- the workspace's own rule holds where the campaign has none; two at the same moment are one too many
INSERT INTO campaign.workspace_setting (workspace_id, min_gap) VALUES (1, '1 day');
SELECT count(*) FROM campaign.enroll(:later, ARRAY[campaign.prospect_id('ada'), campaign.prospect_id('invoice 7')]);
SELECT campaign.run_until('2026-03-25 12:00+00') > 0 AS moved;
SELECT s.at, count(*) FROM sent s WHERE s.campaign = 'Later' AND s.action_kind = 'email' GROUP BY 1 ORDER BY 1;

-- what has no sense is refused
\set VERBOSITY terse
SAVEPOINT wrong;
SELECT campaign.alter_campaign(:free, settings => '{"min_gap": "-1 day"}');
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:free, settings => '{"contact_cap": {"max": 0, "within": "7 days"}}');
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:free, settings => '{"contact_cap": {"max": 3}}');
ROLLBACK TO wrong;
SELECT campaign.alter_campaign(:free, settings => '{"contact_cap": {"max": 3, "within": "often"}}');
ROLLBACK;
