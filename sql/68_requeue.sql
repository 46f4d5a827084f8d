-- The way out for actions that wait for a person.

-- What has not been approved is put up again: anew, where it has no contents. That and its day are looked
-- at by the round that finds its run due.
CREATE FUNCTION campaign.ask_again(workspace bigint, actions bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    locked bigint[];
    asked bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM campaign.action a WHERE a.workspace_id = $1 AND a.id = ANY ($2)
                   AND a.state = 'held' AND a.put_up_at IS NOT NULL AND a.approved_at IS NULL) THEN
        RETURN NULL;
    END IF;
    locked := campaign.lock_decided($1, $2, '{held}');
    SELECT array_agg(a.id ORDER BY a.id) INTO asked
    FROM campaign.action a
    WHERE a.workspace_id = $1 AND a.id = ANY (locked) AND a.put_up_at IS NOT NULL AND a.approved_at IS NULL;
    UPDATE campaign.action a SET state = 'awaiting_approval', reason = NULL WHERE a.workspace_id = $1 AND a.id = ANY (asked);
    UPDATE campaign.enrollment e SET due_at = campaign.clock()
    FROM campaign.action a
    JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = a.campaign_id
    WHERE a.workspace_id = $1 AND a.id = ANY (asked) AND e.workspace_id = $1 AND e.id = a.enrollment_id
      AND e.status = 'in_progress' AND e.held IS NULL AND c.state IN ('live', 'closed');
    PERFORM campaign.note_actions($1, 'action_requeued', asked, '{"approval": "asked"}');
    RETURN asked;
END
$$;
COMMENT ON FUNCTION campaign.ask_again(bigint, bigint[]) IS
    'Internal. Puts up for approval again those of these held actions that were not approved; which';

CREATE FUNCTION campaign.requeue(actions bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    v_unknown bigint;
    v_requeued bigint[];
    v_lanes bigint[];
    v_asked bigint[];
    v_count integer;
BEGIN
    SELECT min(a.id) INTO v_unknown FROM campaign.action a
    WHERE a.workspace_id = v_workspace AND a.id = ANY (requeue.actions)
      AND a.state = 'held' AND a.reason = 'unknown_outcome';
    IF v_unknown IS NOT NULL THEN
        RAISE EXCEPTION 'nobody knows whether this action was delivered'
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('The action is %s.', v_unknown),
                HINT = 'Ask the gateway, then call resolve(). To queue it again could deliver it twice.';
    END IF;
    v_asked := campaign.ask_again(v_workspace, requeue.actions);
    -- what is put right may be in the contents: they are rendered anew, since nothing has left
    WITH put_back AS (
        UPDATE campaign.action a SET state = 'queued', crashes = 0,
            reason = CASE WHEN a.approved_at IS NOT NULL AND a.not_before > campaign.clock() THEN 'approved' END,
            not_before = CASE WHEN a.approved_at IS NOT NULL THEN GREATEST(a.not_before, campaign.clock()) ELSE campaign.clock() END
        FROM (SELECT o.id FROM campaign.action o
              WHERE o.workspace_id = v_workspace AND o.id = ANY (requeue.actions) AND o.state = 'held'
              ORDER BY o.id FOR UPDATE) h
        WHERE a.workspace_id = v_workspace AND a.id = h.id
        RETURNING a.id, a.lane_id
    )
    SELECT array_agg(p.id), array_agg(DISTINCT p.lane_id ORDER BY p.lane_id), count(*) INTO v_requeued, v_lanes, v_count FROM put_back p;
    PERFORM campaign.note_actions(v_workspace, 'action_requeued', v_requeued);
    UPDATE campaign.lane l SET ready_at = campaign.clock()
    FROM (SELECT o.id FROM campaign.lane o
          WHERE o.workspace_id = v_workspace AND o.id = ANY (v_lanes) AND o.deferred_until IS NULL AND NOT o.pulled
          ORDER BY o.id FOR NO KEY UPDATE) w
    WHERE l.workspace_id = v_workspace AND l.id = w.id;
    PERFORM campaign.wake();
    RETURN v_count + COALESCE(cardinality(v_asked), 0);
END
$$;
COMMENT ON FUNCTION campaign.requeue(bigint[]) IS
    'Puts held actions back into the queue, or before the owner, once what held them is put right; returns how many. Refuses those whose outcome is unknown. Level operator';

CREATE FUNCTION campaign.requeue_prospects(campaign bigint, prospects bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    v_runs bigint[];
BEGIN
    IF requeue_prospects.campaign IS NOT NULL THEN
        PERFORM campaign.read_campaign(v_workspace, requeue_prospects.campaign, 'share');
    END IF;
    SELECT array_agg(h.id) INTO v_runs
    FROM (SELECT e.id FROM campaign.enrollment e
          WHERE e.workspace_id = v_workspace AND e.prospect_id = ANY (requeue_prospects.prospects)
            AND e.campaign_id = COALESCE(requeue_prospects.campaign, e.campaign_id)
            AND e.ended_at IS NULL AND e.held <> 'first_batch'
          ORDER BY e.id FOR UPDATE) h;
    -- a run at the entry of a step is due at once, and so is one whose action a pause may have taken out
    -- of the queue; one with a timer keeps it, and is looked at. Who waits over the cap has none
    UPDATE campaign.enrollment e SET held = NULL, held_detail = NULL,
        parked_due_at = CASE WHEN e.halt IN (2, 3) THEN e.parked_due_at END,
        due_at = CASE WHEN e.status = 'blocked' THEN NULL WHEN e.halt = 0 THEN COALESCE(e.parked_due_at, campaign.clock()) ELSE campaign.clock() END
    WHERE e.workspace_id = v_workspace AND e.id = ANY (v_runs);
    PERFORM campaign.note_runs(v_workspace, 'released', v_runs);
    -- what was to be sent beside them, and could not be queued, is tried again, and what could not be applied
    UPDATE campaign.side_action s SET wanted_at = campaign.clock(), parked_at = NULL, held = NULL
    WHERE s.workspace_id = v_workspace AND s.held IS NOT NULL AND s.prospect_id = ANY (requeue_prospects.prospects)
      AND s.campaign_id = COALESCE(requeue_prospects.campaign, s.campaign_id);
    UPDATE campaign.inbox i SET held = NULL
    WHERE i.workspace_id = v_workspace AND i.held IS NOT NULL
      AND i.person IN (SELECT p.person_key FROM campaign.prospect p
                       WHERE p.workspace_id = v_workspace AND p.id = ANY (requeue_prospects.prospects));
    PERFORM campaign.wake();
    RETURN COALESCE(cardinality(v_runs), 0);
END
$$;
COMMENT ON FUNCTION campaign.requeue_prospects(bigint, bigint[]) IS
    'Lets held runs of these prospects go on, in one campaign or (NULL) in all, once what held them is put right, and tries again what was reported of them; returns how many runs. Level operator';
