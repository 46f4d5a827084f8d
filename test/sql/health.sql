-- The health of campaigns (S1.10 to S1.15): one value for each, by clock, slots and causes; and each cause
-- (S1.24 to S1.29), which appears with the row that brings it and goes with its own remedy.
\set SHOW_CONTEXT never
\pset format unaligned
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL client_min_messages = error;
-- a Sunday evening
SET LOCAL campaign.now = '2026-03-01 20:00:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (671, 'health');
SET LOCAL campaign.workspace = 'health';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (671, 671, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (671, 'Anna'), (672, 'Ben');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (671, 671, 671, 'anna'), (672, 672, 671, 'ben');
INSERT INTO campaign.prospect (id, external_id) SELECT 67100 + n, 'p' || n FROM generate_series(1, 20) n;
SELECT campaign.create_sequence('Invite', '[{"invite": {}}]') > 0 AS created;
-- owned by Anna, with slots on weekdays from 09:00 to 11:00 and from 14:00 to 16:00 in Paris
CREATE FUNCTION pg_temp.make(name text, slots boolean DEFAULT true, accounts bigint[] DEFAULT '{671}') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    c bigint := campaign.create_campaign(name, 'Invite', 671, accounts, settings => '{"exclusivity": "none", "time_zone": "Europe/Paris"}');
BEGIN
    IF slots THEN
        INSERT INTO campaign.slot (campaign_id, weekday, starts, ends)
        SELECT c, d, t.starts, t.ends FROM generate_series(1, 5) d, (VALUES ('09:00'::time, '11:00'::time), ('14:00', '16:00')) t (starts, ends);
    END IF;
    PERFORM campaign.enroll(c, ARRAY(SELECT p.id FROM campaign.prospect p));
    RETURN c;
END
$$;
-- the health of a campaign at a time; nothing is moved by looking
CREATE FUNCTION pg_temp.at(c bigint, clock timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('campaign.now', clock::text, true);
    RETURN (SELECT concat_ws(' ', COALESCE(h.health, 'none'),
            (SELECT string_agg((d ->> 'code') || '/' || (d ->> 'severity'), ', ') FROM jsonb_array_elements(h.details) d))
        FROM campaign.health h WHERE h.campaign_id = c);
END
$$;

CREATE FUNCTION pg_temp.next_slot(c bigint, clock timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('campaign.now', clock::text, true);
    RETURN (SELECT h.next_slot_at FROM campaign.health h WHERE h.campaign_id = c);
END
$$;

-- ---- by the clock: D19, S1.10, S1.11, S1.12 ------------------------------------------------------------------

SELECT pg_temp.make('Slots') AS c \gset
SELECT h.health, h.details, h.next_slot_at FROM campaign.health h WHERE h.campaign_id = :c;
SELECT campaign.launch(:c);
SELECT v.clock, pg_temp.at(:c, v.clock) AS health, pg_temp.next_slot(:c, v.clock) AS next_slot_at
FROM (VALUES
    ('2026-03-01 20:00+00'::timestamptz), ('2026-03-01 22:59:59+00'), ('2026-03-01 23:00+00'), ('2026-03-02 07:59:59.999999+00'),
    ('2026-03-02 08:00+00'), ('2026-03-02 09:59:59.999999+00'), ('2026-03-02 10:00+00'), ('2026-03-02 13:00+00'), ('2026-03-02 15:00+00'),
    -- the week before clocks are put forward, and the week after
    ('2026-03-27 08:00+00'), ('2026-03-29 12:00+00'), ('2026-03-30 06:59:59+00'), ('2026-03-30 07:00+00'), ('2026-03-30 13:59:59+00')) v (clock);

-- launched on a day that still has a slot; at a time that is set; without slots; with cohorts, which begin nothing on day 0 (S1.3)
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
SELECT pg_temp.make('Today') AS today, pg_temp.make('Later') AS later, pg_temp.make('Any hour', false) AS always, pg_temp.make('Cohorts') AS cohorts \gset
UPDATE campaign.campaign SET settings = settings || '{"cohort_size": 5}' WHERE id = :cohorts;
UPDATE campaign.enrollment SET status = 'blocked' WHERE campaign_id = :cohorts;
SELECT campaign.launch(:today), campaign.launch(:later, start_at => '2026-03-04 12:00+00'), campaign.launch(:always), campaign.launch(:cohorts);
SELECT v.clock, pg_temp.at(:today, v.clock) AS today, pg_temp.at(:later, v.clock) AS later, pg_temp.at(:always, v.clock) AS always, pg_temp.at(:cohorts, v.clock) AS cohorts
FROM (VALUES ('2026-03-02 07:00+00'::timestamptz), ('2026-03-02 08:30+00'), ('2026-03-03 08:30+00'), ('2026-03-04 11:59+00'), ('2026-03-04 13:30+00')) v (clock);
-- it is NULL when it is paused, closed or archived
SELECT campaign.pause(:today), campaign.stop(:later, finish => false), campaign.archive(:always) IS NOT NULL;
SELECT h.campaign, h.health, h.details, h.next_slot_at FROM campaign.health h WHERE h.campaign_id IN (:today, :later, :always) ORDER BY h.campaign_id;
SELECT campaign.archive(:today);

-- ---- causes, by when they came: D1, S1.13 to S1.15 ----------------------------------------------------------

CREATE FUNCTION pg_temp.try(c bigint, caused timestamptz, sql text, looks timestamptz[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    look timestamptz;
BEGIN
    PERFORM set_config('campaign.now', caused::text, true);
    EXECUTE sql;
    FOREACH look IN ARRAY looks LOOP
        RETURN NEXT format('%s: %s', look, pg_temp.at(c, look));
    END LOOP;
END
$$;
-- an error that comes between slots: errors until a slot starts, which it stops, also when that is over; it is mended in the next one
SAVEPOINT wrong;
SELECT pg_temp.try(:c, '2026-03-02 12:00+00', 'UPDATE campaign.account SET session_state = ''disconnected'' WHERE id = 671',
    '{2026-03-02 12:00+00, 2026-03-02 12:59+00, 2026-03-02 13:00+00, 2026-03-02 20:00+00, 2026-03-03 08:00+00}');
SELECT pg_temp.try(:c, '2026-03-03 08:30+00', 'UPDATE campaign.account SET session_state = ''connected'' WHERE id = 671', '{2026-03-03 08:30+00}');
ROLLBACK TO wrong;
-- one that comes during a slot: errors until the next one starts
SELECT pg_temp.try(:c, '2026-03-02 08:30+00', 'UPDATE campaign.account SET identity_active = false WHERE id = 671',
    '{2026-03-02 08:30+00, 2026-03-02 12:59+00, 2026-03-02 13:00+00}');
ROLLBACK TO wrong;
-- what blocks nothing is a warning: another account does what the one cannot
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
SELECT campaign.alter_campaign(:c, accounts => '{671,672}');
SELECT pg_temp.try(:c, '2026-03-02 07:30+00', 'UPDATE campaign.account SET session_state = ''disconnected'' WHERE id = 671', '{2026-03-02 07:30+00, 2026-03-02 08:00+00}');
-- the same of two causes at once; the other account, too, and it stops
SELECT pg_temp.try(:c, '2026-03-02 07:30+00', 'UPDATE campaign.member SET is_active = false WHERE id = 672', '{2026-03-02 07:30+00, 2026-03-02 08:00+00}');
ROLLBACK TO wrong;
-- another change of the row does not make it newer
SELECT pg_temp.try(:c, '2026-03-02 07:30+00', 'UPDATE campaign.account SET session_state = ''disconnected'' WHERE id = 671', '{2026-03-02 08:30+00}');
SELECT pg_temp.try(:c, '2026-03-02 08:31+00', 'UPDATE campaign.account SET display_name = ''A'', identity_active = false WHERE id = 671', '{2026-03-02 08:31+00}');
SELECT d ->> 'code' AS code, d ->> 'since' AS since FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = :c;
ROLLBACK TO wrong;

-- ---- each cause alone, and its remedy, run as it is written (S1.24 to S1.29) ----------------------------------

CREATE FUNCTION pg_temp.toggle(c bigint, wanted text, sql text) RETURNS TABLE (before text, caused text, remedy text, after text) LANGUAGE plpgsql AS $$
BEGIN
    before := pg_temp.at(c, '2026-03-03 08:30+00');
    EXECUTE sql;
    caused := pg_temp.at(c, '2026-03-03 08:30+00');
    SELECT d ->> 'remedy' INTO remedy FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = c AND d ->> 'code' = wanted;
    EXECUTE remedy;
    after := pg_temp.at(c, '2026-03-03 08:30+00');
    remedy := regexp_replace(remedy, '\m' || c || '\M', 'C', 'g');
    RETURN NEXT;
END
$$;
SELECT * FROM pg_temp.toggle(:c, 'session_disconnected', 'UPDATE campaign.account SET session_state = ''disconnected'' WHERE id = 671');
SELECT * FROM pg_temp.toggle(:c, 'identity_inactive', 'UPDATE campaign.account SET identity_active = false WHERE id = 671');
SELECT * FROM pg_temp.toggle(:c, 'user_inactive', 'UPDATE campaign.member SET is_active = false WHERE id = 671');
SELECT * FROM pg_temp.toggle(:c, 'account_missing', format('DELETE FROM campaign.campaign_account WHERE campaign_id = %s', :c));
SELECT * FROM pg_temp.toggle(:c, 'secret_missing', 'UPDATE campaign.channel SET secret = ''key'' WHERE id = 671');
SELECT * FROM pg_temp.toggle(:c, 'quota_zero', 'INSERT INTO campaign.quota (id, scope, account_id, action_kind, period, max_actions) VALUES (671, ''account'', 671, ''invite'', ''day'', 0)');
-- a quota of what no step does, or that an account's own replaces, is none
SELECT pg_temp.try(:c, '2026-03-03 08:30+00', 'INSERT INTO campaign.quota (scope, action_kind, period, max_actions) VALUES (''each_account'', ''message'', ''day'', 0), (''each_account'', ''invite'', ''day'', 0)', '{2026-03-03 08:30+00}');
DELETE FROM campaign.quota WHERE workspace_id = 671;
-- the owner, whose accounts others are
SELECT campaign.alter_campaign(:c, accounts => '{672}');
SELECT * FROM pg_temp.toggle(:c, 'user_inactive', 'UPDATE campaign.member SET is_active = false WHERE id = 671');
SELECT campaign.alter_campaign(:c, accounts => '{671}');
-- S1.24: nobody is left; the remedy takes those who have come since
SELECT * FROM pg_temp.toggle(:c, 'finder_empty', format('SELECT campaign.remove_prospects(%s, ARRAY(SELECT id FROM campaign.prospect)); INSERT INTO campaign.prospect (external_id) VALUES (''new'')', :c));
-- S1.28 and S1.29, of a campaign that has cohorts
SELECT * FROM pg_temp.toggle(:cohorts, 'no_slots', format('DELETE FROM campaign.slot WHERE campaign_id = %s', :cohorts));
SELECT * FROM pg_temp.toggle(:cohorts, 'cohort_size_0', format('SELECT campaign.alter_campaign(%s, settings => ''{"cohort_size": 0}'')', :cohorts));
-- what waits for a decision
SELECT campaign.run_until('2026-03-04 10:30+00') > 0 AS ran;
INSERT INTO campaign.prospect (external_id) VALUES ('held');
SELECT pg_temp.make('Held') AS held \gset
SELECT campaign.launch(:held);
SELECT campaign.run_until('2026-03-04 12:00+00') > 0 AS ran;
UPDATE campaign.action SET state = 'held', reason = 'internal_error' WHERE campaign_id = :held AND state = 'queued';
SELECT pg_temp.at(:held, '2026-03-04 12:00+00');
SELECT d ->> 'remedy' AS remedy FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = :held \gset
:remedy;
SELECT pg_temp.at(:held, '2026-03-04 12:00+00');

-- ---- who sees it (B10) ------------------------------------------------------------------------------------------

CREATE ROLE regress_health_viewer;
INSERT INTO campaign.workspace (id, name) VALUES (672, 'elsewhere');
SELECT campaign.grant_access('regress_health_viewer', 'elsewhere', 'viewer');
SET LOCAL campaign.workspace = 'elsewhere';
SET ROLE regress_health_viewer;
SELECT (SELECT count(*) FROM campaign.health) AS health, (SELECT count(*) FROM campaign.today) AS today, (SELECT count(*) FROM campaign.overview) AS overview;
RESET ROLE;
SELECT campaign.grant_access('regress_health_viewer', 'health', 'viewer');
SET ROLE regress_health_viewer;
SELECT count(*) > 0 AS sees, count(h.health) > 0 AS health, (SELECT count(*) > 0 FROM campaign.today) AS today FROM campaign.health h;
SELECT count(*) FROM campaign.found_cause;
ROLLBACK;
