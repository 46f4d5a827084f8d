-- S2.14: what each provider allows in a week, all of them: one more than the cap is sent, exactly the cap
-- leaves, and the last is deferred to the next week; a provider that nobody knows allows 500.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
CREATE TEMPORARY TABLE cap (provider text, spelled text, cap integer, before integer);
INSERT INTO cap VALUES ('outlook', 'Outlook', 100, 0), ('office365', 'Office365', 10000, 9700), ('aol', 'AOL', 100, 0), ('godaddy', 'GoDaddy', 250, 0),
    ('rackspace', 'Rackspace', 10000, 9700), ('yandex', 'Yandex', 500, 0), ('gmail', 'Gmail', 2500, 2000), ('*', 'posteo', 500, 0);
-- the rows that are there, and no others
SELECT c.provider, c.cap, l.period FROM cap c
    FULL JOIN (SELECT * FROM campaign.provider_limit WHERE action_kind = 'email' AND built_in) l ON l.provider = c.provider AND l.max_actions = c.cap
    ORDER BY 1;
SELECT campaign.create_sequence('One mail', $$[{"email": {"subject": "Hello", "body": "Hello"}}]$$) > 0 AS created;

INSERT INTO campaign.account (member_id, channel_id, address, provider) SELECT :member, 1, c.provider, c.spelled FROM cap c;
INSERT INTO campaign.prospect (external_id, email)
    SELECT c.provider || n, c.provider || n || '@example.com' FROM cap c, generate_series(1, c.cap - c.before + 1) n;
-- of the large caps most is used already, earlier in the week
INSERT INTO campaign.usage (workspace_id, scope, scope_id, action_kind, period, window_start, window_end, used, since)
    SELECT 1, 'account', campaign.account_id(c.provider), 'email', 'week', '2026-03-02', '2026-03-09', c.before, '2026-03-02' FROM cap c WHERE c.before > 0;
CREATE TEMPORARY TABLE sending AS
    SELECT c.provider, c.cap, campaign.account_id(c.provider) AS account,
        campaign.create_campaign(c.provider, 'One mail', :member, ARRAY[campaign.account_id(c.provider)]) AS campaign FROM cap c;
SELECT count(campaign.launch(s.campaign)::text) AS launched FROM sending s;
SELECT e.result, count(*) FROM sending s
    CROSS JOIN LATERAL campaign.enroll(s.campaign, ARRAY(SELECT p.id FROM campaign.prospect p WHERE p.external_id LIKE replace(s.provider, '*', '\*') || '%')) e
    GROUP BY 1;

-- the last moment of the week: what could leave has left
SELECT campaign.run_until('2026-03-08 23:59:59.999999+00') > 0 AS moved;
SELECT a.address, c.before + count(*) AS sent, c.before + count(*) = c.cap AS exactly FROM campaign.outbox o
    JOIN campaign.account a ON a.id = o.account_id JOIN cap c ON c.provider = a.address GROUP BY a.address, c.before, c.cap ORDER BY 1;
SELECT q.account, count(*) AS deferred, max(q.deferred_until) AS until FROM campaign.queue q GROUP BY 1 ORDER BY 1;
SELECT u.account, u.used, u.max_actions, u.window_end, u.deferred FROM campaign.quota_usage u WHERE u.action_kind = 'email' ORDER BY 1;
-- and the first of the next
SELECT campaign.run_until('2026-03-09 00:00+00') > 0 AS moved;
SELECT count(*) AS providers FROM (
    SELECT o.account_id, count(*) AS sent, max(o.at) AS last FROM campaign.outbox o GROUP BY 1) o
    JOIN campaign.account a ON a.id = o.account_id JOIN cap c ON c.provider = a.address
    WHERE c.before + o.sent = c.cap + 1 AND o.last = '2026-03-09 00:00+00';

-- Where nobody said whose the account is, the address may tell; on a channel for mail, and for no address of an own
-- domain. A mailbox of which that is known has its cap, too: one more than it, and one is deferred.
INSERT INTO campaign.channel (name, transport, options) VALUES ('mail', 'outbox', '{"classes": ["email"]}') RETURNING id AS mail \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider) VALUES (:member, :mail, 'anna@AOL.com', NULL), (:member, :mail, 'anna@gmail.com', 'Rackspace'),
    (:member, :mail, 'anna@googlemail.com', NULL), (:member, :mail, 'anna@hotmail.co.uk', NULL), (:member, :mail, 'anna@live.fr', NULL),
    (:member, :mail, 'anna@firm.onmicrosoft.com', NULL), (:member, :mail, 'anna@ya.ru', NULL), (:member, :mail, 'anna@notgmail.com', NULL),
    (:member, :mail, 'anna@gmail.com.example', NULL), (:member, 1, 'bob@gmail.com', NULL);
SELECT a.address, a.provider FROM campaign.account a WHERE a.address ~ '@' ORDER BY 1;
INSERT INTO campaign.prospect (external_id, email) SELECT 'guessed' || n, 'guessed' || n || '@example.com' FROM generate_series(1, 101) n;
SELECT campaign.create_campaign('Guessed', 'One mail', :member, ARRAY[campaign.account_id('anna@AOL.com')]) AS guessed \gset
SELECT campaign.launch(:guessed);
SELECT count(*) FROM campaign.enroll(:guessed, ARRAY(SELECT p.id FROM campaign.prospect p WHERE p.external_id LIKE 'guessed%'));
SELECT campaign.run_until('2026-03-15 23:59:59+00') > 0 AS moved;
SELECT (SELECT count(*) FROM campaign.outbox o WHERE o.account_id = campaign.account_id('anna@AOL.com')) AS sent, count(*) AS deferred, max(q.deferred_until) AS until
    FROM campaign.queue q WHERE q.campaign_id = :guessed;
ROLLBACK;
