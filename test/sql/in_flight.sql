-- What is reported of a person while the outcome of an action is not applied yet.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna@example.com') RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id) SELECT unnest('{early,late,settled,never,replies}'::text[]);
SELECT campaign.create_sequence('Invite', '[{"invite": {}}, {"wait": {"until": "connected", "within": "9 days", "else": "failure"}}]') > 0 AS created;
SELECT campaign.create_campaign('Invite', 'Invite', :member, ARRAY[:account]::bigint[]) AS invite \gset
SELECT campaign.launch(:invite);
SELECT count(*) FROM campaign.enroll(:invite, ARRAY(SELECT id FROM campaign.prospect WHERE external_id <> 'replies'));
SELECT campaign.tick() > 0 AS invited;
SELECT count(*) AS under_way FROM campaign.inbox WHERE outcome = 'complete';

-- ---- an invitation that is accepted before its outcome is known (S1.22) ------------------------------------

-- as an acceptance looks that was reported before a repeated attempt of the invitation got its answer
SELECT campaign.record_event('connected', 'early', occurred_at => campaign.clock() - interval '1 minute');
SELECT campaign.record_event('connected', 'late', occurred_at => campaign.clock());
-- it shows that the invitation was there, where nobody knew
UPDATE campaign.action a SET state = 'held', reason = 'unknown_outcome', maybe_sent = true
    FROM campaign.prospect p WHERE p.id = a.prospect_id AND p.external_id = 'settled';
DELETE FROM campaign.inbox i USING campaign.prospect p WHERE p.id = i.prospect_id AND p.external_id = 'settled';
SELECT campaign.record_event('connected', 'settled', action => a.action_id)
    FROM campaign.unknown_outcomes a WHERE a.external_id = 'settled';
SELECT campaign.run_until('2026-03-02 09:00+00') > 0 AS moved;
SELECT external_id, status, substatus, end_kind FROM campaign.prospect_status WHERE campaign_id = :invite ORDER BY 1;
SELECT p.external_id, r.state FROM campaign.relation r JOIN campaign.prospect p ON p.id = r.prospect_id ORDER BY 1;
SELECT accepted FROM campaign.overview WHERE campaign_id = :invite;
SELECT kind, accepted FROM campaign.daily_stats WHERE campaign_id = :invite;

-- ---- a reply that is applied in one round with the outcome before it (S2.28) --------------------------------

SELECT campaign.create_sequence('Twice', '[{"visit": {}}, {"follow": {}}]') > 0 AS created;
SELECT campaign.create_campaign('Twice', 'Twice', :member, ARRAY[:account]::bigint[]) AS twice \gset
SELECT campaign.launch(:twice);
SELECT count(*) FROM campaign.enroll(:twice, ARRAY[campaign.prospect_id('replies')]);
SELECT campaign.tick() > 0 AS visited;
SELECT campaign.record_event('replied', 'replies');
SELECT campaign.run_until('2026-03-02 12:00+00') > 0 AS moved;
-- what was queued in that round says why it was never sent
SELECT action_kind, state, reason, attempt, finished_at FROM campaign.action WHERE campaign_id = :twice ORDER BY step;
SELECT count(*) AS ready FROM campaign.lane WHERE action_kind = 'follow' AND ready_at IS NOT NULL;
SELECT status, end_kind, code FROM campaign.prospect_status WHERE campaign_id = :twice;
SELECT count(*) AS stuck FROM campaign.stuck;
ROLLBACK;
