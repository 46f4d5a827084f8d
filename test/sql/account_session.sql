-- Accounts whose login is refused (S2.12, S1.10): how that is told, and what connects them again.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL client_min_messages = error;
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.channel (name, transport, secret, options) VALUES ('own', 'outbox', 'own:{address}', '{"classes": ["email"]}') RETURNING id AS own \gset
INSERT INTO campaign.channel (name, transport, options) VALUES ('open', 'outbox', '{"classes": ["email"]}') RETURNING id AS open \gset
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :own, 'a@sender.example') RETURNING id AS a \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :own, 'b@sender.example') RETURNING id AS b \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :open, 'c@sender.example') RETURNING id AS c \gset
SELECT campaign.set_secret('own:a@sender.example', 'a:wrong'), campaign.set_secret('own:b@sender.example', 'b:right');
SELECT campaign.create_sequence('s', '[{"email": {"subject": "a", "body": "a"}}]') > 0 AS created;
SELECT campaign.create_campaign('c', 's', :member, ARRAY[:a, :b, :c]::bigint[]) AS campaign \gset
SELECT count(campaign.launch(:campaign)::text);
CREATE TEMPORARY VIEW account AS SELECT a.address, a.session_state, a.session_code, a.session_since FROM campaign.account a WHERE a.channel_id >= :own ORDER BY a.id;
CREATE TEMPORARY VIEW told AS SELECT e.kind, a.address, e.detail ->> 'code' AS code, e.actor IS NULL AS by_system
    FROM campaign.event e JOIN campaign.account a ON a.id = (e.detail ->> 'account_id')::bigint WHERE e.kind LIKE 'account%' ORDER BY e.id;

-- as a dispatcher writes it: of two, one by a person
UPDATE campaign.account SET session_state = 'disconnected', session_code = 'login_refused' WHERE id IN (:a, :c);
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = :b;
TABLE account;
TABLE told;
SELECT h.health, d ->> 'code' AS code, d ->> 'severity' AS severity, d ->> 'message' AS message, regexp_replace(d ->> 'remedy', 'id = \d+', 'id = ID') AS remedy
    FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = :campaign AND d ->> 'code' = 'session_disconnected' ORDER BY d ->> 'message';
INSERT INTO campaign.prospect (external_id, email) VALUES ('ada', 'ada@example.com');
SELECT e.result FROM campaign.enroll(:campaign, ARRAY[campaign.prospect_id('ada')]) e;
SELECT campaign.run_until('2026-03-02 09:00+00') >= 0 AS waits;
SELECT x.reason, x.detail ~ 'its mail server does not let it in|its session is disconnected' AS says_why FROM campaign.explain(:campaign, campaign.prospect_id('ada')) x;

-- another login connects whom the old one did not let in, and nobody else; what waited leaves
SELECT campaign.set_secret('own:b@sender.example', 'b:new'), campaign.set_secret('something else', 'x');
SELECT count(*) FILTER (WHERE a.session_state = 'connected') AS connected FROM account a;
SELECT campaign.set_secret('own:a@sender.example', NULL);
SELECT count(*) FILTER (WHERE a.session_state = 'connected') AS connected FROM account a;
-- a secret of each account: the one that is missing is named
SELECT d ->> 'message' AS message, d ->> 'remedy' AS remedy FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = :campaign AND d ->> 'code' = 'secret_missing';
SELECT campaign.set_secret('own:a@sender.example', 'a:right');
UPDATE campaign.account SET session_state = 'connected' WHERE id = :c;
TABLE account;
TABLE told;
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS sent;
SELECT a.state FROM campaign.action a WHERE a.campaign_id = :campaign;
SELECT d ->> 'severity' AS severity, d ->> 'message' AS message FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = :campaign AND d ->> 'code' = 'session_disconnected';
ROLLBACK;
