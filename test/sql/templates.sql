-- The sequences to begin with: all valid, and each lived through by four people under campaign.now.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 09:00:00+00';

SELECT t.name, t.family, t.channel_classes FROM campaign.sequence_template t ORDER BY t.family, t.name;

-- B12: nothing is said of them but that their texts are missing
SELECT t.name, v.*
    FROM campaign.sequence_template t CROSS JOIN LATERAL campaign.validate_sequence(t.definition) v
    WHERE v.code <> 'missing_content';

-- S2.2: a template is made a sequence of the workspace by the first campaign of its name; S2.47: what
-- lacks texts is not launched
INSERT INTO campaign.member (name) VALUES ('Anna Sender') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address)
    VALUES (:member, 1, 'anna') RETURNING id AS account \gset
SELECT campaign.create_campaign('Hello', 'message', :member, ARRAY[:account]::bigint[]) AS hello \gset
SELECT s.name, s.version, s.description FROM campaign.sequence s WHERE s.id = (SELECT c.sequence_id FROM campaign.campaign c WHERE c.id = :hello);
SAVEPOINT before;
SELECT campaign.launch(:hello);
ROLLBACK TO before;
\set VERBOSITY terse
SELECT campaign.create_campaign('Hello', 'no such', :member, ARRAY[:account]::bigint[]);
\set VERBOSITY default
ROLLBACK TO before;

-- S2.3: a campaign of each, its texts filled in. Of three_ways there are three, by how the account
-- stands to the people.
CREATE TEMPORARY TABLE trial AS
    SELECT t.name AS template, g.standing,
        t.name || CASE t.name WHEN 'three_ways' THEN ' ' || g.standing ELSE '' END AS name
    -- stages wait for people: test/sql/stages.sql
    FROM (SELECT * FROM campaign.sequence_template WHERE family <> 'stages') t
    CROSS JOIN LATERAL (SELECT s FROM unnest(CASE WHEN t.name = 'three_ways' THEN '{none,pending,connected}'::text[]
        WHEN t.definition @> '[{"only_if": "connected"}]' THEN '{connected}' ELSE '{none}' END) s) g(standing);
SELECT count(campaign.create_sequence('filled ' || t.name, regexp_replace(replace(replace(t.definition::text,
        '"message": {}', '"message": {"body": "Good day"}'),
        '"invite_to_group": {}', '"invite_to_group": {"group": "Engines"}'),
        '"(email|inmail)": {}', '"\1": {"subject": "Hello", "body": "Good day"}', 'g')::jsonb)) = count(*) AS made
    FROM (SELECT s.name, replace(s.definition::text, '"invite_to_page": {}', '"invite_to_page": {"page": "Engines Ltd"}') AS definition
          FROM campaign.sequence_template s) t;
ALTER TABLE trial ADD COLUMN campaign bigint;
UPDATE trial SET campaign = campaign.create_campaign(name, 'filled ' || template, :member, ARRAY[:account]::bigint[]);
SELECT count(campaign.launch(campaign)) = count(*) AS launched FROM trial;

-- silent: does nothing; willing: accepts, opens, clicks, has an address to be found, never replies;
-- replying: the same, and replies; unreachable: has no address
CREATE TEMPORARY TABLE persona AS
    SELECT t.campaign, t.name, t.standing, p.persona, t.name || '/' || p.persona AS external_id
    FROM trial t CROSS JOIN unnest('{silent,willing,replying,unreachable}'::text[]) AS p(persona);
INSERT INTO campaign.prospect (external_id, email, first_name, last_name)
    SELECT p.external_id, CASE WHEN p.persona <> 'unreachable' THEN md5(p.external_id) || '@example.org' END, 'Ada', 'Lovelace'
    FROM persona p ORDER BY p.external_id;
CREATE TEMPORARY TABLE known AS
    SELECT 'anna' AS account, p.external_id, p.standing AS state, '2026-02-01 00:00+00'::timestamptz AS since
    FROM persona p WHERE p.standing <> 'none';
SELECT r.result, count(*) FROM campaign.import_relations('known') r GROUP BY 1;
SELECT e.result, count(*)
    FROM persona p
    CROSS JOIN LATERAL campaign.enroll(p.campaign, ARRAY[campaign.prospect_id(p.external_id)],
        '{"due_date": "2026-03-20", "starts_at": "2026-03-10 14:00:00+00"}') e
    GROUP BY 1 ORDER BY 1;

-- every day, what somebody waits for comes from those who do such things
CREATE FUNCTION pg_temp.live(days int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_event record;
    v_events bigint := 0;
BEGIN
    FOR v_day IN 0..live.days LOOP
        PERFORM campaign.run_until('2026-03-02 10:00+00'::timestamptz + v_day * interval '1 day');
        FOR v_event IN
            SELECT s.prospect_id, c.awaited
            FROM campaign.prospect_status s
            JOIN persona p ON p.campaign = s.campaign_id AND p.external_id = s.external_id
            JOIN campaign.campaign m ON m.id = s.campaign_id
            JOIN campaign.step t ON t.campaign_id = s.campaign_id AND t.name = s.step
            CROSS JOIN LATERAL (SELECT pg_catalog.jsonb_path_query_first(m.definition, t.path::jsonpath) ->> 'until') c(awaited)
            WHERE s.substatus = 'waiting_condition' AND p.persona IN ('willing', 'replying')
              AND (c.awaited <> 'replied' OR p.persona = 'replying')
            UNION ALL
            -- one of the sequences does not wait for it, but looks whether it was accepted
            SELECT s.prospect_id, 'connected'
            FROM campaign.relation r
            JOIN campaign.prospect_status s ON s.prospect_id = r.prospect_id AND s.status = 'in_progress'
            JOIN persona p ON p.campaign = s.campaign_id AND p.external_id = s.external_id
            WHERE r.state = 'pending' AND p.name = 'email_then_network' AND p.persona IN ('willing', 'replying')
            ORDER BY 1
        LOOP
            PERFORM campaign.record_event(v_event.awaited, v_event.prospect_id,
                account => CASE v_event.awaited WHEN 'connected' THEN campaign.account_id('anna') END);
            v_events := v_events + 1;
        END LOOP;
    END LOOP;
    RETURN v_events;
END
$$;
SELECT pg_temp.live(125) > 50 AS lived;

-- S2.18, S2.19, S2.20, S2.22, S2.27: how each of them ended, and by what they were reached
SELECT p.name, p.persona, s.end_kind, s.code,
    (SELECT string_agg(o.action_kind, ' ' ORDER BY o.at, o.id) FROM campaign.outbox o WHERE o.prospect_id = s.prospect_id) AS reached_by
    FROM persona p
    JOIN campaign.prospect_status s ON s.campaign_id = p.campaign AND s.external_id = p.external_id
    ORDER BY p.name, p.persona;
SELECT count(*) AS inside FROM campaign.enrollment WHERE ended_at IS NULL;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK;
