-- Editing the steps of campaigns: contents and delays live, structure where nobody has come (B17).
\set SHOW_CONTEXT never
\pset format unaligned
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL campaign.now = '2026-01-05 09:00+00';
SET LOCAL campaign.actor = 'ann@example.com';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna@example.com') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email, first_name) SELECT 'p' || i, 'p' || i || '@example.com', 'P' || i FROM generate_series(1, 9) i;
CREATE FUNCTION pg_temp.of(VARIADIC names text[]) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(p.id ORDER BY p.id) FROM campaign.prospect p WHERE p.external_id = ANY (names)
$$;
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN NEXT 'not refused';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || message;
    RETURN NEXT detail;
    RETURN NEXT hint;
END
$$;
CREATE VIEW pg_temp.stand AS SELECT external_id, status, substatus, step, due_at, end_kind, code FROM campaign.prospect_status;
CREATE VIEW pg_temp.sent AS SELECT p.external_id, o.at, o.content #>> '{content,subject}' AS subject, o.content #>> '{content,body}' AS body
    FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id WHERE o.action_kind = 'email';
SELECT campaign.create_sequence('mail', '[{"email": {"subject": "One", "body": " "}}, {"delay": "5 days"},
    {"name": "again", "email": {"subject": "Two", "body": "Dear {{first_name}}"}, "payload": {"tag": "x"}},
    {"wait": {"until": "clicked", "within": "10 days", "else": [{"action": "visit", "payload": {"note": "n"}}, {"delay": "1 day", "name": "inner"}]}}]') > 0 AS made;
SELECT campaign.create_campaign('Mail', 'mail', :member, ARRAY[:account]::bigint[]) AS mail \gset

-- ---- what is missing is seen, and written (S2.47) --------------------------------------------------------------

SELECT step, missing_content, disabled, revision, edited_by FROM campaign.steps WHERE campaign_id = :mail ORDER BY position;
SELECT pg_temp.refusal(format('SELECT campaign.launch(%s)', :mail));
SELECT campaign.edit_step(:mail, 'email', content => '{"body": "Hello {{first_name}}"}') AS revision;
SELECT step, missing_content, content, revision, edited_by, edited_at FROM campaign.steps WHERE campaign_id = :mail AND step = 'email';
-- nothing changed is no revision
SELECT campaign.edit_step(:mail, 'email', content => '{"body": "Hello {{first_name}}"}') AS revision, campaign.edit_step(:mail, 'email') AS again;
SELECT campaign.launch(:mail);

-- ---- live: contents (S2.46) --------------------------------------------------------------------------------------

INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', :account, 'email', 'day', 1) RETURNING id AS quota \gset
SELECT count(*) AS enrolled FROM campaign.enroll(:mail, pg_temp.of('p1', 'p2'));
SELECT campaign.run_until('2026-01-05 10:00+00') > 0 AS moved;
SELECT campaign.edit_step(:mail, 'email', '{"subject": "Uno", "html": "<b>!</b>"}') AS revision;
SELECT campaign.run_until('2026-01-06 10:00+00') > 0 AS moved;
-- what was sent is as it was; what was queued has the new text
SELECT * FROM pg_temp.sent ORDER BY at;
DELETE FROM campaign.quota WHERE id = :quota;
-- a payload beside, texts of {"action": KIND}, and what is taken out
SELECT campaign.edit_step(:mail, 'again', '{"tag": "y", "extra": "z", "subject": "Due"}') AS again,
    campaign.edit_step(:mail, 'visit', '{"note": null, "other": "o"}') AS visit, campaign.edit_step(:mail, 'email', '{"html": null}') AS email;
SELECT definition FROM campaign.campaign WHERE id = :mail;
SELECT step, content, revision FROM campaign.steps WHERE campaign_id = :mail AND kind = 'action' ORDER BY position;
-- judged as when the sequence was made; and a live one may not lose what it needs
SELECT pg_temp.refusal(format('SELECT campaign.edit_step(%s, ''email'', %L)', :mail, '{"body": "{{first_name"}'));
SELECT pg_temp.refusal(format('SELECT campaign.edit_step(%s, ''email'', %L)', :mail, '{"body": 5}'));
SELECT pg_temp.refusal(format('SELECT campaign.edit_step(%s, ''email'', %L)', :mail, '{"body": null}'));
SELECT pg_temp.refusal(format('SELECT campaign.edit_step(%s, ''email'', %L)', :mail, '[]'));
SELECT pg_temp.refusal(format('SELECT campaign.edit_step(%s, ''delay'', content => ''{}'')', :mail));
SELECT pg_temp.refusal(format('SELECT campaign.edit_step(%s, ''email'', delay => ''1 day'')', :mail));
SELECT pg_temp.refusal(format('SELECT campaign.edit_step(%s, ''delay'', delay => ''soon'')', :mail));
SELECT pg_temp.refusal(format('SELECT campaign.edit_step(%s, ''none'', delay => ''1 day'')', :mail));

-- ---- live: delays (S2.45) ----------------------------------------------------------------------------------------

-- p1 since the 5th, p2 since the 6th; a changed time counts from there for who is in it, one that has run out at once
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT campaign.run_until('2026-01-08 09:00+00') >= 0 AS lived;
SELECT campaign.pause_prospects(:mail, pg_temp.of('p2')) AS paused;
SELECT campaign.edit_step(:mail, 'delay', delay => '7 days') AS revision;
SELECT * FROM pg_temp.stand ORDER BY 1;
SAVEPOINT delays;
SELECT campaign.edit_step(:mail, 'delay', delay => '2 days') AS revision;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT campaign.run_until('2026-01-08 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand ORDER BY 1;
-- the version that is undone is forgotten by whoever compiled it
ROLLBACK TO delays;
SELECT campaign.edit_step(:mail, 'delay', delay => '4 days') AS revision;
SELECT campaign.run_until('2026-01-09 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT * FROM pg_temp.sent ORDER BY at;
-- of a wait, the deadline; in a pause, too
SELECT campaign.pause(:mail);
SELECT campaign.edit_step(:mail, 'wait', delay => '3 days') AS revision;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT campaign.resume(:mail);
SELECT campaign.resume_prospects(:mail, pg_temp.of('p2')) AS resumed;
SELECT campaign.run_until('2026-01-12 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand ORDER BY 1;
SELECT count(*) AS stuck FROM campaign.stuck;

-- ---- versions, and who made them (B8, B17) ------------------------------------------------------------------------

SELECT step, revision, content, delay, edited_by, edited_at FROM campaign.step_revision WHERE campaign_id = :mail ORDER BY 1, 2;
SELECT e.at, e.actor, e.detail FROM campaign.event e WHERE e.campaign_id = :mail AND e.kind = 'edited' ORDER BY e.id;
SELECT c.revision = 1 + count(e) AS counted FROM campaign.campaign c
    JOIN campaign.event e ON e.campaign_id = c.id AND e.kind = 'edited' WHERE c.id = :mail GROUP BY c.revision;
-- the library's sequence is as it was (S2.2)
SELECT s.definition #>> '{0,email,subject}' AS subject FROM campaign.sequence s WHERE s.name = 'mail';

-- ---- structure (B17) ------------------------------------------------------------------------------------------------

SELECT campaign.create_sequence('walk', '[{"visit": {}}, {"delay": "5 days"}, {"follow": {}}, {"delay": "9 days", "name": "last"}]') > 0 AS made;
SELECT campaign.create_campaign('Walk', 'walk', :member, ARRAY[:account]::bigint[]) AS walk \gset
-- a draft is free, prospects or not
SELECT count(*) AS enrolled FROM campaign.enroll(:walk, pg_temp.of('p3'));
SELECT campaign.edit_steps(:walk, '[{"follow": {}}, {"visit": {}}, {"delay": "5 days"}]') AS revision;
SELECT step, revision, edited_by FROM campaign.steps WHERE campaign_id = :walk ORDER BY position;
SELECT campaign.edit_steps(:walk, '[{"visit": {}}, {"delay": "5 days"}, {"follow": {}}, {"delay": "9 days", "name": "last"}]') AS revision;
SELECT pg_temp.refusal(format('SELECT campaign.edit_steps(%s, %L)', :walk, '[{"visit": {}}, {"delay": "5 days"'));
SELECT pg_temp.refusal(format('SELECT campaign.edit_steps(%s, %L)', :walk, '[{"visit": {}}, {"visit": {"x": "y"}}]'));
SELECT campaign.launch(:walk);
SELECT campaign.run_until('2026-01-13 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand WHERE external_id = 'p3';
-- nobody has come to the third step: others may stand there, and ask about what nobody asked about before
SELECT campaign.record_event('clicked', 'p3');
SELECT campaign.run_until('2026-01-14 09:00+00') > 0 AS moved;
SELECT campaign.edit_steps(:walk, '[{"visit": {}}, {"delay": "4 days"},
    {"branch": [{"when": "clicked", "then": [{"email": {"subject": "S", "body": "B"}}]}, {"else": []}]}, {"delay": "9 days", "name": "last"}]') AS revision;
SELECT position, step, kind, revision, edited_by FROM campaign.steps WHERE campaign_id = :walk ORDER BY position;
SELECT bit, kind FROM campaign.campaign_fact WHERE campaign_id = :walk;
SELECT * FROM pg_temp.stand WHERE external_id = 'p3';
SELECT campaign.run_until('2026-01-17 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand WHERE external_id = 'p3';
SELECT * FROM pg_temp.sent WHERE external_id = 'p3';
-- now it is too late there, and nothing is half done
SELECT pg_temp.refusal(format('SELECT campaign.edit_steps(%s, %L)', :walk, '[{"visit": {}}, {"delay": "4 days"}, {"follow": {}}, {"delay": "9 days", "name": "last"}]'));
SELECT pg_temp.refusal(format('SELECT campaign.edit_steps(%s, %L)', :walk, '[{"follow": {}}, {"visit": {}}]'));
-- a condition, an "if", a way out are structure too
SELECT pg_temp.refusal(format('SELECT campaign.edit_steps(%s, %L)', :walk, '[{"visit": {}, "if": "has_email"}, {"delay": "4 days"},
    {"branch": [{"when": "clicked", "then": [{"email": {"subject": "S", "body": "B"}}]}, {"else": []}]}, {"delay": "9 days", "name": "last"}]'));
-- behind the place where the last one stands there is room
SELECT campaign.edit_steps(:walk, '[{"visit": {}}, {"delay": "4 days"},
    {"branch": [{"when": "clicked", "then": [{"email": {"subject": "S", "body": "Better"}}]}, {"else": []}]}, {"delay": "9 days", "name": "last"}, {"follow": {}}]') AS revision;
SELECT campaign.run_until('2026-01-27 09:00+00') > 0 AS moved;
SELECT * FROM pg_temp.stand WHERE external_id = 'p3';
SELECT action_kind, state FROM campaign.action WHERE campaign_id = :walk ORDER BY step;
-- whoever has left has been there: history counts
SELECT pg_temp.refusal(format('SELECT campaign.edit_steps(%s, %L)', :walk, '[{"visit": {}}, {"delay": "4 days"},
    {"branch": [{"when": "clicked", "then": [{"email": {"subject": "S", "body": "Better"}}]}, {"else": []}]}, {"delay": "9 days", "name": "last"}, {"visit": {}}]'));
-- what a live campaign could not do
SELECT campaign.create_campaign('Other', 'walk', :member, ARRAY[:account]::bigint[]) AS other \gset
SELECT campaign.launch(:other);
SELECT pg_temp.refusal(format('SELECT campaign.edit_steps(%s, %L)', :other, '[{"message": {}}]'));
-- and what is over
SELECT campaign.stop(:other);
\set VERBOSITY terse
SAVEPOINT over;
SELECT campaign.edit_step(:other, 'delay', delay => '1 day');
ROLLBACK TO over;
SELECT campaign.archive(:other);
SELECT campaign.edit_steps(:other, '[{"visit": {}}]');
ROLLBACK TO over;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK;
