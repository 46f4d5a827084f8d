-- What is old goes: keys of recorded events, and what is known of mails whose runs have ended. Upkeep walks
-- through each table in the order of its key, a piece at a time and once a day, so that no index is kept for it.

-- Whoever calls these has locked the upkeep of the workspace. most: rows that are looked at.
CREATE FUNCTION campaign.cleaning_place(workspace bigint, what text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN c.walked_at > campaign.clock() - interval '1 day' THEN NULL ELSE COALESCE(c.place, '') END
    FROM (SELECT) one
    LEFT JOIN campaign.cleaning c ON c.workspace_id = $1 AND c.what = $2
$$;
COMMENT ON FUNCTION campaign.cleaning_place(bigint, text) IS
    'Internal. Where the walk through a table goes on; NULL: it came to the end within a day';

CREATE FUNCTION campaign.cleaning_went(workspace bigint, what text, place text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO campaign.cleaning AS c (workspace_id, what, place, walked_at)
    VALUES ($1, $2, COALESCE($3, ''), CASE WHEN $3 IS NULL THEN campaign.clock() END)
    ON CONFLICT ON CONSTRAINT cleaning_pkey DO UPDATE SET place = excluded.place, walked_at = excluded.walked_at
$$;
COMMENT ON FUNCTION campaign.cleaning_went(bigint, text, text) IS
    'Internal. Notes how far the walk through a table has come; NULL: to its end';

CREATE FUNCTION campaign.clean_letters(workspace bigint, most integer) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    place text := campaign.cleaning_place($1, 'letter');
    before timestamptz := campaign.clock() - COALESCE(
        (SELECT s.keep_letters FROM campaign.workspace_setting s WHERE s.workspace_id = $1), interval '365 days');
    last text;
    gone integer;
BEGIN
    IF place IS NULL THEN
        RETURN 0;
    END IF;
    last := (SELECT l.message_id FROM campaign.letter l
        WHERE l.workspace_id = $1 AND l.message_id > place ORDER BY l.message_id OFFSET $2 - 1 LIMIT 1);
    -- of a run that goes on all are kept: the next mail answers the last one, whenever that was
    DELETE FROM campaign.letter l
    WHERE l.workspace_id = $1 AND l.message_id > place AND (last IS NULL OR l.message_id <= last) AND l.at < before
      AND NOT EXISTS (SELECT FROM campaign.enrollment e
                      WHERE e.workspace_id = $1 AND e.id = l.enrollment_id AND e.ended_at IS NULL);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM campaign.cleaning_went($1, 'letter', last);
    RETURN gone;
END
$$;
COMMENT ON FUNCTION campaign.clean_letters(bigint, integer) IS
    'Internal. Goes on walking through the mails that were sent, and forgets those of ended runs that are older than keep_letters; how many';

CREATE FUNCTION campaign.clean_keys(workspace bigint, most integer) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    place text := campaign.cleaning_place($1, 'dedup');
    last text;
    gone integer;
BEGIN
    IF place IS NULL THEN
        RETURN 0;
    END IF;
    last := (SELECT d.key FROM campaign.dedup d
        WHERE d.workspace_id = $1 AND d.key > place ORDER BY d.key OFFSET $2 - 1 LIMIT 1);
    DELETE FROM campaign.dedup d
    WHERE d.workspace_id = $1 AND d.key > place AND (last IS NULL OR d.key <= last) AND d.at < campaign.clock() - interval '30 days';
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM campaign.cleaning_went($1, 'dedup', last);
    RETURN gone;
END
$$;
COMMENT ON FUNCTION campaign.clean_keys(bigint, integer) IS
    'Internal. Goes on walking through the keys of recorded events, and forgets those of more than 30 days ago; how many';

CREATE FUNCTION campaign.clean_sessions(workspace bigint, most integer) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    place text := campaign.cleaning_place($1, 'session');
    before timestamptz := campaign.clock() - (SELECT s.keep_sessions FROM campaign.workspace_setting s WHERE s.workspace_id = $1);
    looked bigint[];
    gone integer;
BEGIN
    IF place IS NULL OR before IS NULL THEN
        RETURN 0;
    END IF;
    looked := ARRAY(SELECT s.id FROM campaign.session s
        WHERE s.workspace_id = $1 AND s.id > COALESCE(NULLIF(place, '')::bigint, 0) ORDER BY s.id LIMIT $2);
    DELETE FROM campaign.session s WHERE s.workspace_id = $1 AND s.id = ANY (looked) AND s.completed_at < before;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM campaign.cleaning_went($1, 'session', CASE WHEN cardinality(looked) = $2 THEN looked[$2]::text END);
    RETURN gone;
END
$$;
COMMENT ON FUNCTION campaign.clean_sessions(bigint, integer) IS
    'Internal. Goes on walking through sessions that people opened, and forgets those that ended longer ago than keep_sessions; how many';

CREATE FUNCTION campaign.clean_actions(workspace bigint, most integer) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    place text := campaign.cleaning_place($1, 'action');
    before timestamptz := campaign.clock() - (SELECT s.keep_sessions FROM campaign.workspace_setting s WHERE s.workspace_id = $1);
    looked bigint[];
    gone integer;
BEGIN
    IF place IS NULL OR before IS NULL THEN
        RETURN 0;
    END IF;
    looked := ARRAY(SELECT a.id FROM campaign.action a
        WHERE a.workspace_id = $1 AND a.id > COALESCE(NULLIF(place, '')::bigint, 0) ORDER BY a.id LIMIT $2);
    -- a run that goes on may come back to any of its steps, and asks what it has done there
    DELETE FROM campaign.action a
    WHERE a.workspace_id = $1 AND a.id = ANY (looked) AND a.finished_at < before
      AND a.state IN ('complete', 'skipped', 'failed', 'cancelled')
      AND NOT EXISTS (SELECT FROM campaign.enrollment e
                      WHERE e.workspace_id = $1 AND e.id = a.enrollment_id AND (e.ended_at IS NULL OR e.ended_at >= before));
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM campaign.cleaning_went($1, 'action', CASE WHEN cardinality(looked) = $2 THEN looked[$2]::text END);
    RETURN gone;
END
$$;
COMMENT ON FUNCTION campaign.clean_actions(bigint, integer) IS
    'Internal. Goes on walking through actions, and forgets those that ended, with their runs, longer ago than keep_sessions; how many';
