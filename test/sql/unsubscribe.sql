-- Opting out by the link of a mail; bounces and complaints (B13).
\set SHOW_CONTEXT never
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna Sender') RETURNING id AS member \gset
INSERT INTO campaign.channel (name, transport, options) VALUES ('mail', 'outbox',
    '{"classes": ["email"], "unsubscribe_url": "https://example.org/u/{token}"}') RETURNING id AS channel \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'anna@example.org') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, person, email, professional_email) VALUES
    ('out', NULL, 'out@example.com', 'out@work.example'), ('colleague', NULL, 'c@example.com', 'Out@work.example'), ('same_person', 'out@example.com', NULL, NULL),
    ('stays', NULL, 'stays@example.com', NULL), ('hard', NULL, 'hard@example.com', 'hard@work.example'), ('soft', NULL, 'soft@example.com', NULL),
    ('untyped', NULL, 'untyped@example.com', NULL), ('named', NULL, 'named@example.com', NULL), ('complains', NULL, 'complains@example.com', NULL),
    ('erased', NULL, 'erased@example.com', NULL);
SELECT campaign.create_sequence('Write', '[{"only_if": "has_email"},
    {"email": {"subject": "Hello", "body": "x"}}, {"delay": "3 days"}, {"email": {"body": "y"}}]') > 0 AS created;
SELECT campaign.create_campaign('Letters', 'Write', :member, ARRAY[:account]::bigint[]) AS letters \gset
SELECT campaign.launch(:letters);
SELECT count(*) FROM campaign.enroll(:letters, ARRAY(SELECT id FROM campaign.prospect WHERE email IS NOT NULL));
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
CREATE TEMPORARY VIEW link AS
    SELECT p.external_id, o.action_id, substring(o.content -> 'mail' ->> 'unsubscribe_url' FROM '/u/(.*)') AS token, o.at
    FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id;
SELECT count(DISTINCT l.token) AS tokens, count(*) FILTER (WHERE l.token ~ '^[-_A-Za-z0-9]{54}$') AS of_form FROM link l;
SELECT l.token AS out_token FROM link l WHERE l.external_id = 'out' \gset

-- what is no token does nothing, however near it comes
SAVEPOINT refused;
SELECT campaign.unsubscribe('nonsense');
ROLLBACK TO refused;
\set VERBOSITY sqlstate
SELECT campaign.unsubscribe(NULL);
ROLLBACK TO refused;
SELECT campaign.unsubscribe(left(:'out_token', -1) || CASE right(:'out_token', 1) WHEN 'A' THEN 'B' ELSE 'A' END);
ROLLBACK TO refused;
SELECT campaign.unsubscribe(:'out_token' || 'A');
ROLLBACK TO refused;
SELECT campaign.unsubscribe(translate(:'out_token', '-_', '+/') || '==');
ROLLBACK TO refused;
-- nor does one whose ids were changed, or that was made with another key
SELECT campaign.unsubscribe(overlay(:'out_token' PLACING 'Q' FROM 20));
ROLLBACK TO refused;
UPDATE campaign.instance SET link_key = 'another key';
SELECT campaign.unsubscribe(:'out_token');
ROLLBACK TO refused;
\set VERBOSITY default
SELECT count(*) AS stopped FROM campaign.suppression;
SELECT bool_and(campaign.read_token(left(:'out_token', i - 1) || CASE substr(:'out_token', i, 1) WHEN 'x' THEN 'y' ELSE 'x' END || substr(:'out_token', i + 1),
    (SELECT link_key FROM campaign.instance)) IS NULL) AS every_character_counts FROM generate_series(1, 54) i;

-- Once, and again: the person and the address to which the mail went are on the stop list, also for others who have
-- it; nobody else is. Nothing more is started for them from then on.
SELECT campaign.unsubscribe(:'out_token') AS first, campaign.unsubscribe(:'out_token') AS again;
SELECT s.kind, s.value, s.reason FROM campaign.suppression s ORDER BY 1, 2;
SELECT campaign.record_event('bounced', 'hard', detail => '{"type": "hard"}', action => (SELECT action_id FROM link WHERE external_id = 'hard')),
    campaign.record_event('bounced', 'soft', detail => '{"type": "soft"}', action => (SELECT action_id FROM link WHERE external_id = 'soft')),
    campaign.record_event('bounced', 'untyped', action => (SELECT action_id FROM link WHERE external_id = 'untyped')),
    campaign.record_event('bounced', 'named', detail => '{"type": "hard", "address": "Other@Example.com"}'),
    campaign.record_event('complained', 'complains');
SELECT s.kind, s.value, s.reason FROM campaign.suppression s WHERE s.reason <> 'unsubscribed' ORDER BY 1, 2;
SELECT campaign.run_until('2026-03-09 09:00+00') > 0 AS moved;
SELECT s.kind, s.value, s.reason FROM campaign.suppression s WHERE s.reason <> 'unsubscribed' ORDER BY 1, 2;
-- a hard bounce ends the run, and so does one of which nobody knows; a soft one does not
SELECT s.external_id, s.status, s.end_kind, s.code, (SELECT count(*) FROM link l WHERE l.external_id = s.external_id) AS mails
    FROM campaign.prospect_status s ORDER BY s.external_id;
SELECT e.kind, p.external_id, e.detail FROM campaign.event e LEFT JOIN campaign.prospect p ON p.id = e.prospect_id
    WHERE e.kind IN ('unsubscribed', 'bounced', 'complained') ORDER BY p.external_id;
SELECT sum(d.bounced) AS bounced, sum(d.unsubscribed) AS unsubscribed FROM campaign.daily_stats d WHERE d.campaign_id = :letters;

-- whoever came back by his own wish goes out again by any of his links
SELECT campaign.unsuppress('person', 'out@example.com'), campaign.unsuppress('email', 'out@work.example');
SELECT campaign.unsubscribe(:'out_token') AS again;

-- Of somebody who is no longer here only the address is known, if the mail still is.
SELECT l.token AS erased_token FROM link l WHERE l.external_id = 'erased' ORDER BY l.at LIMIT 1 \gset
DELETE FROM campaign.prospect WHERE external_id = 'erased';
SELECT campaign.unsubscribe(:'erased_token') AS first, campaign.unsubscribe(:'erased_token') AS again;
SELECT s.kind, s.value FROM campaign.suppression s WHERE s.value ~ 'erased';

-- a token acts in its own workspace, whatever the current one is, for roles that may there
INSERT INTO campaign.workspace (name) VALUES ('elsewhere') RETURNING id AS elsewhere \gset
CREATE ROLE regress_links;
SELECT campaign.grant_access('regress_links', 'elsewhere', 'callback');
SELECT l.token AS stays_token FROM link l WHERE l.external_id = 'stays' ORDER BY l.at LIMIT 1 \gset
SET LOCAL ROLE regress_links;
SET LOCAL campaign.workspace = 'elsewhere';
SAVEPOINT refused;
SELECT campaign.unsubscribe(:'stays_token');
ROLLBACK TO refused;
RESET ROLE;
SELECT campaign.grant_access('regress_links', 'default', 'callback');
SET LOCAL ROLE regress_links;
SELECT campaign.unsubscribe(:'stays_token');
-- it can do that, and read nothing
SELECT count(*) FROM campaign.suppression;
ROLLBACK;
