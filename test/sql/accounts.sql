-- One account for each channel class and run: one that is connected already, else the one with most of
-- its quota left; and a campaign without an account for a class says so before it is launched.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.channel (name, transport, options) VALUES
    ('network', 'outbox', '{"classes": ["linkedin"]}'), ('post', 'outbox', '{"classes": ["email"]}');
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address)
    SELECT :member, c.id, v.address FROM campaign.channel c
    JOIN (VALUES ('network', 'large'), ('network', 'small'), ('network', 'friend'), ('post', 'mail')) v(channel, address) ON v.channel = c.name;
SELECT campaign.account_id('large') AS large, campaign.account_id('small') AS small,
    campaign.account_id('friend') AS friend, campaign.account_id('mail') AS mail \gset
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES
    ('account', :large, 'visit', 'day', 60), ('account', :small, 'visit', 'day', 30), ('account', :friend, 'visit', 'day', 5);
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || n, 'p' || n || '@example.com' FROM generate_series(1, 70) n;
SELECT campaign.create_sequence('Both', $$[
    {"visit": {}}, {"email": {"subject": "Hello", "body": "Hello"}}, {"visit": {}}, {"delay": "9 days"}
]$$) > 0 AS created;

SELECT campaign.create_campaign('No mail', 'Both', :member, ARRAY[:large]::bigint[]) AS no_mail \gset
\set SHOW_CONTEXT never
SAVEPOINT before;
SELECT campaign.launch(:no_mail);
ROLLBACK TO before;

SELECT campaign.create_campaign('Both', 'Both', :member, ARRAY[:large, :small, :friend, :mail]::bigint[]) AS both \gset
-- ten people know one of the accounts already
CREATE TEMPORARY TABLE known AS
    SELECT 'friend' AS account, 'p' || n AS external_id, 'connected' AS state, '2026-01-01 00:00+00' AS since FROM generate_series(1, 10) n;
SELECT r.result, count(*) FROM campaign.import_relations('known') r GROUP BY 1;
SELECT campaign.launch(:both);
SELECT count(*) FROM campaign.enroll(:both, ARRAY(SELECT id FROM campaign.prospect));
SELECT campaign.run_until('2026-03-02 08:00+00') > 0 AS moved;
-- those ten go by the account that knows them; the others so that as much is left of each quota
SELECT a.address, count(*) AS runs, count(*) FILTER (WHERE r.state = 'connected') AS connected
    FROM campaign.enrollment_account s JOIN campaign.account a ON a.id = s.account_id
    JOIN campaign.enrollment e ON e.id = s.enrollment_id
    LEFT JOIN campaign.relation r ON r.prospect_id = e.prospect_id AND r.account_id = s.account_id
    WHERE s.channel_class = 'linkedin' GROUP BY 1 ORDER BY 1;
SELECT u.account, u.used, u.max_actions FROM campaign.quota_usage u WHERE u.action_kind = 'visit' ORDER BY 1;
-- the account is kept: the second visit goes by the same
SELECT campaign.run_until('2026-03-12 08:00+00') > 0 AS moved;
SELECT count(*) AS visits, count(DISTINCT prospect_id) AS people, count(DISTINCT (prospect_id, account_id)) AS pairs
    FROM campaign.outbox WHERE action_kind = 'visit';
SELECT a.address, count(*) FROM campaign.outbox o JOIN campaign.account a ON a.id = o.account_id WHERE o.action_kind = 'email' GROUP BY 1;
ROLLBACK;
