-- What was not approved before a pause lapses after it, also where what was due in the pause is skipped; what was approved before it is sent (S1.5, D8).
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 07:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS anna \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:anna, 1, 'anna') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT 'p' || n FROM generate_series(1, 3) n;
SELECT campaign.create_sequence('Invite', '[{"invite": {}}, {"delay": "9 days"}]') > 0 AS created;
SELECT campaign.create_campaign('C', 'Invite', :anna, ARRAY[:account]::bigint[], settings => '{"approval": "all", "unapproved": "lapse"}') AS c \gset
SELECT campaign.launch(:c);
SELECT count(*) FROM campaign.enroll(:c, ARRAY(SELECT id FROM campaign.prospect));
SELECT campaign.run_until('2026-03-02 08:00+00') > 0;
SELECT campaign.approve(ARRAY[(SELECT min(id) FROM campaign.action)]);
SELECT campaign.pause(:c);
SELECT campaign.run_until('2026-03-04 08:00+00') >= 0;
SELECT campaign.resume(:c, 'skip_overdue');
SELECT campaign.run_until('2026-03-04 09:00+00') > 0;
SELECT external_id, substatus, end_kind, code FROM campaign.prospect_status ORDER BY 1;
ROLLBACK;
