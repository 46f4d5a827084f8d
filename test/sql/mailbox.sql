-- What comes back by mail (S2.20, S2.28, S2.30, B11, B13): whom a message is about, and what follows from it. How
-- messages are read is in test/t/033_mailbox.pl, what they are taken for in test/unit/test_net_received.c.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name, email) VALUES ('Anna', 'Anna@home.example') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna@sender.example') RETURNING id AS account \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'other@sender.example') RETURNING id AS other \gset
INSERT INTO campaign.prospect (external_id, email, professional_email, person)
    SELECT n, n || '@example.com', CASE n WHEN 'bea' THEN 'Bea@Work.example' END, CASE n WHEN 'carl' THEN 'number 3' END
    FROM unnest('{ada,bea,carl,dora,emil,fred,gina,hans,ida}'::text[]) n;
SELECT campaign.create_sequence('s', '[{"email": {"subject": "a", "body": "a"}}, {"delay": "1 day"}, {"email": {"subject": "b", "body": "b"}}, {"delay": "9 days"}, {"end": "failure"}]') > 0 AS created;
SELECT campaign.create_campaign('mailing', 's', :member, ARRAY[:account]::bigint[]) AS mailing \gset
SELECT count(campaign.launch(:mailing)::text);
SELECT count(*) FROM campaign.enroll(:mailing, ARRAY(SELECT p.id FROM campaign.prospect p WHERE p.external_id <> 'ida')) e WHERE e.result = 'enrolled';
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS sent;
-- ids that can be told, instead of those made of keys
UPDATE campaign.letter l SET message_id = p.external_id || '@sender.example' FROM campaign.prospect p WHERE p.id = l.prospect_id;

-- mailboxes: what can be said of one, and what cannot
SAVEPOINT definitions;
\set ON_ERROR_STOP 0
\set VERBOSITY terse
INSERT INTO campaign.mailbox (name, url, login, secret) VALUES ('m', 'imaps://mail.example', 'anna', 'x');
ROLLBACK TO definitions;
INSERT INTO campaign.mailbox (name, account_id, url, login, secret) VALUES ('m', :account, 'https://mail.example', 'anna', 'x');
ROLLBACK TO definitions;
INSERT INTO campaign.mailbox (name, account_id, url, login, secret) VALUES ('m', :account, 'imaps://anna:pass@mail.example/', 'anna', 'x');
ROLLBACK TO definitions;
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, folder) VALUES ('m', :account, 'imaps://mail.example', 'anna', 'x', E'a\r\nb');
ROLLBACK TO definitions;
\set VERBOSITY default
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, options) VALUES ('m', :account, 'imaps://mail.example', 'anna', 'x', '{"after_read": "delete"}');
ROLLBACK TO definitions;
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, options) VALUES ('m', :account, 'imaps://mail.example', 'anna', 'x', '{"pause_on_auto_reply": "soon"}');
ROLLBACK TO definitions;
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, options) VALUES ('m', :account, 'imaps://mail.example', 'anna', 'x', '{"colour": "red"}');
ROLLBACK TO definitions;
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, options) VALUES ('m', :account, 'imaps://mail.example', 'anna', 'x', '{"after_read": "move"}');
ROLLBACK TO definitions;
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, options) VALUES ('m', :account, 'imaps://mail.example', 'anna', 'x', '{"after_read": "seen", "move_to": "Read"}');
ROLLBACK TO definitions;
\set VERBOSITY terse
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, options) VALUES ('m', :account, 'imaps://mail.example', 'anna', 'x', '{"after_read": "move", "move_to": "INBOX"}');
ROLLBACK TO definitions;
\set VERBOSITY default
\set ON_ERROR_STOP 1
INSERT INTO campaign.mailbox (name, account_id, url, login, secret, options)
    VALUES ('m', :account, 'imaps://mail.example', 'anna', 'x', '{"pause_on_auto_reply": "7 days", "keep_text": true}') RETURNING id AS box \gset
INSERT INTO campaign.mailbox (name, channel_id, url, login, secret) VALUES ('all', 1, 'imap://[::1]:1143', 'all', 'x') RETURNING id AS all_box \gset
INSERT INTO campaign.mailbox (name, account_id, url, login, secret) VALUES ('of other', :other, 'imaps://mail.example:993', 'other', 'x') RETURNING id AS other_box \gset
SELECT m.name, campaign.mailbox_accounts(m.workspace_id, m.id) = v.accounts AS right_accounts, m.read_since
    FROM campaign.mailbox m JOIN (VALUES (:box, ARRAY[:account]::bigint[]), (:all_box, ARRAY[:account, :other]), (:other_box, ARRAY[:other])) v(id, accounts) USING (id) ORDER BY m.id;
SELECT s.mailbox, s.is_active, s.received, s.unmatched, s.last_error FROM campaign.mailbox_status s ORDER BY s.mailbox_id;

-- what is read, by its class: whom it names, or from or about whom it is
SET LOCAL campaign.now = '2026-03-02 10:00:00+00';
CREATE FUNCTION pg_temp.take(box bigint, class text, address text, ids text[] DEFAULT '{}', key text DEFAULT gen_random_uuid()::text,
        sent_at timestamptz DEFAULT '2026-03-02 09:30+00', away_until timestamptz DEFAULT NULL, text text DEFAULT 'Hello') RETURNS text LANGUAGE sql AS $$
    SELECT campaign.take_mail(1, $1, $2, $3, ARRAY[$3], $4, $6, $5, '{}', $7, $8)
$$;
SELECT pg_temp.take(:box, 'reply', 'stranger@example.org') AS stranger, pg_temp.take(:box, 'reply', 'ida@example.com') AS without_run,
    pg_temp.take(:other_box, 'reply', 'ada@example.com') AS another_mailbox, pg_temp.take(:box, 'reply', '') AS nobody,
    pg_temp.take(:box, 'reply', 'anna@sender.example', '{ada@sender.example}') AS ourselves,
    pg_temp.take(:box, 'reply', 'ANNA@home.example', '{ada@sender.example}') AS our_member,
    pg_temp.take(:box, 'list', 'ada@example.com') AS newsletter,
    pg_temp.take(:box, 'reply', 'ada@example.com', sent_at => '2026-03-01 09:00+00') AS older_than_our_mail;
SELECT count(*) AS reported FROM campaign.inbox;

-- replies: by the id in a thread, whoever answers; by either address in whatever case; by the key of the person
SELECT pg_temp.take(:box, 'reply', 'assistant@example.com', '{unknown@example.com,ada@sender.example,bea@sender.example}') AS thread,
    pg_temp.take(:all_box, 'reply', 'BEA@work.EXAMPLE') AS professional, pg_temp.take(:box, 'reply', 'carl@example.com', key => 'c1') AS carl,
    pg_temp.take(:box, 'reply', 'carl@example.com', key => 'c1') AS again;
SELECT p.external_id, i.kind, i.account_id = :account AS right_account, i.action_id = l.action_id AS right_action, i.occurred_at, i.detail - 'mailbox_id' AS detail
    FROM campaign.inbox i JOIN campaign.prospect p ON p.id = i.prospect_id LEFT JOIN campaign.letter l ON l.message_id = p.external_id || '@sender.example' ORDER BY i.id;

-- others: a machine, a bounce for good and one for now, a delay, a complaint, an opt-out by report
SELECT pg_temp.take(:box, 'automatic', 'dora@example.com', '{dora@sender.example}', away_until => '2026-03-06 00:00+00') AS away,
    pg_temp.take(:all_box, 'automatic', 'emil@example.com') AS no_pause,
    pg_temp.take(:box, 'delayed', 'emil@example.com', '{emil@sender.example}') AS delayed,
    pg_temp.take(:box, 'soft', 'emil@example.com', '{emil@sender.example}') AS soft,
    pg_temp.take(:box, 'hard', 'fred@example.com', '{fred@sender.example}') AS hard,
    pg_temp.take(:box, 'complaint', '', '{gina@sender.example}') AS complaint, pg_temp.take(:box, 'opt_out', 'hans@example.com', '{hans@sender.example}') AS opt_out;
-- anybody can write such reports: without the id of a mail of ours they are noted, and stop nobody; with one they are about
-- that mail, whatever address they name (B13)
SELECT pg_temp.take(:box, 'hard', 'emil@example.com') AS forged, pg_temp.take(:box, 'complaint', 'emil@example.com', '{made-up@sender.example}') AS forged_id,
    pg_temp.take(:all_box, 'opt_out', 'emil@example.com') AS forged_opt_out, pg_temp.take(:box, 'delivered', 'emil@example.com') AS forged_delivery,
    pg_temp.take(:box, 'hard', 'stranger@example.org') AS about_a_stranger, pg_temp.take(:box, 'soft', 'emil@example.com', '{fred@sender.example}') AS of_another_mail;
SELECT campaign.tick() > 0 AS applied;
-- those who replied have left as replied, with nothing in the queue (S2.28, S2.30)
SELECT p.external_id, s.status, s.end_kind, s.code FROM campaign.prospect_status s JOIN campaign.prospect p ON p.id = s.prospect_id ORDER BY 1;
SELECT p.external_id, e.kind, e.actor, e.detail - 'mailbox_id' AS detail FROM campaign.event e JOIN campaign.prospect p ON p.id = e.prospect_id
    WHERE e.detail ? 'matched_by' ORDER BY e.id;

-- who is away gets the next mail after his return, and who is not, when it is due (S2.20)
SELECT campaign.run_until('2026-03-05 08:00+00') > 0 AS moved;
SELECT p.external_id, a.state, a.reason, a.not_before FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id
    WHERE p.external_id IN ('dora', 'emil') ORDER BY 1, a.id;
SELECT x.reason, regexp_replace(x.detail, '^email \d+', 'email') AS detail, x.next_change_at FROM campaign.prospect p CROSS JOIN LATERAL campaign.explain(:mailing, p.id) x WHERE p.external_id = 'dora';
SELECT campaign.run_until('2026-03-06 00:00+00') > 0 AS moved;
SELECT p.external_id, a.state, a.executed_at FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE p.external_id = 'dora' ORDER BY a.id;

-- an automatic reply is no reply, in the counts too (B13)
SELECT d.kind, sum(d.n) AS n FROM campaign.counter d WHERE d.kind IN ('replied', 'auto_replied', 'bounced', 'delivery_delayed', 'complained', 'unsubscribed') GROUP BY 1 ORDER BY 1;
SELECT s.kind, s.reason FROM campaign.suppression s ORDER BY s.kind, s.id;

-- of a campaign with two accounts, the answers to either go to its own mailbox
SELECT campaign.create_campaign('both', 's', :member, ARRAY[:account, :other]::bigint[]) AS both \gset
SELECT count(campaign.launch(:both)::text);
SELECT e.result FROM campaign.enroll(:both, ARRAY[campaign.prospect_id('ida')]) e;
SELECT campaign.run_until('2026-03-06 01:00+00') > 0 AS sent;
SELECT pg_temp.take(CASE r.account_id WHEN :account THEN :other_box ELSE :box END, 'reply', 'ida@example.com', sent_at => campaign.clock()) AS of_the_other,
    pg_temp.take(CASE r.account_id WHEN :account THEN :box ELSE :other_box END, 'reply', 'ida@example.com', sent_at => campaign.clock()) AS of_this
    FROM campaign.enrollment_account r JOIN campaign.enrollment e ON e.id = r.enrollment_id WHERE e.campaign_id = :both;

-- what is written to the address of the channel's List-Unsubscribe is an opt-out, of whoever is known
INSERT INTO campaign.channel (name, transport, options) VALUES ('optional', 'outbox', '{"unsubscribe_mailto": "Out@sender.example"}') RETURNING id AS optional \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :optional, 'mia@sender.example') RETURNING id AS mia \gset
INSERT INTO campaign.mailbox (name, account_id, url, login, secret) VALUES ('outs', :mia, 'imaps://mail.example', 'out', 'x') RETURNING id AS outs \gset
INSERT INTO campaign.prospect (external_id, email) VALUES ('jan', 'Jan@example.com');
SELECT campaign.take_mail(1, :outs, 'automatic', 'jan@EXAMPLE.com', '{x@y.example,out@SENDER.example}', '{}', NULL, 'o1', '{}', NULL, '') AS without_run,
    campaign.take_mail(1, :outs, 'reply', 'emil@example.com', '{out@sender.example}', '{emil@sender.example}', NULL, 'o2', '{}', NULL, '') AS with_run,
    campaign.take_mail(1, :outs, 'reply', 'nobody@example.com', '{out@sender.example}', '{}', NULL, 'o3', '{}', NULL, '') AS stranger;
SELECT campaign.tick() > 0 AS applied;
SELECT s.kind, s.value, s.reason FROM campaign.suppression s WHERE s.value IN ('jan@example.com', 'emil@example.com', 'nobody@example.com') ORDER BY 1, 2;
SELECT s.status, s.code FROM campaign.prospect_status s WHERE s.external_id = 'emil';

-- before a launch it is seen whether answers would be read
INSERT INTO campaign.channel (name, transport, url) VALUES ('relay', 'smtp', 'smtp://mail.example') RETURNING id AS relay \gset
INSERT INTO campaign.account (member_id, channel_id, address) SELECT :member, :relay, a || '@relay.example' FROM unnest('{read,unread,failing}'::text[]) a;
INSERT INTO campaign.mailbox (name, account_id, url, login, secret) SELECT a, campaign.account_id(a || '@relay.example'), 'imaps://mail.example', a, 'x' FROM unnest('{read,failing}'::text[]) a;
INSERT INTO campaign.mailbox_state (workspace_id, mailbox_id, next_at, code) SELECT 1, m.id, 'infinity', 'mailbox_certificate' FROM campaign.mailbox m WHERE m.name = 'failing';
SELECT campaign.create_campaign('to be launched', 's', :member, ARRAY(SELECT a.id FROM campaign.account a WHERE a.channel_id = :relay)) AS draft \gset
SELECT p.ok, p.severity, p.detail, regexp_replace(p.remedy, '\d+', 'ID') AS remedy FROM campaign.preflight(:draft) p WHERE p.item = 'replies';
DELETE FROM campaign.mailbox WHERE name = 'failing';

-- another server begins anew; anything else that is changed has the mailbox read at once
INSERT INTO campaign.mailbox_state (workspace_id, mailbox_id, next_at, uid_validity, last_uid, failures, code) SELECT 1, b, 'infinity', 7, 9, 3, 'mailbox_unreachable' FROM unnest(ARRAY[:box, :all_box]) b;
SELECT a.code, a.message, a.remedy = format('SELECT * FROM campaign.mailbox_status WHERE mailbox_id = %s', CASE a.message WHEN 'm' THEN :box ELSE :all_box END) AS remedy
    FROM campaign.alerts a ORDER BY a.message;
UPDATE campaign.mailbox SET login = 'b' WHERE id = :box;
UPDATE campaign.mailbox SET poll_every = '1 hour' WHERE id = :all_box;
SELECT s.mailbox, s.next_read_at, s.last_uid, s.failures FROM campaign.mailbox_status s ORDER BY s.mailbox_id;
DELETE FROM campaign.mailbox WHERE id = :all_box;
SELECT count(*) AS states FROM campaign.mailbox_state;
ROLLBACK;

-- a mailbox says where the value of a secret is sent, so writing one takes level admin
CREATE ROLE regress_mail_operator;
CREATE ROLE regress_mail_admin;
SELECT count(campaign.grant_access('regress_mail_operator', 'default', 'operator')::text), count(campaign.grant_access('regress_mail_admin', 'default', 'admin')::text);
BEGIN;
SAVEPOINT one;
SET SESSION AUTHORIZATION regress_mail_operator;
SELECT count(*) FROM campaign.mailbox;
SELECT count(*) FROM campaign.mailbox_status;
\set ON_ERROR_STOP 0
INSERT INTO campaign.mailbox (name, channel_id, url, login, secret) VALUES ('m', 1, 'imaps://evil.example', 'anna', 'x');
ROLLBACK TO one;
-- nor does it help to be admin of another workspace
INSERT INTO campaign.workspace (name) VALUES ('north');
SELECT count(campaign.grant_access('regress_mail_operator', 'north', 'admin')::text);
SET SESSION AUTHORIZATION regress_mail_operator;
INSERT INTO campaign.mailbox (name, channel_id, url, login, secret) VALUES ('m', 1, 'imaps://evil.example', 'anna', 'x');
ROLLBACK TO one;
SET SESSION AUTHORIZATION regress_mail_operator;
SELECT campaign.take_mail(1, 1, 'reply', '', '{}', '{}', NULL, '', '{}', NULL, '');
ROLLBACK TO one;
SET SESSION AUTHORIZATION regress_mail_operator;
SELECT last_uid FROM campaign.mailbox_state;
ROLLBACK TO one;
SET SESSION AUTHORIZATION regress_mail_admin;
INSERT INTO campaign.mailbox (name, channel_id, url, login, secret) VALUES ('m', 1, 'imaps://mail.example', 'anna', 'x') RETURNING name;
ROLLBACK;
SELECT count(campaign.revoke_access(r, 'default')::text) FROM unnest('{regress_mail_operator,regress_mail_admin}'::text[]) r;
DROP ROLE regress_mail_operator;
DROP ROLE regress_mail_admin;
