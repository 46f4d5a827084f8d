-- What follows when runs enter stages: called by the rounds (src/engine/stage_entries.h), set-wise.

CREATE FUNCTION campaign.reach_stages(workspace bigint, enrollments bigint[], actor text) RETURNS void
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_reach_stages';
COMMENT ON FUNCTION campaign.reach_stages(bigint, bigint[], text) IS
    'Internal. Moves on those of the runs that stand at the entry of a step, as far as nothing is to be queued';

CREATE FUNCTION campaign.promote_enrollments(workspace bigint, enrollments bigint[], to_step integer, cause text, actor text) RETURNS bigint
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_promote_enrollments';
COMMENT ON FUNCTION campaign.promote_enrollments(bigint, bigint[], integer, text, text) IS
    'Internal. Lets runs go on from their stages, to what follows (to_step -1) or to this step, in the caller''s transaction; how many';

CREATE FUNCTION campaign.drop_enrollments(workspace bigint, enrollments bigint[], reason text, actor text) RETURNS bigint
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_drop_enrollments';
COMMENT ON FUNCTION campaign.drop_enrollments(bigint, bigint[], text, text) IS
    'Internal. Has runs leave by the stage of those who were dropped, in the caller''s transaction; how many';

-- The first instant of each run in the phases of participants, from which due dates count (S5.7).
CREATE FUNCTION campaign.participant_since(workspace bigint, campaign bigint, prospect bigint) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT min(n.entered_at)
    FROM campaign.stage_entry n
    JOIN campaign.step s ON s.workspace_id = $1 AND s.campaign_id = $2 AND s.position = n.step
    WHERE n.workspace_id = $1 AND n.campaign_id = $2 AND n.prospect_id = $3
      AND s.content ->> 'phase' IN ('participants', 'complete')
$$;
COMMENT ON FUNCTION campaign.participant_since(bigint, bigint, bigint) IS
    'Internal. When a prospect first became a participant of a campaign; NULL = not yet';

-- The day on which something is due, at 07:00 of the campaign's time zone where a message goes by it (S5.12).
CREATE FUNCTION campaign.due_day(workspace bigint, d campaign.deliverable, prospect bigint, zone text) RETURNS date
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT LEAST(d.due_on, (campaign.participant_since($1, d.campaign_id, $3) AT TIME ZONE $4 + d.due_after)::date)
$$;
COMMENT ON FUNCTION campaign.due_day(bigint, campaign.deliverable, bigint, text) IS
    'Internal. On which local day a deliverable of a prospect is due; NULL = on none';

CREATE FUNCTION campaign.message_time(workspace bigint, campaign bigint, prospect bigint, promoted_by text, due interval) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (min(campaign.due_day($1, d, $3, c.time_zone)) + $5 + time '07:00') AT TIME ZONE min(c.time_zone)
    FROM campaign.deliverable d
    JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = $2
    WHERE d.workspace_id = $1 AND d.campaign_id = $2
      AND d.kind = CASE $4 WHEN 'drafts' THEN 'draft' WHEN 'deliverables' THEN 'final' ELSE d.kind END
$$;
COMMENT ON FUNCTION campaign.message_time(bigint, bigint, bigint, text, interval) IS
    'Internal. When a message is sent that goes by the first due date of what a stage asks for; NULL = there is no date';

CREATE FUNCTION campaign.want_messages(workspace bigint, enrollments bigint[], stages integer[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    now timestamptz := campaign.clock();
    wanted integer;
BEGIN
    INSERT INTO campaign.stage_entry AS n (workspace_id, enrollment_id, step, campaign_id, prospect_id, entered_at)
    SELECT $1, v.enrollment_id, v.step, e.campaign_id, e.prospect_id, now
    FROM (SELECT DISTINCT u.enrollment_id, u.step FROM unnest($2, $3) AS u(enrollment_id, step)) v
    JOIN campaign.enrollment e ON e.workspace_id = $1 AND e.id = v.enrollment_id
    ON CONFLICT (workspace_id, enrollment_id, step) DO UPDATE SET entered_at = excluded.entered_at;

    -- The messages of a stage are the steps right behind it.
    INSERT INTO campaign.side_action (workspace_id, id, campaign_id, prospect_id, enrollment_id, step, stage, action_kind, requires, wanted_at)
    SELECT $1, campaign.new_id('campaign.action_id_seq'), m.campaign_id, m.prospect_id, m.enrollment_id, m.position, m.only_at, m.action_kind, m.requires, m.wanted_at
    FROM (
        SELECT e.campaign_id, e.prospect_id, e.id AS enrollment_id, s.position, s.action_kind,
            -- a reminder is for who still stands there then
            CASE WHEN s.content ->> 'delivery' <> 'on_entry' THEN x.position END AS only_at,
            (SELECT k.requires FROM campaign.action_kind k WHERE k.name = s.action_kind ORDER BY k.built_in LIMIT 1) AS requires,
            CASE WHEN s.content ->> 'delivery' = 'on_entry' THEN now
                ELSE campaign.message_time($1, e.campaign_id, e.prospect_id, x.content ->> 'promoted_by', (s.content #>> '{delivery,due}')::interval) END AS wanted_at
        FROM unnest($2, $3) AS u(enrollment_id, step)
        JOIN campaign.enrollment e ON e.workspace_id = $1 AND e.id = u.enrollment_id
        JOIN campaign.step x ON x.workspace_id = $1 AND x.campaign_id = e.campaign_id AND x.position = u.step
        JOIN campaign.step s ON s.workspace_id = $1 AND s.campaign_id = e.campaign_id
            AND s.position > x.position AND starts_with(s.path, x.path || '.messages[')
        WHERE (s.content ->> 'delivery' = 'on_entry' OR s.content #> '{delivery,due}' IS NOT NULL)
           AND (s.content ->> 'if_stage' IS NULL OR EXISTS (SELECT FROM campaign.step o WHERE o.workspace_id = s.workspace_id AND o.campaign_id = s.campaign_id
               AND o.name = s.content ->> 'if_stage' AND NOT (o.content ->> 'disabled')::boolean))
           AND (s.content ->> 'unless_stage' IS NULL OR NOT EXISTS (SELECT FROM campaign.step o WHERE o.workspace_id = s.workspace_id AND o.campaign_id = s.campaign_id
               AND o.name = s.content ->> 'unless_stage' AND NOT (o.content ->> 'disabled')::boolean))
        ORDER BY e.id, s.position
    ) m
    -- what was due before he came is not sent any more
    WHERE m.wanted_at >= now;
    GET DIAGNOSTICS wanted = ROW_COUNT;
    IF wanted > 0 THEN
        PERFORM campaign.wake();
    END IF;
    PERFORM campaign.promote_fulfilled($1, $2);
END
$$;
COMMENT ON FUNCTION campaign.want_messages(bigint, bigint[], integer[]) IS
    'Internal. These runs have entered these stages: notes it, has the messages sent that go by it, and lets those go on of whom the stage asks nothing that is not there already';

CREATE FUNCTION campaign.close_side_actions(workspace bigint, enrollments bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    closed bigint[];
    unpaid_runs bigint[];
BEGIN
    UPDATE campaign.side_action s SET wanted_at = NULL, parked_at = NULL
    WHERE s.workspace_id = $1 AND s.enrollment_id = ANY ($2) AND (s.wanted_at IS NOT NULL OR s.parked_at IS NOT NULL);
    WITH cancelled AS (
        UPDATE campaign.action a SET state = 'cancelled', reason = 'not_wanted', finished_at = campaign.clock()
        FROM (SELECT o.id FROM campaign.side_action s
              JOIN campaign.action o ON o.workspace_id = $1 AND o.id = s.id
              WHERE s.workspace_id = $1 AND s.enrollment_id = ANY ($2) AND o.state IN ('queued', 'withdrawn', 'held')
              ORDER BY o.id FOR UPDATE OF o) q
        WHERE a.workspace_id = $1 AND a.id = q.id
        RETURNING a.id
    )
    SELECT array_agg(x.id) INTO closed FROM cancelled x;
    PERFORM campaign.note_actions($1, 'action_withdrawn', closed, '{"reason": "left"}');
    -- D12: what was not paid yet is not paid by itself
    WITH unpaid AS (
        UPDATE campaign.payment p SET state = 'failed', at = campaign.clock()
        FROM campaign.side_action s
        WHERE s.workspace_id = $1 AND s.enrollment_id = ANY ($2) AND p.workspace_id = $1 AND p.action_id = s.id AND p.state = 'queued'
          AND NOT EXISTS (SELECT FROM campaign.action a WHERE a.workspace_id = $1 AND a.id = s.id AND a.state IN ('processing', 'complete'))
        RETURNING s.enrollment_id
    )
    SELECT array_agg(DISTINCT u.enrollment_id) INTO unpaid_runs FROM unpaid u;
    PERFORM campaign.note_runs($1, 'incentive_failed', unpaid_runs, '{"reason": "left"}');
END
$$;
COMMENT ON FUNCTION campaign.close_side_actions(bigint, bigint[]) IS
    'Internal. Takes back all that waits to be sent beside these runs, which have left';

CREATE FUNCTION campaign.settle_side_actions(workspace bigint, actions bigint[], outcomes text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    runs bigint[];
    fulfilled bigint[];
    failed bigint[];
BEGIN
    -- S5.12
    WITH settled AS (
        UPDATE campaign.payment p
        SET state = CASE v.outcome WHEN 'complete' THEN 'fulfilled' ELSE 'failed' END, at = campaign.clock()
        FROM (SELECT DISTINCT ON (u.action_id) u.action_id, u.outcome FROM unnest($2, $3) AS u(action_id, outcome)) v
        WHERE p.workspace_id = $1 AND p.action_id = v.action_id AND p.state = 'queued'
        RETURNING p.campaign_id, p.prospect_id, p.incentive_id, p.action_id, p.state
    )
    SELECT array_agg(s.enrollment_id ORDER BY s.enrollment_id), array_agg(t.action_id) FILTER (WHERE t.state = 'fulfilled'),
        array_agg(t.action_id) FILTER (WHERE t.state = 'failed') INTO runs, fulfilled, failed
    FROM settled t
    JOIN campaign.side_action s ON s.workspace_id = $1 AND s.id = t.action_id;
    IF runs IS NOT NULL THEN
        PERFORM campaign.note_actions($1, 'incentive_fulfilled', fulfilled, '{"by": "action"}');
        PERFORM campaign.note_actions($1, 'incentive_failed', failed);
        PERFORM campaign.promote_fulfilled($1, runs);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.settle_side_actions(bigint, bigint[], text[]) IS
    'Internal. What was sent beside runs came to these outcomes: a payment is fulfilled, or failed';

-- What a stage asks for that is not there yet, one row for each: S5.2, S5.8. Nothing is asked where a
-- campaign has none of it.
CREATE FUNCTION campaign.stage_demands(workspace bigint, campaign bigint, promoted_by text) RETURNS TABLE (kind text, id bigint, name text, count integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'deliverable', d.id, d.name, d.count
    FROM campaign.deliverable d
    WHERE d.workspace_id = $1 AND d.campaign_id = $2
      AND d.kind = CASE $3 WHEN 'drafts' THEN 'draft' WHEN 'deliverables' THEN 'final' END
    UNION ALL
    SELECT 'incentive', i.id, i.name, 1
    FROM campaign.incentive i
    WHERE i.workspace_id = $1 AND i.campaign_id = $2
      AND i.timing = CASE $3 WHEN 'pre_incentives' THEN 'pre' WHEN 'post_incentives' THEN 'post' END
$$;
COMMENT ON FUNCTION campaign.stage_demands(bigint, bigint, text) IS
    'Internal. What is to be done before a stage of this kind can be left';

CREATE FUNCTION campaign.missing_for(workspace bigint, campaign bigint, prospect bigint, promoted_by text) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(d.name ORDER BY d.id)
    FROM campaign.stage_demands($1, $2, $4) d
    WHERE d.count > CASE d.kind
        WHEN 'deliverable' THEN (SELECT count(*) FROM campaign.submission s
            WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND s.prospect_id = $3 AND s.deliverable_id = d.id AND s.state <> 'needs_revision')
        ELSE (SELECT count(*) FROM campaign.payment p
            WHERE p.workspace_id = $1 AND p.incentive_id = d.id AND p.prospect_id = $3 AND p.state = 'fulfilled') END
$$;
COMMENT ON FUNCTION campaign.missing_for(bigint, bigint, bigint, text) IS
    'Internal. The names of what a prospect still has to deliver, or to get, before such a stage is left; NULL = nothing';

-- S5.8 and S5.12: whoever has done what his stage asks for goes on in the same transaction.
CREATE FUNCTION campaign.promote_fulfilled(workspace bigint, enrollments bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    waiting record;
    ready bigint[];
BEGIN
    FOR waiting IN
        SELECT e.campaign_id, s.content ->> 'promoted_by' AS cause, array_agg(e.id) AS runs
        FROM campaign.enrollment e
        JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = e.campaign_id AND c.state IN ('live', 'closed')
        JOIN campaign.step s ON s.workspace_id = $1 AND s.campaign_id = e.campaign_id AND s.position = e.step
        WHERE e.workspace_id = $1 AND e.id = ANY ($2) AND e.halt = 5
          AND s.content ->> 'promoted_by' IN ('drafts', 'deliverables', 'pre_incentives', 'post_incentives')
        GROUP BY 1, 2
    LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM campaign.stage_demands($1, waiting.campaign_id, waiting.cause));
        SELECT array_agg(e.id ORDER BY e.id) INTO ready
        FROM campaign.enrollment e
        WHERE e.workspace_id = $1 AND e.id = ANY (waiting.runs)
          AND NOT EXISTS (
            SELECT FROM campaign.stage_demands($1, waiting.campaign_id, waiting.cause) d
            WHERE d.count > CASE d.kind
                WHEN 'deliverable' THEN (SELECT count(*) FROM campaign.submission s
                    WHERE s.workspace_id = $1 AND s.campaign_id = waiting.campaign_id AND s.prospect_id = e.prospect_id
                      AND s.deliverable_id = d.id AND s.state <> 'needs_revision')
                ELSE (SELECT count(*) FROM campaign.payment p
                    WHERE p.workspace_id = $1 AND p.incentive_id = d.id AND p.prospect_id = e.prospect_id AND p.state = 'fulfilled') END);
        IF ready IS NOT NULL THEN
            PERFORM campaign.promote_enrollments($1, ready, -1, waiting.cause, campaign.acting_name());
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.promote_fulfilled(bigint, bigint[]) IS
    'Internal. Lets those of the runs go on that have done all that the stage asks for where they stand';

-- What a pause took out of the queue beside the runs, and what came due meanwhile, is asked for again: the
-- scheduler queues it, as for the runs themselves.
CREATE FUNCTION campaign.resume_side_actions(workspace bigint, campaign bigint, enrollments bigint[] DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    UPDATE campaign.side_action s SET wanted_at = GREATEST(s.parked_at, campaign.clock()), parked_at = NULL
    WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND (s.enrollment_id = ANY ($3) OR $3 IS NULL)
      AND (s.parked_at IS NOT NULL
        OR s.wanted_at IS NULL AND EXISTS (SELECT FROM campaign.action a WHERE a.workspace_id = $1 AND a.id = s.id AND a.state = 'withdrawn'));
END
$$;
COMMENT ON FUNCTION campaign.resume_side_actions(bigint, bigint, bigint[]) IS
    'Internal. Has sent what waits beside the runs of a campaign that goes on, or of these runs';

-- The kind of a stage's message goes by the channel class of its template: compiled anew where that changes.
CREATE FUNCTION campaign.look_at_templates() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM campaign.step s
                   JOIN campaign.campaign c ON c.workspace_id = OLD.workspace_id AND c.id = s.campaign_id AND c.state IN ('live', 'paused')
                   WHERE s.workspace_id = OLD.workspace_id AND s.content ->> 'template' = OLD.name AND COALESCE(s.content ->> 'delivery', '') <> 'manual') THEN
            RAISE EXCEPTION 'template "%" is in use', OLD.name
                USING ERRCODE = 'object_in_use', DETAIL = 'A campaign that runs sends it.', HINT = 'Take another one by edit_step() first.';
        END IF;
        RETURN OLD;
    END IF;
    UPDATE campaign.campaign c SET revision = c.revision + 1
    WHERE c.workspace_id = NEW.workspace_id AND c.state <> 'archived'
      AND EXISTS (SELECT FROM campaign.step s WHERE s.workspace_id = NEW.workspace_id AND s.campaign_id = c.id
                  AND s.content ->> 'template' = NEW.name AND s.content ? 'delivery');
    UPDATE campaign.step s SET action_kind = n.action_kind
    FROM campaign.campaign c
    CROSS JOIN LATERAL campaign.compiled_steps(c.definition) n
    WHERE c.workspace_id = NEW.workspace_id AND c.state <> 'archived' AND s.workspace_id = NEW.workspace_id AND s.campaign_id = c.id
      AND s.content ->> 'template' = NEW.name AND s.content ? 'delivery' AND n.position = s.position;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION campaign.look_at_templates() IS
    'Internal. Trigger: a template that a running campaign sends by itself stays, and its channel class is that of the steps that have it';
CREATE TRIGGER look_at_campaigns AFTER INSERT OR UPDATE OF name, channel_class ON campaign.message_template
    FOR EACH ROW EXECUTE FUNCTION campaign.look_at_templates();
CREATE TRIGGER keep_in_use BEFORE DELETE ON campaign.message_template
    FOR EACH ROW EXECUTE FUNCTION campaign.look_at_templates();

-- S5.6: who opts in goes on where he was held.
CREATE FUNCTION campaign.release_opted_in() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    runs bigint[];
BEGIN
    SELECT array_agg(h.id) INTO runs
    FROM (SELECT e.id FROM campaign.enrollment e
          WHERE e.workspace_id = NEW.workspace_id AND e.prospect_id = NEW.id AND e.ended_at IS NULL AND e.held = 'not_opted_in'
          ORDER BY e.id FOR UPDATE) h;
    IF runs IS NULL THEN
        RETURN NEW;
    END IF;
    UPDATE campaign.enrollment e
    SET held = NULL, held_detail = NULL,
        due_at = CASE WHEN w.goes_on THEN campaign.clock() END, parked_due_at = CASE WHEN NOT w.goes_on THEN campaign.clock() END
    FROM (SELECT o.id, o.status = 'in_progress' AND c.state IN ('live', 'closed') AS goes_on
          FROM campaign.enrollment o
          JOIN campaign.campaign c ON c.workspace_id = NEW.workspace_id AND c.id = o.campaign_id
          WHERE o.workspace_id = NEW.workspace_id AND o.id = ANY (runs)) w
    WHERE e.workspace_id = NEW.workspace_id AND e.id = w.id;
    PERFORM campaign.note_runs(NEW.workspace_id, 'released', runs);
    PERFORM campaign.wake();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION campaign.release_opted_in() IS
    'Internal. Trigger: runs that were held before a stage because their prospect had not opted in go on when he does';
CREATE TRIGGER release_opted_in AFTER UPDATE OF opted_in ON campaign.prospect
    FOR EACH ROW WHEN (NEW.opted_in AND NOT OLD.opted_in) EXECUTE FUNCTION campaign.release_opted_in();
