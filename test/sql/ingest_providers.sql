-- Reports of providers: what each kind of event becomes, what is not believed, and what came as it was. The
-- signatures were made with keys of this test alone, over these very bytes.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET client_min_messages = error;
SET campaign.now = '2026-03-02 08:00:00+00';
BEGIN;
SELECT campaign.virtual_time(true);

-- ---- what they say ---------------------------------------------------------------------------------

SELECT v.provider, r.kind, r.type, r.address, r.message_id, r.action, r.account, r.profiles, r.at, r.event_id, jsonb_strip_nulls(r.detail) AS detail
FROM (VALUES
    (1, 'mailgun', '{"event-data": {"event": "delivered", "id": "m1", "timestamp": 1772444400, "recipient": "a@example.com", "message": {"headers": {"message-id": "1@x"}}, "user-variables": {"action_id": "7"}}}'::jsonb),
    (2, 'mailgun', '{"event-data": {"event": "failed", "id": "m2", "severity": "permanent", "reason": "bounce", "recipient": "a@example.com", "delivery-status": {"code": 550}}}'),
    (3, 'mailgun', '{"event-data": {"event": "failed", "id": "m3", "severity": "temporary"}}'),
    (4, 'mailgun', '{"event-data": {"event": "complained", "id": "m4"}}'),
    (5, 'mailgun', '{"event-data": {"event": "unsubscribed", "id": "m5"}}'),
    (6, 'mailgun', '{"event-data": {"event": "accepted", "id": "m6"}}'),
    (7, 'mailgun', '{"event-data": []}'),
    (10, 'postmark', '{"RecordType": "Delivery", "MessageID": "p1", "Recipient": "a@example.com", "DeliveredAt": "2026-03-02T09:00:00Z", "Metadata": {"action_id": "7"}}'),
    (11, 'postmark', '{"RecordType": "Bounce", "ID": 4, "Type": "HardBounce", "Email": "a@example.com", "BouncedAt": "2026-03-02T09:00:00Z"}'),
    (12, 'postmark', '{"RecordType": "Bounce", "ID": 5, "Type": "SoftBounce", "Email": "a@example.com"}'),
    (13, 'postmark', '{"RecordType": "Bounce", "ID": 6, "Type": "SpamComplaint", "Email": "a@example.com"}'),
    (14, 'postmark', '{"RecordType": "SpamComplaint", "ID": 7, "Email": "a@example.com"}'),
    (15, 'postmark', '{"RecordType": "SubscriptionChange", "MessageID": "p2", "SuppressSending": true, "SuppressionReason": "HardBounce", "Recipient": "a@example.com"}'),
    (16, 'postmark', '{"RecordType": "Inbound"}'),
    (20, 'sendgrid', '{"event": "delivered", "email": "a@example.com", "sg_event_id": "s1", "timestamp": 1772444400, "smtp-id": "<1@x>", "action_id": "7"}'),
    (21, 'sendgrid', '[{"event": "bounce", "type": "blocked", "sg_event_id": "s2"}, {"event": "bounce", "sg_event_id": "s3"}, {"event": "dropped", "reason": "Spam Reporting Address", "sg_event_id": "s4"}]'),
    (30, 'ses', jsonb_build_object('Type', 'Notification', 'MessageId', 'n1', 'Timestamp', '2026-03-02T09:00:00Z', 'Message', '{"notificationType": "Delivery", "mail": {"destination": ["a@example.com"], "commonHeaders": {"messageId": "<1@x>"}, "tags": {"action_id": ["7"]}}, "delivery": {"recipients": ["a@example.com"]}}')),
    (31, 'ses', jsonb_build_object('Type', 'Notification', 'MessageId', 'n2', 'Message', '{"eventType": "Bounce", "bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull", "feedbackId": "f", "bouncedRecipients": [{"emailAddress": "a@example.com", "status": "4.2.2"}, {"emailAddress": "b@example.com"}]}}')),
    (32, 'ses', jsonb_build_object('Type', 'Notification', 'MessageId', 'n3', 'Message', '{"eventType": "Complaint", "complaint": {"complaintFeedbackType": "abuse", "feedbackId": "f", "complainedRecipients": [{"emailAddress": "a@example.com"}]}}')),
    (33, 'ses', jsonb_build_object('Type', 'Notification', 'MessageId', 'n4', 'Message', '{"eventType": "Click", "mail": {"destination": ["a@example.com"]}, "click": {"link": "https://example.org/"}}')),
    (34, 'ses', jsonb_build_object('Type', 'Notification', 'MessageId', 'n5', 'Message', '{"eventType": "DeliveryDelay", "deliveryDelay": {"delayType": "MailboxFull", "delayedRecipients": [{"emailAddress": "a@example.com"}]}}')),
    (35, 'ses', jsonb_build_object('Type', 'Notification', 'MessageId', 'n6', 'Message', 'no json')),
    (36, 'ses', jsonb_build_object('Type', 'SubscriptionConfirmation', 'MessageId', 'n7', 'Message', 'You have chosen')),
    (40, 'unipile', '{"event": "new_relation", "account_id": "acc1", "user_provider_id": "ACo1", "user_public_identifier": "ada"}'),
    (41, 'unipile', '{"event": "message_received", "account_id": "acc1", "message_id": "u1", "chat_id": "c1", "timestamp": "2026-03-02T09:00:00.000Z", "message": "Yes!", "sender": {"attendee_provider_id": "ACo1", "attendee_profile_url": "https://www.linkedin.com/in/ACo1/"}, "account_info": {"user_id": "ACoUs"}}'),
    (42, 'unipile', '{"event": "message_received", "account_id": "acc1", "message_id": "u2", "sender": {"attendee_provider_id": "ACoUs"}, "account_info": {"user_id": "ACoUs"}}'),
    (43, 'unipile', '{"event": "message_received", "account_id": "acc1", "message_id": "u3", "is_sender": true, "sender": {"attendee_provider_id": "ACoUs"}}'),
    (44, 'unipile', '{"event": "message_read", "account_id": "acc1", "message_id": "u4", "sender": {"attendee_provider_id": "ACo1"}}'),
    (45, 'unipile', '{"AccountStatus": {"account_id": "acc1", "account_type": "LINKEDIN", "message": "CREDENTIALS"}}'),
    (46, 'unipile', '{"account_id": "acc1", "account_type": "LINKEDIN", "message": "RECONNECTED"}'),
    (47, 'unipile', '{"AccountStatus": {"account_id": "acc1", "message": "CONNECTING"}}'),
    (48, 'unipile', '{"AccountStatus": {"account_id": "acc1", "message": "SYNC_SUCCESS"}}'),
    (49, 'unipile', '{"AccountStatus": "OK"}'),
    (50, 'unipile', '{}')) AS v (i, provider, report)
LEFT JOIN LATERAL campaign.read_report(v.provider, '{}', v.report) r ON true ORDER BY v.i, r.event_id;
-- the states in which the gateway says an account is
SELECT s.state, (SELECT r.kind FROM campaign.read_unipile(jsonb_build_object('AccountStatus', jsonb_build_object('account_id', 'a', 'message', s.state))) r)
FROM unnest('{OK,STOPPED,ERROR,CREDENTIALS,CONNECTING,DELETED,CREATION_SUCCESS,RECONNECTED,SYNC_SUCCESS}'::text[]) s(state);
-- an instant, and what only looks like one
SELECT t.value, campaign.report_time(t.value) FROM unnest('{1772444400,1772444400.5,2026-03-02T09:00:00Z,2026-03-02,infinity,-infinity,now,tomorrow,"99999999999",2026-13-01,"-1",""}'::text[]) t(value);

-- ---- SendGrid, from end to end ------------------------------------------------------------------------

INSERT INTO campaign.member (id, name) VALUES (661, 'Anna');
INSERT INTO campaign.channel (id, name, transport, options) VALUES (661, 'mail', 'outbox', '{"classes": ["email"]}'),
    (662, 'network', 'outbox', '{"classes": ["linkedin"]}');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (661, 661, 661, 'anna@example.org'), (662, 661, 662, 'acc1');
INSERT INTO campaign.prospect (external_id, email) SELECT n, n || '@example.com' FROM unnest('{s_delivered,s_processed,s_open,s_click,s_deferred,s_hard,s_blocked,s_dropped,s_dropped_soft,s_spam,s_optout,s_group,s_regroup,s_new,ses_hard}'::text[]) n;
SELECT campaign.create_sequence('Mail', '[{"only_if": "has_email"}, {"email": {"subject": "Hello", "body": "x"}}, {"wait": {"until": "clicked", "within": "10 days", "else": "failure"}}]') > 0 AS created;
SELECT campaign.create_campaign('Mail', 'Mail', 661, '{661}') AS mail \gset
SELECT campaign.launch(:mail);
SELECT count(*) FROM campaign.enroll(:mail, ARRAY(SELECT id FROM campaign.prospect));
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SET LOCAL campaign.now = '2026-03-02 10:00:00+00';

-- What came of a call: a number of events, or the refusal.
CREATE FUNCTION pg_temp.ingest(provider text, headers jsonb, body bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN campaign.ingest($1, $2, $3);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE FUNCTION pg_temp.sendgrid(body text, signature text, at text DEFAULT '1772445600') RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ingest('sendgrid', jsonb_build_object('X-Twilio-Email-Event-Webhook-Signature', $2, 'X-Twilio-Email-Event-Webhook-Timestamp', $3), convert_to($1, 'UTF8'))
$$;
CREATE TEMPORARY TABLE sample AS SELECT * FROM (VALUES ('sendgrid', $json$[{"email": "s_delivered@example.com", "timestamp": 1772444400, "event": "delivered", "sg_event_id": "sg00", "smtp-id": "<unknown@example.org>"},
{"email": "s_processed@example.com", "timestamp": 1772444401, "event": "processed", "sg_event_id": "sg01"},
{"email": "s_open@example.com", "timestamp": 1772444402, "event": "open", "sg_event_id": "sg02"},
{"email": "s_click@example.com", "timestamp": 1772444403, "event": "click", "sg_event_id": "sg03", "url": "https://example.org/"},
{"email": "s_deferred@example.com", "timestamp": 1772444404, "event": "deferred", "sg_event_id": "sg04", "reason": "450 later"},
{"email": "s_hard@example.com", "timestamp": 1772444405, "event": "bounce", "sg_event_id": "sg05", "type": "bounce", "status": "5.1.1", "bounce_classification": "Invalid Address"},
{"email": "s_blocked@example.com", "timestamp": 1772444406, "event": "bounce", "sg_event_id": "sg06", "type": "blocked", "status": "4.7.1"},
{"email": "s_dropped@example.com", "timestamp": 1772444407, "event": "dropped", "sg_event_id": "sg07", "reason": "Bounced Address"},
{"email": "s_dropped_soft@example.com", "timestamp": 1772444408, "event": "dropped", "sg_event_id": "sg08", "reason": "SPAM Content"},
{"email": "s_spam@example.com", "timestamp": 1772444409, "event": "spamreport", "sg_event_id": "sg09"},
{"email": "s_optout@example.com", "timestamp": 1772444410, "event": "unsubscribe", "sg_event_id": "sg10"},
{"email": "s_group@example.com", "timestamp": 1772444411, "event": "group_unsubscribe", "sg_event_id": "sg11", "asm_group_id": 1},
{"email": "s_regroup@example.com", "timestamp": 1772444412, "event": "group_resubscribe", "sg_event_id": "sg12"},
{"email": "s_new@example.com", "timestamp": 1772444413, "event": "something_new", "sg_event_id": "sg13"},
{"email": "nobody@example.com", "timestamp": 1772444414, "event": "delivered", "sg_event_id": "sg14"},
{"email": "stranger@example.com", "timestamp": 1772444415, "event": "spamreport", "sg_event_id": "sg15"}]$json$, 'MEYCIQCON9E6ahhBRrs/M5dnx1p6XQdWhZvUDNJK41WQ6m1zMAIhAPvx6yHXOAKMrkB36Uq/bayIEckbRrOh2Z8IVSBZXiFJ'), ('odd', $json$[null, 7, "text", {"event": 7}, {"event": "delivered", "email": "s_delivered@example.com"}, [], {}]$json$, 'MEQCIHTyjWojvadHuqGkXgE8Mzth/Kiup7rGHlE32pCikAM2AiBUho0NbgBcAsiHok1VfjECLVteqlFLdZHsr1+4xgUGMA=='),
    ('garbage', '{"event": ', 'MEUCIQDQxYu+SciOb4r1vennIR7m7dPhQQ++ZwtdW+ocPmHFKgIgZtW8WyuJ3HyGOyzMyK6XkQazDqMEOGsVQ1ESP5tgwkc='), ('ses', $json${"Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:mail", "Message": "{\"eventType\": \"Bounce\", \"mail\": {\"messageId\": \"x\", \"destination\": [\"ses_hard@example.com\", \"ses_other@example.com\"], \"tags\": {\"a\": [\"b\"]}}, \"bounce\": {\"bounceType\": \"Permanent\", \"bounceSubType\": \"General\", \"feedbackId\": \"f-1\", \"timestamp\": \"2026-03-02T09:58:00.000Z\", \"bouncedRecipients\": [{\"emailAddress\": \"ses_hard@example.com\", \"status\": \"5.1.1\"}, {\"emailAddress\": \"ses_other@example.com\", \"status\": \"5.1.1\"}]}}", "Timestamp": "2026-03-02T09:59:00.000Z", "SignatureVersion": "2", "Subject": "Amazon SES", "Signature": "E3L8cfg0UVokrMMG7k4mlC3BIKoInHQ6wt9OxL4OJwaQnuKZXQsyoeTJDxnyzVnROqYrl3fNwCDhhgdlTkL3nihT6ZfaROrcyZ17KBZRGEfT3qsfYwryPyGuzMJBgxUzh0fxO+5n3EDHHgMfVRYn33QPs/n4/ua7WagkY62pRxGfVx1C9LeVFct0kdEaAcxVVWCxGy9ykkGelB8Opl0GnqjHPEy+le/CuEDwhBUgXvMpG3rWMqppDMWM5Cq9l8nOBJSutJLfDm/1r2wPwpqRhNDpHUGRlwJ5+YsrEqHYCdk60uCj3iAKbJB54kaa91PNKJvepfJlayCUkt5f0JfnpA==", "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/x.pem"}$json$, NULL), ('ses foreign', $json${"Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-west-1:999999999999:mail", "Message": "{\"eventType\": \"Bounce\", \"mail\": {\"messageId\": \"x\", \"destination\": [\"ses_hard@example.com\", \"ses_other@example.com\"], \"tags\": {\"a\": [\"b\"]}}, \"bounce\": {\"bounceType\": \"Permanent\", \"bounceSubType\": \"General\", \"feedbackId\": \"f-1\", \"timestamp\": \"2026-03-02T09:58:00.000Z\", \"bouncedRecipients\": [{\"emailAddress\": \"ses_hard@example.com\", \"status\": \"5.1.1\"}, {\"emailAddress\": \"ses_other@example.com\", \"status\": \"5.1.1\"}]}}", "Timestamp": "2026-03-02T09:59:00.000Z", "SignatureVersion": "2", "Signature": "g8ouu/A5fbQVHekb2m+lkZxFshq6MIJa/q9J7vkr4vp9tES6jM3z2jrPCRE8Jj0FsHrPFEc9/xRVyzUeaaLbLqvkeoijO8ZABPN2k4O7U/4rMeCvJlClYd3gryyNEtzs5EwoOMLnlgaqUdwR4sOdRFfh5iuQGn7VhH3aG5Fyj0nliZuBpRxlE2sM1RzjEtC7WKH+FUelKiQbvV26CrUwomehciyS2UpOgAYNAX7BkFcCECvi7fCgidsqjxREWXWY+tojUzMt2oA0HeKpauKHpvAcUV7Ad4U/vsHCdyzxw8X/ob8Dsknwtr38mMpW58toiiQUQyl7caxtRmJ04HWs8Q==", "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/x.pem"}$json$, NULL), ('ses confirm', $json${"Type": "SubscriptionConfirmation", "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:mail", "Message": "You have chosen to subscribe", "Timestamp": "2026-03-02T09:59:00.000Z", "SignatureVersion": "2", "Token": "t", "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription", "Signature": "FA8LBCF8SLQyvsV/BNWirp+waSX1PNODlVF/ODh+RAt//sxvI+ijSf5LQpAinTyR14xc9ibx4U8Q+MlH0soU5p5rU8CKP8LUw0WqKXD8jgljkcJYbAlnu2wZcOdrnCxPW1pn/He5wNY1Q981ZYdUqaCGwIxj0EgqWTnAfdHUCq+LkIqHrfN9hZoj35/Iml1cSgKlJrXeaylay+4hwL7o/TGaFD9eQj7IyKRdoeek9eYxf8BxMpApwUw9IhCaWDcYNsl+nlovGA/SFnEcMwAtALBCi0quCI8yqtN7Lq5qzURzh0zQqgmZG3mtgx+mvqVZ+UycvAfATYi0YC6EilvTmw==", "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/x.pem"}$json$, NULL)) v (name, body, signature);
CREATE FUNCTION pg_temp.body(name text) RETURNS text LANGUAGE sql AS $$SELECT s.body FROM sample s WHERE s.name = $1$$;
CREATE FUNCTION pg_temp.signature(name text) RETURNS text LANGUAGE sql AS $$SELECT s.signature FROM sample s WHERE s.name = $1$$;
SELECT pg_temp.sendgrid(pg_temp.body('sendgrid'), pg_temp.signature('sendgrid')) AS without_a_secret;
SELECT campaign.set_secret('ingest_sendgrid', 'no key');
SELECT pg_temp.sendgrid(pg_temp.body('sendgrid'), pg_temp.signature('sendgrid')) AS with_what_is_no_key;
SELECT campaign.set_secret('ingest_sendgrid', 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1rDvEid3qayI3yrPf0icIYf2CQLlPocBO2H+E4sF9ZwCr6z8mYsLhPNMQYB0nbaJMWrb0qGC7vXz43kUAZbQeQ==');
SELECT pg_temp.sendgrid(pg_temp.body('sendgrid') || ' ', pg_temp.signature('sendgrid')) AS body, pg_temp.sendgrid(replace(pg_temp.body('sendgrid'), 's_hard', 's_open'), pg_temp.signature('sendgrid')) AS other_body,
    pg_temp.sendgrid(pg_temp.body('sendgrid'), pg_temp.signature('sendgrid'), '1772445601') AS other_time, pg_temp.sendgrid(pg_temp.body('sendgrid'), 'AAAA') AS signature,
    pg_temp.sendgrid(pg_temp.body('sendgrid'), NULL) AS no_signature, pg_temp.sendgrid(pg_temp.body('sendgrid'), '=;(') AS strange, pg_temp.sendgrid(pg_temp.body('sendgrid'), pg_temp.signature('sendgrid'), 'infinity') AS endless,
    pg_temp.ingest('sendgrid', '[]', convert_to(pg_temp.body('sendgrid'), 'UTF8')) AS no_headers, pg_temp.ingest('sendgrid', NULL, convert_to(pg_temp.body('sendgrid'), 'UTF8')) AS null_headers, pg_temp.ingest('sendgrid', '{}', NULL) AS no_body;
SET LOCAL campaign.now = '2026-03-03 10:00:01+00';
SELECT pg_temp.sendgrid(pg_temp.body('sendgrid'), pg_temp.signature('sendgrid')) AS late;
SET LOCAL campaign.now = '2026-03-01 09:59:59+00';
SELECT pg_temp.sendgrid(pg_temp.body('sendgrid'), pg_temp.signature('sendgrid')) AS early;
SET LOCAL campaign.now = '2026-03-02 10:00:10+00';
SELECT pg_temp.sendgrid(pg_temp.body('sendgrid'), pg_temp.signature('sendgrid')) AS first, pg_temp.sendgrid(pg_temp.body('sendgrid'), pg_temp.signature('sendgrid')) AS again;
-- what is signed and yet of no use: elements are passed over one by one, the rest counts
SELECT pg_temp.sendgrid(pg_temp.body('odd'), pg_temp.signature('odd')) AS odd_elements, pg_temp.sendgrid(pg_temp.body('garbage'), pg_temp.signature('garbage')) AS garbage;
SELECT campaign.run_until('2026-03-02 11:00+00') > 0 AS moved;
SELECT e.kind, p.external_id, e.at, e.detail FROM campaign.event e JOIN campaign.prospect p ON p.id = e.prospect_id
    WHERE e.detail ->> 'provider' = 'sendgrid' ORDER BY p.external_id, e.kind, e.at;
SELECT s.value, s.reason FROM campaign.suppression s WHERE s.kind = 'email' ORDER BY 1;

-- ---- SES ------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.ses(report text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ingest('ses', '{}', convert_to($1, 'UTF8'))
$$;
SELECT campaign.set_secret('ingest_ses', 'arn:aws:sns:eu-west-1:123456789012:mail MIIDGTCCAgGgAwIBAgIUMlzny04Cu6ne4NuJK3cG6TLIRoUwDQYJKoZIhvcNAQELBQAwHDEaMBgGA1UEAwwRc25zLmFtYXpvbmF3cy5jb20wHhcNMjYxMTIyMjM0ODA0WhcNMzYxMTE5MjM0ODA0WjAcMRowGAYDVQQDDBFzbnMuYW1hem9uYXdzLmNvbTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAJCIC6nRo1E6cssc5nM+bbTx6877XQloFztiOt4SmPQt0/sa/+Lq6uuDnUoy/WXGbJxwy8U1WoJfHDsFmY5SNp5rxHLFPiuFQFqWbb57E6dzUZ6WXHUPGeNb7frDNJUm0vS+QGV77sucbjz6pHNMcBh9jWueDMnP6VlZfxXNE+d3eYLJbyyPVQE6i1eQ06ttNmzMhixbsTG8AVvVwrVwwGyUQVBAS1wjp5B6B/nJJWZxOMDF6LOJf6uhqI9i1VxRZagw387zsqlBc7zrjQcuMRLIOix1uzdTrYchT1c8FQHKAZ+6jqkEo/V8mJqhyDNUAt4WHQtjtCYalO3fdRa/w/sCAwEAAaNTMFEwHQYDVR0OBBYEFPo3yhIfLk8JkfvgBGjRZy+qasXVMB8GA1UdIwQYMBaAFPo3yhIfLk8JkfvgBGjRZy+qasXVMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAFcyKHVnS8eufzr2qNCTrbCLhaT3eixc+WqUcVn4a6nZeK/cQRnoTyyhKQOrmauxM8NxFmxNxsYSx+SubzLDVhpGAITIXbqDc+ewSgJ+ORNinP06Q4Gp0CU9NZNOQgsmHFyCRNRPSx/mi4UO1zBhwKOEwBsL5VJoSzEbHW0n57MRE7fDwEyNgFUndOcjhwEl7J8rn1leIpjUSo7bWF8BnA5vKpKgD0VvnQg1k9LDEgDWhGgw38IBjmQ+no1JajxZxm3d/pAFz/MnH3nNFoAfBFSi6U9994H/iEgSDSzmlG5CpSejlpNkMekqxGsGSpL6vYbomaaq23N6zIPSoiG4aCE=');
SELECT pg_temp.ses(pg_temp.body('ses')) AS first, pg_temp.ses(pg_temp.body('ses')) AS again, pg_temp.ses(replace(pg_temp.body('ses'), 'Permanent', 'Transient')) AS tampered,
    pg_temp.ses(replace(pg_temp.body('ses'), '"SignatureVersion": "2"', '"SignatureVersion": "1"')) AS old_version,
    -- signed by the same authority, for a topic of somebody else
    pg_temp.ses(pg_temp.body('ses foreign')) AS foreign_topic, pg_temp.ses('{') AS no_json;
SELECT pg_temp.ses(pg_temp.body('ses confirm')) AS confirmation;
SET LOCAL campaign.now = '2026-03-03 11:00:00+00';
SELECT pg_temp.ses(pg_temp.body('ses')) AS late;
SET LOCAL campaign.now = '2026-03-02 11:00:00+00';
SELECT s.value, s.reason FROM campaign.suppression s WHERE s.kind = 'email' AND s.value LIKE 'ses%' ORDER BY 1;
-- who administers the topic finds here what to confirm
SELECT convert_from(i.body, 'UTF8')::jsonb ->> 'SubscribeURL' AS url FROM campaign.ingested i WHERE i.provider = 'ses' AND i.facts = 0;

-- ---- Unipile: accounts, connections, replies (S1.25, S2.19, S2.28) -------------------------------------------

CREATE FUNCTION pg_temp.unipile(report jsonb, secret text DEFAULT 'network secret') RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ingest('unipile', jsonb_build_object('Unipile-Auth', $2), convert_to($1::text, 'UTF8'))
$$;
SELECT campaign.set_secret('ingest_unipile', 'network secret');
SELECT pg_temp.unipile('{"AccountStatus": {"account_id": "acc1", "message": "STOPPED"}}', 'wrong') AS wrong, pg_temp.unipile('{}', NULL) AS none, pg_temp.unipile('{}') AS nothing;
INSERT INTO campaign.prospect (external_id, linkedin_url, attributes) VALUES ('ada', 'https://www.linkedin.com/in/Ada-L/', '{}'), ('bob', 'linkedin.com/in/bob', '{}'),
    ('cleo', 'https://fr.linkedin.com/in/cleo', '{"provider_id": "ACoCleo"}'), ('dan', 'http://linkedin.com/in/dan', '{}');
SELECT campaign.create_sequence('Net', '[{"invite": {}}, {"wait": {"until": "connected", "within": "15 days", "else": "failure"}}, {"message": {"body": "Hello"}}, {"wait": {"until": "replied", "within": "7 days", "else": "failure"}}]') > 0 AS created;
SELECT campaign.create_campaign('Net', 'Net', 661, '{662}') AS net \gset
SELECT campaign.launch(:net);
-- a session that is lost stops the lanes, and says so
SELECT pg_temp.unipile('{"AccountStatus": {"account_id": "acc1", "account_type": "LINKEDIN", "message": "CREDENTIALS"}}') AS lost,
    pg_temp.unipile('{"AccountStatus": {"account_id": "acc1", "account_type": "LINKEDIN", "message": "ERROR"}}') AS known,
    pg_temp.unipile('{"AccountStatus": {"account_id": "acc1", "account_type": "LINKEDIN", "message": "CONNECTING"}}') AS on_the_way,
    pg_temp.unipile('{"AccountStatus": {"account_id": "stranger", "account_type": "LINKEDIN", "message": "ERROR"}}') AS of_nobody;
SELECT a.address, a.session_state, a.session_since FROM campaign.account a ORDER BY 1;
SELECT count(*) FROM campaign.enroll(:net, ARRAY(SELECT id FROM campaign.prospect WHERE external_id IN ('ada', 'bob', 'cleo', 'dan')));
SELECT campaign.run_until('2026-03-02 12:00+00') > 0 AS moved;
SET LOCAL campaign.now = '2026-03-02 12:00:00+00';
SELECT count(*) AS sent FROM campaign.outbox WHERE account_id = 662;
SELECT h.health, d.value ->> 'code' AS code, d.value ->> 'severity' AS severity FROM campaign.health h CROSS JOIN jsonb_array_elements(h.details) d WHERE h.campaign_id = :net;
SELECT pg_temp.unipile('{"account_id": "acc1", "account_type": "LINKEDIN", "message": "RECONNECTED"}') AS back;
SELECT campaign.run_until('2026-03-02 13:00+00') > 0 AS moved;
SET LOCAL campaign.now = '2026-03-02 13:00:00+00';
SELECT count(*) AS sent FROM campaign.outbox WHERE account_id = 662;
SELECT count(*) AS causes FROM campaign.health h CROSS JOIN jsonb_array_elements(h.details) d WHERE h.campaign_id = :net AND d.value ->> 'code' = 'session_disconnected';
SELECT e.kind, e.detail FROM campaign.event e WHERE e.kind LIKE 'account%' ORDER BY e.id;
-- whom a person has disconnected a routine report does not connect
UPDATE campaign.account SET session_state = 'disconnected' WHERE id = 662;
SELECT pg_temp.unipile('{"AccountStatus": {"account_id": "acc1", "message": "OK"}}') AS ok, pg_temp.unipile('{"AccountStatus": {"account_id": "acc1", "message": "SYNC_SUCCESS"}}') AS synchronised,
    pg_temp.unipile('{"AccountStatus": {"account_id": "acc1", "message": "CREATION_SUCCESS"}}') AS connected_anew;
SELECT pg_temp.unipile('{"AccountStatus": {"account_id": "acc1", "message": "STOPPED"}}') AS stopped, pg_temp.unipile('{"AccountStatus": {"account_id": "acc1", "message": "OK"}}') AS ok;
-- an acceptance that is heard of eight hours late, by any spelling of the profile, and once
SELECT pg_temp.unipile('{"event": "new_relation", "account_id": "acc1", "user_provider_id": "ACoAda", "user_public_identifier": "ada-l"}') AS ada,
    pg_temp.unipile('{"event": "new_relation", "account_id": "acc1", "user_provider_id": "ACoAda", "user_public_identifier": "ada-l"}') AS again,
    pg_temp.unipile('{"event": "new_relation", "account_id": "acc1", "user_provider_id": "ACoBob", "user_public_identifier": "bob"}') AS bob,
    pg_temp.unipile('{"event": "new_relation", "account_id": "acc1", "user_provider_id": "ACoCleo", "user_public_identifier": "cleo"}') AS cleo,
    pg_temp.unipile('{"event": "new_relation", "account_id": "acc1", "user_provider_id": "ACoX", "user_public_identifier": "dan2"}') AS stranger;
SELECT campaign.run_until('2026-03-02 14:00+00') > 0 AS moved;
SET LOCAL campaign.now = '2026-03-02 14:00:00+00';
SELECT p.external_id, r.state, (SELECT v.value #>> '{}' FROM campaign.contact_value v WHERE v.prospect_id = p.id AND v.account_id = r.account_id AND v.name = 'provider_id') AS known_as
    FROM campaign.relation r JOIN campaign.prospect p ON p.id = r.prospect_id WHERE r.account_id = 662 ORDER BY 1;
-- what we wrote ourselves is no reply, however the gateway says who wrote it; what he wrote is, by his id alone, and once, and out of order
SELECT pg_temp.unipile('{"event": "message_received", "account_id": "acc1", "message_id": "m1", "sender": {"attendee_provider_id": "ACoAda"}, "account_info": {"user_id": "ACoAda"}}') AS ours,
    pg_temp.unipile('{"event": "message_received", "account_id": "acc1", "message_id": "m2", "is_sender": 1, "sender": {"attendee_provider_id": "ACoAda"}}') AS ours_by_flag,
    pg_temp.unipile('{"event": "message_received", "account_id": "acc1", "message_id": "m3", "timestamp": "2026-03-02T13:30:00.000Z", "message": "Yes", "chat_id": "c", "sender": {"attendee_provider_id": "ACoAda", "attendee_profile_url": "https://www.linkedin.com/in/ACoAda"}, "account_info": {"user_id": "ACoUs"}}') AS ada,
    pg_temp.unipile('{"event": "message_received", "account_id": "acc1", "message_id": "m3", "timestamp": "2026-03-02T13:30:00.000Z", "message": "Yes", "chat_id": "c", "sender": {"attendee_provider_id": "ACoAda"}, "account_info": {"user_id": "ACoUs"}}') AS again,
    pg_temp.unipile('{"event": "message_received", "account_id": "acc1", "message_id": "m4", "timestamp": "2026-03-02T13:20:00.000Z", "sender": {"attendee_profile_url": "https://www.linkedin.com/in/bob?trk=x"}}') AS bob,
    pg_temp.unipile('{"event": "message_received", "account_id": "acc1", "message_id": "m5", "sender": {"attendee_provider_id": "ACoNobody"}}') AS stranger;
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (663, 661, 662, 'ACoCleo');
SELECT pg_temp.unipile('{"event": "message_received", "account_id": "acc1", "message_id": "m6", "sender": {"attendee_provider_id": "ACoCleo"}}') AS ours_by_account;
SELECT campaign.run_until('2026-03-02 15:00+00') > 0 AS moved;
SET LOCAL campaign.now = '2026-03-02 15:00:00+00';
SELECT s.external_id, s.status, s.end_kind, s.code FROM campaign.prospect_status s WHERE s.campaign_id = :net ORDER BY 1;
SELECT e.kind, p.external_id, e.at, e.detail FROM campaign.event e JOIN campaign.prospect p ON p.id = e.prospect_id
    WHERE e.detail ->> 'provider' = 'unipile' ORDER BY e.kind, p.external_id;
-- where channels have its adapter, a gateway speaks of their accounts alone
SAVEPOINT with_adapter;
INSERT INTO campaign.channel (id, name, transport, adapter, url) VALUES (663, 'real', 'http', 'unipile', 'https://example.org/api/v1');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (664, 661, 663, 'acc2');
SELECT pg_temp.unipile('{"AccountStatus": {"account_id": "anna@example.org", "message": "ERROR"}}') AS of_a_mail_account, pg_temp.unipile('{"AccountStatus": {"account_id": "acc2", "message": "ERROR"}}') AS of_its_own;
ROLLBACK TO with_adapter;
-- any gateway of one's own, by the standard form
SELECT campaign.set_secret('ingest_standard', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
CREATE FUNCTION pg_temp.standard(id text, report text, at text DEFAULT '1772463600') RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ingest('standard', jsonb_build_object('webhook-id', $1, 'webhook-timestamp', $3, 'webhook-signature',
        'v1,' || encode(campaign.hmac(decode('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'), convert_to($1 || '.' || $3 || '.' || $2, 'UTF8')), 'base64')), convert_to($2, 'UTF8'))
$$;
SELECT pg_temp.standard('s1', '{"type": "account_disconnected", "data": {"account": "anna@example.org", "reason": "password"}}') AS lost,
    pg_temp.standard('s2', '{"type": "account_connected", "data": {"account": "anna@example.org"}}') AS back,
    pg_temp.standard('s3', '{"type": "replied", "data": {"external_id": "dan"}}', '1772463299') AS late,
    pg_temp.standard('s4', '{"type": "replied", "timestamp": "infinity", "data": {"external_id": "dan"}}') AS endless;

-- ---- bodies that nobody should send -------------------------------------------------------------------------

-- named by what they are, since some are long; nothing of them is shown
SELECT b.name, pg_temp.ingest(v.provider, '{"authorization": "Basic x", "unipile-auth": "network secret"}', b.body)
FROM (VALUES (1, 'huge', repeat('x', 4194305)::bytea), (2, 'large', repeat(' ', 4194304)::bytea), (3, 'deep', convert_to(repeat('[', 1000000), 'UTF8')), (4, 'deep object', convert_to(repeat('{"a":', 500000), 'UTF8')),
    (5, 'no UTF-8', '\xff'::bytea), (6, 'a byte 0', '\x22005c7530303030'::bytea), (7, 'an escaped 0', convert_to('{"event": "\u0000"}', 'UTF8')), (8, 'empty', ''), (9, 'a large number', '{"event": 1e1000000}'),
    (10, 'a text', '"x"'), (11, 'an array', '[]'), (12, 'null', 'null'), (13, 'twice', '{"event": "message_received", "event": "x"}')) AS b (i, name, body)
CROSS JOIN unnest('{unipile}'::text[]) v(provider) ORDER BY b.i;
SELECT v.provider, pg_temp.ingest(v.provider, '{}', convert_to(repeat('[', 1000000), 'UTF8')) FROM unnest('{mailgun,ses,nobody,NULL}'::text[]) v(provider);
-- fields of other types than they should be
SELECT b.body, pg_temp.unipile(b.body) FROM unnest('{"{\"event\": [\"message_received\"]}","{\"event\": \"message_received\", \"sender\": [1]}","{\"event\": \"message_received\", \"sender\": {\"attendee_provider_id\": {\"a\": 1}}, \"timestamp\": {}}","{\"AccountStatus\": [1]}","{\"event\": \"new_relation\", \"account_id\": 7, \"user_provider_id\": null}"}'::jsonb[]) b(body);

-- ---- what is kept ---------------------------------------------------------------------------------------------

SELECT i.provider, count(*), sum(i.facts) AS facts, sum(i.recorded) AS recorded, bool_and(i.digest = sha256(i.body)) AS as_they_came FROM campaign.ingested i GROUP BY 1 ORDER BY 1;
SELECT array_agg(p.external_id ORDER BY p.external_id) FROM campaign.ingested i JOIN campaign.prospect p ON p.id = ANY (i.prospects) WHERE i.provider = 'sendgrid' GROUP BY i.id ORDER BY i.id;
-- no header, which may be a secret
SELECT count(*) FROM campaign.ingested i WHERE i::text ~ 'network secret|Basic|whsec';
-- for a week, by itself
SELECT campaign.run_until('2026-03-09 09:59+00') > 0 AS moved;
SELECT count(*) > 10 AS kept FROM campaign.ingested;
SELECT campaign.run_until('2026-03-20 10:00+00') > 0 AS moved;
SELECT count(*) AS kept FROM campaign.ingested;
ROLLBACK;
