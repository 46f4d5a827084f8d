-- The checklist before a launch (S3.5): what preflight() shows, and that launch() refuses by the same
-- faults. Everything happens in one transaction that is rolled back.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 09:00+00';
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (671, 'checking');
SET campaign.workspace = 'checking';
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
    RETURN NEXT SQLSTATE || ': ' || message;
    RETURN NEXT detail;
    RETURN NEXT hint;
END
$$;
CREATE FUNCTION pg_temp.checklist(campaign bigint) RETURNS TABLE (item text, ok boolean, severity text, detail text, remedy text)
    LANGUAGE sql AS $$
    SELECT p.item, p.ok, p.severity, p.detail, replace(p.remedy, campaign::text, 'ID') FROM campaign.preflight(campaign) p
$$;

INSERT INTO campaign.channel (workspace_id, id, name, transport, options) VALUES (671, 671, 'box', 'outbox', '{"classes": ["linkedin"]}');
INSERT INTO campaign.channel (workspace_id, id, name, transport, url, secret, options) VALUES
    (671, 672, 'gateway', 'http', 'https://mail.example/', 'mail_key', '{"classes": ["email"]}');
INSERT INTO campaign.member (id, name) VALUES (671, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (671, 671, 671, 'ann'), (672, 671, 672, 'ann@example.com');
INSERT INTO campaign.prospect (id, external_id, email) SELECT 6710 + i, 'p' || i, 'p' || i || '@example.com' FROM generate_series(1, 20) i;

-- Everything that is lacking, each with a call that mends it (S3.5)
SELECT campaign.create_sequence('lacking', '[{"visit": {}}, {"message": {"body": " "}}, {"email": {"subject": "S"}}]') > 0 AS made;
SELECT campaign.create_campaign('Lacking', 'lacking', 671, '{671}', description => ' ') AS lacking \gset
SELECT * FROM pg_temp.checklist(:lacking);
-- launch() refuses by each item of severity error that is not ok, and by no other (S3.2, S3.5)
SELECT pg_temp.refusal(format('SELECT campaign.launch(%s)', :lacking));
SELECT string_agg(detail, E'\n') AS detail FROM campaign.preflight(:lacking) WHERE severity = 'error' AND NOT ok;

-- what the remedies mend is ok
SELECT campaign.edit_step(:lacking, 'message', '{"body": "Hello"}') IS NOT NULL AS edited;
SELECT campaign.edit_step(:lacking, 'email', '{"subject": "S", "body": "Stop at {{unsubscribe_url}}"}') IS NOT NULL AS edited;
SELECT campaign.alter_campaign(:lacking, description => 'To show what lacks', accounts => '{671,672}');
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions) VALUES ('account', 671, 'message', 'day', 4);
SELECT count(*) AS enrolled FROM campaign.enroll(:lacking, ARRAY(SELECT id FROM campaign.prospect WHERE workspace_id = 671));
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) VALUES (:lacking, 1, '09:00', '12:00'), (:lacking, 3, '09:00', '12:00');
SELECT * FROM pg_temp.checklist(:lacking);
SELECT campaign.set_secret('mail_key', 'Bearer x');
UPDATE campaign.channel SET options = options || '{"unsubscribe_url": "https://example.org/u/{token}"}' WHERE workspace_id = 671 AND id = 672;
SELECT item, ok, detail FROM pg_temp.checklist(:lacking) WHERE item = 'unsubscribe';
-- nor that who reads a mail sees how to opt out, in text and html, by its contents, its template or the footer of the channel
SELECT campaign.edit_step(:lacking, 'email', '{"subject": "S", "body": "Stop at {{ unsubscribe_url }}", "html": "<p>Hello</p>"}') IS NOT NULL AS edited;
SELECT severity, ok, detail, remedy FROM pg_temp.checklist(:lacking) WHERE item = 'unsubscribe' AND NOT ok;
UPDATE campaign.channel SET options = options || '{"footer_html": "<a href=\"{{unsubscribe_url}}\">Stop</a>"}' WHERE workspace_id = 671 AND id = 672;
SELECT count(*) AS warnings FROM pg_temp.checklist(:lacking) WHERE item = 'unsubscribe' AND NOT ok;
INSERT INTO campaign.message_template (workspace_id, name, channel_class, subject, body) VALUES (671, 'Greeting', 'email', 'S', 'Hello');
SELECT campaign.edit_step(:lacking, 'email', '{"template": "Greeting"}') IS NOT NULL AS edited;
SELECT detail FROM pg_temp.checklist(:lacking) WHERE item = 'unsubscribe' AND NOT ok;
UPDATE campaign.channel SET options = options || '{"footer": "Stop: {{unsubscribe_url}}"}' WHERE workspace_id = 671 AND id = 672;
SELECT count(*) AS warnings FROM pg_temp.checklist(:lacking) WHERE item = 'unsubscribe' AND NOT ok;
UPDATE campaign.message_template SET html = '<p>Hello</p>' WHERE workspace_id = 671 AND name = 'Greeting';
UPDATE campaign.channel SET options = options - 'footer_html' WHERE workspace_id = 671 AND id = 672;
SELECT count(*) AS warnings FROM pg_temp.checklist(:lacking) WHERE item = 'unsubscribe' AND NOT ok;
SELECT item, ok, detail FROM pg_temp.checklist(:lacking) WHERE item = 'channels';

-- no account that can send, a quota of nothing: it is told, and does not stop the launch
UPDATE campaign.account SET session_state = 'disconnected' WHERE workspace_id = 671 AND id = 671;
UPDATE campaign.quota SET max_actions = 0 WHERE workspace_id = 671;
SELECT * FROM pg_temp.checklist(:lacking) WHERE item IN ('accounts', 'quota');
SELECT pg_temp.refusal(format('SELECT campaign.launch(%s)', :lacking));

-- A cohort size of 0 can be written down, and is refused here (S1.29). Stored by hand: what may be
-- written is up to the settings.
SELECT campaign.create_campaign('Cohorts', 'lacking', 671, '{671,672}', description => 'none a slot') AS cohorts \gset
SELECT campaign.edit_step(:cohorts, 'message', '{"body": "Hello"}') IS NOT NULL AS edited;
SELECT campaign.edit_step(:cohorts, 'email', '{"subject": "S", "body": "B"}') IS NOT NULL AS edited;
UPDATE campaign.campaign SET settings = settings || '{"cohort_size": 0}' WHERE workspace_id = 671 AND id = :cohorts;
SELECT * FROM pg_temp.checklist(:cohorts) WHERE item = 'cohort';
SELECT pg_temp.refusal(format('SELECT campaign.launch(%s)', :cohorts));
UPDATE campaign.campaign SET settings = settings || '{"cohort_size": 25}' WHERE workspace_id = 671 AND id = :cohorts;
SELECT * FROM pg_temp.checklist(:cohorts) WHERE item = 'cohort';

-- an audience: how many match now, and so would come in (S3.5)
INSERT INTO campaign.prospect (id, external_id, email) SELECT 6740 + i, 'p1-' || i, 'p1-' || i || '@example.com' FROM generate_series(1, 5) i;
SELECT campaign.create_audience('some', '[{"name": "late", "where": "$.prospect.external_id starts with \"p1\""}]') > 0 AS made;
SELECT campaign.alter_campaign(:cohorts, audience => (SELECT id FROM campaign.audience WHERE workspace_id = 671));
SELECT * FROM pg_temp.checklist(:cohorts) WHERE item IN ('audience', 'quota');
UPDATE campaign.account SET session_state = 'connected' WHERE workspace_id = 671 AND id = 671;
-- it has no slot, and so lets nobody in
SELECT count(DISTINCT prospect_id) FROM campaign.dry_run(:cohorts, horizon => '5 days');

-- a campaign that is not there
SELECT pg_temp.refusal('SELECT * FROM campaign.preflight(1)');
ROLLBACK;
