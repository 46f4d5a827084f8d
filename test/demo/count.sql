-- Both sides of every delivery, by the key that both know: actions that the database says were executed,
-- against what the receiver wrote down. Standard input is the receiver's log, one request a line; an
-- effect is a request that it answered 2xx for itself. One that it answered from memory (the word
-- "repeat", with --idempotent) had no effect.
CREATE TEMPORARY TABLE request (line text);
\copy request FROM pstdin WITH (FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01')
CREATE TEMPORARY TABLE effect AS
    SELECT r.part[1] AS key, r.part[3]::jsonb AS body
    FROM (SELECT regexp_match(line, '^\d+ \d+ POST \S+ (\S+) (\S+) (.*)$') AS part FROM request) r
    WHERE r.part[2] ~ '^2\d\d$';
CREATE TEMPORARY TABLE sent AS
    SELECT key FROM campaign.action WHERE executed_at IS NOT NULL;
-- Under way at the kill, and in doubt; before the repeat was sent, the person wrote, and it was withdrawn.
CREATE TEMPORARY TABLE doubtful AS
    SELECT key FROM campaign.action WHERE executed_at IS NULL AND maybe_sent AND state = 'cancelled';
SELECT
    (SELECT count(*) FROM sent),
    (SELECT count(DISTINCT key) FROM effect e WHERE NOT EXISTS (SELECT FROM doubtful d WHERE d.key = e.key)),
    -- executed here, unknown there
    (SELECT count(*) FROM sent s WHERE NOT EXISTS (SELECT FROM effect e WHERE e.key = s.key)),
    -- the same key twice, the same thing done twice to somebody under two keys, or more than is known of here
    (SELECT count(*) - count(DISTINCT key) FROM effect)
        + (SELECT count(*) - count(DISTINCT (e.body -> 'prospect' ->> 'id', e.body ->> 'kind'))
           FROM (SELECT DISTINCT key, body FROM effect) e)
        + (SELECT count(DISTINCT e.key) FROM effect e
           WHERE NOT EXISTS (SELECT FROM sent s WHERE s.key = e.key)
             AND NOT EXISTS (SELECT FROM doubtful d WHERE d.key = e.key)),
    (SELECT count(*) FROM request WHERE line ~ '^\d+ \d+ POST \S+ \S+ repeat '),
    (SELECT count(*) FROM doubtful);
