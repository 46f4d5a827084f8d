-- How campaigns that nurture are answered (S1.23): messages, clicks, replies, and the mean of what replies
-- were reported to be like, with its tipping point at one half.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL campaign.now = '2026-01-05 09:00+00';
INSERT INTO campaign.workspace (id, name) VALUES (731, 'nurturing');
SET LOCAL campaign.workspace = 'nurturing';
INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (731, 731, 'box', 'outbox');
INSERT INTO campaign.member (id, name) VALUES (731, 'Ann');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (731, 731, 731, 'ann@example.org');
INSERT INTO campaign.prospect (id, external_id, email) SELECT 73100 + i, 'p' || i, 'p' || i || '@example.com' FROM generate_series(1, 8) i;
-- a visit reaches nobody, so it is not among what was sent
SELECT campaign.create_sequence('letters', '[{"visit": {}}, {"email": {"subject": "S", "body": "B"}}, {"delay": "5 days"}, {"visit": {}}]') > 0 AS made;
SELECT campaign.create_campaign('Letters', 'letters', 731, '{731}', program => 'Spring') AS letters \gset
SELECT campaign.create_campaign('Empty', 'letters', 731, '{731}', program => 'Spring') AS empty \gset
SELECT campaign.launch(:letters);
SELECT count(*) FROM campaign.enroll(:letters, ARRAY(SELECT id FROM campaign.prospect WHERE workspace_id = 731));
SELECT campaign.run_until('2026-01-05 10:00+00') > 0 AS moved;
SELECT campaign, program, owner, is_active, sent, clicked, replied, scored, reply_score, reply_indicator FROM campaign.nurture ORDER BY campaign;

-- one half is green, and just below it is red; what is no number between 0 and 1 is no score
SELECT campaign.record_event('clicked', 73101), campaign.record_event('replied', 73102, detail => '{"sentiment": 0.2}'),
    campaign.record_event('replied', 73103, detail => '{"sentiment": 0.8}'), campaign.record_event('replied', 73104),
    campaign.record_event('replied', 73105, detail => '{"sentiment": "good"}'), campaign.record_event('replied', 73106, detail => '{"sentiment": 7}') \g /dev/null
SELECT campaign.run_until('2026-01-05 11:00+00') > 0 AS moved;
SELECT sent, clicked, replied, scored, reply_score, reply_indicator FROM campaign.nurture WHERE campaign_id = :letters;
SELECT campaign.record_event('replied', 73107, detail => '{"sentiment": 0.497}') \g /dev/null
SELECT campaign.run_until('2026-01-05 12:00+00') > 0 AS moved;
SELECT sent, clicked, replied, scored, reply_score, reply_indicator FROM campaign.nurture WHERE campaign_id = :letters;
-- counted once, whether upkeep has added the deltas up or not
SELECT campaign.run_until('2026-01-08 12:00+00') >= 0 AS moved;
SELECT sent, clicked, replied, scored, reply_score, reply_indicator FROM campaign.nurture WHERE campaign_id = :letters;
SELECT campaign.stop(:letters);
SELECT is_active FROM campaign.nurture WHERE campaign_id = :letters;
ROLLBACK;
