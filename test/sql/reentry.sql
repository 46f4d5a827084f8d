-- A second run of the same prospect in the same campaign: setting reentry (B16, S2.37).
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (642, 'reentry');
SET LOCAL campaign.workspace = 'reentry';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (642, 642, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (642, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (642, 642, 642, 'ann');
INSERT INTO campaign.prospect (id, external_id) SELECT 6420 + i, 'p' || i FROM generate_series(1, 4) i;
SELECT campaign.create_sequence('one', '[{"visit": {}}]') > 0 AS made;

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
    RETURN NEXT SQLSTATE || ': ' || message || ' | ' || detail || ' | ' || hint;
END
$$;

-- the setting
SELECT r.reentry, pg_temp.refusal(format('SELECT campaign.create_campaign(''bad'', ''one'', 642, ''{642}'', settings => %L)', jsonb_build_object('reentry', r.reentry)))
FROM (VALUES ('"sometimes"'::jsonb), ('"-3 days"'), ('"0 days"'), ('30'), ('{"after": "30 days"}')) r(reentry);

SELECT campaign.create_campaign('default', 'one', 642, '{642}', settings => '{"exclusivity": "none"}') AS default_c,
    campaign.create_campaign('never', 'one', 642, '{642}', settings => '{"exclusivity": "none", "reentry": "never"}') AS never_c,
    campaign.create_campaign('after exit', 'one', 642, '{642}', settings => '{"exclusivity": "none", "reentry": "after_exit"}') AS exit_c,
    campaign.create_campaign('later', 'one', 642, '{642}', settings => '{"exclusivity": "none", "reentry": "30 days"}') AS later_c \gset
SELECT campaign.launch(id) FROM campaign.campaign WHERE workspace_id = 642;
SELECT count(*) AS enrolled FROM campaign.campaign c CROSS JOIN LATERAL campaign.enroll(c.id, '{6421,6422,6423,6424}') e
WHERE c.workspace_id = 642 AND e.result = 'enrolled';

-- p1 goes through, p2 is removed, p3 is still inside, p4 leaves in error
SELECT campaign.leave_enrollments(642, array_agg(id), 'removed', 'by_hand') FROM campaign.enrollment WHERE workspace_id = 642 AND prospect_id = 6422;
SELECT campaign.leave_enrollments(642, array_agg(id), 'error', 'bounced') FROM campaign.enrollment WHERE workspace_id = 642 AND prospect_id = 6424;
SELECT campaign.leave_enrollments(642, array_agg(id), 'success', 'end') FROM campaign.enrollment WHERE workspace_id = 642 AND prospect_id = 6421;
CREATE VIEW pg_temp.answers AS
SELECT c.name AS campaign, a.prospect_id, a.result, a.detail
FROM campaign.campaign c CROSS JOIN LATERAL campaign.candidates(c.id, '{6421,6422,6423,6424}') a
WHERE c.workspace_id = 642 ORDER BY c.id, a.prospect_id;
SELECT * FROM pg_temp.answers;
-- to the microsecond
SET LOCAL campaign.now = '2026-02-04 08:59:59.999999+00';
SELECT prospect_id, result FROM pg_temp.answers WHERE campaign = 'later';
SET LOCAL campaign.now = '2026-02-04 09:00:00+00';
SELECT prospect_id, result FROM pg_temp.answers WHERE campaign = 'later';

-- enrolling says the same; each run is numbered, from the beginning again, and none is overwritten (S2.37, B16)
SELECT prospect_id, result, detail FROM campaign.enroll(:later_c, '{6421,6422,6423,6424}') ORDER BY 1;
SELECT prospect_id, result, detail FROM campaign.enroll(:default_c, '{6421,6422}') ORDER BY 1;
SELECT prospect_id, run, status, step, halt, started_at, ended_at, end_kind, code FROM campaign.enrollment
WHERE campaign_id = :later_c ORDER BY 1, 2;
-- only the last run counts: he came back and went through it, and so waits again
SELECT campaign.leave_enrollments(642, array_agg(id), 'success', 'end') FROM campaign.enrollment WHERE campaign_id = :later_c AND prospect_id = 6422 AND ended_at IS NULL;
SELECT prospect_id, result, detail FROM campaign.candidates(:later_c, '{6422}');
-- explain() says what enrolling would say of whom was never in, and the setting can be altered while prospects are inside
SELECT campaign.alter_campaign(:default_c, settings => '{"reentry": "1 week"}');
SELECT prospect_id, result, detail FROM campaign.candidates(:default_c, '{6421,6422}') ORDER BY 1;
SELECT campaign.alter_campaign(:default_c, settings => '{"reentry": null}');
SELECT prospect_id, result, detail FROM campaign.candidates(:default_c, '{6421}');
ROLLBACK;
