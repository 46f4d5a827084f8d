-- What changes the state of a campaign: draft -> live <-> paused -> closed -> archived. Each locks
-- the campaign's row against the rounds that move its runs, and against those who enrol.

CREATE VIEW campaign.missing_content AS
    SELECT s.workspace_id, s.campaign_id, s.position, s.name, s.path,
        pg_catalog.array_agg(r.key ORDER BY r.key) AS contents
    FROM campaign.step s
    CROSS JOIN LATERAL (
        SELECT k.options -> 'contents' AS contents FROM campaign.action_kind k
        WHERE k.name = s.action_kind ORDER BY k.built_in LIMIT 1
    ) w
    CROSS JOIN LATERAL pg_catalog.jsonb_each_text(w.contents) AS r(key, use)
    -- what a template lacks is looked at where it is known
    WHERE COALESCE(s.content ->> r.key, '') !~ '\S'
      AND (r.use = 'required' OR r.use = 'first' AND NOT EXISTS (
          SELECT FROM campaign.step e
          WHERE e.workspace_id = s.workspace_id AND e.campaign_id = s.campaign_id
            AND e.position < s.position AND e.action_kind = s.action_kind))
      AND NOT COALESCE(s.content ? 'template', false)
    GROUP BY s.workspace_id, s.campaign_id, s.position, s.name, s.path;
COMMENT ON VIEW campaign.missing_content IS
    'Internal. The steps that lack contents which their kind of action requires, and which (S2.47)';

-- Whoever has not begun yet begins now: a delay before the first action counts from here. Whoever
-- waits for a condition is looked at once: it may have come true meanwhile (S2.32). The deadline is
-- reckoned from base_at, so that due_at may be any time before it. Who is paused by himself stays so.
CREATE FUNCTION campaign.unpark(workspace bigint, campaign bigint, now timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    -- goal and exit_if have to be looked at in delays, too
    watched boolean := EXISTS (SELECT FROM campaign.campaign c
        WHERE c.workspace_id = $1 AND c.id = $2 AND c.settings ?| '{goal,exit_if}');
    -- and stages whose event may have come
    awaiting integer[] := ARRAY(SELECT s.position FROM campaign.step s
        WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND s.kind = 'stage' AND s.content ? 'on_event');
BEGIN
    UPDATE campaign.enrollment e
    SET due_at = CASE e.halt
            WHEN 0 THEN GREATEST(e.parked_due_at, $3)
            WHEN 1 THEN $3
            WHEN 3 THEN LEAST(e.due_at, e.parked_due_at, $3)
            WHEN 5 THEN $3
            ELSE CASE WHEN watched THEN $3 ELSE e.parked_due_at END END,
        base_at = CASE WHEN e.halt = 0 AND e.step = 0 THEN GREATEST(e.base_at, $3) ELSE e.base_at END,
        parked_due_at = CASE WHEN e.halt IN (2, 3) AND watched THEN COALESCE(e.parked_due_at, e.due_at) END
    WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.status = 'in_progress' AND e.held IS NULL
      AND (e.parked_due_at IS NOT NULL OR e.halt = 3 AND e.due_at > $3 OR e.halt = 5 AND e.step = ANY (awaiting));
END
$$;
COMMENT ON FUNCTION campaign.unpark(bigint, bigint, timestamptz) IS
    'Internal. Gives back their timers to runs that came due, or were enrolled, while the campaign did not run, and has those that wait looked at';

CREATE FUNCTION campaign.park(workspace bigint, campaign bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    UPDATE campaign.enrollment e SET parked_due_at = COALESCE(e.parked_due_at, e.due_at), due_at = NULL
    WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.ended_at IS NULL AND e.due_at IS NOT NULL;
END
$$;
COMMENT ON FUNCTION campaign.park(bigint, bigint) IS
    'Internal. Puts the timers of a campaign''s runs outside of what is due, so that its pause costs the rounds nothing (S2.33)';

CREATE FUNCTION campaign.withdraw_queue(workspace bigint, campaign bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    withdrawn bigint;
    unapproved bigint;
BEGIN
    UPDATE campaign.action a SET state = 'withdrawn'
    FROM campaign.lane l
    -- not only the lanes of its present accounts: a run keeps the one that it began with
    WHERE l.workspace_id = $1 AND (l.ready_at IS NOT NULL OR l.pulled)
      AND a.workspace_id = $1 AND a.lane_id = l.id AND a.state = 'queued' AND a.campaign_id = $2;
    GET DIAGNOSTICS withdrawn = ROW_COUNT;
    UPDATE campaign.action a SET state = 'withdrawn'
    WHERE a.workspace_id = $1 AND a.campaign_id = $2 AND a.state = 'awaiting_approval';
    GET DIAGNOSTICS unapproved = ROW_COUNT;
    RETURN withdrawn + unapproved;
END
$$;
COMMENT ON FUNCTION campaign.withdraw_queue(bigint, bigint) IS
    'Internal. Takes all queued actions of a campaign out of the queue (S2.31)';

-- Queueing locks lanes, and this may stay uncommitted for as long as its user likes: the runs are only
-- marked as due, and the scheduler queues their actions (src/engine/requeue.h).
CREATE FUNCTION campaign.requeue_withdrawn(workspace bigint, campaign bigint, now timestamptz) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    requeued bigint;
BEGIN
    -- By the key, and nothing else that has an index: statistics know little of states that come and go.
    UPDATE campaign.enrollment e SET due_at = $3
    FROM campaign.action a
    WHERE a.workspace_id = $1 AND a.campaign_id = $2 AND a.state IN ('withdrawn', 'awaiting_approval')
      AND e.workspace_id = $1 AND e.id = a.enrollment_id AND e.action_id = a.id
      AND e.status = 'in_progress' AND e.held IS NULL;
    GET DIAGNOSTICS requeued = ROW_COUNT;
    RETURN requeued;
END
$$;
COMMENT ON FUNCTION campaign.requeue_withdrawn(bigint, bigint, timestamptz) IS
    'Internal. Has the scheduler put back into the queue what a pause had taken out of it (S2.32); of how many runs';

CREATE FUNCTION campaign.expel_all(workspace bigint, campaign bigint, end_kind text, code text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    chunk bigint[];
    expelled bigint := 0;
BEGIN
    LOOP
        SELECT array_agg(e.id) INTO chunk
        FROM (SELECT r.id FROM campaign.enrollment r
              WHERE r.workspace_id = $1 AND r.campaign_id = $2 AND r.ended_at IS NULL
              LIMIT 5000) e;
        EXIT WHEN chunk IS NULL;
        expelled := expelled + campaign.leave_enrollments($1, chunk, $3, $4);
    END LOOP;
    RETURN expelled;
END
$$;
COMMENT ON FUNCTION campaign.expel_all(bigint, bigint, text, text) IS
    'Internal. Ends all runs of a campaign that are still inside; how many';

CREATE FUNCTION campaign.pause_campaign(c campaign.campaign, paused_by text, reason text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    withdrawn bigint;
BEGIN
    UPDATE campaign.campaign u SET state = 'paused', paused_at = campaign.clock(), paused_by = $2, pause_reason = $3
    WHERE u.workspace_id = c.workspace_id AND u.id = c.id;
    PERFORM campaign.park(c.workspace_id, c.id);
    withdrawn := campaign.withdraw_queue(c.workspace_id, c.id);
    PERFORM campaign.note_event(c.workspace_id, 'paused', c.id,
        jsonb_strip_nulls(jsonb_build_object('withdrawn', withdrawn, 'cause', $3)),
        by_system => COALESCE($3 = 'trial_ended', false));
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.pause_campaign(campaign.campaign, text, text) IS
    'Internal. Pauses a live campaign that is locked; by user, or by system for a reason: trial_ended, plan_lacks';

CREATE FUNCTION campaign.pause(campaign bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'no key update');
BEGIN
    IF c.state <> 'live' THEN
        PERFORM campaign.refuse_state(c, 'be paused');
    END IF;
    PERFORM campaign.pause_campaign(c, 'user', NULL);
END
$$;
COMMENT ON FUNCTION campaign.pause(bigint) IS
    'Stops a live campaign: its queue is emptied, nothing is sent and nobody moves on until resume(); timers run on (S2.31, D8)';

CREATE FUNCTION campaign.resume_campaign(c campaign.campaign, on_resume text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    now timestamptz := campaign.clock();
    requeued bigint;
BEGIN
    UPDATE campaign.campaign u SET state = 'live', paused_at = NULL, paused_by = NULL, pause_reason = NULL,
        overdue_from = CASE $2 WHEN 'skip_overdue' THEN LEAST(u.paused_at, now) ELSE u.overdue_from END,
        overdue_until = CASE $2 WHEN 'skip_overdue' THEN now ELSE u.overdue_until END
    WHERE u.workspace_id = c.workspace_id AND u.id = c.id;

    -- A timer that began during the pause is shifted by what it has seen of it. What it counts from
    -- moves with it, since deadlines are reckoned from there.
    IF $2 = 'shift' THEN
        UPDATE campaign.enrollment e
        SET due_at = e.due_at + (now - GREATEST(c.paused_at, LEAST(e.base_at, now))),
            parked_due_at = e.parked_due_at + (now - GREATEST(c.paused_at, LEAST(e.base_at, now))),
            base_at = e.base_at + (now - GREATEST(c.paused_at, LEAST(e.base_at, now)))
        WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.ended_at IS NULL AND e.halt IN (2, 3);
    END IF;
    PERFORM campaign.unpark(c.workspace_id, c.id, now);
    requeued := campaign.requeue_withdrawn(c.workspace_id, c.id, now);
    PERFORM campaign.resume_side_actions(c.workspace_id, c.id);
    -- what was delivered, approved and paid meanwhile leads on now (S5.8)
    PERFORM campaign.promote_all_fulfilled(c.workspace_id, c.id);
    PERFORM campaign.note_event(c.workspace_id, 'resumed', c.id, jsonb_build_object('on_resume', $2, 'requeued', requeued));
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.resume_campaign(campaign.campaign, text) IS
    'Internal. Lets a paused campaign that is locked go on';

CREATE FUNCTION campaign.resume(campaign bigint, on_resume text DEFAULT 'as_due') RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'no key update');
    faults text;
    ways text;
BEGIN
    IF $2 IS NULL OR $2 NOT IN ('as_due', 'shift', 'skip_overdue') THEN
        RAISE EXCEPTION 'on_resume is none of as_due, shift and skip_overdue'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE(quote_literal($2), 'NULL')),
                HINT = 'as_due lets timers have run on during the pause; shift adds the length of the pause to them; skip_overdue lets them have run on, and skips what would have been sent meanwhile.';
    END IF;
    IF c.state <> 'paused' THEN
        PERFORM campaign.refuse_state(c, 'be resumed');
    END IF;
    SELECT string_agg(f.fault, E'\n' ORDER BY f.n), string_agg(DISTINCT f.hint, '; ') INTO faults, ways
    FROM campaign.plan_faults(workspace, c.id) WITH ORDINALITY f (fault, hint, n);
    IF faults IS NOT NULL THEN
        RAISE EXCEPTION 'campaign "%" cannot be resumed: the plan does not include it', c.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = faults, HINT = ways || '.';
    END IF;
    PERFORM campaign.resume_campaign(c, $2);
END
$$;
COMMENT ON FUNCTION campaign.resume(bigint, text) IS
    'Lets a paused campaign go on. as_due: timers have run on, what became due meanwhile is done at once (S2.32); shift: timers are prolonged by the length of the pause; skip_overdue: timers have run on, and each action whose time lay in the pause is skipped (D8)';

CREATE FUNCTION campaign.stop(campaign bigint, finish boolean DEFAULT true) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    -- Held against whoever enrols, where everybody who is inside must leave.
    c campaign.campaign := campaign.read_campaign(workspace, $1, CASE WHEN $2 THEN 'no key update' ELSE 'update' END);
    removed bigint := 0;
BEGIN
    IF c.state NOT IN ('live', 'paused') AND NOT (c.state = 'closed' AND NOT $2) THEN
        PERFORM campaign.refuse_state(c, 'be stopped');
    END IF;
    IF $2 AND c.state = 'paused'
        AND EXISTS (SELECT FROM campaign.enrollment e
                    WHERE e.workspace_id = workspace AND e.campaign_id = c.id AND e.ended_at IS NULL) THEN
        RAISE EXCEPTION 'campaign "%" cannot be stopped: those inside cannot finish while it is paused', c.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Campaign %s is in state paused.', c.id),
                HINT = 'resume() it first, or let them leave with stop(campaign, finish => false).';
    END IF;
    IF $2 AND c.batch_left IS NOT NULL
        AND EXISTS (SELECT FROM campaign.enrollment e
                    WHERE e.workspace_id = workspace AND e.campaign_id = c.id AND e.ended_at IS NULL AND e.held = 'first_batch') THEN
        RAISE EXCEPTION 'campaign "%" cannot be stopped: some inside wait behind the first batch', c.name
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'They were not let go, so they cannot finish.',
                HINT = 'continue_batch() lets them go, stop(campaign, finish => false) lets all leave.';
    END IF;
    UPDATE campaign.campaign u SET state = 'closed', paused_at = NULL, paused_by = NULL, pause_reason = NULL, closed_at = COALESCE(u.closed_at, campaign.clock())
    WHERE u.workspace_id = workspace AND u.id = c.id;
    IF NOT $2 THEN
        removed := campaign.expel_all(workspace, c.id, 'removed', 'stopped');
    END IF;
    PERFORM campaign.note_event(workspace, 'stopped', c.id, jsonb_build_object('finish', $2, 'removed', removed));
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.stop(bigint, boolean) IS
    'Takes nobody new any more. Those inside finish, or, with finish false, leave at once as removed, code stopped';

CREATE FUNCTION campaign.archive(campaign bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'update');
    archived bigint;
BEGIN
    IF c.state = 'archived' THEN
        PERFORM campaign.refuse_state(c, 'be archived');
    END IF;
    UPDATE campaign.campaign u SET state = 'archived', paused_at = NULL, paused_by = NULL, pause_reason = NULL, archived_at = campaign.clock()
    WHERE u.workspace_id = workspace AND u.id = c.id;
    archived := campaign.expel_all(workspace, c.id, 'archived', 'archived');
    -- what still waited for those who had completed
    PERFORM campaign.close_side_actions(workspace, ARRAY(SELECT DISTINCT s.enrollment_id FROM campaign.side_action s
        WHERE s.workspace_id = workspace AND s.campaign_id = c.id ORDER BY 1));
    PERFORM campaign.note_event(workspace, 'archived', c.id, jsonb_build_object('archived', archived));
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.archive(bigint) IS
    'Ends a campaign for good: everybody inside leaves as archived and is free for another campaign. Nothing leads out of it (S2.34)';
