-- What a mail has beside its texts, whatever takes it away: addresses, ids, threads, opt-outs.
\set SHOW_CONTEXT never
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna Sender') RETURNING id AS member \gset
UPDATE campaign.instance SET link_key = '\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
INSERT INTO campaign.channel (name, transport, options) VALUES ('mail', 'outbox',
    '{"classes": ["email"], "unsubscribe_url": "https://example.org/u/{token}?x=1&y=2", "unsubscribe_mailto": "out@example.org",
      "footer": "Sent to {{email}}.\n{{sender.name}} & Co, opt out: {{unsubscribe_url}}"}') RETURNING id AS channel \gset
INSERT INTO campaign.account (member_id, channel_id, address, display_name, reply_to)
    VALUES (:member, :channel, 'anna@bücher.example', E'Anna\nS.', 'answers@example.org') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email, professional_email, first_name, last_name, company) VALUES
    ('both', 'private@example.com', 'work@example.com', 'Ada', 'Lovelace', '<b>"A" & ''B''</b>'),
    ('private', 'ü@bücher.example', NULL, 'Bo', NULL, 'B'),
    ('no_address', NULL, 'not an address', 'Cy', 'C', 'C'),
    ('typo', 'd@example.com', 'd at example.com', 'Di', E'D\r\nBcc: x@example.com', E'two\nlines'),
    ('stopped', 'e@example.com', 'e@work.example', 'Ed', 'E', 'E'),
    ('private_stopped', 'f@example.com', 'f@work.example', 'Fy', 'F', 'F');
SELECT campaign.suppress('email', 'E@work.example') > 0, campaign.suppress('email', 'f@example.com') > 0;

-- a follow-up needs no subject: it goes on in the thread
SELECT campaign.create_sequence('Write', $$[
    {"email": {"subject": "Hello {{company}}", "body": "Dear {{first_name}} of {{company}}",
               "html": "<html><body><p title=\"{{company}}\">Dear {{first_name}} of {{company}}</p></BODY></html>"}, "on_precondition": [{"end": "failure"}]},
    {"delay": "3 days"},
    {"email": {"body": "Did you read it?"}},
    {"delay": "3 days"},
    {"email": {"subject": "Last one", "body": "Good bye {{unsubscribe_url}}"}}
]$$) > 0 AS created;
SELECT campaign.create_campaign('Letters', 'Write', :member, ARRAY[:account]::bigint[]) AS letters \gset
SELECT campaign.launch(:letters);
SELECT p.external_id, e.result FROM campaign.enroll(:letters, ARRAY(SELECT id FROM campaign.prospect)) e
    JOIN campaign.prospect p ON p.id = e.prospect_id ORDER BY p.id;
SELECT campaign.run_until('2026-03-20 09:00+00') > 0 AS moved;

-- The professional address goes before the other (S2.13); what is no address is none (S2.12). Whom the stop
-- list names by either address gets nothing at the other one.
CREATE TEMPORARY VIEW sent AS
    SELECT p.external_id, row_number() OVER (PARTITION BY p.id ORDER BY o.id) AS n, o.key, o.content, o.action_id, o.prospect_id
    FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id;
SELECT s.external_id, s.content -> 'mail' -> 'to' AS "to", s.content -> 'content' ->> 'subject' AS subject
    FROM sent s WHERE s.n = 1 ORDER BY s.prospect_id;
SELECT s.external_id, s.status, s.end_kind, s.code FROM campaign.prospect_status s ORDER BY s.prospect_id;

-- who sends, in one line each; the date is that of the start
SELECT DISTINCT s.content -> 'mail' -> 'from' AS "from", s.content -> 'mail' ->> 'reply_to' AS reply_to,
    s.content -> 'mail' ->> 'unsubscribe_mailto' AS mailto, to_timestamp((s.content -> 'mail' ->> 'date')::bigint) AT TIME ZONE 'UTC' AS date
    FROM sent s WHERE s.external_id = 'both' ORDER BY 4;

-- The id is made from the key, at the sender's domain; a follow-up names all that went before, and one without a
-- subject answers (S2.12).
SELECT s.external_id, s.n, s.content -> 'content' ->> 'subject' AS subject,
    s.content -> 'mail' ->> 'message_id' = s.key || '@xn--bcher-kva.example' AS id_of_key,
    (SELECT b.n FROM sent b WHERE b.content -> 'mail' ->> 'message_id' = s.content -> 'mail' ->> 'in_reply_to') AS answers,
    (SELECT array_agg(b.n ORDER BY r.i) FROM jsonb_array_elements_text(s.content -> 'mail' -> 'references') WITH ORDINALITY r(id, i)
     JOIN sent b ON b.content -> 'mail' ->> 'message_id' = r.id) AS "references"
    FROM sent s WHERE s.external_id IN ('both', 'private') ORDER BY s.prospect_id, s.n;

-- In HTML what is inserted stays text, and so does the footer; it stands once, at the end of the body.
SELECT s.content -> 'content' ->> 'body' AS body, s.content -> 'content' ->> 'html' AS html
    FROM (SELECT s.n, s.external_id, jsonb_set(s.content, '{content}', replace((s.content -> 'content')::text,
        substring(s.content -> 'mail' ->> 'unsubscribe_url', 'u/(.*)\?'), 'TOKEN')::jsonb) AS content FROM sent s) s
    WHERE s.external_id = 'both' AND s.n = 1;
SELECT s.content -> 'content' ->> 'body' ~ 'Good bye https://example.org/u/[-_A-Za-z0-9]{54}\?x=1&y=2\n\n' AS in_text FROM sent s WHERE s.external_id = 'both' AND s.n = 3;

-- a preview shows the same, and a link that opts nobody out
SELECT jsonb_pretty(r -> 'mail') AS mail, r -> 'content' ->> 'subject' AS subject, r -> 'content' ->> 'body' AS body
    FROM campaign.render(:letters, 'email_3', campaign.prospect_id('private')) r;
SELECT r -> 'content' ? 'subject' AS has_subject FROM campaign.render(:letters, 'email_2', campaign.prospect_id('stopped')) r;

-- what is frozen is found by its id
SELECT l.address, l.subject, cardinality(l.earlier) AS earlier, l.action_id = s.action_id AS same
    FROM campaign.letter l JOIN sent s ON s.content -> 'mail' ->> 'message_id' = l.message_id ORDER BY l.prospect_id, s.n;

-- Where nothing went before, there is no thread and no subject: nothing leaves without one.
SELECT campaign.create_sequence('Skipped', $$[
    {"email": {"subject": "Hello", "body": "x"}, "if": "clicked"},
    {"email": {"body": "y"}}]$$) > 0 AS created;
SELECT campaign.create_campaign('Skips', 'Skipped', :member, ARRAY[:account]::bigint[], settings => '{"exclusivity": "none"}') AS skips \gset
SELECT campaign.launch(:skips);
SELECT count(*) FROM campaign.enroll(:skips, ARRAY[campaign.prospect_id('typo')]);
SELECT campaign.run_until('2026-03-20 10:00+00') > 0 AS moved;
SELECT q.state, q.reason FROM campaign.queue q WHERE q.campaign_id = :skips;

-- The first mail has to have a subject. Where a text names what the channel does not know, launch() says so.
SELECT v.path, v.code, v.detail FROM campaign.validate_sequence('[{"email": {"body": "a"}}, {"email": {"body": "b"}}]') v;
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna@example.org') RETURNING id AS bare \gset
SELECT campaign.create_campaign('Bare', 'Write', :member, ARRAY[:bare]::bigint[]) AS bare_campaign \gset
SAVEPOINT refused;
SELECT campaign.launch(:bare_campaign);
ROLLBACK TO refused;

-- what could not be used is refused
SAVEPOINT refused;
\set VERBOSITY terse
UPDATE campaign.account SET reply_to = 'answers@example.org, all@example.org' WHERE id = :account;
\set VERBOSITY default
ROLLBACK TO refused;
UPDATE campaign.channel SET options = '{"unsubscribe_url": "http://example.org/u/{token}"}' WHERE id = :channel;
ROLLBACK TO refused;
UPDATE campaign.channel SET options = '{"unsubscribe_url": "https://example.org/u"}' WHERE id = :channel;
ROLLBACK TO refused;
UPDATE campaign.channel SET options = '{"unsubscribe_mailto": "x@example.org?bcc=y@example.org"}' WHERE id = :channel;
ROLLBACK TO refused;
UPDATE campaign.channel SET options = '{"footer": "{{unsubscribe_url"}' WHERE id = :channel;
ROLLBACK TO refused;
UPDATE campaign.channel SET options = '{"footer": "{{ unsubscribe_url }} {{company|nobody}} }} {"}' WHERE id = :channel;
ROLLBACK;
