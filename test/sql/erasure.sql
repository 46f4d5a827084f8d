-- Erasure of a person (B19): afterwards nothing in any table says who it was, counts are what they were, and
-- whoever comes in again with the same address is not written to.
\set SHOW_CONTEXT never
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = warning;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (673, 'forgetting');
SET LOCAL campaign.workspace = 'forgetting';

-- where does the word stand? table by table, whatever tables there are
CREATE FUNCTION pg_temp.found(word text) RETURNS TABLE (name text, n bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR name IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p')
            AND NOT c.relispartition ORDER BY c.relname COLLATE "C" LOOP
        EXECUTE format('SELECT count(*) FROM campaign.%I t WHERE t::text ILIKE ANY (%L)', name, ARRAY['%' || word || '%', '%' || encode(word::bytea, 'hex') || '%']) INTO n;
        IF n > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;

INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.channel (name, transport, options) VALUES ('box', 'outbox', '{"classes": ["email"], "unsubscribe_url": "https://example.org/u/{token}"}') RETURNING id AS channel \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'anna@sender.example') RETURNING id AS account \gset
INSERT INTO campaign.channel (name, transport, options) VALUES ('hands', 'agent', '{"classes": ["person"]}') RETURNING id AS hands \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :hands, 'anna') RETURNING id AS by_hand \gset
-- the same person twice, and one who is none of our business
INSERT INTO campaign.prospect (external_id, source, person, email, professional_email, phone, linkedin_url, first_name, last_name, company, job_title, country, time_zone, attributes)
SELECT 'quokka-' || n, n, 'quokka', 'quokka' || n || '@quokka.example', 'q@quokka.example', '+33 quokka', 'https://linkedin.example/in/quokka' || n, 'Quokka', 'Quokkason',
    'Quokka & Co', 'Head of Quokka', 'Quokkaland', 'Europe/Paris', '{"note": "quokka"}' FROM unnest('{a,b}'::text[]) n;
INSERT INTO campaign.prospect (external_id, email, first_name) VALUES ('bea', 'bea@example.com', 'Bea'), ('carl', 'carl@example.com', 'Carl');
SELECT campaign.prospect_id('quokka-a', source => 'a') AS one, campaign.prospect_id('quokka-b', source => 'b') AS other \gset
INSERT INTO campaign.list (name) VALUES ('all') RETURNING id AS list \gset
INSERT INTO campaign.list_prospect (list_id, prospect_id) VALUES (:list, :one), (:list, :other);
INSERT INTO campaign.agreement (prospect_id, external_id, payment_type, payment_method, attributes) VALUES (:one, 'sub-quokka', 'recurring', 'card of quokka', '{"of": "quokka"}');

SELECT campaign.create_sequence('mails', '[{"email": {"subject": "Hello {{first_name}}", "body": "Dear {{first_name}} of {{company|home}} {{payload.word|}}"}},
    {"wait": {"until": "clicked", "within": "5 days", "else": [{"email": {"subject": "Still there, {{first_name}}?", "body": "Hm, {{last_name|you}}"}}, {"end": "failure"}]}},
    {"task": {"title": "Call {{first_name}}"}}]') > 0 AS created;
SELECT campaign.create_campaign('mails', 'mails', :member, ARRAY[:account, :by_hand]::bigint[], description => 'd') AS mails \gset
SELECT campaign.launch(:mails);
SELECT result FROM campaign.enroll(:mails, ARRAY[:one], payload => '{"word": "quokka"}');
SELECT result FROM campaign.enroll(:mails, ARRAY[campaign.prospect_id('bea'), campaign.prospect_id('carl')]);
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SELECT campaign.record_event('clicked', :one, detail => '{"text": "I am quokka", "score": 70}'), campaign.record_event('demo_asked', :one, detail => '{"where": "quokka street"}');
SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;
-- somebody has taken the task, with all that it says, and somebody has opened sessions, also before he was a prospect
SELECT kind, external_id FROM campaign.take(:by_hand);
SELECT campaign.open_session(:mails, 'sign_up', 'quokka-a', contact => '{"first_name": "Quokka"}') > 0 AS opened;
SELECT campaign.suppress('email', 'quokkab@quokka.example', 'asked by mail') > 0 AS suppressed;
SELECT campaign.record_event('opened', :other, detail => '{"text": "quokka"}') AS waits;
SELECT * FROM pg_temp.found('quokka');

CREATE TEMPORARY TABLE before AS SELECT row_to_json(v)::jsonb - 'hint' AS v FROM campaign.overview v;
CREATE TEMPORARY TABLE days AS SELECT d.* FROM campaign.daily_stats d;
CREATE TEMPORARY TABLE attempts AS SELECT s.session_id, s.kind, s.status, s.created_at FROM campaign.sessions s;

-- ---- it is an administrator's, and is about somebody who is there ------------------------------------------------
SAVEPOINT refused;
SELECT campaign.erase_prospect(1);
ROLLBACK TO refused;
SELECT campaign.erase_prospect(:one) AS erased;
-- what an agent has in hand stays as it is until he has done with it
SELECT name, n FROM pg_temp.found('quokka');
SELECT prospect_id = :one AS one, done_at IS NOT NULL AS done FROM campaign.erasure ORDER BY 1 DESC;
SELECT campaign.report(a.id, 'complete', '{"said": "quokka was nice"}') FROM campaign.action a WHERE a.prospect_id = :one AND a.state = 'processing';
SELECT campaign.run_until('2026-03-02 11:00+00') > 0 AS moved;
SELECT campaign.finish_erasures(673) AS finished;
SELECT name, n FROM pg_temp.found('quokka');

-- ---- what is left ------------------------------------------------------------------------------------------------
SELECT external_id = 'erased-' || id AS nameless, person_key = id::text AS nobody, removed_at, attributes FROM campaign.prospect WHERE id IN (:one, :other) ORDER BY id;
SELECT e.end_kind, e.code, e.payload FROM campaign.enrollment e WHERE e.prospect_id = :one;
SELECT v.kind, v.detail - 'session' AS detail FROM campaign.event v WHERE v.prospect_id = :one ORDER BY v.id;
SELECT count(*) AS runs_changed FROM campaign.overview v, before b WHERE (b.v ->> 'enrolled')::bigint <> v.enrolled;
SELECT d.* FROM days d WHERE d.day < '2026-03-02' EXCEPT SELECT d.* FROM campaign.daily_stats d;
SELECT count(*) AS sessions_lost FROM (TABLE attempts EXCEPT SELECT s.session_id, s.kind, CASE s.status WHEN 'complete' THEN a.status ELSE s.status END, s.created_at
    FROM campaign.sessions s JOIN attempts a USING (session_id)) q;

-- ---- and who comes in again ----------------------------------------------------------------------------------------
INSERT INTO campaign.prospect (external_id, email) VALUES ('back', 'Quokkaa@quokka.example'), ('back too', 'other@quokka.example');
UPDATE campaign.prospect SET linkedin_url = 'https://LinkedIn.example/in/quokkab' WHERE external_id = 'back too';
SELECT p.external_id, e.result, e.detail FROM campaign.enroll(:mails, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'back%')) e
    JOIN campaign.prospect p ON p.id = e.prospect_id ORDER BY 1;
SELECT campaign.unsuppress('email', 'quokkaa@quokka.example') AS asked_to, campaign.unsuppress('email', 'quokkaa@quokka.example') AS again;
SELECT e.result FROM campaign.enroll(:mails, ARRAY[campaign.prospect_id('back')]) e;
-- others are as they were
SELECT first_name, email, removed_at FROM campaign.prospect WHERE external_id IN ('bea', 'carl') ORDER BY 1;
SELECT count(*) AS said FROM campaign.outbox o WHERE o.prospect_id = campaign.prospect_id('bea') AND o.content::text LIKE '%Bea%';
ROLLBACK;
