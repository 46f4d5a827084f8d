-- The bits that stand for kinds of event in a campaign's runs, and what follows when its conditions change.

CREATE FUNCTION campaign.renew_facts(workspace bigint, campaign bigint) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_known text[] := ARRAY(SELECT f.kind FROM campaign.campaign_fact f
        WHERE f.workspace_id = $1 AND f.campaign_id = $2 ORDER BY f.bit);
    v_added text[];
BEGIN
    WITH added AS (
        INSERT INTO campaign.campaign_fact (workspace_id, campaign_id, bit, kind)
        SELECT $1, $2, f.bit, f.kind
        FROM campaign.campaign c
        CROSS JOIN LATERAL campaign.compiled_facts(c.definition, c.settings, v_known) f
        WHERE c.workspace_id = $1 AND c.id = $2 AND f.bit >= cardinality(v_known)
        RETURNING kind
    )
    SELECT array_agg(a.kind) INTO v_added FROM added a;
    IF v_added IS NULL THEN
        RETURN 0;
    END IF;
    -- What came before anybody asked about it counts from when it came.
    UPDATE campaign.enrollment e SET facts = e.facts | w.bits
    FROM (
        SELECT o.id, x.bits
        FROM (SELECT v.enrollment_id, bit_or(1::bigint << f.bit) AS bits
              FROM campaign.event v
              JOIN campaign.campaign_fact f ON f.workspace_id = $1 AND f.campaign_id = $2 AND f.kind = v.kind
              WHERE v.workspace_id = $1 AND v.campaign_id = $2 AND v.kind = ANY (v_added) AND v.enrollment_id IS NOT NULL
              GROUP BY v.enrollment_id) x
        JOIN campaign.enrollment o ON o.workspace_id = $1 AND o.id = x.enrollment_id AND o.ended_at IS NULL
        ORDER BY o.id FOR NO KEY UPDATE OF o
    ) w
    WHERE e.workspace_id = $1 AND e.id = w.id;
    RETURN cardinality(v_added);
END
$$;
COMMENT ON FUNCTION campaign.renew_facts(bigint, bigint) IS
    'Internal. Gives a bit to each kind of event that the steps and settings of a campaign have come to ask about, and sets it in the runs to which it happened; how many. The caller has locked the campaign against the rounds';

CREATE FUNCTION campaign.look_again(workspace bigint, campaign bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_runs bigint;
BEGIN
    -- A run whose action is queued or under way has no timer; it is due this once.
    UPDATE campaign.enrollment e
    SET due_at = w.now, parked_due_at = CASE WHEN e.halt <> 1 THEN COALESCE(e.parked_due_at, e.due_at) END
    FROM (SELECT o.id, campaign.clock() AS now
          FROM campaign.enrollment o
          JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = $2 AND c.state IN ('live', 'closed')
          WHERE o.workspace_id = $1 AND o.campaign_id = $2 AND o.status = 'in_progress' AND o.held IS NULL
          ORDER BY o.id FOR NO KEY UPDATE OF o) w
    WHERE e.workspace_id = $1 AND e.id = w.id AND (e.due_at IS NULL OR e.due_at > w.now);
    GET DIAGNOSTICS v_runs = ROW_COUNT;
    PERFORM campaign.wake();
    RETURN v_runs;
END
$$;
COMMENT ON FUNCTION campaign.look_again(bigint, bigint) IS
    'Internal. Has all runs of a live campaign looked at at once, since what moves them has changed; their timers stay. How many';
