-- What the owner of a campaign decides about actions that wait for him: approve, block (S1.7), and take out
-- of the queue (S1.9). Each is a statement for each table, whatever the number of actions. Locks are taken
-- in the order that everybody keeps: campaigns, runs, actions, each by id.

COMMENT ON COLUMN campaign.action.put_up_at IS 'When it was last put up for the owner to approve; NULL = it needs no approval';
COMMENT ON COLUMN campaign.action.approved_at IS 'When he approved it';

-- Runs that wait for one of these actions, in campaigns of which the role of the session may decide.
CREATE FUNCTION campaign.lock_decided(workspace bigint, actions bigint[], states text[]) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    members bigint[] := campaign.acting_members($1);
    campaigns bigint[];
    runs bigint[];
    locked bigint[];
BEGIN
    SELECT array_agg(h.id) INTO campaigns FROM (
        SELECT c.id FROM campaign.campaign c
        WHERE c.workspace_id = $1 AND c.state <> 'archived' AND (members IS NULL OR c.owner_id = ANY (members))
          AND c.id IN (SELECT a.campaign_id FROM campaign.action a WHERE a.workspace_id = $1 AND a.id = ANY ($2))
        ORDER BY c.id FOR SHARE) h;
    SELECT array_agg(h.id) INTO runs FROM (
        SELECT e.id FROM campaign.enrollment e
        WHERE e.workspace_id = $1 AND e.ended_at IS NULL AND e.campaign_id = ANY (campaigns)
          AND e.id IN (SELECT a.enrollment_id FROM campaign.action a WHERE a.workspace_id = $1 AND a.id = ANY ($2))
        ORDER BY e.id FOR UPDATE) h;
    SELECT array_agg(h.id) INTO locked FROM (
        SELECT a.id FROM campaign.enrollment e
        JOIN campaign.action a ON a.workspace_id = $1 AND a.id = e.action_id
        WHERE e.workspace_id = $1 AND e.id = ANY (runs) AND a.id = ANY ($2) AND a.state = ANY ($3) AND a.attempt = 0
        ORDER BY a.id FOR UPDATE OF a) h;
    RETURN locked;
END
$$;
COMMENT ON FUNCTION campaign.lock_decided(bigint, bigint[], text[]) IS
    'Internal. Those of these actions that have one of these states, of campaigns of which the role of the session may decide, locked with their runs; NULL if there are none';

-- S1.5: what is approved is sent in the next slot that begins on a later day than that on which it was put
-- up. Without cohorts there are no days, and it is sent as the slots allow.
CREATE FUNCTION campaign.approve(actions bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('agent');
    now timestamptz := campaign.clock();
    locked bigint[] := campaign.lock_decided(workspace, $1, '{awaiting_approval,withdrawn}');
    decided bigint[];
BEGIN
    -- what has not been shown cannot be approved
    SELECT array_agg(a.id ORDER BY a.id) INTO decided
    FROM campaign.action a
    WHERE a.workspace_id = workspace AND a.id = ANY (locked)
      AND a.put_up_at IS NOT NULL AND a.approved_at IS NULL AND a.content IS NOT NULL;
    IF decided IS NULL THEN
        RETURN 0;
    END IF;
    WITH waiting AS MATERIALIZED (
        SELECT a.id, a.campaign_id, CASE WHEN c.settings ? 'cohort_size' THEN
            GREATEST(now, ((a.put_up_at AT TIME ZONE c.time_zone)::date + 1)::timestamp AT TIME ZONE c.time_zone) END AS earliest
        FROM campaign.action a
        JOIN campaign.campaign c ON c.workspace_id = workspace AND c.id = a.campaign_id
        WHERE a.workspace_id = workspace AND a.id = ANY (decided)
    ), slot AS MATERIALIZED (
        SELECT w.campaign_id, w.earliest, n.starts_at
        FROM (SELECT DISTINCT v.campaign_id, v.earliest FROM waiting v WHERE v.earliest IS NOT NULL) w
        CROSS JOIN LATERAL campaign.next_slot(workspace, w.campaign_id, w.earliest - interval '1 microsecond') n
    )
    UPDATE campaign.action a SET approved_at = now, reason = 'approved', not_before = COALESCE(s.starts_at, w.earliest, now)
    FROM waiting w
    LEFT JOIN slot s ON s.campaign_id = w.campaign_id AND s.earliest = w.earliest
    WHERE a.workspace_id = workspace AND a.id = w.id;
    -- queueing locks lanes, so the scheduler does it
    UPDATE campaign.enrollment e SET approved = true,
        due_at = CASE WHEN e.status = 'in_progress' AND e.held IS NULL AND c.state IN ('live', 'closed') THEN now ELSE e.due_at END
    FROM campaign.action a
    JOIN campaign.campaign c ON c.workspace_id = workspace AND c.id = a.campaign_id
    WHERE a.workspace_id = workspace AND a.id = ANY (decided) AND e.workspace_id = workspace AND e.id = a.enrollment_id;
    PERFORM campaign.note_actions(workspace, 'action_approved', decided);
    RETURN cardinality(decided);
END
$$;
COMMENT ON FUNCTION campaign.approve(bigint[]) IS
    'The owner approves these actions, which are sent as they were shown: in a campaign with cohorts in the next slot of a later day than that on which they were put up (S1.5). Those that wait for no approval are passed over; returns how many. Level operator, or agent for the campaigns of his member';

CREATE FUNCTION campaign.block(actions bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('agent');
    now timestamptz := campaign.clock();
    locked bigint[] := campaign.lock_decided(workspace, $1, '{awaiting_approval,queued,withdrawn,held}');
    decided bigint[];
    runs bigint[];
BEGIN
    SELECT array_agg(a.id ORDER BY a.id), array_agg(a.enrollment_id ORDER BY a.enrollment_id) INTO decided, runs
    FROM campaign.action a
    WHERE a.workspace_id = workspace AND a.id = ANY (locked)
      AND a.put_up_at IS NOT NULL;
    IF decided IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE campaign.action a SET state = 'cancelled', reason = 'blocked_by_owner', finished_at = now
    WHERE a.workspace_id = workspace AND a.id = ANY (decided);
    -- decided, and not withdrawn with the run
    UPDATE campaign.enrollment e SET action_id = NULL WHERE e.workspace_id = workspace AND e.id = ANY (runs);
    PERFORM campaign.note_actions(workspace, 'action_blocked', decided);
    INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n)
    SELECT workspace, a.campaign_id, a.step, (now AT TIME ZONE c.time_zone)::date, 'blocked_by_owner', count(*)
    FROM campaign.action a
    JOIN campaign.campaign c ON c.workspace_id = workspace AND c.id = a.campaign_id
    WHERE a.workspace_id = workspace AND a.id = ANY (decided)
    GROUP BY 2, 3, 4;
    PERFORM campaign.leave_enrollments(workspace, runs, 'end', 'blocked_by_owner');
    RETURN cardinality(decided);
END
$$;
COMMENT ON FUNCTION campaign.block(bigint[]) IS
    'The owner blocks these actions, which were put up for him to approve: they are never sent, and their runs leave as end, code blocked_by_owner (S1.7). What was started already is passed over; returns how many. Level operator, or agent for the campaigns of his member';

CREATE FUNCTION campaign.dequeue(actions bigint[], reason text DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('agent');
    decided bigint[] := campaign.lock_decided(workspace, $1, '{awaiting_approval,queued}');
    told jsonb := jsonb_strip_nulls(jsonb_build_object('reason', 'dequeued', 'detail', $2));
BEGIN
    IF decided IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE campaign.action a SET state = 'held', reason = 'dequeued', outcome = told
    WHERE a.workspace_id = workspace AND a.id = ANY (decided);
    PERFORM campaign.note_actions(workspace, 'action_held', decided, told);
    INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n)
    SELECT workspace, a.campaign_id, a.step, (campaign.clock() AT TIME ZONE c.time_zone)::date, 'held', count(*)
    FROM campaign.action a
    JOIN campaign.campaign c ON c.workspace_id = workspace AND c.id = a.campaign_id
    WHERE a.workspace_id = workspace AND a.id = ANY (decided)
    GROUP BY 2, 3, 4;
    RETURN cardinality(decided);
END
$$;
COMMENT ON FUNCTION campaign.dequeue(bigint[], text) IS
    'Takes these actions out of the queue, for a reason that is told: they are held as dequeued until requeue(), and their runs wait (S1.9). What was started already is passed over; returns how many. Level operator, or agent for the campaigns of his member';

-- In put_steps(): what was shown, and is another text now, is shown anew, and was not approved.
CREATE FUNCTION campaign.withdraw_approvals(c campaign.campaign, steps integer[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    shown bigint[];
BEGIN
    IF cardinality($2) > 0 THEN
        SELECT array_agg(h.id) INTO shown FROM (
            SELECT a.id FROM campaign.enrollment e
            JOIN campaign.action a ON a.workspace_id = c.workspace_id AND a.id = e.action_id
            WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.ended_at IS NULL AND e.halt = 1 AND e.step = ANY ($2)
              AND a.put_up_at IS NOT NULL AND a.attempt = 0 AND a.state IN ('awaiting_approval', 'queued', 'withdrawn', 'held')
            ORDER BY e.id, a.id FOR UPDATE) h;
    END IF;
    IF shown IS NULL THEN
        RETURN;
    END IF;
    PERFORM campaign.note_actions(c.workspace_id, 'approval_withdrawn', shown);
    UPDATE campaign.action a SET content = NULL, approved_at = NULL,
        reason = CASE WHEN a.state = 'held' THEN a.reason END,
        state = CASE a.state WHEN 'queued' THEN 'awaiting_approval' ELSE a.state END
    WHERE a.workspace_id = c.workspace_id AND a.id = ANY (shown);
    UPDATE campaign.enrollment e SET approved = false,
        due_at = CASE WHEN e.status = 'in_progress' AND e.held IS NULL AND c.state = 'live' AND a.state = 'awaiting_approval'
            THEN campaign.clock() ELSE e.due_at END
    FROM campaign.action a
    WHERE a.workspace_id = c.workspace_id AND a.id = ANY (shown) AND e.workspace_id = c.workspace_id AND e.id = a.enrollment_id;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.withdraw_approvals(campaign.campaign, integer[]) IS
    'Internal. Has what waits at these steps, whose text has changed, put up for approval anew';

-- Who is told over a channel. The event validation_requested tells everybody else.
CREATE FUNCTION campaign.notify_owners(workspace bigint, campaigns bigint[], shown integer[], at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    PERFORM campaign.notify_members($1, array_agg(c.owner_id ORDER BY c.id),
        array_agg(format('validation:%s:%s', c.id, (EXTRACT(epoch FROM $4) * 1000000)::bigint) ORDER BY c.id),
        array_agg(jsonb_build_object('kind', 'validation_requested', 'actions', v.n, 'at', $4,
            'campaign', jsonb_build_object('id', c.id::text, 'name', c.name),
            'subject', campaign.one_line(format('%s: contacts wait for your approval', c.name)),
            'body', concat_ws(E'\n', format('Contacts of campaign "%s" wait for your approval: %s so far.', c.name, v.n),
                format('Look at them: SELECT * FROM campaign.queue WHERE campaign_id = %s AND state = ''awaiting_approval''', c.id),
                'Then campaign.approve() or campaign.block() them, by their action_id.')) ORDER BY c.id), $4)
    FROM unnest($2, $3) AS v(id, n)
    JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = v.id
    JOIN campaign.member m ON m.workspace_id = $1 AND m.id = c.owner_id AND m.notify_channel_id IS NOT NULL
    HAVING count(*) > 0;
END
$$;
COMMENT ON FUNCTION campaign.notify_owners(bigint, bigint[], integer[], timestamptz) IS
    'Internal. Tells the owners of these campaigns, by their notify_channel_id, how many actions were put up for them';

-- A run of which nothing had to be approved so far needs no approval for what is not its first contact.
CREATE FUNCTION campaign.approval_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    IF campaign.approval_of(OLD.settings) = 'none' AND campaign.approval_of(NEW.settings) = 'first' THEN
        UPDATE campaign.enrollment e SET approved = true
        WHERE e.workspace_id = NEW.workspace_id AND e.campaign_id = NEW.id AND e.ended_at IS NULL AND e.status <> 'blocked'
          AND NOT (e.halt = 0 AND e.step = 0 AND e.lap = 1);
    END IF;
    -- when what waits lapses is found by looking at it
    IF OLD.settings -> 'unapproved' IS DISTINCT FROM NEW.settings -> 'unapproved' AND NEW.state IN ('live', 'closed') THEN
        UPDATE campaign.enrollment e SET due_at = campaign.clock()
        FROM campaign.action a
        WHERE a.workspace_id = NEW.workspace_id AND a.campaign_id = NEW.id AND a.state = 'awaiting_approval'
          AND e.workspace_id = NEW.workspace_id AND e.id = a.enrollment_id AND e.action_id = a.id
          AND e.status = 'in_progress' AND e.held IS NULL;
        PERFORM campaign.wake();
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.approval_changed() IS
    'Internal. Trigger of campaigns: what another setting of approval or unapproved means for those inside';
CREATE TRIGGER approval_changed AFTER UPDATE ON campaign.campaign
    FOR EACH ROW WHEN (OLD.settings IS DISTINCT FROM NEW.settings AND NEW.state <> 'draft')
    EXECUTE FUNCTION campaign.approval_changed();
