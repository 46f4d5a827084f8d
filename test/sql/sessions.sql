-- S4: the log of attempts, opened by people and made by runs. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set VERBOSITY default
\set SHOW_CONTEXT never
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
BEGIN;
-- so that messages name the same ids whatever ran before
ALTER SEQUENCE campaign.campaign_id_seq RESTART 60100;
ALTER SEQUENCE campaign.prospect_id_seq RESTART 60200;
ALTER SEQUENCE campaign.agreement_id_seq RESTART 60300;
ALTER SEQUENCE campaign.action_id_seq RESTART 60400;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';

INSERT INTO campaign.workspace (id, name, merchant) VALUES (601, 'charity', 'The Charity'), (602, 'other', NULL);
SET LOCAL campaign.workspace = 'charity';
INSERT INTO campaign.channel (name, transport) VALUES ('box', 'outbox') RETURNING id AS box \gset
INSERT INTO campaign.member (name, agency) VALUES ('Anna Caller', 'Street & Phone') RETURNING id AS anna \gset
INSERT INTO campaign.member (name) VALUES ('Otto Owner') RETURNING id AS otto \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:anna, :box, 'anna@charity.example') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email, first_name) VALUES
    ('donor', 'donor@example.com', 'Dora'), ('reader', 'reader@example.com', 'Rita');
SELECT campaign.prospect_id('donor') AS donor \gset
INSERT INTO campaign.agreement (prospect_id, external_id, payment_type, amount, currency, period, payment_method)
    VALUES (:donor, 'sub-1', 'recurring', 100, 'DKK', 'month', 'card 4571') RETURNING id AS agreement \gset
SELECT campaign.create_sequence('Onboarding by phone', '[{"email": {"subject": "Hello {{first_name}}", "body": "Welcome"}}]') > 0 AS created;
SELECT campaign.create_campaign('Spring', 'Onboarding by phone', :otto, ARRAY[:account]::bigint[], settings => '{"time_zone": "Europe/Copenhagen"}') AS spring \gset
SELECT campaign.create_campaign('Autumn', 'Onboarding by phone', :otto, ARRAY[:account]::bigint[]) AS autumn \gset
-- nothing is opened in a draft
SELECT campaign.open_session(:spring, 'sign_up', 'L-1');
SELECT campaign.launch(:spring);
SELECT campaign.launch(:autumn);

-- ---- S4.10: a paused agreement, a failed attempt to pause, a sign-up that expired ------------------

SET LOCAL campaign.now = '2026-03-02 09:15:07+00';
SELECT campaign.open_session(:spring, 'pause_agreement', agreement => :agreement, member => :anna) AS failing \gset
SELECT campaign.report(:failing, 'processing');
SELECT campaign.report(:failing, 'failed', '{"reason": "gateway timed out"}');
SELECT a.status FROM campaign.agreement a WHERE a.id = :agreement;
SET LOCAL campaign.now = '2026-03-02 10:00:00+00';
SELECT campaign.open_session(:spring, 'pause_agreement', agreement => :agreement, member => :anna) AS pausing \gset
SELECT campaign.report(:pausing, 'processing');
SET LOCAL campaign.now = '2026-03-02 10:01:30+00';
SELECT campaign.report(:pausing, 'complete');
SELECT a.status FROM campaign.agreement a WHERE a.id = :agreement;
SELECT campaign.open_session(:spring, 'sign_up', 'L-1', payment_type => 'recurring', contact => '{"first_name": "Eve"}', member => :anna) AS expiring \gset
SELECT campaign.run_until('2026-03-03 10:01:29+00') AS moved;
SELECT s.status FROM campaign.sessions s WHERE s.session_id = :expiring;
SELECT campaign.run_until('2026-03-03 10:02:00+00') > 0 AS moved;
-- S4.3, S4.5, S4.6, S4.7: newest first; created in the campaign's zone; intention made of the kind of action
SELECT s.status, s.created, s.intention, s.campaign, s.workflow, s.agency FROM campaign.sessions s;
-- D11: both times are kept
SELECT s.status, s.created_at, s.completed_at FROM campaign.sessions s;
SELECT s.service_type, s.payment_type, s.agreement, s.merchant, s.member, s.external_lead_id, s.lead_key, s.held FROM campaign.sessions s;

-- ---- S4.9: sign-up and upgrade ---------------------------------------------------------------------

SELECT campaign.open_session(:spring, 'sign_up', 'L-1', payment_type => 'recurring', contact => '{"first_name": "Eve", "shoe_size": 38}', member => :anna) AS signing \gset
SELECT campaign.session_detail(:signing) - '{session_id,created_at}'::text[] AS detail;
SELECT campaign.report(:signing, 'processing');
SELECT count(*) AS known FROM campaign.prospect p WHERE p.external_id = 'L-1';
-- a contact that cannot be taken over leaves everything as it was
SELECT campaign.report(:signing, 'complete', '{"contact": {"email": "eve at example"}}');
SELECT s.status FROM campaign.sessions s WHERE s.session_id = :signing;
SELECT campaign.report(:signing, 'complete', '{"contact": {"email": "Eve@example.com"}, "receipt": "r-77"}');
SELECT p.external_id, p.email, p.first_name, p.attributes FROM campaign.prospect p WHERE p.external_id = 'L-1';
SELECT (campaign.session_detail(:signing) #- '{contact,id}') - '{session_id,created_at}'::text[] AS detail;
-- signed up again, the contact is the same one
SELECT campaign.open_session(:spring, 'sign_up', 'L-1', payment_type => 'single', contact => '{"last_name": "Smith"}') AS again \gset
SELECT campaign.report(:again, 'processing'), campaign.report(:again, 'complete');
SELECT p.first_name, p.last_name FROM campaign.prospect p WHERE p.external_id = 'L-1';
SELECT campaign.session_detail(:again) -> 'contact_created' AS contact_created;
-- an upgrade is about somebody who is known
SELECT campaign.open_session(:spring, 'upgrade', 'L-unknown');
SELECT campaign.open_session(:spring, 'upgrade');
SELECT campaign.open_session(:spring, 'upgrade', 'reader', agreement => :agreement);
SELECT campaign.open_session(:spring, 'upgrade', agreement => :agreement) AS upgrading \gset
SELECT campaign.report(:upgrading, 'processing');
SELECT ((campaign.session_detail(:upgrading) #- '{contact,id}') #- '{agreement,id}') - '{session_id,created_at}'::text[] AS detail;
-- a changed card shows the agreement
SELECT campaign.open_session(:spring, 'change_payment_method');
SELECT campaign.open_session(:spring, 'change_payment_method', 'donor', agreement => :agreement) AS changing \gset
SELECT campaign.session_detail(:changing) -> 'intention' AS intention, campaign.session_detail(:changing) #> '{agreement,payment_method}' AS payment_method;

-- ---- S4.4: legal transitions only, and terminal is final -------------------------------------------

CREATE TEMPORARY TABLE tried AS SELECT f.status AS before, t.status AS after, NULL::text AS result
    FROM unnest('{new,processing,complete,rejected,failed,expired}'::text[]) WITH ORDINALITY f(status, i),
        unnest('{new,processing,complete,rejected,failed,expired}'::text[]) WITH ORDINALITY t(status, i)
    WHERE f.status <> t.status ORDER BY f.i, t.i;
CREATE FUNCTION pg_temp.attempt_in(campaign bigint, status text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint := campaign.open_session(campaign, 'sign_up', 'transition');
BEGIN
    IF status <> 'new' THEN
        PERFORM campaign.report(made, 'processing');
    END IF;
    IF status = 'expired' THEN
        UPDATE campaign.session s SET status = 'expired', completed_at = campaign.clock() WHERE s.id = made;
    ELSIF status NOT IN ('new', 'processing') THEN
        PERFORM campaign.report(made, status);
    END IF;
    RETURN made;
END
$$;
-- by the table: whoever writes it
DO $$
DECLARE
    t record;
    made bigint;
BEGIN
    FOR t IN SELECT * FROM tried LOOP
        made := pg_temp.attempt_in(campaign.campaign_id('Spring'), t.before);
        BEGIN
            UPDATE campaign.session s SET status = t.after,
                completed_at = CASE WHEN t.after NOT IN ('new', 'processing') THEN campaign.clock() END WHERE s.id = made;
            UPDATE tried SET result = 'allowed' WHERE before = t.before AND after = t.after;
        EXCEPTION WHEN object_not_in_prerequisite_state THEN
            UPDATE tried SET result = regexp_replace(SQLERRM, '[0-9]+', 'N') WHERE before = t.before AND after = t.after;
        END;
    END LOOP;
END
$$;
SELECT before, string_agg(after, ', ') FILTER (WHERE result = 'allowed') AS allowed,
    count(*) FILTER (WHERE result = format('a session that is %s cannot become %s', before, after)) AS refused FROM tried GROUP BY before ORDER BY before;
-- by report(): the same, and what is said twice is known
DO $$
DECLARE
    t record;
    made bigint;
    answer text;
BEGIN
    FOR t IN SELECT f.before, o.outcome FROM (SELECT DISTINCT before FROM tried) f, unnest('{processing,complete,rejected,failed,retry}'::text[]) WITH ORDINALITY o(outcome, i)
        ORDER BY f.before, o.i LOOP
        made := pg_temp.attempt_in(campaign.campaign_id('Spring'), t.before);
        BEGIN
            answer := CASE WHEN campaign.report(made, t.outcome) THEN 'taken' ELSE 'known' END;
        EXCEPTION WHEN object_not_in_prerequisite_state THEN
            answer := SQLERRM;
        END;
        RAISE NOTICE '% -> %: %', t.before, t.outcome, answer;
    END LOOP;
END
$$;
SELECT campaign.report(:pausing, 'failed');
SELECT campaign.report(:upgrading, 'retry'), campaign.report(:upgrading, 'retry');
SELECT s.status, (SELECT attempt FROM campaign.session x WHERE x.id = :upgrading) AS attempt FROM campaign.sessions s WHERE s.session_id = :upgrading;
SELECT campaign.report(:upgrading, 'maybe');
SELECT campaign.report(:upgrading, 'complete', '[]');
SELECT campaign.report(7, 'complete');
-- S4.4: a decline is an answer, no failure; Autumn has one of each
SELECT campaign.report(s.id, 'processing'), campaign.report(s.id, s.outcome)
    FROM (SELECT o.outcome, campaign.open_session(:autumn, 'sign_up', 'A-' || o.outcome) AS id FROM unnest('{complete,rejected,rejected,failed}'::text[]) AS o(outcome)) s;
SELECT t.kind, t.sessions, t.complete, t.rejected, t.failed, t.expired, t.failure_ratio FROM campaign.session_stats t WHERE t.campaign_id = :autumn;

-- ---- S4.1, S4.2, S4.11: several attempts, one lead ---------------------------------------------------

SELECT campaign.open_session(:autumn, 'sign_up', contact => '{"phone": "1"}') > 0 AS without_key, campaign.open_session(:autumn, 'sign_up') > 0 AS another;
SELECT campaign.open_session(:autumn, 'sign_up', 'A-rejected') > 0 AS interrupted;
SELECT campaign.open_session(:autumn, 'upgrade', 'donor', agreement => :agreement) > 0 AS opened;
-- grouped by external lead id, or by the agreement; without a key by nothing; a lead only when an action completed
SELECT l.lead_key, l.external_lead_id, l.sessions, l.open, l.complete, l.rejected, l.failed, l.is_lead
    FROM campaign.leads l WHERE l.campaign_id = :autumn ORDER BY l.lead_key;

-- ---- S4.8: ten at a time -----------------------------------------------------------------------------

SELECT count(*) AS page FROM campaign.list_sessions(:spring);
SELECT count(*) AS page, count(DISTINCT campaign) AS campaigns FROM campaign.list_sessions(max_rows => 15);
SELECT count(*) AS page FROM campaign.list_sessions(:autumn, 100);
-- page after page, each once and in order
CREATE FUNCTION pg_temp.pages(c bigint, size integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    seen bigint[] := '{}';
    page bigint[];
BEGIN
    LOOP
        SELECT array_agg(l.session_id) INTO page FROM campaign.list_sessions(c, size, seen[cardinality(seen)]) l;
        EXIT WHEN page IS NULL;
        seen := seen || page;
    END LOOP;
    RETURN seen;
END
$$;
SELECT pg_temp.pages(:spring, 7) = ARRAY(SELECT s.session_id FROM campaign.sessions s WHERE s.campaign_id = :spring) AS same;
SELECT campaign.list_sessions(:spring, 0);
SELECT campaign.list_sessions(:spring, after_id => 7);

-- ---- actions of runs are sessions once they have begun -------------------------------------------------

SELECT count(*) FROM campaign.enroll(:autumn, ARRAY(SELECT p.id FROM campaign.prospect p WHERE p.external_id IN ('donor', 'reader')));
INSERT INTO campaign.quota (scope, account_id, period, max_actions) VALUES ('account', :account, 'day', 1);
SELECT campaign.run_until('2026-03-03 11:00+00') > 0 AS moved;
SELECT q.state, q.attempt FROM campaign.queue q WHERE q.campaign_id = :autumn;
SELECT s.status, s.intention, s.service_type, s.created, s.completed_at, s.member, s.agency, s.lead_key
    FROM campaign.sessions s WHERE s.enrollment_id IS NOT NULL;
SELECT s.session_id AS sent FROM campaign.sessions s WHERE s.enrollment_id IS NOT NULL \gset
SELECT (campaign.session_detail(:sent) #- '{contact,id}') - '{session_id,created_at,completed_at}'::text[] AS detail;
SELECT campaign.report(:sent, 'complete');
-- whatever state its action is in, a session has one of the six statuses; D18: an unknown outcome stays processing, held
CREATE TEMPORARY TABLE mapped (state text, reason text, attempt integer, status text, held boolean);
DO $$
DECLARE
    sent campaign.action;
    t record;
BEGIN
    SELECT a.* INTO sent FROM campaign.action a WHERE a.state = 'complete';
    FOR t IN SELECT s.state, s.reason, n.attempt
        FROM unnest('{queued,withdrawn,processing,held,held,complete,skipped,failed,failed,failed,cancelled}'::text[],
            '{NULL,NULL,NULL,missing_variable,unknown_outcome,NULL,NULL,delivery_failed,rejected,expired,NULL}'::text[]) WITH ORDINALITY s(state, reason, i), (VALUES (0), (1)) n(attempt)
        WHERE n.attempt = 1 OR s.state NOT IN ('processing', 'complete') ORDER BY s.i, n.attempt LOOP
        UPDATE campaign.action a SET state = t.state, reason = t.reason, attempt = t.attempt, begun_at = CASE WHEN t.attempt > 0 THEN sent.begun_at END
        WHERE a.workspace_id = sent.workspace_id AND a.id = sent.id;
        INSERT INTO mapped SELECT t.state, t.reason, t.attempt, s.status, s.held FROM (SELECT) u LEFT JOIN campaign.sessions s ON s.session_id = sent.id;
    END LOOP;
END
$$;
SELECT * FROM mapped;

-- ---- who may, and where ---------------------------------------------------------------------------------

CREATE ROLE regress_viewer;
CREATE ROLE regress_caller;
CREATE ROLE regress_other;
SELECT campaign.grant_access('regress_viewer', 'charity', 'viewer');
SELECT campaign.grant_access('regress_caller', 'charity', 'operator', member => :anna);
SELECT campaign.grant_access('regress_other', 'other', 'operator');
RESET campaign.workspace;
SET LOCAL ROLE regress_viewer;
SELECT count(*) > 10 AS sees, (SELECT count(*) FROM campaign.list_sessions()) AS page FROM campaign.sessions;
SELECT campaign.session_detail(:pausing) ->> 'status' AS status, (SELECT a.external_id FROM campaign.agreement a) AS agreement;
SELECT campaign.open_session(:spring, 'sign_up', 'V-1');
SELECT campaign.report(:upgrading, 'complete');
SELECT count(*) FROM campaign.session;
UPDATE campaign.agreement SET status = 'active';
RESET ROLE;
SET LOCAL ROLE regress_caller;
-- the member that access was granted for is at work
SELECT campaign.open_session(:spring, 'sign_up', 'V-1') AS called \gset
SELECT s.member, s.agency FROM campaign.sessions s WHERE s.session_id = :called;
UPDATE campaign.agreement SET status = 'active' RETURNING external_id, status;
SELECT campaign.open_session(:spring, 'sign_up', 'V-2', member => 7);
RESET ROLE;
SET LOCAL ROLE regress_other;
SELECT count(*) AS sessions, (SELECT count(*) FROM campaign.leads) AS leads, (SELECT count(*) FROM campaign.session_stats) AS stats,
    (SELECT count(*) FROM campaign.agreement) AS agreements, (SELECT count(*) FROM campaign.list_sessions()) AS listed FROM campaign.sessions;
SELECT campaign.session_detail(:pausing);
SELECT campaign.report(:upgrading, 'complete');
SELECT campaign.open_session(:spring, 'sign_up', 'V-3');
RESET ROLE;
SET LOCAL campaign.workspace = 'charity';

-- ---- what is refused --------------------------------------------------------------------------------------

SELECT campaign.suppress('email', 'reader@example.com') > 0 AS suppressed, campaign.suppress('domain', 'spam.example') > 0 AS too;
SELECT campaign.open_session(:spring, 'upgrade', 'reader');
SELECT campaign.open_session(:spring, 'sign_up', 'S-1', contact => '{"email": "x@spam.example"}');
SELECT campaign.open_session(:spring, 'dance');
SELECT campaign.open_session(:spring, 'sign_up', 'S-1', payment_type => 'weekly');
SELECT campaign.open_session(:spring, 'sign_up', 'S-1', contact => '[]');
SELECT campaign.open_session(:spring, 'upgrade', agreement => 7);
SELECT campaign.open_session(7, 'sign_up');
SELECT campaign.pause(:autumn);
SELECT campaign.open_session(:autumn, 'sign_up', 'S-1');
SELECT campaign.agreement_id('sub-1') = :agreement AS found;
SELECT campaign.agreement_id('sub-2');
-- an own kind says itself how long its sessions may take
INSERT INTO campaign.action_kind (name, channel_class, intention, options) VALUES ('survey', 'person', 'answer a survey', '{"expires_after": "10 minutes"}');
SELECT campaign.open_session(:spring, 'survey', 'S-2') AS survey \gset
SELECT campaign.run_until('2026-03-03 11:10+00') > 0 AS moved;
SELECT s.status, s.completed_at - s.created_at AS lasted, s.intention FROM campaign.sessions s WHERE s.session_id = :survey;

-- the log tells of each step (B8)
SELECT e.kind, e.detail - 'session' AS detail, e.prospect_id IS NOT NULL AS known FROM campaign.event e
    WHERE (e.detail ->> 'session')::bigint IN (:signing, :expiring) ORDER BY (e.detail ->> 'session')::bigint, e.id;
SELECT campaign.record_event('session_ended', :donor);

-- ---- S4.11: the sender of a text message has a short name ---------------------------------------------------

INSERT INTO campaign.channel (name, transport, options) VALUES ('texts', 'outbox', '{"classes": ["sms"]}') RETURNING id AS texts \gset
INSERT INTO campaign.account (member_id, channel_id, address, display_name) VALUES (:anna, :texts, '+4512', 'TheCharity12');
INSERT INTO campaign.account (member_id, channel_id, address, display_name) VALUES (:anna, :texts, '+4512', 'TheCharity1') RETURNING display_name;
UPDATE campaign.account SET display_name = 'The Charity, Anna' WHERE address = '+4512';
UPDATE campaign.account SET display_name = 'The Charity, Anna' WHERE channel_id = :box RETURNING display_name;
UPDATE campaign.channel SET options = '{"classes": ["sms"]}' WHERE id = :box;
ROLLBACK;
