-- What holds for a whole campaign, wherever a run stands: goal (leave as success), exit_if (leave as end), hold_if (nothing is sent).
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 09:00:00+00';

INSERT INTO campaign.member (id, name) VALUES (811, 'Anna Berg');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (811, 811, 1, 'anna@linkedin');
INSERT INTO campaign.prospect (id, external_id, email, attributes) VALUES
    (8101, 'a', 'a@example.com', '{}'), (8102, 'b', 'b@example.com', '{}'), (8103, 'c', NULL, '{}');
CREATE FUNCTION pg_temp.runs(campaign bigint) RETURNS TABLE (who text, status text, step text, substatus text, ended text, due timestamptz)
    LANGUAGE sql AS $$
    SELECT s.external_id, s.status, s.step, CASE WHEN s.end_kind IS NULL THEN s.substatus END, s.end_kind || ' ' || s.code, s.due_at
    FROM campaign.prospect_status s WHERE s.campaign_id = $1 ORDER BY s.prospect_id, s.run
$$;
CREATE FUNCTION pg_temp.actions(campaign bigint) RETURNS TABLE (who text, kind text, state text, reason text, not_before timestamptz)
    LANGUAGE sql AS $$
    SELECT p.external_id, a.action_kind, a.state, a.reason, CASE a.state WHEN 'queued' THEN a.not_before END
    FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.campaign_id = $1 ORDER BY a.prospect_id, a.step
$$;
CREATE FUNCTION pg_temp.campaign(name text, definition jsonb, settings jsonb DEFAULT '{}', prospects bigint[] DEFAULT '{8101,8102,8103}')
    RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM campaign.create_sequence(name, definition);
    made := campaign.create_campaign(name, name, 811, '{811}', settings => settings || '{"exclusivity": "none"}');
    PERFORM campaign.launch(made);
    PERFORM campaign.enroll(made, prospects);
    RETURN made;
END
$$;
CREATE FUNCTION pg_temp.set(prospect bigint, key text, value jsonb) RETURNS void LANGUAGE sql AS $$
    UPDATE campaign.prospect SET attributes = attributes || jsonb_build_object($2, $3) WHERE id = $1
$$;
SAVEPOINT start;

-- ---- at entry --------------------------------------------------------------------------------------------

SELECT pg_temp.set(8101, 'paid', 'true'), pg_temp.set(8102, 'closed', 'true');
SELECT pg_temp.campaign('Entry', '[{"visit": {}}]', '{"goal": "$.prospect.paid == true", "exit_if": "$.prospect.closed == true"}') AS entry \gset
SELECT campaign.run_until('2026-03-02 10:00') > 0 AS moved;
SELECT * FROM pg_temp.runs(:entry);
SELECT * FROM pg_temp.actions(:entry);
SELECT e.kind, e.detail FROM campaign.event e WHERE e.campaign_id = :entry AND e.kind = 'ended' ORDER BY e.prospect_id;
-- where both hold it is the goal
SELECT pg_temp.set(8103, 'closed', 'true'), pg_temp.set(8103, 'paid', 'true');
SELECT pg_temp.campaign('Both', '[{"delay": "1 hour"}]', '{"goal": "$.prospect.paid == true", "exit_if": "$.prospect.closed == true"}', '{8103}') AS both \gset
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:both);
ROLLBACK TO start;

-- ---- in delays and waits ---------------------------------------------------------------------------------

-- By an event at once, by what nobody reports within campaign.recheck; their timers stay.
SELECT pg_temp.campaign('Delay', '[{"delay": "30 days"}, {"visit": {}}]', '{"goal": "$.prospect.paid == true", "exit_if": "clicked"}') AS delay \gset
SELECT pg_temp.campaign('Wait', '[{"wait": {"until": "connected", "after": "10 days", "within": "30 days", "else": "failure"}}]', '{"goal": "has_email"}') AS wait \gset
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:delay);
-- b has an address already
SELECT * FROM pg_temp.runs(:wait);
SELECT x.reason, x.next_change_at FROM campaign.explain(:delay, 8101) x;
SELECT campaign.run_until('2026-03-02 09:12') > 0 AS moved;
SELECT pg_temp.set(8101, 'paid', 'true');
UPDATE campaign.prospect SET professional_email = 'c@example.org' WHERE id = 8103;
SELECT campaign.record_event('clicked', 8102);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:delay);
SELECT campaign.run_until('2026-03-02 09:14:59') > 0 AS moved;
SELECT * FROM pg_temp.runs(:delay);
SELECT * FROM pg_temp.runs(:wait);
SELECT campaign.run_until('2026-03-02 09:15') > 0 AS moved;
SELECT * FROM pg_temp.runs(:delay);
SELECT * FROM pg_temp.runs(:wait);
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK TO start;

-- A pause keeps timers and looks: who is to leave by a path does so when it ends, a delay ends when it would have.
SELECT pg_temp.campaign('Paused', '[{"delay": "3 days"}, {"visit": {}}]', '{"goal": "$.prospect.paid == true", "exit_if": "clicked"}') AS paused \gset
SELECT campaign.run_until('2026-03-02 10:00') > 0 AS moved;
SELECT campaign.pause(:paused);
SET LOCAL campaign.now = '2026-03-04 10:00:00+00';
SELECT pg_temp.set(8101, 'paid', 'true');
-- an event takes out of a paused campaign, as a reply does
SELECT campaign.record_event('clicked', 8102);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:paused);
SELECT campaign.resume(:paused);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:paused);
-- the others are still looked at
SELECT campaign.pause_prospects(:paused, '{8103}'), campaign.resume_prospects(:paused, '{8103}');
SELECT pg_temp.set(8103, 'paid', 'true');
SELECT campaign.run_until('2026-03-04 10:05') > 0 AS moved;
SELECT * FROM pg_temp.runs(:paused);
ROLLBACK TO start;

-- ---- while an action is queued, in flight, and at sending -------------------------------------------------

SELECT pg_temp.campaign('Queued', '[{"visit": {}}, {"follow": {}}]', '{"goal": "clicked", "exit_if": "$.prospect.closed == true"}') AS queued \gset
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = 811;
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.actions(:queued);
-- an event: withdrawn at once; a path: nothing is sent, though it came true a second before (B2, S3.10: closed = exit)
SELECT campaign.record_event('clicked', 8101);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:queued);
SET LOCAL campaign.now = '2026-03-02 09:30:00+00';
SELECT pg_temp.set(8102, 'closed', 'true');
UPDATE campaign.account SET session_state = 'connected' WHERE id = 811;
SELECT campaign.run_until('2026-03-02 10:00') > 0 AS moved;
SELECT * FROM pg_temp.runs(:queued);
SELECT * FROM pg_temp.actions(:queued);
SELECT p.external_id, o.action_kind FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY 1, o.action_kind DESC;
SELECT e.kind, p.external_id, e.detail FROM campaign.event e JOIN campaign.prospect p ON p.id = e.prospect_id
    WHERE e.campaign_id = :queued AND e.kind IN ('action_withdrawn', 'ended', 'action_failed') ORDER BY p.external_id, e.id;
ROLLBACK TO start;

-- In flight: what is under way is the last, and its outcome changes nothing any more (S2.28).
SELECT pg_temp.campaign('Flight', '[{"visit": {}}, {"follow": {}}]', '{"goal": "clicked", "exit_if": "$.prospect.closed == true"}') AS flight \gset
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = 811;
SELECT campaign.tick() > 0 AS moved;
UPDATE campaign.action SET state = 'processing', incarnation = 1, attempt = 1, begun_at = campaign.clock(), started_at = campaign.clock() WHERE campaign_id = :flight;
UPDATE campaign.account SET session_state = 'connected' WHERE id = 811;
SELECT campaign.record_event('clicked', 8101);
SELECT pg_temp.set(8102, 'closed', 'true');
SELECT campaign.record_event('opened', 8102);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:flight);
INSERT INTO campaign.inbox (workspace_id, kind, person, prospect_id, enrollment_id, action_id, outcome, occurred_at)
    SELECT a.workspace_id, 'outcome', p.person_key, a.prospect_id, a.enrollment_id, a.id, 'complete', campaign.clock()
    FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.campaign_id = :flight;
SELECT campaign.run_until('2026-03-02 10:00') > 0 AS moved;
SELECT * FROM pg_temp.runs(:flight);
SELECT p.external_id, o.action_kind FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY 1;
ROLLBACK TO start;

-- A run that is held leaves by an event, too.
SELECT pg_temp.campaign('Held', '[{"email": {"subject": "Hello", "body": "{{nothing}}"}}]', '{"goal": "clicked"}', '{8101,8102}') AS held \gset
SELECT campaign.tick() > 0 AS moved, campaign.tick() >= 0 AS and_moved;
SELECT * FROM pg_temp.actions(:held);
SELECT campaign.record_event('clicked', 8101);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:held);
ROLLBACK TO start;

-- A reply leaves as replied where exit_on_reply says so, and is an event as others where it does not.
SELECT pg_temp.campaign('Reply', '[{"delay": "1 day"}]', '{"exit_if": "replied"}') AS reply \gset
SELECT pg_temp.campaign('Event', '[{"delay": "1 day"}]', '{"exit_if": "replied", "exit_on_reply": false}') AS event \gset
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.record_event('replied', 8101);
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:reply);
SELECT * FROM pg_temp.runs(:event);
-- what is late is lived through in order: who had left before the event left by that
SET LOCAL campaign.now = '2026-03-04 09:00:00+00';
SELECT campaign.record_event('replied', 8102, occurred_at => '2026-03-03 08:59:59+00');
SELECT campaign.record_event('replied', 8103, occurred_at => '2026-03-03 09:00:01+00');
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:event);
ROLLBACK TO start;

-- ---- hold_if: nothing is sent, timers run on (S3.10: hold = defer) -----------------------------------------

SELECT pg_temp.set(8101, 'status', '"hold"'), pg_temp.set(8102, 'status', '"hold"');
SELECT pg_temp.campaign('Hold', '[{"visit": {}}, {"delay": "1 hour"}, {"follow": {}}]', '{"hold_if": "$.prospect.status == \"hold\""}') AS hold \gset
SELECT campaign.run_until('2026-03-02 09:02') > 0 AS moved;
SELECT * FROM pg_temp.runs(:hold);
SELECT * FROM pg_temp.actions(:hold);
SELECT x.reason, regexp_replace(x.detail, 'visit \d+', 'visit N') AS detail, x.next_change_at FROM campaign.explain(:hold, 8101) x;
-- nobody reports that it is over: it is seen within campaign.recheck
SELECT pg_temp.set(8101, 'status', '"active"');
SELECT campaign.run_until('2026-03-02 09:04:59') >= 0 AS moved;
SELECT * FROM pg_temp.runs(:hold);
SELECT campaign.run_until('2026-03-02 09:05') > 0 AS moved;
SELECT * FROM pg_temp.runs(:hold);
-- anything that is reported of the person has it looked at
SELECT campaign.run_until('2026-03-02 09:06') >= 0 AS moved;
SELECT pg_temp.set(8102, 'status', '"active"');
SELECT campaign.record_event('opened', 8102);
SELECT campaign.run_until('2026-03-02 09:06:01') > 0 AS moved;
SELECT * FROM pg_temp.actions(:hold);
-- on hold again: the delay runs out meanwhile, and what follows is kept back
SELECT pg_temp.set(8102, 'status', '"hold"');
SELECT campaign.run_until('2026-03-02 11:00') > 0 AS moved;
SELECT * FROM pg_temp.runs(:hold);
SELECT * FROM pg_temp.actions(:hold);
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK TO start;

-- ---- altered while people are inside ---------------------------------------------------------------------

SELECT pg_temp.campaign('Altered', '[{"wait": {"until": "replied", "within": "1 day", "else": "failure"}}, {"end": "success"}]') AS altered \gset
SELECT pg_temp.campaign('Other', '[{"delay": "2 days"}]') AS other \gset
SELECT campaign.tick() > 0 AS moved;
-- nobody asked about it when it was reported
SELECT campaign.record_event('clicked', 8101);
SELECT campaign.tick() > 0 AS moved;
-- nor does anybody look at a delay before its end
SELECT count(*) AS looks FROM campaign.enrollment WHERE campaign_id = :other AND (due_at <> '2026-03-04 09:00:00+00' OR parked_due_at IS NOT NULL);
SELECT f.bit, f.kind FROM campaign.campaign_fact f WHERE f.campaign_id = :altered ORDER BY 1;
SELECT campaign.alter_campaign(:altered, settings => '{"goal": "clicked"}');
SELECT f.bit, f.kind FROM campaign.campaign_fact f WHERE f.campaign_id = :altered ORDER BY 1;
SELECT e.prospect_id, e.facts, e.due_at, e.parked_due_at FROM campaign.enrollment e WHERE e.campaign_id = :altered ORDER BY 1;
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:altered);
-- bits are only added; what was known keeps its own
SELECT campaign.alter_campaign(:altered, settings => '{"goal": "$.facts[*] == \"opened\" && $.prospect.paid == true", "exit_if": "not has_email"}');
SELECT f.bit, f.kind FROM campaign.campaign_fact f WHERE f.campaign_id = :altered ORDER BY 1;
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:altered);
SELECT e.detail #> '{settings,to}' AS altered FROM campaign.event e WHERE e.campaign_id = :altered AND e.kind = 'altered' ORDER BY e.id;
-- taken back: no more looks
SELECT campaign.alter_campaign(:altered, settings => '{"goal": null, "exit_if": null}');
SELECT campaign.tick() > 0 AS moved;
SELECT e.prospect_id, e.due_at, e.parked_due_at FROM campaign.enrollment e WHERE e.campaign_id = :altered AND e.ended_at IS NULL;
-- a queued action goes with its run
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = 811;
SELECT pg_temp.campaign('Queue', '[{"visit": {}}]') AS queue \gset
SELECT campaign.tick() > 0 AS moved;
SELECT campaign.alter_campaign(:queue, settings => '{"exit_if": "has_email"}');
SELECT campaign.tick() > 0 AS moved;
SELECT * FROM pg_temp.runs(:queue);
SELECT * FROM pg_temp.actions(:queue);
ROLLBACK TO start;

-- ---- refused ---------------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.refusal(settings jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    PERFORM campaign.create_campaign('Refused', 'Plain', 811, '{811}', settings => $1);
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, said);
END
$$;
SELECT campaign.create_sequence('Plain', '[{"visit": {}}]') > 0 AS created;
SELECT pg_temp.refusal(s.settings) FROM unnest('{
    "{\"goal\": \"friendly\"}", "{\"exit_if\": \"$.prospect = 1\"}", "{\"hold_if\": \"$.prospect.status\"}",
    "{\"goal\": \"$.prospekt.x == 1\"}", "{\"goal\": true}", "{\"exit_if\": \"ended\"}", "{\"goal\": null, \"exit_if\": \"not connected\"}"}'::jsonb[]) s (settings);
-- room for 64 kinds of event, those of the steps first
INSERT INTO campaign.event_kind (name) SELECT 'kind ' || n FROM generate_series(1, 65) n;
SELECT campaign.create_sequence('Plain', (SELECT jsonb_agg(jsonb_build_object('only_if', 'not kind ' || n)) FROM generate_series(1, 63) n)) > 0 AS created;
SELECT pg_temp.refusal(s.settings) FROM unnest('{"{\"goal\": \"kind 64\"}", "{\"goal\": \"kind 64\", \"exit_if\": \"kind 65\"}"}'::jsonb[]) s (settings);
SELECT campaign.create_campaign('Full', 'Plain', 811, '{811}', settings => '{"goal": "kind 64"}') AS full \gset
SELECT count(*) AS bits, max(bit) AS highest FROM campaign.campaign_fact WHERE campaign_id = :full;
\set SHOW_CONTEXT never
SAVEPOINT filled;
SELECT campaign.alter_campaign(:full, settings => '{"goal": "kind 65"}');
ROLLBACK TO filled;
SELECT count(*) AS bits FROM campaign.campaign_fact WHERE campaign_id = :full;
ROLLBACK;
