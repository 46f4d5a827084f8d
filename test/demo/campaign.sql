-- Five senders, their limits, a sequence, and a campaign of it. :url is where deliveries go.
\pset footer off
\pset null '-'
BEGIN;
-- The week's windows must not turn while the demo runs: where Monday is near, the senders live elsewhere.
SELECT CASE WHEN extract(isodow FROM here) = 7 AND extract(hour FROM here) >= 22
        THEN 'America/New_York' ELSE 'Europe/Paris' END AS zone
    FROM (SELECT now() AT TIME ZONE 'Europe/Paris') AS o(here) \gset

INSERT INTO campaign.channel (name, transport, url, options)
    VALUES ('linkedin', 'http', :'url', '{"classes": ["linkedin"], "idempotent": true, "places": 32,
        "allow_http": true, "allow_private": true, "retry_first_ms": 500}')
    RETURNING id AS channel \gset
WITH sender AS (
    INSERT INTO campaign.member (name, email, time_zone)
        SELECT n, lower(split_part(n, ' ', 1)) || '@example.com', :'zone'
        FROM unnest('{Anna Lindqvist,Bruno Ferreira,Clara Novak,Daniel Okafor,Esther Brandt}'::text[]) n
        RETURNING id, name, email
)
INSERT INTO campaign.account (member_id, channel_id, address, display_name, provider)
    SELECT id, :channel, email, name, 'linkedin' FROM sender ORDER BY id;
SELECT campaign.account_id('anna@example.com') AS anna, campaign.account_id('esther@example.com') AS esther \gset
SELECT member_id AS owner FROM campaign.account WHERE id = :anna \gset

\echo Each may visit 200 profiles a week, Anna 330: so more people fall to her. Esther may write 40
\echo messages. That no account invites more than 200 people a week is built in, for provider linkedin.
\echo
\set ECHO queries
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES
    ('each_account', NULL, 'visit', 'week', 200),
    ('account', :anna, 'visit', 'week', 330),
    ('account', :esther, 'message', 'week', 40);

SELECT campaign.create_sequence('Spring', $$[
    {"only_if": "not_connected"},
    {"visit": {}},
    {"delay": "3 seconds"},
    {"invite": {"note": "Hello {{first_name|there}}, I would like to hear how {{company|your company}} plans its spring. {{sender.first_name}}"}},
    {"wait": {"until": "connected", "within": "12 seconds", "else": "failure"}, "name": "acceptance"},
    {"message": {"body": "Thank you, {{first_name|and good day}}! May I send {{company|your company}} our two pages on it? {{sender.name}}"}},
    {"wait": {"until": "replied", "within": "8 seconds", "else": "failure"}, "name": "answer"}
]$$) AS sequence \gset
SELECT campaign.create_campaign('Spring', 'Spring', owner => :owner,
    accounts => ARRAY(SELECT id FROM campaign.account WHERE provider = 'linkedin')) AS campaign \gset
SELECT campaign.launch(:campaign) \gset
\set ECHO none
\echo
-- Those who will accept and answer get a role that may report what happened, and not much else.
CREATE ROLE crowd LOGIN;
SELECT campaign.grant_access('crowd', 'default', 'operator') \gset
COMMIT;

\set ECHO queries
SELECT result, count(*) FROM campaign.enroll(:campaign, ARRAY(
    SELECT prospect_id FROM campaign.list_prospect WHERE list_id = campaign.list_id('spring')
    ORDER BY prospect_id LIMIT 350)) GROUP BY result;
