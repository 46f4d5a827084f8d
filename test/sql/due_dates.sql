-- Messages of stages that go by a due date follow it when it changes (S5.12): another day, none any more, one for
-- the first time, another offset, another time zone; and what was sent is not sent again.
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna');
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || n, 'p' || n || '@x.org' FROM generate_series(1, 5) n;
CREATE FUNCTION pg_temp.p(VARIADIC n integer[]) RETURNS bigint[] LANGUAGE sql AS 'SELECT array_agg(campaign.prospect_id(''p'' || u) ORDER BY u) FROM unnest($1) u';
INSERT INTO campaign.message_template (name, subject, body) VALUES ('Reminder', 'Your draft', 'Soon, please'), ('Eve', 'Tomorrow', 'Your draft is due');
SELECT campaign.create_sequence('Dated', '[{"stage": {"title": "Draft", "phase": "participants", "promoted_by": "drafts", "messages": [
        {"template": "Reminder", "delivery": {"due": "-2 days"}}, {"template": "Eve"}]}, "name": "draft"},
    {"stage": {"title": "Done", "phase": "complete"}, "name": "done"}]') > 0 AS made;
SELECT campaign.create_campaign('Dated', 'Dated', :member, ARRAY[campaign.account_id('anna')], settings => '{"time_zone": "Europe/Paris"}') AS c \gset
INSERT INTO campaign.deliverable (campaign_id, name, kind, due_on) VALUES (:c, 'Script', 'draft', '2026-03-12');
SELECT campaign.launch(:c);
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(1, 2));
CREATE VIEW pg_temp.sent AS SELECT o.at, p.external_id, o.content #>> '{content,subject}' AS subject FROM campaign.outbox o JOIN campaign.prospect p ON p.id = o.prospect_id ORDER BY o.at, p.external_id, o.id;
CREATE VIEW pg_temp.planned AS SELECT p.external_id, s.name AS message, a.wanted_at, a.parked_at FROM campaign.side_action a
    JOIN campaign.prospect p ON p.id = a.prospect_id JOIN campaign.step s ON s.campaign_id = a.campaign_id AND s.position = a.step
    WHERE COALESCE(a.wanted_at, a.parked_at) IS NOT NULL ORDER BY 1, a.step;
SELECT campaign.tick() > 0 AS ticked;
SELECT * FROM pg_temp.planned;

-- a later day, and an earlier one
UPDATE campaign.deliverable SET due_on = '2026-03-20';
SELECT * FROM pg_temp.planned;
UPDATE campaign.deliverable SET due_on = '2026-03-10';
SELECT * FROM pg_temp.planned;
-- the first of several days counts
INSERT INTO campaign.deliverable (campaign_id, name, kind, due_after) VALUES (:c, 'Storyboard', 'draft', '5 days');
SELECT * FROM pg_temp.planned;
DELETE FROM campaign.deliverable WHERE name = 'Storyboard';
-- of final pieces the stage asks nothing
INSERT INTO campaign.deliverable (campaign_id, name, kind, due_on) VALUES (:c, 'Reel', 'final', '2026-03-05');
SELECT * FROM pg_temp.planned;
-- no day any more, and one again
UPDATE campaign.deliverable SET due_on = NULL WHERE name = 'Script';
SELECT * FROM pg_temp.planned;
UPDATE campaign.deliverable SET due_on = '2026-03-11' WHERE name = 'Script';
SELECT * FROM pg_temp.planned;
-- another offset; one that was by hand so far goes by the date from here on
SELECT campaign.edit_step(:c, 'draft_message', '{"delivery": {"due": "-3 days"}}') AS revision;
SELECT campaign.edit_step(:c, 'draft_message_2', '{"delivery": {"due": "-1 day"}}') AS revision;
SELECT * FROM pg_temp.planned;
-- by hand again
SELECT campaign.edit_step(:c, 'draft_message_2', '{"delivery": "manual"}') AS revision;
SELECT * FROM pg_temp.planned;
SELECT campaign.edit_step(:c, 'draft_message_2', '{"delivery": {"due": "-1 day"}}') AS revision;
-- seven in the morning somewhere else
SELECT campaign.alter_campaign(:c, settings => '{"time_zone": "America/New_York"}');
SELECT * FROM pg_temp.planned;
-- who is paused, and whoever waits with the campaign, keeps the day that is said meanwhile
SELECT campaign.pause_prospects(:c, pg_temp.p(2)) AS paused;
SELECT campaign.run_until('2026-03-08 12:00+00') > 0 AS lived;
SELECT * FROM pg_temp.planned;
SELECT * FROM pg_temp.sent;
SELECT campaign.pause(:c);
UPDATE campaign.deliverable SET due_on = '2026-03-25' WHERE name = 'Script';
SELECT * FROM pg_temp.planned;
SELECT campaign.resume(:c);
SELECT campaign.resume_prospects(:c, pg_temp.p(2)) AS resumed;
SELECT * FROM pg_temp.planned;
-- what was sent is not sent again
SELECT campaign.run_until('2026-03-23 12:00+00') > 0 AS lived;
SELECT * FROM pg_temp.sent;
-- a day that comes to lie in the past is made up for at once; who comes to the stage after it gets nothing
UPDATE campaign.deliverable SET due_on = '2026-03-23' WHERE name = 'Script';
SELECT count(*) FROM campaign.enroll(:c, pg_temp.p(3));
SELECT campaign.run_until('2026-03-23 13:00+00') > 0 AS lived;
SELECT * FROM pg_temp.sent WHERE at > '2026-03-22 20:00+00';
SELECT * FROM pg_temp.planned;
-- who has delivered is not reminded, whatever day is said then
UPDATE campaign.deliverable SET due_on = '2026-03-30' WHERE name = 'Script';
SELECT external_id, count(*) FROM pg_temp.planned GROUP BY 1 ORDER BY 1;
SELECT campaign.submit_deliverable(:c, (pg_temp.p(3))[1], campaign.deliverable_id(:c, 'Script')) > 0 AS submitted;
UPDATE campaign.deliverable SET due_on = '2026-03-31' WHERE name = 'Script';
SELECT external_id, count(*) FROM pg_temp.planned GROUP BY 1 ORDER BY 1;
SELECT * FROM campaign.stuck;
ROLLBACK;
