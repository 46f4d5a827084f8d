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

CREATE FUNCTION campaign.want_messages(workspace bigint, enrollments bigint[], stages integer[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    now timestamptz := campaign.clock();
    wanted integer;
BEGIN
    INSERT INTO campaign.stage_entry AS n (workspace_id, enrollment_id, step, campaign_id, prospect_id, entered_at)
    -- in the order of the moves: who has waited for another to move the same run began, by his clock, before him
    SELECT $1, v.enrollment_id, v.step, e.campaign_id, e.prospect_id, GREATEST(now, (
        SELECT max(o.entered_at) FROM campaign.stage_entry o WHERE o.workspace_id = $1 AND o.enrollment_id = v.enrollment_id))
    FROM (SELECT DISTINCT u.enrollment_id, u.step FROM unnest($2, $3) AS u(enrollment_id, step)) v
    JOIN campaign.enrollment e ON e.workspace_id = $1 AND e.id = v.enrollment_id
    ON CONFLICT (workspace_id, enrollment_id, step) DO UPDATE SET entered_at = excluded.entered_at;

    INSERT INTO campaign.side_action (workspace_id, id, campaign_id, prospect_id, enrollment_id, step, stage, action_kind, requires, wanted_at)
    SELECT $1, campaign.new_id('campaign.action_id_seq'), m.campaign_id, m.prospect_id, m.enrollment_id, m.step, m.only_at, m.action_kind, m.requires, m.wanted_at
    FROM (SELECT * FROM campaign.stage_messages($1, $2, $3) ORDER BY enrollment_id, step) m
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
    noted text;
BEGIN
    UPDATE campaign.side_action s SET wanted_at = NULL, parked_at = NULL, held = NULL
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
        RETURNING s.campaign_id, s.prospect_id, s.enrollment_id, s.id, s.step
    )
    -- of the payments, since not each of them was an action by now
    SELECT campaign.note_rows($1, 'incentive_failed', array_agg(u.campaign_id ORDER BY u.id), array_agg(u.prospect_id ORDER BY u.id),
        array_agg(u.enrollment_id ORDER BY u.id), array_agg(u.id ORDER BY u.id), array_agg(u.step ORDER BY u.id), '{"reason": "left"}') INTO noted
    FROM unpaid u;
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

-- What a pause took out of the queue beside the runs, and what came due meanwhile, is asked for again: the
-- scheduler queues it, as for the runs themselves.
CREATE FUNCTION campaign.resume_side_actions(workspace bigint, campaign bigint, enrollments bigint[] DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    UPDATE campaign.side_action s SET wanted_at = GREATEST(s.parked_at, campaign.clock()), parked_at = NULL
    WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND (s.enrollment_id = ANY ($3) OR $3 IS NULL) AND s.held IS NULL
      AND (s.parked_at IS NOT NULL
        OR s.wanted_at IS NULL AND EXISTS (SELECT FROM campaign.action a WHERE a.workspace_id = $1 AND a.id = s.id AND a.state = 'withdrawn'));
END
$$;
COMMENT ON FUNCTION campaign.resume_side_actions(bigint, bigint, bigint[]) IS
    'Internal. Has sent what waits beside the runs of a campaign that goes on, or of these runs';

-- A template that a campaign sends by itself stays, and keeps its name.
CREATE FUNCTION campaign.keep_template() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sends text := (SELECT c.name FROM campaign.step s
        JOIN campaign.campaign c ON c.workspace_id = OLD.workspace_id AND c.id = s.campaign_id AND c.state IN ('live', 'paused', 'closed')
        WHERE s.workspace_id = OLD.workspace_id AND s.content ->> 'template' = OLD.name AND COALESCE(s.content ->> 'delivery', '') <> 'manual'
        ORDER BY c.id LIMIT 1);
BEGIN
    IF sends IS NOT NULL THEN
        RAISE EXCEPTION 'template "%" is in use', OLD.name
            USING ERRCODE = 'object_in_use', DETAIL = format('Campaign "%s" sends it.', sends), HINT = 'Take another one by edit_step() first.';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
COMMENT ON FUNCTION campaign.keep_template() IS 'Internal. Trigger: a template that a running campaign sends by itself stays';
CREATE TRIGGER keep_deleted BEFORE DELETE ON campaign.message_template
    FOR EACH ROW EXECUTE FUNCTION campaign.keep_template();
CREATE TRIGGER keep_renamed BEFORE UPDATE OF name ON campaign.message_template
    FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION campaign.keep_template();

-- The kind of a stage's message goes by the channel class of its template: compiled anew where that changes.
CREATE FUNCTION campaign.look_at_templates() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH changed AS (
        UPDATE campaign.step s SET action_kind = n.action_kind
        FROM campaign.campaign c
        CROSS JOIN LATERAL campaign.compiled_steps(c.definition) n
        WHERE c.workspace_id = NEW.workspace_id AND c.state <> 'archived' AND s.workspace_id = NEW.workspace_id AND s.campaign_id = c.id
          AND s.content ->> 'template' = NEW.name AND s.content ? 'delivery' AND n.position = s.position AND n.action_kind <> s.action_kind
        RETURNING s.campaign_id
    )
    UPDATE campaign.campaign c SET revision = c.revision + 1
    WHERE c.workspace_id = NEW.workspace_id AND c.id IN (SELECT h.campaign_id FROM changed h);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.look_at_templates() IS
    'Internal. Trigger: messages of stages leave by the channel class that their templates have now';
CREATE TRIGGER look_at_campaigns AFTER INSERT OR UPDATE OF name, channel_class ON campaign.message_template
    FOR EACH ROW EXECUTE FUNCTION campaign.look_at_templates();

-- S5.6: who opts in goes on where he was held.
CREATE FUNCTION campaign.release_opted_in() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    runs bigint[];
BEGIN
    -- all that could be, since a round may just be holding one; it is seen once that has committed
    PERFORM FROM campaign.enrollment e
    WHERE e.workspace_id = NEW.workspace_id AND e.prospect_id = NEW.id AND e.ended_at IS NULL
      AND EXISTS (SELECT FROM campaign.step s WHERE s.workspace_id = NEW.workspace_id AND s.campaign_id = e.campaign_id AND s.kind = 'stage')
    ORDER BY e.id FOR UPDATE;
    runs := ARRAY(SELECT e.id FROM campaign.enrollment e
        WHERE e.workspace_id = NEW.workspace_id AND e.prospect_id = NEW.id AND e.ended_at IS NULL AND e.held = 'not_opted_in' ORDER BY e.id);
    IF cardinality(runs) = 0 THEN
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
