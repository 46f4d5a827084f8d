-- Moves by hand in stage workflows (S5): promote, drop_out. Everything is set-wise, in the caller's
-- transaction: the campaign is held against whoever pauses or edits it, the runs are locked by id, what
-- must not be is refused before anything is changed, and then a round moves exactly these runs.

CREATE FUNCTION campaign.refuse_stage(code text, message text, detail text, hint text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%: %', $1, $2
        USING DETAIL = $3, HINT = $4, ERRCODE = CASE $1
            WHEN 'not_opted_in' THEN 'ST001' WHEN 'wrong_actor' THEN 'ST002' WHEN 'manual_only' THEN 'ST003'
            WHEN 'not_fulfilled' THEN 'ST004' WHEN 'no_such_stage' THEN 'ST005' WHEN 'not_forward' THEN 'ST006'
            WHEN 'not_tcm' THEN 'ST007'
            WHEN 'stage_required' THEN 'ST011' WHEN 'stage_used' THEN 'ST012' WHEN 'stage_has_template' THEN 'ST013'
            WHEN 'custom_stage_live' THEN 'ST014' WHEN 'stage_order_fixed' THEN 'ST015'
            WHEN 'candidates_phase' THEN 'ST021' WHEN 'no_longer_available' THEN 'ST022' WHEN 'removed' THEN 'ST023'
            WHEN 'unsubscribed' THEN 'ST024' WHEN 'not_in_campaign' THEN 'ST025' WHEN 'by_hand_only' THEN 'ST026' WHEN 'reviewed_meanwhile' THEN 'ST027'
            ELSE 'ST000' END;
END
$$;
COMMENT ON FUNCTION campaign.refuse_stage(text, text, text, text) IS
    'Internal. Raises a refusal of a stage workflow: each code has an SQLSTATE of its own, of class ST';

CREATE FUNCTION campaign.find_stage(c campaign.campaign, stage text) RETURNS campaign.step
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    s campaign.step;
BEGIN
    SELECT x.* INTO s FROM campaign.step x
    WHERE x.workspace_id = c.workspace_id AND x.campaign_id = c.id AND x.kind = 'stage' AND $2 IN (x.name, x.content ->> 'title')
    ORDER BY x.name <> $2 LIMIT 1;
    IF s.name IS NULL THEN
        PERFORM campaign.refuse_stage('no_such_stage', format('campaign "%s" has no stage %s', c.name, COALESCE('"' || $2 || '"', 'NULL')),
            COALESCE((SELECT format('Its stages are %s.', string_agg(x.name, ', ' ORDER BY x.position)) FROM campaign.step x
                WHERE x.workspace_id = c.workspace_id AND x.campaign_id = c.id AND x.kind = 'stage'), 'It has no stages at all.'),
            'The view stage_members has their names and titles.');
    END IF;
    RETURN s;
END
$$;
COMMENT ON FUNCTION campaign.find_stage(campaign.campaign, text) IS
    'Internal. A stage of a campaign by its name or its title, or an error if there is none';

-- Who may let a run go on from a stage of this kind (S5.2).
CREATE FUNCTION campaign.stage_actor(promoted_by text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE $1 WHEN 'owner' THEN 'owner' WHEN 'pre_incentives' THEN 'owner' WHEN 'post_incentives' THEN 'owner'
        WHEN 'prospect' THEN 'prospect' WHEN 'drafts' THEN 'prospect' WHEN 'deliverables' THEN 'prospect' END
$$;
COMMENT ON FUNCTION campaign.stage_actor(text) IS
    'Internal. Who lets runs go on from a stage: owner or prospect; NULL = nobody, runs end there';

-- The phase of the stage to which a run that leaves this one comes next, whatever lies between; the gate
-- asks for it, and for what is entered later by itself the machine does (S5.6).
CREATE FUNCTION campaign.next_phase(c campaign.campaign, "position" integer) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.content ->> 'phase' FROM campaign.step s
    WHERE s.workspace_id = ($1).workspace_id AND s.campaign_id = ($1).id AND s.kind = 'stage' AND s.position > $2
      AND NOT (s.content ->> 'disabled')::boolean
    ORDER BY s.position LIMIT 1
$$;
COMMENT ON FUNCTION campaign.next_phase(campaign.campaign, integer) IS
    'Internal. The phase of the next stage of a campaign after this place that is not disabled';

-- All that forbids to let these runs go on, the first of it raised. to_step NULL: to what follows.
CREATE FUNCTION campaign.check_promotion(c campaign.campaign, runs bigint[], to_step campaign.step, actor text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    f record;
    lacks record;
    shut integer[];
BEGIN
    SELECT e.prospect_id, s.name, s.content, s.position INTO f
    FROM campaign.enrollment e
    JOIN campaign.step s ON s.workspace_id = c.workspace_id AND s.campaign_id = c.id AND s.position = e.step
    WHERE e.workspace_id = c.workspace_id AND e.id = ANY ($2) AND e.halt = 5
      AND campaign.stage_actor(s.content ->> 'promoted_by') <> $4 LIMIT 1;
    IF FOUND THEN
        PERFORM campaign.refuse_stage(CASE WHEN (f.content ->> 'custom')::boolean THEN 'manual_only' ELSE 'wrong_actor' END,
            format('only the %s leads on from stage "%s"', campaign.stage_actor(f.content ->> 'promoted_by'), f.name),
            format('Prospect %s stands there, and the actor is %s.', f.prospect_id, $4),
            CASE WHEN (f.content ->> 'custom')::boolean THEN 'A custom stage is left by hand, by promote() of the owner.'
                ELSE 'Give the actor that the stage names, or drop_out().' END);
    END IF;
    SELECT e.prospect_id, s.name INTO f
    FROM campaign.enrollment e
    JOIN campaign.step s ON s.workspace_id = c.workspace_id AND s.campaign_id = c.id AND s.position = e.step
    WHERE e.workspace_id = c.workspace_id AND e.id = ANY ($2) AND e.halt = 5 AND s.position >= ($3).position LIMIT 1;
    IF FOUND THEN
        PERFORM campaign.refuse_stage('not_forward', format('stage "%s" does not come after stage "%s"', ($3).name, f.name),
            format('Prospect %s stands there.', f.prospect_id), 'Only who was dropped is promoted to any stage.');
    END IF;
    IF $4 = 'prospect' THEN
        SELECT e.prospect_id, x.name INTO f
        FROM campaign.enrollment e
        JOIN campaign.step x ON x.workspace_id = c.workspace_id AND x.campaign_id = c.id AND x.kind = 'stage'
            AND x.position > e.step AND x.position < ($3).position AND NOT (x.content ->> 'disabled')::boolean
        WHERE e.workspace_id = c.workspace_id AND e.id = ANY ($2) AND e.halt = 5 ORDER BY x.position LIMIT 1;
        IF FOUND THEN
            PERFORM campaign.refuse_stage('wrong_actor', format('only the owner leads past stage "%s"', f.name),
                format('Prospect %s has not come to it, and the actor is prospect.', f.prospect_id), 'Leave to_stage out, or promote as the owner.');
        END IF;
    END IF;
    -- S5.6: opting in belongs to the prospect, not to the campaign
    shut := ARRAY(SELECT s.position FROM campaign.step s
        WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id
          AND COALESCE(($3).content ->> 'phase', campaign.next_phase(c, s.position)) IN ('participants', 'complete'));
    SELECT e.prospect_id, p.external_id INTO f
    FROM campaign.enrollment e
    CROSS JOIN LATERAL (SELECT o.external_id FROM campaign.prospect o
        WHERE o.workspace_id = c.workspace_id AND o.id = e.prospect_id AND NOT o.opted_in OFFSET 0) p
    WHERE e.workspace_id = c.workspace_id AND e.id = ANY ($2)
      AND e.step = ANY (shut) LIMIT 1;
    IF FOUND THEN
        PERFORM campaign.refuse_stage('not_opted_in', 'who has not opted in is not promoted past the phase of candidates',
            format('Prospect %s (%s) has not.', f.prospect_id, COALESCE(f.external_id, 'no external id')),
            'UPDATE campaign.prospect SET opted_in = true once he has.');
    END IF;
    FOR f IN
        SELECT s.name, s.content ->> 'promoted_by' AS cause, array_agg(e.prospect_id ORDER BY e.prospect_id) AS prospects
        FROM campaign.enrollment e
        JOIN campaign.step s ON s.workspace_id = c.workspace_id AND s.campaign_id = c.id AND s.position = e.step
        WHERE e.workspace_id = c.workspace_id AND e.id = ANY ($2) AND e.halt = 5
          AND s.content ->> 'promoted_by' IN ('drafts', 'deliverables', 'pre_incentives', 'post_incentives')
        GROUP BY 1, 2
    LOOP
        SELECT l.prospect_id, string_agg(l.name, ', ' ORDER BY l.id) AS names INTO lacks
        FROM campaign.lacking(c.workspace_id, c.id, f.prospects, f.cause) l
        GROUP BY 1 ORDER BY 1 LIMIT 1;
        IF FOUND THEN
            PERFORM campaign.refuse_stage('not_fulfilled', format('not all is done that stage "%s" asks for', f.name),
                format('Of prospect %s there is still to come: %s.', lacks.prospect_id, lacks.names),
                'submit_deliverable(), bind_content() and fulfil_incentive() lead on by themselves once all is done.');
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.check_promotion(campaign.campaign, bigint[], campaign.step, text) IS
    'Internal. Refuses a promotion by the wrong actor, backwards, past the phase of candidates without opt-in, or before all is done';

-- The runs of these prospects that stand where this statement sees them, locked by id. Whoever has moved
-- while we waited was moved by somebody else, who promoted him already: he is left where he is.
CREATE FUNCTION campaign.lock_standing(c campaign.campaign, prospects bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    seen_ids bigint[];
    seen_steps integer[];
    standing bigint[];
BEGIN
    SELECT array_agg(e.id ORDER BY e.id), array_agg(e.step ORDER BY e.id) INTO seen_ids, seen_steps
    FROM campaign.enrollment e
    WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.prospect_id = ANY ($2)
      AND e.status = 'in_progress' AND e.held IS NULL AND e.halt = 5;
    IF seen_ids IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM FROM campaign.enrollment e WHERE e.workspace_id = c.workspace_id AND e.id = ANY (seen_ids) ORDER BY e.id FOR UPDATE;
    SELECT array_agg(e.id ORDER BY e.id) INTO standing
    FROM unnest(seen_ids, seen_steps) AS s(id, step)
    JOIN campaign.enrollment e ON e.workspace_id = c.workspace_id AND e.id = s.id AND e.step = s.step
        AND e.status = 'in_progress' AND e.held IS NULL AND e.halt = 5;
    RETURN standing;
END
$$;
COMMENT ON FUNCTION campaign.lock_standing(campaign.campaign, bigint[]) IS
    'Internal. The runs of these prospects that stand at a stage and stood there when this was called, locked in order of ids';

-- Those who were dropped have left: promoted again they get another run, which begins at the stage.
CREATE FUNCTION campaign.take_back(c campaign.campaign, prospects bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    dropped bigint[] := ARRAY(
        SELECT l.prospect_id
        FROM unnest(campaign.sorted_ids($2)) AS u(id)
        CROSS JOIN LATERAL (SELECT e.prospect_id, e.end_kind FROM campaign.enrollment e
            WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.prospect_id = u.id ORDER BY e.run DESC LIMIT 1 OFFSET 0) l
        WHERE l.end_kind IS NOT NULL AND l.end_kind <> 'success' ORDER BY 1);
    taken bigint[];
    refused jsonb;
BEGIN
    IF cardinality(dropped) = 0 THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(t.enrollment_id ORDER BY t.enrollment_id) FILTER (WHERE t.result = 'enrolled'),
        jsonb_agg(to_jsonb(t) ORDER BY t.prospect_id) FILTER (WHERE t.result <> 'enrolled'
            AND NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id
                            AND e.prospect_id = t.prospect_id AND e.ended_at IS NULL AND e.status <> 'blocked'))
    INTO taken, refused
    FROM campaign.take_in(c, dropped, NULL, campaign.clock(), campaign.acting_name()) t;
    -- who waits for a slot, or behind the first batch, would begin at the first stage when his turn comes
    refused := COALESCE(refused, (SELECT jsonb_agg(jsonb_build_object('prospect_id', e.prospect_id, 'result', COALESCE(e.held, e.status)) ORDER BY e.prospect_id)
        FROM campaign.enrollment e
        WHERE e.workspace_id = c.workspace_id AND e.id = ANY (taken) AND (e.status <> 'in_progress' OR e.held IS NOT NULL)));
    IF refused IS NOT NULL THEN
        PERFORM campaign.refuse_stage(CASE refused -> 0 ->> 'result' WHEN 'suppressed' THEN 'unsubscribed' ELSE 'not_in_campaign' END,
            format('prospect %s cannot come back', refused -> 0 ->> 'prospect_id'),
            concat_ws(': ', 'enroll() says ' || (refused -> 0 ->> 'result'), refused -> 0 ->> 'detail') || '.',
            'candidates() says it of all.');
    END IF;
    RETURN taken;
END
$$;
COMMENT ON FUNCTION campaign.take_back(campaign.campaign, bigint[]) IS
    'Internal. Gives another run to those of the prospects who were dropped; their ids';

-- Who begins now takes one of the campaign's places. Rounds recount them when a run that was committed makes
-- its first move; whoever is enrolled and promoted at once is recounted here, and so that nobody else is let
-- in on the same places meanwhile, the campaign is held as it is for an edit.
CREATE FUNCTION campaign.read_for_promotion(workspace bigint, campaign bigint, prospects bigint[], comes_back boolean) RETURNS campaign.campaign
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET jit = off AS $$
BEGIN
    RETURN campaign.read_campaign($1, $2, CASE WHEN EXISTS (
            SELECT FROM unnest($3) AS u(id)
            LEFT JOIN LATERAL (SELECT e.status, e.halt, e.step FROM campaign.enrollment e
                WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.prospect_id = u.id AND e.ended_at IS NULL OFFSET 0) r ON true
            WHERE CASE WHEN r.status IS NULL THEN $4 ELSE r.status = 'in_progress' AND r.halt = 0 AND r.step = 0 END)
        THEN 'no key update' ELSE 'share' END);
END
$$;
COMMENT ON FUNCTION campaign.read_for_promotion(bigint, bigint, bigint[], boolean) IS
    'Internal. The row of a campaign, locked for a promotion of these prospects: against rounds, too, if some of them are just beginning, or (comes_back) may begin again';

CREATE FUNCTION campaign.promote(campaign bigint, prospects bigint[], to_stage text DEFAULT NULL, actor text DEFAULT 'owner') RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_for_promotion(workspace, $1, $2, $3 IS NOT NULL AND $4 = 'owner');
    target campaign.step;
    runs bigint[];
    back bigint[];
    entering bigint[];
    promoted integer := 0;
BEGIN
    IF c.state NOT IN ('live', 'closed') THEN
        PERFORM campaign.refuse_state(c, 'have prospects promoted');
    END IF;
    IF $4 IS NULL OR $4 NOT IN ('owner', 'prospect') THEN
        RAISE EXCEPTION 'actor is neither owner nor prospect'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE(quote_literal($4), 'NULL')),
                HINT = 'Who lets prospects go on from a stage is its promoted_by.';
    END IF;
    IF $3 IS NOT NULL THEN
        target := campaign.find_stage(c, $3);
        IF (target.content ->> 'disabled')::boolean OR target.content ->> 'phase' = 'dropped' THEN
            PERFORM campaign.refuse_stage('no_such_stage', format('nobody is promoted to stage "%s"', target.name),
                CASE WHEN target.content ->> 'phase' = 'dropped' THEN 'It is for those who were dropped.' ELSE 'It is disabled.' END,
                'drop_out() drops prospects, enable_stage() enables a stage.');
        END IF;
    END IF;
    -- who was just enrolled has not entered his first stage yet
    entering := ARRAY(SELECT e.id FROM campaign.enrollment e
        WHERE e.workspace_id = workspace AND e.campaign_id = c.id AND e.prospect_id = ANY ($2)
          AND e.status = 'in_progress' AND e.held IS NULL AND e.halt = 0 ORDER BY e.id);
    IF cardinality(entering) > 0 THEN
        PERFORM campaign.reach_stages(workspace, entering, campaign.acting_name());
    END IF;
    runs := campaign.lock_standing(c, $2);
    IF target.name IS NOT NULL AND $4 = 'owner' THEN
        back := campaign.take_back(c, $2);
    END IF;
    IF runs IS NULL AND back IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM campaign.check_promotion(c, runs || back, target, $4);
    runs := ARRAY(SELECT r FROM unnest(runs || back) AS r ORDER BY r);
    FOR i IN 1 .. cardinality(runs) BY 5000 LOOP
        promoted := promoted + campaign.promote_enrollments(workspace, runs[i : i + 4999], COALESCE(target.position, -1), $4, campaign.acting_name());
    END LOOP;
    RETURN promoted;
END
$$;
COMMENT ON FUNCTION campaign.promote(bigint, bigint[], text, text) IS
    'Lets prospects go on from the stages where they stand, to what follows or to a later stage, in the caller''s transaction; those who were dropped come back at to_stage, whichever it is. actor (owner, prospect) has to be whom the stage names. Refused as a whole: wrong_actor, not_opted_in, not_fulfilled. Returns how many; who stands at no stage, or was promoted by another transaction meanwhile, is left where he is (S5.2, S5.6, S5.9)';

CREATE FUNCTION campaign.drop_out(campaign bigint, prospects bigint[], reason text DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'share');
    runs bigint[];
    dropped integer := 0;
BEGIN
    IF c.state = 'archived' THEN
        PERFORM campaign.refuse_state(c, 'have prospects dropped');
    END IF;
    IF $3 = 'not_eligible' AND NOT COALESCE((c.settings ->> 'tcm')::boolean, false) THEN
        PERFORM campaign.refuse_stage('not_tcm', 'only campaigns with the setting tcm know who is not eligible',
            format('Campaign "%s" is without it.', c.name), 'Give another reason, or set tcm by alter_campaign().');
    END IF;
    runs := campaign.lock_chosen(c, $2, '{in_progress,paused,blocked}');
    IF runs IS NULL THEN
        RETURN 0;
    END IF;
    runs := ARRAY(SELECT r FROM unnest(runs) AS r ORDER BY r);
    FOR i IN 1 .. cardinality(runs) BY 5000 LOOP
        dropped := dropped + campaign.drop_enrollments(workspace, runs[i : i + 4999], COALESCE($3, 'dropped'), campaign.acting_name());
    END LOOP;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION campaign.drop_out(bigint, bigint[], text) IS
    'Drops prospects from a campaign, wherever they stand: rejected, declined, by hand. They leave as removed, code dropped, and what waits to be sent to them is taken back; promote() brings them back to any stage. Reason not_eligible is for campaigns with the setting tcm. Returns how many (S5.9, S5.10)';
