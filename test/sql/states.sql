-- The states that things have, and how they lead to each other, one line each. The guard test/check/states holds the diagrams of
-- docs/architecture.md against the output of this test. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT campaign.virtual_time(true) \gset
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00';

-- what a column may be, by its constraint
SELECT 'states', format('%s.%s', c.relname, a.attname), regexp_replace(pg_get_constraintdef(k.oid), '^.*ARRAY\[|''|::text|\].*$', '', 'g')
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND k.conkey = ARRAY[a.attnum]
WHERE k.contype = 'c' AND pg_get_constraintdef(k.oid) LIKE '%ARRAY[%'
  AND (c.relname, a.attname) IN (('campaign', 'state'), ('enrollment', 'status'), ('action', 'state'), ('session', 'status'))
  AND c.relnamespace = 'campaign'::regnamespace
ORDER BY 2;
SELECT 'stage', s.name, s.phase, s.promoted_by, s.on_event FROM campaign.stage_template s WHERE s.built_in ORDER BY s.position;

-- ---- campaigns: each command in each state -----------------------------------------------------------

INSERT INTO campaign.member (name) VALUES ('Ann') RETURNING id AS ann \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:ann, 1, 'ann') RETURNING id AS account \gset
SELECT campaign.create_sequence('one', '[{"visit": {}}]') \gset
CREATE TEMPORARY TABLE tried (thing text, before text, command text, after text);
DO $$
DECLARE
    ways jsonb := '{"draft": [], "live": ["launch"], "paused": ["launch", "pause"], "closed": ["launch", "stop"], "archived": ["archive"]}';
    calls jsonb := '{"launch": "launch($1)", "pause": "pause($1)", "resume": "resume($1)", "stop": "stop($1)", "stop at once": "stop($1, finish => false)",
        "archive": "archive($1)"}';
    before text;
    command text;
    step text;
    made bigint;
BEGIN
    FOR before IN SELECT jsonb_object_keys(ways) LOOP
        FOR command IN SELECT jsonb_object_keys(calls) LOOP
            made := campaign.create_campaign('c', 'one', (SELECT id FROM campaign.member WHERE name = 'Ann'), ARRAY[campaign.account_id('ann')], description => 'd');
            FOR step IN SELECT jsonb_array_elements_text(ways -> before) LOOP
                EXECUTE 'SELECT campaign.' || (calls ->> step) USING made;
            END LOOP;
            BEGIN
                EXECUTE 'SELECT campaign.' || (calls ->> command) USING made;
                INSERT INTO tried SELECT 'campaign.state', before, command, c.state FROM campaign.campaign c WHERE c.id = made;
            EXCEPTION WHEN object_not_in_prerequisite_state THEN
                NULL;
            END;
        END LOOP;
    END LOOP;
END
$$;
SELECT 'leads', t.thing, t.before, t.after, string_agg(t.command, ', ' ORDER BY t.command) FROM tried t
WHERE t.before <> t.after GROUP BY 2, 3, 4 ORDER BY 2, 3, 4;

-- ---- sessions: whoever writes the row ------------------------------------------------------------------

SELECT campaign.create_campaign('calls', 'one', :ann, ARRAY[:account], description => 'd') AS calls \gset
SELECT campaign.launch(:calls) \gset
DO $$
DECLARE
    states text[] := '{new,processing,complete,rejected,failed,expired}';
    before text;
    after text;
    made bigint;
BEGIN
    FOREACH before IN ARRAY states LOOP
        FOREACH after IN ARRAY states LOOP
            made := campaign.open_session(campaign.campaign_id('calls'), 'sign_up', 'lead');
            IF before <> 'new' THEN
                PERFORM campaign.report(made, 'processing');
            END IF;
            BEGIN
                IF before NOT IN ('new', 'processing') THEN
                    UPDATE campaign.session s SET status = before, completed_at = campaign.clock() WHERE s.id = made;
                END IF;
                UPDATE campaign.session s SET status = after,
                    completed_at = CASE WHEN after NOT IN ('new', 'processing') THEN campaign.clock() END WHERE s.id = made;
                INSERT INTO tried VALUES ('session.status', before, 'UPDATE', after);
            EXCEPTION WHEN object_not_in_prerequisite_state THEN
                NULL;
            END;
        END LOOP;
    END LOOP;
END
$$;
SELECT 'leads', t.thing, t.before, t.after, '' FROM tried t WHERE t.thing = 'session.status' AND t.before <> t.after ORDER BY 3, 4;

-- ---- runs and actions: what rounds and commands do with their rows --------------------------------------

CREATE FUNCTION pg_temp.note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    thing text := TG_ARGV[0];
    before text := CASE WHEN TG_OP = 'INSERT' THEN '[*]' ELSE to_jsonb(OLD) ->> split_part(thing, '.', 2) END;
    after text := to_jsonb(NEW) ->> split_part(thing, '.', 2);
BEGIN
    IF before IS DISTINCT FROM after THEN
        INSERT INTO tried VALUES (thing, before, 'seen', after);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON campaign.enrollment FOR EACH ROW EXECUTE FUNCTION pg_temp.note('enrollment.status');
CREATE TRIGGER note AFTER INSERT OR UPDATE ON campaign.action FOR EACH ROW EXECUTE FUNCTION pg_temp.note('action.state');

INSERT INTO campaign.channel (name, transport) VALUES ('people', 'agent') RETURNING id AS people \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:ann, :people, 'ann by hand') RETURNING id AS hand \gset
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || n, 'p' || n || '@example.com' FROM generate_series(1, 40) n;
CREATE FUNCTION pg_temp.some(a integer, b integer) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT array_agg(campaign.prospect_id('p' || n)) FROM generate_series(a, b) n $$;
CREATE FUNCTION pg_temp.of(campaign bigint, wanted text) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT array_agg(a.id ORDER BY a.id) FROM campaign.action a WHERE a.campaign_id = $1 AND a.state = wanted $$;
SELECT campaign.create_sequence('mails', '[{"email": {"subject": "a {{nickname|you}}", "body": "b"}}, {"delay": "1 day"},
    {"email": {"subject": "c", "body": "d", "html": "{{hole}}"}, "if": "not $.prospect.wants_none == true"}, {"delay": "1 day"}, {"email": {"subject": "e", "body": "f"}}]') \gset

-- at once: paused and resumed, one by one and as a whole, held by a hole, skipped, replied
SELECT campaign.create_campaign('at once', 'mails', :ann, ARRAY[:account], description => 'd', settings => '{"active_cap": 5}') AS once \gset
SELECT campaign.launch(:once) \gset
SELECT count(*) FROM campaign.enroll(:once, pg_temp.some(1, 9)) \gset
SELECT campaign.tick() \gset
SELECT campaign.pause_prospects(:once, pg_temp.some(1, 2)), campaign.pause_prospects(:once, pg_temp.some(8, 8)) \gset
SELECT campaign.record_event('replied', external_id => 'p9') \gset
SELECT campaign.remove_prospects(:once, pg_temp.some(8, 8)) \gset
SELECT campaign.run_until('2026-03-03 12:00') \gset
SELECT campaign.requeue(pg_temp.of(:once, 'held')) \gset
SELECT campaign.pause(:once) \gset
SELECT campaign.record_event('replied', external_id => 'p1') \gset
SELECT campaign.record_event('replied', external_id => 'p3') \gset
SELECT campaign.tick() \gset
SELECT campaign.resume(:once) \gset
SELECT campaign.resume_prospects(:once, pg_temp.some(1, 9)) \gset
UPDATE campaign.prospect SET email = NULL, attributes = '{"hole": "x"}' WHERE external_id = 'p4';
UPDATE campaign.prospect SET attributes = '{"wants_none": true}' WHERE external_id = 'p5';
SELECT campaign.run_until('2026-03-04 08:00') \gset
SELECT campaign.remove_prospects(:once, pg_temp.some(6, 9)) \gset
SELECT campaign.run_until('2026-03-05 10:00') \gset
SELECT count(*) FROM campaign.enroll(:once, pg_temp.some(35, 38)) \gset
SELECT campaign.pause_prospects(:once, pg_temp.some(35, 35)) \gset
SELECT campaign.archive(:once) \gset

-- asked first: approved, blocked, taken out, put back, paused meanwhile, edited
SELECT campaign.create_campaign('asked', 'mails', :ann, ARRAY[:account], description => 'd', settings => '{"approval": "all", "unapproved": "lapse"}') AS asked \gset
SELECT campaign.launch(:asked) \gset
SELECT count(*) FROM campaign.enroll(:asked, pg_temp.some(10, 20)) \gset
SELECT campaign.tick() \gset
SELECT campaign.dequeue((pg_temp.of(:asked, 'awaiting_approval'))[1:2]) \gset
SELECT campaign.requeue((pg_temp.of(:asked, 'held'))[1:1]) \gset
SELECT campaign.block((pg_temp.of(:asked, 'awaiting_approval'))[1:2]) \gset
SELECT campaign.approve((pg_temp.of(:asked, 'awaiting_approval'))[1:3]) \gset
SELECT campaign.tick() \gset
SELECT campaign.pause_prospects(:asked, pg_temp.some(18, 18)) \gset
SELECT campaign.pause(:asked) \gset
SELECT campaign.resume(:asked) \gset
SELECT campaign.resume_prospects(:asked, pg_temp.some(18, 18)) \gset
SELECT campaign.run_until('2026-03-12') \gset
SELECT campaign.stop(:asked, finish => false) \gset

-- by people: taken, done, failed, given back, held, resolved, called off
SELECT campaign.create_campaign('by hand', 'mails', :ann, ARRAY[:hand], description => 'd') AS byhand \gset
SELECT campaign.launch(:byhand) \gset
SELECT count(*) FROM campaign.enroll(:byhand, pg_temp.some(21, 34)) \gset
SELECT campaign.tick() \gset
SELECT campaign.pause(:byhand) \gset
SELECT campaign.resume(:byhand) \gset
SELECT campaign.tick() \gset
SELECT campaign.dequeue((pg_temp.of(:byhand, 'queued'))[1:2]) \gset
SELECT count(*) FROM campaign.take(:hand, 9) \gset
SELECT campaign.report(a, o) FROM unnest(pg_temp.of(:byhand, 'processing'), '{complete,failed,rejected,retry}'::text[]) r(a, o) WHERE o IS NOT NULL \g /dev/null
SELECT campaign.run_until('2026-03-12 03:00') \gset
SELECT campaign.resolve((pg_temp.of(:byhand, 'held'))[3], 'resend'), campaign.resolve((pg_temp.of(:byhand, 'held'))[4], 'assume_sent'),
    campaign.resolve((pg_temp.of(:byhand, 'held'))[5], 'give_up') \gset
SELECT campaign.tick() \gset
SELECT count(*) FROM campaign.take(:hand, 3) \gset
SELECT campaign.archive(:byhand) \gset
SELECT campaign.report(a, o) FROM unnest(pg_temp.of(:byhand, 'processing'), '{complete,failed,retry}'::text[]) r(a, o) WHERE o IS NOT NULL \g /dev/null

-- what a pause took out, and is skipped when it ends
SELECT campaign.create_campaign('late', 'mails', :ann, ARRAY[:hand], description => 'd') AS late \gset
SELECT campaign.launch(:late) \gset
SELECT count(*) FROM campaign.enroll(:late, pg_temp.some(36, 36)) \gset
SELECT campaign.tick() \gset
SELECT campaign.pause(:late) \gset
SELECT campaign.run_until('2026-03-12 04:00') \gset
SELECT campaign.resume(:late, 'skip_overdue') \gset
SELECT campaign.tick() \gset
SELECT campaign.archive(:late) \gset

-- what was taken, and is not wanted any more when its lease ends
UPDATE campaign.channel SET options = '{"on_lease_end": "requeue"}' WHERE id = :people;
SELECT campaign.create_campaign('given back', 'mails', :ann, ARRAY[:hand], description => 'd') AS back \gset
SELECT campaign.launch(:back) \gset
SELECT count(*) FROM campaign.enroll(:back, pg_temp.some(39, 40)) \gset
SELECT campaign.tick() \gset
SELECT count(*) FROM campaign.take(:hand, 9) \gset
SELECT campaign.remove_prospects(:back, pg_temp.some(39, 39)) \gset
SELECT campaign.run_until('2026-03-12 12:00') \gset
SELECT DISTINCT 'seen', t.thing, t.before, t.after FROM tried t WHERE t.command = 'seen' ORDER BY 2, 3, 4;
ROLLBACK;
