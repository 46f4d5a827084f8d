-- What becomes of actions of which a gateway or a person speaks later: unknown outcomes and their
-- resolution (B6), asynchronous results and their expiry (S4.4), and what channels may be told.
-- No dispatcher runs here: what one would have left behind is written by hand.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';

-- ---- options of channels -------------------------------------------------------------------------

INSERT INTO campaign.channel (name, transport, url, options) VALUES ('gateway', 'http', 'https://gateway.test/send',
    '{"idempotent": true, "idempotency_ttl": "24 hours", "5xx_means_not_accepted": true, "retries": 2,
      "retry_first_ms": 60000, "retry_cap_ms": 60000, "pending_expires": "2 days"}') RETURNING id AS channel \gset
CREATE FUNCTION pg_temp.try_options(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    INSERT INTO campaign.channel (name, transport, options) VALUES ('tried', 'outbox', options);
    DELETE FROM campaign.channel WHERE name = 'tried';
    RETURN 'taken';
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' / ', SQLERRM, detail, hint);
END
$$;
SELECT o AS options, pg_temp.try_options(o::jsonb) FROM unnest(ARRAY[
    '{}', '{"places": 8, "classes": ["email"]}', '[]', '{"idempotant": true}', '{"idempotent": "yes"}',
    '{"places": 0}', '{"places": 1.5}', '{"places": "8"}', '{"classes": "email"}', '{"classes": [1]}',
    '{"idempotent": true, "idempotency_ttl": 3600}', '{"idempotent": true, "idempotency_ttl": "soon"}',
    '{"idempotent": true, "idempotency_ttl": "-1 hour"}', '{"idempotency_ttl": "1 hour"}',
    '{"idempotent": null}', '{"status_url": "https://gateway.test/status/{key}", "poll_every": "5 minutes"}',
    '{"status_url": "https://gateway.test/status"}']) o;

-- ---- ten actions, one for each way -----------------------------------------------------------------

INSERT INTO campaign.member (name) VALUES ('Anna Sender') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider)
    VALUES (:member, :channel, 'anna@gateway', 'test') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT unnest(ARRAY['resend', 'assume', 'give_up', 'settled', 'bounced',
    'complete', 'rejected', 'retry', 'silent', 'queued']);
SELECT campaign.create_sequence('Visit', '[{"visit": {}}, {"delay": "1 day"}]') > 0 AS created;
SELECT campaign.create_campaign('Walk', 'Visit', :member, ARRAY[:account]::bigint[]) AS walk \gset
SET LOCAL client_min_messages = error;
SELECT campaign.launch(:walk);
SELECT count(*) FROM campaign.enroll(:walk, ARRAY(SELECT id FROM campaign.prospect));
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
CREATE TEMPORARY VIEW the_action AS
    SELECT a.*, p.external_id AS name FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id;
CREATE TEMPORARY VIEW standing AS
    SELECT a.name, a.state, a.reason, a.attempt, a.occurrence, a.key IS NULL AS no_key, a.executed_at, s.substatus, s.end_kind, s.code
    FROM the_action a JOIN campaign.prospect_status s ON s.enrollment_id = a.enrollment_id ORDER BY s.prospect_id;
CREATE FUNCTION pg_temp.action(name text) RETURNS bigint LANGUAGE sql AS
    'SELECT a.id FROM pg_temp.the_action a WHERE a.name = $1';

UPDATE campaign.action a SET attempt = 1, started_at = '2026-03-02 08:30+00', key = 'key ' || p.external_id,
    key_since = '2026-03-02 08:30+00', content = '{}',
    state = CASE WHEN p.external_id IN ('complete', 'rejected', 'retry', 'silent') THEN 'processing' ELSE 'held' END,
    reason = CASE WHEN p.external_id IN ('complete', 'rejected', 'retry', 'silent') THEN 'awaiting_report' ELSE 'unknown_outcome' END,
    maybe_sent = p.external_id NOT IN ('complete', 'rejected', 'retry', 'silent'), expires_at = '2026-03-04 08:30+00'
FROM campaign.prospect p WHERE p.id = a.prospect_id AND p.external_id <> 'queued';

-- both kinds are open and say so; the unknown ones wait for a person (B5, B6)
SELECT p.external_id, x.reason, x.next_change_at FROM campaign.prospect p, campaign.explain(:walk, p.id) x
    WHERE p.external_id IN ('resend', 'complete') ORDER BY p.id;
SELECT external_id FROM campaign.unknown_outcomes ORDER BY prospect_id;
SELECT a.code, a.message, replace(a.remedy, a.action_id::text, 'ID') AS remedy FROM campaign.alerts a ORDER BY a.prospect_id LIMIT 1;
SELECT count(*) FROM campaign.stuck;

-- ---- decisions -------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.refusal(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE command;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN regexp_replace(concat_ws(' / ', SQLSTATE, SQLERRM, detail, hint), 'action (is )?\d{4,}', 'action \1N', 'g');
END
$$;
SELECT pg_temp.refusal(c) FROM unnest(ARRAY[
    $$SELECT campaign.resolve(pg_temp.action('resend'), 'retry')$$,
    $$SELECT campaign.resolve(1, 'resend')$$,
    $$SELECT campaign.resolve(pg_temp.action('queued'), 'resend')$$,
    $$SELECT campaign.resolve(pg_temp.action('complete'), 'give_up')$$,
    $$SELECT campaign.requeue(ARRAY[pg_temp.action('resend')])$$,
    $$SELECT campaign.report(pg_temp.action('queued'), 'complete')$$,
    $$SELECT campaign.report(pg_temp.action('complete'), 'done')$$]) c;

SELECT campaign.resolve(pg_temp.action('resend'), 'resend');
SELECT campaign.resolve(pg_temp.action('assume'), 'assume_sent');
SELECT campaign.resolve(pg_temp.action('give_up'), 'give_up');
-- later news settles it too: a report, or an event that only follows what was accepted
SELECT campaign.report(pg_temp.action('settled'), 'complete', '{"receipt": "7"}');
SELECT campaign.record_event('bounced', 'bounced', action => pg_temp.action('bounced'));

-- ---- results that come later (S4.4) ----------------------------------------------------------------

SELECT campaign.report(pg_temp.action('complete'), 'complete');
SELECT campaign.report(pg_temp.action('complete'), 'complete') AS repeated;
SELECT campaign.report(pg_temp.action('rejected'), 'rejected', '{"why": "closed"}');
SELECT campaign.report(pg_temp.action('retry'), 'retry');
SELECT campaign.report(pg_temp.action('retry'), 'retry') AS already_set;

SELECT campaign.run_until('2026-03-02 10:00+00') > 0 AS moved;
SELECT * FROM standing;
SELECT a.name, a.not_before - campaign.clock() BETWEEN '-1 hour' AND '1 minute' AS soon FROM the_action a
    WHERE a.name IN ('resend', 'retry') ORDER BY a.name;
-- an occurrence of its own has a key of its own, and the run another lap, which it never uses again
SELECT e.lap, a.occurrence FROM campaign.enrollment e JOIN the_action a ON a.enrollment_id = e.id WHERE a.name = 'resend';
SELECT a.name, a.outcome FROM the_action a WHERE a.outcome IS NOT NULL ORDER BY (SELECT e.prospect_id FROM campaign.enrollment e WHERE e.id = a.enrollment_id);
SELECT count(*) FROM campaign.unknown_outcomes;

-- the second attempt was the last one that the channel allows
UPDATE campaign.action a SET state = 'processing', attempt = 2 WHERE a.id = pg_temp.action('retry');
SELECT campaign.report(pg_temp.action('retry'), 'retry');

-- nobody reports: what was taken on expires, and the run leaves (S2.10); a late report does nothing
SELECT campaign.run_until('2026-03-04 08:29+00') > 0 AS moved;
SELECT name, state, reason, substatus FROM standing WHERE name = 'silent';
SELECT campaign.run_until('2026-03-04 08:31+00') > 0 AS moved;
SELECT name, state, reason, end_kind, code FROM standing WHERE name IN ('silent', 'retry');
SELECT finished_at FROM the_action WHERE name = 'silent';
SELECT campaign.report(pg_temp.action('silent'), 'complete') AS late;

SELECT e.kind, p.external_id, e.detail FROM campaign.event e JOIN campaign.prospect p ON p.id = e.prospect_id
    WHERE e.kind IN ('action_executed', 'action_failed', 'action_retried', 'bounced') ORDER BY e.id;
SELECT count(*) FROM campaign.alerts;
SELECT count(*) FROM campaign.stuck;
ROLLBACK;
