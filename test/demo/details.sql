-- One of each: a message, a reply that came before its message was sent, and somebody who is deferred.
\pset footer off
\pset null '-'
SELECT time_zone AS zone FROM campaign.member ORDER BY id LIMIT 1 \gset
SET TIME ZONE :'zone';
SELECT campaign.campaign_id('Spring') AS campaign \gset

\echo :heading_message
SELECT concat_ws(' ', p.first_name, p.last_name) AS "to", a.content -> 'sender' ->> 'name' AS "from",
    p.company, p.job_title, a.executed_at, a.key, a.content -> 'content' ->> 'body' AS body
    FROM campaign.action a
    JOIN campaign.prospect p ON p.workspace_id = a.workspace_id AND p.id = a.prospect_id
    WHERE a.action_kind = 'message' AND a.executed_at IS NOT NULL AND p.first_name ~ '[À-ſ]'
    ORDER BY p.company IS NULL DESC, a.id LIMIT 1 \gx

\echo :heading_reply
SELECT a.prospect_id AS writer FROM campaign.action a
    WHERE a.action_kind = 'message' AND a.state = 'cancelled' AND a.campaign_id = :campaign ORDER BY a.id LIMIT 1 \gset
SELECT to_char(e.at, 'HH24:MI:SS.MS') AS at, e.kind, s.name AS step, e.actor, e.detail
    FROM campaign.events_since(NULL, 100000) e
    LEFT JOIN campaign.step s ON s.campaign_id = e.campaign_id AND s.position = e.step
    WHERE e.prospect_id = :writer ORDER BY e.at, e.id;
SELECT a.action_kind AS action, a.state, a.reason, a.executed_at, s.status, s.end_kind, s.step
    FROM campaign.action a
    JOIN campaign.prospect_status s ON s.enrollment_id = a.enrollment_id
    WHERE a.prospect_id = :writer AND a.action_kind = 'message';

\echo :heading_deferred
SELECT prospect_id AS deferred, prospect FROM campaign.queue
    WHERE reason = 'quota' AND kind = 'invite' ORDER BY queued_at DESC, action_id DESC LIMIT 1 \gset
\echo :prospect is to be invited by somebody whose week is full.
\set ECHO queries
SELECT * FROM campaign.explain(:campaign, :deferred) \gx
