-- What the owner does with selected prospects of a campaign: pause, resume, take out (S2.35). Each is a
-- statement for each table, whatever the number of prospects. Locks are taken in the order that everybody
-- keeps: the campaign, against whoever pauses, resumes or ends it; the persons, against starts; the
-- runs, by id. Rounds hold the campaign alike, and so go on with all others meanwhile.

CREATE FUNCTION campaign.lock_chosen(c campaign.campaign, prospects bigint[], statuses text[]) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    persons text[];
    runs bigint[];
BEGIN
    SELECT array_agg(DISTINCT p.person_key) INTO persons
    FROM campaign.enrollment e
    JOIN campaign.prospect p ON p.workspace_id = c.workspace_id AND p.id = e.prospect_id
    WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.prospect_id = ANY ($2) AND e.status = ANY ($3);
    PERFORM campaign.lock_persons(c.workspace_id, persons);
    SELECT array_agg(h.id) INTO runs
    FROM (SELECT e.id FROM campaign.enrollment e
          WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.prospect_id = ANY ($2) AND e.status = ANY ($3)
          ORDER BY e.id FOR UPDATE) h;
    RETURN runs;
END
$$;
COMMENT ON FUNCTION campaign.lock_chosen(campaign.campaign, bigint[], text[]) IS
    'Internal. The runs of these prospects that have one of these statuses, locked with their persons; NULL if there are none';

CREATE FUNCTION campaign.note_paused(c campaign.campaign, kind text, runs bigint[], paused integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    PERFORM campaign.note_runs(c.workspace_id, $2, runs);
    INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n)
    VALUES (c.workspace_id, c.id, -1, (campaign.clock() AT TIME ZONE c.time_zone)::date, 'paused', $4 * cardinality(runs));
END
$$;
COMMENT ON FUNCTION campaign.note_paused(campaign.campaign, text, bigint[], integer) IS
    'Internal. Writes to the log what was done with these runs, and to the statistics by how much the number of paused ones has changed for each';

CREATE FUNCTION campaign.pause_runs(c campaign.campaign, runs bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    IF $2 IS NULL THEN
        RETURN;
    END IF;
    UPDATE campaign.enrollment e
    SET status = 'paused', parked_due_at = COALESCE(e.parked_due_at, e.due_at), due_at = NULL
    WHERE e.workspace_id = c.workspace_id AND e.id = ANY ($2);
    -- what is under way is not touched: it comes to its end, and is recorded
    UPDATE campaign.action a SET state = 'withdrawn'
    FROM (SELECT o.id FROM campaign.enrollment e
          JOIN campaign.action o ON o.workspace_id = c.workspace_id
              AND o.id = ANY (ARRAY(SELECT s.id FROM campaign.side_action s WHERE s.workspace_id = c.workspace_id AND s.enrollment_id = e.id) || e.action_id)
          WHERE e.workspace_id = c.workspace_id AND e.id = ANY ($2) AND o.state IN ('queued', 'awaiting_approval')
          ORDER BY o.id FOR UPDATE OF o) q
    WHERE a.workspace_id = c.workspace_id AND a.id = q.id;
    PERFORM campaign.note_paused(c, 'prospect_paused', $2, 1);
END
$$;
COMMENT ON FUNCTION campaign.pause_runs(campaign.campaign, bigint[]) IS
    'Internal. Pauses these runs, which lock_chosen() has locked; NULL = none';

CREATE FUNCTION campaign.pause_prospects(campaign bigint, prospects bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'share');
    runs bigint[];
BEGIN
    IF c.state = 'archived' THEN
        PERFORM campaign.refuse_state(c, 'have prospects paused');
    END IF;
    runs := campaign.lock_chosen(c, $2, '{in_progress}');
    PERFORM campaign.pause_runs(c, runs);
    RETURN COALESCE(cardinality(runs), 0);
END
$$;
COMMENT ON FUNCTION campaign.pause_prospects(bigint, bigint[]) IS
    'Pauses these prospects in a campaign: nothing is sent to them and they do not move on until resume_prospects(), whatever the campaign does; timers run on. Returns how many (S2.35)';

CREATE FUNCTION campaign.resume_prospects(campaign bigint, prospects bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    -- Held against a launch or a resume of the campaign, which gives their timers to those it sees.
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'share');
    now timestamptz := campaign.clock();
    runs bigint[];
BEGIN
    IF c.state = 'archived' THEN
        PERFORM campaign.refuse_state(c, 'have prospects resumed');
    END IF;
    runs := campaign.lock_chosen(c, $2, '{paused}');
    IF runs IS NULL THEN
        RETURN 0;
    END IF;
    -- Where the campaign does not run, they wait with all others of it.
    UPDATE campaign.enrollment e
    SET status = 'in_progress',
        due_at = CASE WHEN w.goes_on THEN CASE e.halt
                WHEN 0 THEN GREATEST(e.parked_due_at, now)
                ELSE now END END,
        -- a timer stays beside the look
        parked_due_at = CASE WHEN NOT w.goes_on OR e.halt IN (2, 3) THEN e.parked_due_at END
    FROM (SELECT r.id, r.held IS NULL AND c.state IN ('live', 'closed') AS goes_on
          FROM campaign.enrollment r WHERE r.workspace_id = workspace AND r.id = ANY (runs)) w
    WHERE e.workspace_id = workspace AND e.id = w.id;
    PERFORM campaign.note_paused(c, 'prospect_resumed', runs, -1);
    IF c.state IN ('live', 'closed') THEN
        PERFORM campaign.resume_side_actions(workspace, c.id, runs);
        PERFORM campaign.promote_fulfilled(workspace, runs);
    END IF;
    RETURN cardinality(runs);
END
$$;
COMMENT ON FUNCTION campaign.resume_prospects(bigint, bigint[]) IS
    'Lets prospects that were paused by themselves go on where they were; what became due meanwhile is done at once. Where the campaign is paused, they wait with it. Returns how many (S2.36)';

CREATE FUNCTION campaign.remove_prospects(campaign bigint, prospects bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'share');
    runs bigint[];
BEGIN
    IF c.state = 'archived' THEN
        PERFORM campaign.refuse_state(c, 'have prospects removed');
    END IF;
    runs := campaign.lock_chosen(c, $2, '{in_progress,paused,blocked}');
    IF runs IS NULL THEN
        RETURN 0;
    END IF;
    RETURN campaign.leave_enrollments(workspace, runs, 'removed', 'removed');
END
$$;
COMMENT ON FUNCTION campaign.remove_prospects(bigint, bigint[]) IS
    'Takes these prospects out of a campaign: they leave at once as removed, and are free for another one; enrolled again they begin anew. Returns how many (S2.35, S2.37)';
