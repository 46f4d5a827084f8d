-- Limits and what of them is used, where anybody is near one.
\pset footer off
\pset null '-'
SELECT time_zone AS zone FROM campaign.member ORDER BY id LIMIT 1 \gset
SET TIME ZONE :'zone';
SELECT account, action_kind AS kind, to_char(window_start, 'Dy DD Mon HH24:MI') AS "from", to_char(window_end, 'Dy DD Mon HH24:MI TZ') AS "to",
    used, max_actions AS max, deferred
    FROM campaign.quota_usage
    WHERE action_kind = 'invite' OR action_kind = 'message' OR account LIKE 'anna%' AND action_kind = 'visit'
    ORDER BY action_kind, account;
