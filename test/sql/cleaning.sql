-- What upkeep forgets: mails of ended runs that are older than keep_letters, and keys of events after 30 days. Threads and
-- what comes back to mails go on (S2.20, B11, B13).
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.channel (name, transport, options) VALUES ('mail', 'outbox', '{"unsubscribe_url": "https://example.org/u/{token}"}') RETURNING id AS channel \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'anna@sender.example') RETURNING id AS account \gset
INSERT INTO campaign.mailbox (name, account_id, url, login, secret) VALUES ('m', :account, 'imaps://mail.example', 'anna', 'x') RETURNING id AS box \gset
INSERT INTO campaign.prospect (external_id, email) SELECT n, n || '@example.com' FROM unnest('{ada,bea,carl,dora,slow}'::text[]) n;
SELECT campaign.create_sequence('short', '[{"email": {"subject": "Hello", "body": "a"}}]') > 0
    AND campaign.create_sequence('long', '[{"email": {"subject": "Hello", "body": "a"}}, {"delay": "400 days"}, {"email": {"body": "b"}}]') > 0 AS created;
SELECT campaign.create_campaign('once', 'short', :member, ARRAY[:account]::bigint[]) AS once, campaign.create_campaign('years', 'long', :member, ARRAY[:account]::bigint[]) AS years \gset
SELECT count(campaign.launch(c)::text) FROM unnest(ARRAY[:once, :years]) c;
SELECT count(*) FROM campaign.enroll(:once, ARRAY(SELECT p.id FROM campaign.prospect p WHERE p.external_id <> 'slow'));
SELECT e.result FROM campaign.enroll(:years, ARRAY[campaign.prospect_id('slow')]) e;
SELECT campaign.run_until('2026-03-03 00:00+00') > 0 AS sent;
UPDATE campaign.letter l SET message_id = p.external_id || '@sender.example' FROM campaign.prospect p WHERE p.id = l.prospect_id;
SELECT substring(a.content -> 'mail' ->> 'unsubscribe_url' FROM '/u/(.*)') AS token FROM campaign.action a WHERE a.prospect_id = campaign.prospect_id('bea') \gset
SELECT campaign.record_event('opened', 'ada', dedup_key => 'once') AS first, campaign.record_event('opened', 'ada', dedup_key => 'once') AS again;

-- a setting of the workspace; what is still to come back would not be known after less than 30 days
SAVEPOINT refused;
INSERT INTO campaign.workspace_setting (workspace_id, keep_letters) VALUES (1, '29 days');
ROLLBACK TO refused;

-- nothing is old yet, and keys are walked through once a day
SELECT campaign.clean_letters(1, 100) AS letters, campaign.clean_keys(1, 100) AS keys;
SET LOCAL campaign.now = '2026-04-03 00:00:00+00';
SELECT campaign.clean_letters(1, 100) AS letters, campaign.clean_keys(1, 100) AS keys;
SELECT campaign.record_event('opened', 'ada', dedup_key => 'once') AS after_30_days;

-- after a year: a walk of several pieces, each of so many rows, takes what is of ended runs; then it rests for a day
SET LOCAL campaign.now = '2027-03-02 12:00:00+00';
SELECT campaign.clean_letters(1, 2) AS piece;
SELECT c.place, c.walked_at FROM campaign.cleaning c WHERE c.what = 'letter';
SELECT campaign.clean_letters(1, 2) AS piece;
SELECT c.place, c.walked_at FROM campaign.cleaning c WHERE c.what = 'letter';
SELECT campaign.clean_letters(1, 2) AS piece;
SELECT c.place, c.walked_at FROM campaign.cleaning c WHERE c.what = 'letter';
SELECT l.message_id FROM campaign.letter l;
-- were its run not there any more
UPDATE campaign.letter SET enrollment_id = 1;
SET LOCAL campaign.now = '2027-03-03 11:00:00+00';
SELECT campaign.clean_letters(1, 2) AS within_a_day;
SET LOCAL campaign.now = '2027-03-03 13:00:00+00';
SELECT campaign.clean_letters(1, 2) AS next_day;
ROLLBACK TO refused;

-- a workspace may forget earlier
INSERT INTO campaign.workspace_setting (workspace_id, keep_letters) VALUES (1, '30 days');
SET LOCAL campaign.now = '2026-04-02 00:00:00+00';
SELECT campaign.clean_letters(1, 100) AS letters;

-- what comes then: an answer is known by its sender; a report shows nothing; the link opts out, person and address
CREATE FUNCTION pg_temp.take(class text, address text, ids text[]) RETURNS text LANGUAGE sql AS $$
    SELECT campaign.take_mail(1, m.id, $1, $2, ARRAY[$2], $3, campaign.clock(), gen_random_uuid()::text, '{}', NULL, '') FROM campaign.mailbox m
$$;
SELECT pg_temp.take('reply', 'ada@example.com', '{ada@sender.example}') AS reply, pg_temp.take('hard', 'carl@example.com', '{carl@sender.example}') AS hard;
SELECT campaign.unsubscribe(:'token') AS opted_out, campaign.unsubscribe(:'token') AS again;
SELECT campaign.tick() > 0 AS applied;
SELECT p.external_id, e.kind, e.detail ->> 'matched_by' AS matched_by FROM campaign.event e JOIN campaign.prospect p ON p.id = e.prospect_id
    WHERE e.kind IN ('replied', 'bounced', 'report_unproven', 'unsubscribed') ORDER BY 1, e.id;
SELECT s.kind, s.value, s.reason FROM campaign.suppression s ORDER BY 1;

-- and who is written to more than a year later gets an answer to the mail before it
SELECT campaign.run_until('2027-05-01 00:00+00') > 0 AS moved;
SELECT o.content -> 'content' ->> 'subject' AS subject, o.content -> 'mail' ->> 'in_reply_to' AS in_reply_to
    FROM campaign.outbox o WHERE o.prospect_id = campaign.prospect_id('slow') ORDER BY o.id;

-- attempts: nothing goes unless a time is set, of runs that go on nothing, and statistics count what is gone
SELECT campaign.clean_actions(1, 100) AS actions, campaign.clean_sessions(1, 100) AS sessions;
UPDATE campaign.workspace_setting SET keep_sessions = '90 days' WHERE workspace_id = 1;
SELECT campaign.open_session(:once, 'sign_up', 'lead 1', contact => '{"first_name": "Eve"}') AS session \gset
UPDATE campaign.session SET status = 'failed', completed_at = created_at WHERE id = :session;
SELECT campaign.enroll(:once, ARRAY[campaign.prospect_id('slow')]) IS NOT NULL AS again;
SELECT campaign.run_until('2027-05-02 00:00+00') > 0 AS moved;
CREATE TEMPORARY TABLE before AS SELECT d.* FROM campaign.daily_stats d;
SELECT p.external_id, a.state FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id ORDER BY 1, a.id;
SELECT campaign.clean_actions(1, 3) AS piece;
SELECT campaign.clean_actions(1, 100) AS rest, campaign.clean_sessions(1, 100) AS sessions;
SELECT p.external_id, a.state FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id ORDER BY 1, a.id;
SET LOCAL campaign.now = '2027-07-31 00:00:00+00';
SELECT campaign.clean_sessions(1, 100) AS sessions;
SELECT count(*) AS changed FROM (TABLE before EXCEPT SELECT d.* FROM campaign.daily_stats d) d;
ROLLBACK;
