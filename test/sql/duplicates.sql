-- Duplicates are decided when a contact would be sent (S1.19, D16): whom a campaign of the same name and program has reached
-- between the slot that let him in and his contact is sent nothing, and counts as duplicate of that day.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna'), ('Bob'), ('Cid');
INSERT INTO campaign.account (member_id, channel_id, address) SELECT m.id, 1, lower(m.name) FROM campaign.member m;
INSERT INTO campaign.prospect (external_id, person) SELECT w, w FROM unnest('{alone,meanwhile,busy,both,welcomed}'::text[]) w;
-- another contact, the same person
INSERT INTO campaign.prospect (external_id, person) VALUES ('same', 'meanwhile');
SELECT campaign.create_sequence('Invite', '[{"invite": {}, "name": "invitation"}, {"wait": {"until": "connected", "within": "15 days", "else": "failure"}}, {"delay": "next day"}, {"message": {"body": "Welcome"}, "name": "welcome"}]') > 0 AS created;
CREATE FUNCTION pg_temp.make(who text, program text, settings jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    c bigint := campaign.create_campaign('Growth', 'Invite', (SELECT id FROM campaign.member WHERE name = $1), ARRAY[campaign.account_id(lower($1))],
        program => $2, settings => '{"exclusivity": "none"}' || $3);
BEGIN
    IF $3 ? 'cohort_size' THEN
        INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT c, d, '09:00', '11:00' FROM generate_series(1, 7) d;
    END IF;
    PERFORM campaign.launch(c);
    RETURN c;
END
$$;
CREATE FUNCTION pg_temp.approve(c bigint) RETURNS integer LANGUAGE sql AS $$
    SELECT campaign.approve(ARRAY(SELECT q.action_id FROM campaign.queue q WHERE q.campaign_id = $1))
$$;
CREATE TEMPORARY VIEW state AS
    SELECT s.external_id, m.name AS owner, s.status, s.substatus, s.end_kind, s.code FROM campaign.prospect_status s
    JOIN campaign.campaign c ON c.id = s.campaign_id JOIN campaign.member m ON m.id = c.owner_id;
CREATE TEMPORARY VIEW sent AS
    SELECT p.external_id, m.name AS owner, a.action_kind AS kind, o.at FROM campaign.outbox o JOIN campaign.action a ON a.id = o.action_id
    JOIN campaign.prospect p ON p.id = o.prospect_id JOIN campaign.campaign c ON c.id = a.campaign_id JOIN campaign.member m ON m.id = c.owner_id;
SELECT pg_temp.make('Anna', 'Spring', '{"cohort_size": 10}') AS hers, pg_temp.make('Bob', 'Spring', '{}') AS his, pg_temp.make('Cid', 'Autumn', '{}') AS other \gset
SELECT count(*) FROM campaign.enroll(:hers, ARRAY(SELECT p.id FROM campaign.prospect p WHERE p.external_id IN ('alone', 'meanwhile', 'busy', 'welcomed')));
SELECT campaign.run_until('2026-03-03 10:00+00') > 0 AS moved;
SELECT pg_temp.approve(:hers);
-- nobody is a duplicate so far; the contact of another one is about to be sent, and that of the same person is, by Bob; Cid's program is another
SELECT count(*) FROM campaign.enroll(:his, ARRAY[campaign.prospect_id('same'), campaign.prospect_id('busy')]) UNION ALL
    SELECT count(*) FROM campaign.enroll(:other, ARRAY[campaign.prospect_id('alone')]);
SELECT campaign.run_until('2026-03-03 12:00+00') > 0 AS moved;
UPDATE campaign.action a SET state = 'processing', executed_at = NULL, finished_at = NULL, expires_at = '2026-03-04 09:20+00'
    WHERE a.campaign_id = :his AND a.prospect_id = campaign.prospect_id('busy');
SELECT * FROM sent ORDER BY 1, 2;
SELECT campaign.run_until('2026-03-04 09:10+00') > 0 AS moved;
SELECT * FROM sent ORDER BY 1, 2;
SELECT * FROM state WHERE owner = 'Anna' ORDER BY 1;
-- what is under way elsewhere is waited for; if it comes to nothing there, he is contacted here
SELECT campaign.run_until('2026-03-04 09:30+00') > 0 AS moved;
SELECT * FROM sent WHERE external_id = 'busy' ORDER BY 2;
SELECT b.day, b.step, b.sent, b.duplicate, b.error, b.decided FROM campaign.action_buckets b WHERE b.campaign_id = :hers AND b.decided > 0 ORDER BY 1, 2;
SELECT t.planned, t.sent, t.duplicate, t.blocked_by_owner + t.error + t.condition_false + t.already_invited AS others FROM campaign.today t WHERE t.campaign_id = :hers;
-- what follows the first contact is no solicitation: who accepted gets his welcome, though Bob reached him meanwhile
SELECT campaign.record_event('connected', 'welcomed', account => campaign.account_id('anna'));
SELECT count(*) FROM campaign.enroll(:his, ARRAY[campaign.prospect_id('welcomed')]);
SELECT campaign.run_until('2026-03-05 09:30+00') > 0 AS moved;
SELECT * FROM sent WHERE external_id = 'welcomed' ORDER BY at, owner;
-- two with cohorts at the same minute: one of them reaches him
SELECT pg_temp.make('Bob', 'Summer', '{"cohort_size": 10, "approval": "none"}') AS one, pg_temp.make('Cid', 'Summer', '{"cohort_size": 10, "approval": "none"}') AS two \gset
SELECT count(*) FROM unnest(ARRAY[:one, :two]) c, campaign.enroll(c, ARRAY[campaign.prospect_id('both')]);
SELECT campaign.run_until('2026-03-06 09:30+00') > 0 AS moved;
SELECT count(*) FROM sent WHERE external_id = 'both';
SELECT s.status, s.end_kind, s.code FROM campaign.prospect_status s WHERE s.external_id = 'both' ORDER BY 3;
SELECT sum(b.sent) AS sent, sum(b.duplicate) AS duplicate, sum(b.decided) AS decided FROM campaign.action_buckets b WHERE b.campaign_id IN (:one, :two);
SELECT count(*) FROM campaign.stuck;
\set ECHO none
\i test/sql/include/replay.sql
\set ECHO all
-- but for what was taken back by hand above
SELECT * FROM replay.miscounts() WHERE campaign_id <> :his;
ROLLBACK;
