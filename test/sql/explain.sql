-- B5, S2.44, D4: for every way in which a prospect can stand still, explain() names what blocks, its present
-- value and the earliest change. One prospect for each situation, and in the end one table of all of them.
-- No dispatcher runs here: what one would have left behind is written by hand.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.workspace_setting (workspace_id, plan) VALUES (1, 'trial');
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
-- a network that no worker serves, and channels that keep what they are given
INSERT INTO campaign.channel (name, transport, url, options) VALUES
    ('network', 'http', 'https://gateway.test/send', '{}'), ('paced', 'outbox', NULL, '{"pace": "1 hour"}'), ('box', 'outbox', NULL, '{}');
CREATE TEMPORARY TABLE situation (n integer GENERATED ALWAYS AS IDENTITY, name text PRIMARY KEY, campaign bigint, prospect bigint);

-- a campaign, an account and a prospect of that name, enrolled unless it is not to be launched
CREATE FUNCTION pg_temp.arrange(name text, definition jsonb, channel text DEFAULT 'box', settings jsonb DEFAULT '{"exclusivity": "none"}',
        launched boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    account bigint;
    prospect bigint;
    campaign bigint;
BEGIN
    INSERT INTO campaign.account (member_id, channel_id, address, provider)
        SELECT m.id, h.id, $1, 'test' FROM campaign.member m, campaign.channel h WHERE h.name = $3 RETURNING id INTO account;
    INSERT INTO campaign.prospect (external_id, email) VALUES ($1, CASE WHEN $2 -> 0 ? 'email' THEN 'someone@example.com' END)
        RETURNING id INTO prospect;
    PERFORM campaign.create_sequence($1, $2);
    campaign := campaign.create_campaign($1, $1, (SELECT id FROM campaign.member), ARRAY[account], settings => $4);
    IF $5 THEN
        PERFORM campaign.launch(campaign);
    END IF;
    PERFORM campaign.enroll(campaign, ARRAY[prospect]);
    INSERT INTO situation (name, campaign, prospect) VALUES ($1, campaign, prospect);
END
$$;
CREATE FUNCTION pg_temp.the(name text) RETURNS bigint LANGUAGE sql AS 'SELECT campaign FROM pg_temp.situation s WHERE s.name = $1';

\t on
\o /dev/null
-- the campaign
SELECT pg_temp.arrange('draft', '[{"visit": {}}]', launched => false);
SELECT pg_temp.arrange('paused in a delay', '[{"delay": "3 days"}, {"visit": {}}]');
SELECT pg_temp.arrange('paused in the queue', '[{"visit": {}}]', 'network');
-- timers and conditions
SELECT pg_temp.arrange('delay', '[{"visit": {}}, {"delay": "3 days"}, {"visit": {}}]');
SELECT pg_temp.arrange('invited', '[{"invite": {}}, {"wait": {"until": "connected", "within": "15 days", "else": "failure"}}]');
SELECT pg_temp.arrange('not before', '[{"visit": {}}, {"wait": {"until": "not clicked", "after": "2 days", "within": "9 days", "else": [{"visit": {}}]}}]');
SELECT pg_temp.arrange('clicked', '[{"visit": {}}, {"wait": {"until": "clicked", "within": "2 days", "else": "end"}}]');
SELECT pg_temp.arrange('no address', '[{"visit": {}}, {"wait": {"until": "has_email", "within": "1 hour", "else": "end"}}]');
-- the queue
SELECT pg_temp.arrange('in line', '[{"visit": {}}]', 'network');
SELECT pg_temp.arrange('quota', '[{"visit": {}}, {"delay": "1 minute"}, {"visit": {}}]');
SELECT pg_temp.arrange('pace', '[{"visit": {}}, {"follow": {}}]', 'paced');
SELECT pg_temp.arrange('disconnected', '[{"visit": {}}]');
SELECT pg_temp.arrange('signed out', '[{"visit": {}}]');
SELECT pg_temp.arrange('frequency', '[{"email": {"subject": "S", "body": "B"}}, {"delay": "1 minute"}, {"email": {"subject": "S", "body": "B"}}]',
    settings => '{"exclusivity": "none", "min_gap": "2 days"}');
SELECT pg_temp.arrange('tried', '[{"visit": {}}]', 'network');
SELECT pg_temp.arrange('reported', '[{"visit": {}}]', 'network');
-- under way, and held
SELECT pg_temp.arrange('executing', '[{"visit": {}}]', 'network');
SELECT pg_temp.arrange('awaiting report', '[{"visit": {}}]', 'network');
SELECT pg_temp.arrange('outcome', '[{"visit": {}}]', 'network');
SELECT pg_temp.arrange('unknown', '[{"visit": {}}]', 'network');
SELECT pg_temp.arrange('no credit', '[{"find_email": {}}]');
SELECT pg_temp.arrange('no name', '[{"invite": {"note": "{{first_name}}"}}]');
SELECT pg_temp.arrange('held run', '[{"visit": {}}, {"delay": "1 day"}]');
-- gone
SELECT pg_temp.arrange('succeeded', '[{"visit": {}}]');
SELECT pg_temp.arrange('timed out', '[{"wait": {"until": "clicked", "within": "10 minutes", "else": "failure"}}]');
SELECT pg_temp.arrange('replied', '[{"visit": {}}, {"delay": "1 day"}]');
SELECT pg_temp.arrange('opted out', '[{"visit": {}}, {"delay": "1 day"}]');
SELECT pg_temp.arrange('failed', '[{"visit": {}}]', 'network');
-- what must not be
SELECT pg_temp.arrange('overdue', '[{"delay": "1 day"}]');
SELECT pg_temp.arrange('parked', '[{"delay": "1 day"}]');
SELECT pg_temp.arrange('nothing awaited', '[{"delay": "1 day"}]');
SELECT pg_temp.arrange('no action', '[{"visit": {}}]', 'network');

\o
\t off
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', campaign.account_id('quota'), 'visit', 'week', 1);
UPDATE campaign.account SET session_state = 'disconnected' WHERE address = 'disconnected';
UPDATE campaign.account SET identity_active = false WHERE address = 'signed out';
INSERT INTO campaign.prospect (external_id) SELECT 'other ' || n FROM generate_series(1, 3) n;
SELECT count(*) FROM campaign.enroll(pg_temp.the('in line'), ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE 'other _'));
SELECT campaign.run_until('2026-03-02 08:30+00') > 0 AS moved;
SELECT count(campaign.record_event(v.kind, external_id => v.name)) FROM (VALUES ('replied', 'replied'), ('unsubscribed', 'opted out')) v(kind, name);

-- what dispatchers and time would have left behind
UPDATE campaign.action a SET state = v.state, reason = v.reason, attempt = 1, started_at = '2026-03-02 08:10+00', incarnation = v.incarnation,
    expires_at = CASE v.name WHEN 'awaiting report' THEN timestamptz '2026-03-04 08:10+00' END, finished_at = CASE WHEN v.state = 'failed' THEN campaign.clock() END,
    not_before = CASE v.name WHEN 'tried' THEN timestamptz '2026-03-02 08:45+00' ELSE a.not_before END, outcome = v.outcome::jsonb
FROM (VALUES ('tried', 'queued', NULL, NULL, '{"detail": "connection refused"}'), ('executing', 'processing', NULL, 1, NULL),
        ('awaiting report', 'processing', 'awaiting_report', NULL, NULL), ('outcome', 'complete', NULL, NULL, NULL),
        ('unknown', 'held', 'unknown_outcome', NULL, '{"detail": "cut off after the first byte"}'),
        ('failed', 'failed', 'delivery_failed', NULL, '{"detail": "refused", "status": "422", "answer": "no such profile"}'))
    v(name, state, reason, incarnation, outcome)
WHERE a.campaign_id = pg_temp.the(v.name);
INSERT INTO campaign.inbox (workspace_id, kind, person, prospect_id, enrollment_id, action_id, outcome, code, occurred_at)
    SELECT 1, 'outcome', p.person_key, p.id, a.enrollment_id, a.id, a.state, a.reason, campaign.clock()
    FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE p.external_id = 'failed';
UPDATE campaign.enrollment SET held = 'internal_error', held_detail = '22012: division by zero', parked_due_at = due_at, due_at = NULL WHERE campaign_id = pg_temp.the('held run');
SELECT campaign.run_until('2026-03-02 08:31+00') > 0 AS moved;
INSERT INTO campaign.inbox (workspace_id, kind, person, prospect_id, enrollment_id, action_id, outcome, occurred_at)
    SELECT 1, v.kind, p.person_key, p.id, a.enrollment_id, CASE v.kind WHEN 'outcome' THEN a.id END, CASE v.kind WHEN 'outcome' THEN 'complete' END, campaign.clock()
    FROM (VALUES ('reported', 'opened'), ('outcome', 'outcome')) v(name, kind)
    JOIN campaign.prospect p ON p.external_id = v.name JOIN campaign.action a ON a.prospect_id = p.id;
SELECT campaign.pause(pg_temp.the('paused in a delay')), campaign.pause(pg_temp.the('paused in the queue'));
UPDATE campaign.enrollment SET due_at = campaign.clock() - interval '6 minutes' WHERE campaign_id = pg_temp.the('overdue');
UPDATE campaign.enrollment SET parked_due_at = due_at, due_at = NULL WHERE campaign_id = pg_temp.the('parked');
UPDATE campaign.enrollment SET due_at = NULL WHERE campaign_id = pg_temp.the('nothing awaited');
UPDATE campaign.enrollment SET action_id = NULL WHERE campaign_id = pg_temp.the('no action');
-- just enrolled, and not
SELECT pg_temp.arrange('entry', '[{"visit": {}}]');
INSERT INTO situation (name, campaign, prospect) SELECT 'not enrolled', pg_temp.the('delay'), id FROM campaign.prospect WHERE external_id = 'other 3';

CREATE TEMPORARY VIEW explained AS
    SELECT s.n, s.name, p.status, p.substatus, x.reason, regexp_replace(x.detail, '(visit|follow|invite|email) \d+', '\1 N') AS detail, x.next_change_at
    FROM situation s
    LEFT JOIN campaign.prospect_status p ON p.campaign_id = s.campaign AND p.prospect_id = s.prospect
    CROSS JOIN LATERAL campaign.explain(s.campaign, s.prospect) WITH ORDINALITY AS x(reason, detail, next_change_at, place);
\pset format unaligned
SELECT e.name, e.status, e.substatus, e.reason, e.detail, e.next_change_at FROM explained e ORDER BY e.n;
\pset format aligned
-- each has a reason, and what the view stuck lists is told apart
SELECT s.name AS unexplained FROM situation s WHERE s.name NOT IN (SELECT e.name FROM explained e);
SELECT s.name FROM situation s JOIN campaign.stuck t ON t.campaign_id = s.campaign
EXCEPT SELECT e.name FROM explained e WHERE e.reason = 'stuck';
SELECT e.name FROM explained e WHERE e.reason = 'stuck'
EXCEPT SELECT s.name FROM situation s JOIN campaign.stuck t ON t.campaign_id = s.campaign;
-- D4: every substatus was seen
SELECT DISTINCT p.substatus FROM campaign.prospect_status p ORDER BY 1;
-- S2.23: what is known of an error, and of a hold
SELECT p.external_id, p.status, p.step, p.end_kind, p.code, p.error_detail, p.ended_at FROM campaign.prospect_status p
    WHERE p.error_detail IS NOT NULL ORDER BY 1;

-- it is true: at next_change_at, and not before, those that wait for an hour or a window move
-- (all accounts serve again: those that do not are looked at each minute, which takes long over days)
UPDATE campaign.account SET session_state = 'connected', identity_active = true;
CREATE TEMPORARY TABLE told AS
    SELECT e.name, max(e.next_change_at) AS at FROM explained e WHERE e.name IN ('delay', 'clicked', 'pace', 'frequency', 'not before', 'quota') GROUP BY 1;
CREATE TEMPORARY VIEW standing AS
    SELECT t.name, t.at, (e.step, e.halt, e.ended_at)::text AS place FROM told t
    JOIN situation s ON s.name = t.name JOIN campaign.enrollment e ON e.campaign_id = s.campaign AND e.prospect_id = s.prospect;
CREATE TEMPORARY TABLE before AS SELECT * FROM standing;
CREATE FUNCTION pg_temp.moved() RETURNS text LANGUAGE sql AS
    'SELECT string_agg(b.name, '', '' ORDER BY b.name) FROM before b JOIN standing s ON s.name = b.name WHERE s.place <> b.place';
CREATE FUNCTION pg_temp.live_on() RETURNS TABLE (at timestamptz, moved_before text, moved_then text) LANGUAGE plpgsql AS $$
BEGIN
    FOR at IN SELECT DISTINCT t.at FROM told t ORDER BY 1 LOOP
        PERFORM campaign.run_until(at - interval '1 second');
        moved_before := pg_temp.moved();
        PERFORM campaign.run_until(at);
        moved_then := pg_temp.moved();
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM told ORDER BY at, name;
SELECT * FROM pg_temp.live_on();
ROLLBACK;

-- B5, S2.44, D4: those that wait for an hour, a place, a person or an agent.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.channel (name, transport, url) VALUES
    ('network', 'http', 'https://gateway.test/send'), ('box', 'outbox', NULL), ('desk', 'agent', NULL);
CREATE TEMPORARY TABLE situation (n integer GENERATED ALWAYS AS IDENTITY, name text PRIMARY KEY, campaign bigint, prospect bigint);

-- two others are enrolled before the prospect of that name
CREATE FUNCTION pg_temp.arrange(name text, definition jsonb, channel text DEFAULT 'box', settings jsonb DEFAULT '{}', slot text DEFAULT NULL,
        start_at timestamptz DEFAULT NULL, first_batch integer DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    account bigint;
    campaign bigint;
BEGIN
    INSERT INTO campaign.account (member_id, channel_id, address, provider)
        SELECT m.id, h.id, $1, 'test' FROM campaign.member m, campaign.channel h WHERE h.name = $3 RETURNING id INTO account;
    INSERT INTO campaign.prospect (external_id) SELECT concat($1, n) FROM unnest('{" first"," second",NULL}'::text[]) n;
    PERFORM campaign.create_sequence($1, $2);
    campaign := campaign.create_campaign($1, $1, (SELECT id FROM campaign.member), ARRAY[account], settings => '{"exclusivity": "none"}' || $4);
    INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT campaign, d, $5::time, '12:00' FROM generate_series(1, 5) d WHERE $5 IS NOT NULL;
    PERFORM campaign.enroll(campaign, ARRAY[p.id]) FROM (SELECT o.id FROM campaign.prospect o WHERE o.external_id LIKE $1 || '%' ORDER BY o.external_id = $1, o.id) p;
    PERFORM campaign.launch(campaign, $6, $7);
    INSERT INTO situation (name, campaign, prospect) VALUES ($1, campaign, campaign.prospect_id($1));
END
$$;
CREATE FUNCTION pg_temp.the(name text) RETURNS bigint LANGUAGE sql AS 'SELECT campaign FROM pg_temp.situation s WHERE s.name = $1';
CREATE FUNCTION pg_temp.who(name text) RETURNS bigint[] LANGUAGE sql AS 'SELECT ARRAY[prospect] FROM pg_temp.situation s WHERE s.name = $1';
\t on
\o /dev/null
SELECT pg_temp.arrange('hold_if', '[{"visit": {}}]', settings => '{"hold_if": "!($.prospect.cleared == true)"}');
SELECT pg_temp.arrange('slot', '[{"visit": {}}]', slot => '09:00');
SELECT pg_temp.arrange('quiet hours', '[{"visit": {}}]', settings => '{"quiet_hours": "07:00-10:00"}');
SELECT pg_temp.arrange('over cap', '[{"delay": "1 hour"}]', settings => '{"active_cap": 1}');
SELECT pg_temp.arrange('scheduled', '[{"visit": {}}]', start_at => '2026-03-02 12:00+00');
SELECT pg_temp.arrange('batch', '[{"visit": {}}]', first_batch => 2);
SELECT pg_temp.arrange('waiting', '[{"visit": {}}, {"delay": "1 hour"}]');
SELECT pg_temp.arrange('in the queue', '[{"visit": {}}]', 'network');
SELECT pg_temp.arrange('both', '[{"visit": {}}, {"delay": "2 days"}]');
SELECT pg_temp.arrange('leased', '[{"visit": {}}]', 'desk');
SELECT pg_temp.arrange('not taken', '[{"task": {"title": "Call", "within": "1 day"}}]', 'desk');
SELECT pg_temp.arrange('trial', '[{"delay": "2 days"}]');
SELECT pg_temp.arrange('trial and queue', '[{"visit": {}}]', 'network');
\o
\t off
SELECT campaign.run_until('2026-03-02 08:01+00') > 0 AS moved;
SELECT sum(campaign.pause_prospects(pg_temp.the(s), pg_temp.who(s))) AS paused FROM unnest('{waiting,in the queue,both}'::text[]) s;
SELECT campaign.pause(pg_temp.the('both'));
SELECT count(*) AS taken FROM campaign.take(campaign.account_id('leased'), 3, '3 hours');
SELECT campaign.run_until('2026-03-02 08:31+00') > 0 AS moved;

CREATE TEMPORARY VIEW explained AS
    SELECT s.n, s.name, p.status, p.substatus, x.reason, regexp_replace(x.detail, '(visit|task) \d+', '\1 N') AS detail, x.next_change_at
    FROM situation s
    JOIN campaign.prospect_status p ON p.campaign_id = s.campaign AND p.prospect_id = s.prospect
    CROSS JOIN LATERAL campaign.explain(s.campaign, s.prospect) WITH ORDINALITY AS x(reason, detail, next_change_at, place);
\pset format unaligned
SELECT e.name, e.status, e.substatus, e.reason, e.detail, e.next_change_at FROM explained e WHERE e.name NOT LIKE 'trial%' ORDER BY e.n;
SELECT count(*) AS stuck FROM campaign.stuck;
-- time stands still, and so do they: passes come to an end
SELECT campaign.tick() AS moved;

-- What hold_if keeps back is looked at in turns, five of them here, and nobody else's lane is woken for that: a
-- lane that is woken and put to sleep again leaves versions behind, over which all that follows has to read.
SELECT pg_stat_get_xact_tuples_updated('campaign.lane'::regclass) AS before \gset
SELECT campaign.run_until('2026-03-02 08:59:59+00') AS looks;
SELECT pg_stat_get_xact_tuples_updated('campaign.lane'::regclass) - :before < 30 AS let_sleep;
\pset format aligned

-- it is true: at next_change_at, and not before, they move; those without one when what they wait for is done
CREATE TEMPORARY VIEW standing AS
    SELECT s.name, (e.step, e.halt, e.status, e.held, e.ended_at, a.state)::text AS place FROM situation s
    JOIN campaign.enrollment e ON e.campaign_id = s.campaign AND e.prospect_id = s.prospect LEFT JOIN campaign.action a ON a.id = e.action_id;
CREATE TEMPORARY TABLE before AS SELECT * FROM standing;
CREATE FUNCTION pg_temp.moved() RETURNS text LANGUAGE sql AS $$
    WITH m AS (UPDATE before b SET place = s.place FROM standing s WHERE s.name = b.name AND s.place <> b.place RETURNING b.name)
    SELECT string_agg(m.name, ', ' ORDER BY m.name) FROM m
$$;
CREATE TEMPORARY TABLE told AS
    SELECT e.name, max(e.next_change_at) AS at FROM explained e
    WHERE e.name IN ('hold_if', 'slot', 'quiet hours', 'scheduled', 'leased', 'not taken') GROUP BY 1;
SELECT * FROM told ORDER BY at, name;
UPDATE campaign.prospect SET attributes = '{"cleared": true}' WHERE external_id = 'hold_if';
CREATE FUNCTION pg_temp.live_on() RETURNS TABLE (at timestamptz, moved_before text, moved_then text, stuck bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR at IN SELECT DISTINCT t.at FROM told t ORDER BY 1 LOOP
        PERFORM campaign.run_until(GREATEST(at - interval '1 second', campaign.clock()));
        moved_before := pg_temp.moved();
        PERFORM campaign.run_until(at);
        moved_then := pg_temp.moved();
        SELECT count(*) INTO stuck FROM campaign.stuck;
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM pg_temp.live_on();
SELECT campaign.continue_batch(pg_temp.the('batch')) AS continued;
SELECT campaign.resume(pg_temp.the('both'));
SELECT sum(campaign.resume_prospects(pg_temp.the(s), pg_temp.who(s))) AS resumed FROM unnest('{waiting,in the queue,both}'::text[]) s;
SELECT campaign.run_until(campaign.clock()) > 0 AS moved;
SELECT pg_temp.moved() AS moved;

-- S2.48: a trial that ended has paused what is live, for the reason that explain() names, until a plan is chosen
SELECT campaign.run_until('2026-03-03 09:00+00') >= 0 AS lived;
INSERT INTO campaign.workspace_setting (workspace_id, plan, trial_ends_at) VALUES (1, 'trial', '2026-03-03 10:00+00');
SELECT campaign.run_until('2026-03-03 11:00+00') > 0 AS moved;
\pset format unaligned
SELECT e.name, e.status, e.substatus, e.reason, e.detail, e.next_change_at FROM explained e WHERE e.name LIKE 'trial%' ORDER BY e.n;
SELECT count(*) AS stuck, campaign.tick() AS moved FROM campaign.stuck;
SELECT campaign.choose_plan('business') > 0 AS went_on;
SELECT campaign.run_until('2026-03-03 11:00+00') > 0 AS moved;
SELECT e.name, e.status, e.substatus, e.reason, e.detail, e.next_change_at FROM explained e WHERE e.name LIKE 'trial%' ORDER BY e.n;
ROLLBACK;
