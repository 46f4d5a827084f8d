-- Deliverables of stage workflows, with their phase gates (S5.5 to S5.9, D12), and what prospects may see.

CREATE FUNCTION campaign.refuse_unknown(noun text, which text, campaign bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% % does not exist', $1, COALESCE($2, 'NULL')
        USING ERRCODE = 'undefined_object', DETAIL = format('Campaign %s has no such %s.', COALESCE($3::text, 'NULL'), $1),
            HINT = format('The table %s has them; %s_id(campaign, name) finds the id of one.', $1, $1);
END
$$;
COMMENT ON FUNCTION campaign.refuse_unknown(text, text, bigint) IS
    'Internal. Raises the error that a campaign has no such deliverable or incentive';

CREATE FUNCTION campaign.find_work(workspace bigint, noun text, campaign bigint, name text) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint := CASE $2
        WHEN 'deliverable' THEN (SELECT d.id FROM campaign.deliverable d WHERE d.workspace_id = $1 AND d.campaign_id = $3 AND d.name = $4)
        ELSE (SELECT i.id FROM campaign.incentive i WHERE i.workspace_id = $1 AND i.campaign_id = $3 AND i.name = $4) END;
BEGIN
    IF found_id IS NULL THEN
        PERFORM campaign.refuse_unknown($2, '"' || $4 || '"', $3);
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION campaign.find_work(bigint, text, bigint, text) IS
    'Internal. The id of a deliverable or an incentive of a campaign by its name, or an error';

CREATE FUNCTION campaign.deliverable_id(campaign bigint, name text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ SELECT campaign.find_work(campaign.acting_workspace('viewer'), 'deliverable', $1, $2) $$;
COMMENT ON FUNCTION campaign.deliverable_id(bigint, text) IS 'The id of a deliverable of a campaign';

CREATE FUNCTION campaign.incentive_id(campaign bigint, name text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ SELECT campaign.find_work(campaign.acting_workspace('viewer'), 'incentive', $1, $2) $$;
COMMENT ON FUNCTION campaign.incentive_id(bigint, text) IS 'The id of an incentive of a campaign';

-- The last run of each of these prospects in a campaign, and the phase in which it is: that of the last stage
-- that it has entered, whatever automatic steps it stands at since.
CREATE FUNCTION campaign.last_runs(workspace bigint, campaign bigint, prospects bigint[])
    RETURNS TABLE (prospect_id bigint, enrollment_id bigint, stage campaign.step, phase text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
    SELECT u.id, e.id, s.stage,
        CASE WHEN e.end_kind = 'success' THEN 'complete' WHEN e.end_kind IS NOT NULL THEN 'dropped'
            ELSE COALESCE((s.stage).content ->> 'phase', 'candidates') END
    FROM unnest($3) AS u(id)
    CROSS JOIN LATERAL (SELECT o.id, o.end_kind FROM campaign.enrollment o
        WHERE o.workspace_id = $1 AND o.campaign_id = $2 AND o.prospect_id = u.id ORDER BY o.run DESC LIMIT 1) e
    LEFT JOIN LATERAL (SELECT x AS stage
        FROM campaign.stage_entry n
        JOIN campaign.step x ON x.workspace_id = $1 AND x.campaign_id = $2 AND x.position = n.step
        WHERE n.workspace_id = $1 AND n.enrollment_id = e.id
        ORDER BY n.entered_at DESC, n.step DESC LIMIT 1) s ON true
$$;
COMMENT ON FUNCTION campaign.last_runs(bigint, bigint, bigint[]) IS
    'Internal. The last run of each of these prospects in a campaign, the stage that it entered last, and its phase; no row for who was never in it';

-- S5.5 to S5.9: what is possible in which phase, for the function that wishes it.
CREATE FUNCTION campaign.check_phase(prospect bigint, phase text, wish text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $2 IN ('participants', 'complete') THEN
        RETURN;
    END IF;
    PERFORM campaign.refuse_stage(
        CASE WHEN $2 IS NULL THEN 'not_in_campaign' WHEN $2 = 'dropped' THEN 'no_longer_available' ELSE 'candidates_phase' END,
        CASE WHEN $2 IS NULL THEN format('prospect %s is not in the campaign', $1)
            WHEN $2 = 'dropped' THEN format('the campaign is no longer available for prospect %s', $1)
            ELSE format('prospect %s is a candidate', $1) END,
        format('His phase is %s, which does not allow to %s.', COALESCE($2, 'none'), $3),
        CASE WHEN $2 = 'dropped' THEN 'promote(campaign, prospects, to_stage) brings him back.' ELSE 'Participants are those past the phase of candidates.' END);
END
$$;
COMMENT ON FUNCTION campaign.check_phase(bigint, text, text) IS
    'Internal. Refuses what is for participants and those who have completed alone';

-- The campaign is held as for promote(), and the run locked, so that nobody is promoted or dropped meanwhile.
CREATE FUNCTION campaign.hold_participant(workspace bigint, campaign bigint, prospect bigint, wish text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c campaign.campaign := campaign.read_campaign($1, $2, 'share');
    r record;
BEGIN
    IF c.state = 'archived' OR c.state = 'draft' THEN
        PERFORM campaign.refuse_state(c, $4);
    END IF;
    PERFORM FROM campaign.enrollment e
    WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.prospect_id = $3 AND e.ended_at IS NULL FOR UPDATE;
    SELECT * INTO r FROM campaign.last_runs($1, $2, ARRAY[$3]);
    PERFORM campaign.check_phase($3, r.phase, $4);
    RETURN r.enrollment_id;
END
$$;
COMMENT ON FUNCTION campaign.hold_participant(bigint, bigint, bigint, text) IS
    'Internal. The run of a participant, locked if it is active, or an error if his phase does not allow the wish';

CREATE FUNCTION campaign.submit(workspace bigint, campaign bigint, prospect bigint, deliverable bigint, content jsonb, url text, kind text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run bigint := campaign.hold_participant($1, $2, $3, CASE $7 WHEN 'content_bound' THEN 'bind content' ELSE 'submit deliverables' END);
    made bigint;
BEGIN
    IF $4 IS NOT NULL AND NOT EXISTS (SELECT FROM campaign.deliverable d WHERE d.workspace_id = $1 AND d.campaign_id = $2 AND d.id = $4) THEN
        PERFORM campaign.refuse_unknown('deliverable', $4::text, $2);
    END IF;
    made := campaign.new_id('campaign.submission_id_seq');
    INSERT INTO campaign.submission (workspace_id, id, campaign_id, prospect_id, deliverable_id, content, url, submitted_at)
    VALUES ($1, made, $2, $3, $4, $5, $6, campaign.clock());
    PERFORM campaign.note_runs($1, $7, ARRAY[run], jsonb_strip_nulls(jsonb_build_object('submission', made, 'deliverable', $4)));
    PERFORM campaign.promote_fulfilled($1, ARRAY[run]);
    RETURN made;
END
$$;
COMMENT ON FUNCTION campaign.submit(bigint, bigint, bigint, bigint, jsonb, text, text) IS
    'Internal. Keeps what a participant delivered, and lets him go on if that was the last (S5.8)';

CREATE FUNCTION campaign.submit_deliverable(campaign bigint, prospect bigint, deliverable bigint, content jsonb DEFAULT '{}') RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
BEGIN
    IF $3 IS NULL THEN
        PERFORM campaign.refuse_unknown('deliverable', NULL, $1);
    END IF;
    RETURN campaign.submit(workspace, $1, $2, $3, COALESCE($4, '{}'), $4 ->> 'url', 'deliverable_submitted');
END
$$;
COMMENT ON FUNCTION campaign.submit_deliverable(bigint, bigint, bigint, jsonb) IS
    'Keeps what a participant delivers, and returns the id of the submission. With the last of the drafts, or of the final deliverables, he goes on from the stage that waits for them, in the same transaction (S5.2, S5.8)';

CREATE FUNCTION campaign.bind_content(campaign bigint, prospect bigint, url text, deliverable bigint DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
BEGIN
    IF $3 IS NULL OR $3 !~ '\S' THEN
        RAISE EXCEPTION 'content has an address'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', quote_nullable($3)), HINT = 'Give the URL at which it can be seen.';
    END IF;
    RETURN campaign.submit(workspace, $1, $2, $4, NULL, $3, 'content_bound');
END
$$;
COMMENT ON FUNCTION campaign.bind_content(bigint, bigint, text, bigint) IS
    'Binds published content to a participant, as the fulfilment of a deliverable or (NULL) for itself; returns the id of the submission. Not for candidates, and not for who was dropped (S5.5, S5.9, D12)';

CREATE FUNCTION campaign.review_deliverable(id bigint, decision text, note text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    s campaign.submission;
    meanwhile record;
    inside bigint;
BEGIN
    IF $2 IS NULL OR $2 NOT IN ('approved', 'needs_revision') THEN
        RAISE EXCEPTION 'decision is neither approved nor needs_revision'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE(quote_literal($2), 'NULL')), HINT = 'What is sent back can be submitted again.';
    END IF;
    SELECT x.* INTO s FROM campaign.submission x WHERE x.workspace_id = workspace AND x.id = $1;
    IF s.id IS NULL THEN
        RAISE EXCEPTION 'submission % does not exist', COALESCE($1::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such submission is in the current workspace.', HINT = 'submit_deliverable() returns the id, and deliverable_status has it.';
    END IF;
    inside := campaign.hold_participant(workspace, s.campaign_id, s.prospect_id, 'have deliverables reviewed');
    SELECT x.state, x.reviewed_by INTO meanwhile FROM campaign.submission x WHERE x.workspace_id = workspace AND x.id = s.id;
    IF meanwhile.state <> s.state THEN
        PERFORM campaign.refuse_stage('reviewed_meanwhile', format('submission %s was reviewed by another transaction', s.id),
            format('It is %s, by %s.', meanwhile.state, meanwhile.reviewed_by), 'Look at it again: deliverable_status has what came of it.');
    END IF;
    UPDATE campaign.submission x SET state = $2, note = $3, reviewed_at = campaign.clock(), reviewed_by = campaign.acting_name()
    WHERE x.workspace_id = workspace AND x.id = s.id;
    PERFORM campaign.note_runs(workspace, 'deliverable_reviewed', ARRAY[inside],
        jsonb_strip_nulls(jsonb_build_object('submission', s.id, 'deliverable', s.deliverable_id, 'decision', $2, 'note', $3)));
    IF $2 = 'needs_revision' THEN
        PERFORM campaign.want_revision(workspace, inside);
        RETURN;
    END IF;
    -- approving the last one is what leads on from the stage of the review
    PERFORM campaign.promote_fulfilled(workspace, ARRAY[inside]);
END
$$;
COMMENT ON FUNCTION campaign.review_deliverable(bigint, text, text) IS
    'Approves a submission, or sends it back (needs_revision) to be submitted again, with a note. With the last approval the prospect goes on from the stage of the review; what is sent back sends the stage''s messages for that';

CREATE FUNCTION campaign.prospect_page(campaign bigint, prospect bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    r record;
BEGIN
    SELECT * INTO r FROM campaign.last_runs(workspace, $1, ARRAY[$2]);
    -- S5.9: who was dropped is told no more than that
    IF r.phase IS NULL OR r.phase = 'dropped' OR c.state IN ('draft', 'archived') THEN
        RETURN jsonb_build_object('available', false, 'message', 'This campaign is no longer available.');
    END IF;
    RETURN jsonb_build_object('available', true, 'campaign', c.name, 'description', c.description,
        'stage', (r.stage).name, 'title', (r.stage).content -> 'title', 'phase', r.phase,
        'yours', COALESCE(campaign.stage_actor((r.stage).content ->> 'promoted_by') = 'prospect', false),
        'deliverables', CASE WHEN r.phase IN ('participants', 'complete') THEN (
            SELECT COALESCE(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', d.id, 'name', d.name, 'kind', d.kind, 'count', d.count,
                'due_on', campaign.due_day(workspace, d, $2, c.time_zone),
                'submitted', (SELECT count(*) FROM campaign.submission s WHERE s.workspace_id = workspace AND s.campaign_id = c.id AND s.prospect_id = $2
                    AND s.deliverable_id = d.id AND s.state <> 'needs_revision'),
                'note', (SELECT s.note FROM campaign.submission s WHERE s.workspace_id = workspace AND s.campaign_id = c.id AND s.prospect_id = $2
                    AND s.deliverable_id = d.id AND s.state = 'needs_revision' ORDER BY s.id DESC LIMIT 1))) ORDER BY d.id), '[]')
            FROM campaign.deliverable d WHERE d.workspace_id = workspace AND d.campaign_id = c.id) ELSE '[]' END,
        'incentives', CASE WHEN r.phase IN ('participants', 'complete') THEN (
            SELECT COALESCE(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', i.name, 'timing', i.timing, 'amount', i.amount, 'currency', i.currency,
                'fulfilled', EXISTS (SELECT FROM campaign.payment y WHERE y.workspace_id = workspace AND y.incentive_id = i.id AND y.prospect_id = $2
                    AND y.state = 'fulfilled'))) ORDER BY i.id), '[]')
            FROM campaign.incentive i WHERE i.workspace_id = workspace AND i.campaign_id = c.id) ELSE '[]' END);
END
$$;
COMMENT ON FUNCTION campaign.prospect_page(bigint, bigint) IS
    'What a prospect may see of a campaign: the stage where he is, whether it is his turn, what he has to deliver and gets. Who was dropped, or is not in it, is told that it is no longer available (S5.9)';

-- Of prospects that turn out to be one (merge_prospects). What was paid to both stays where it is, since it was paid twice.
CREATE FUNCTION campaign.move_work(workspace bigint, keep bigint, others bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    runs bigint[];
    paid record;
BEGIN
    runs := ARRAY(SELECT e.id FROM campaign.campaign c
        CROSS JOIN LATERAL (SELECT r.id FROM campaign.enrollment r
            WHERE r.workspace_id = $1 AND r.campaign_id = c.id AND r.prospect_id = $2 OFFSET 0) e
        WHERE c.workspace_id = $1);
    UPDATE campaign.stage_entry n SET prospect_id = $2 WHERE n.workspace_id = $1 AND n.enrollment_id = ANY (runs) AND n.prospect_id <> $2;
    UPDATE campaign.side_action s SET prospect_id = $2 WHERE s.workspace_id = $1 AND s.enrollment_id = ANY (runs) AND s.prospect_id <> $2;
    UPDATE campaign.submission s SET prospect_id = $2
    FROM campaign.campaign c
    WHERE c.workspace_id = $1 AND s.workspace_id = $1 AND s.campaign_id = c.id AND s.prospect_id = ANY ($3);
    -- one by one, since each may be the second of its kind
    FOR paid IN
        SELECT y.id, y.incentive_id, y.state FROM campaign.incentive i
        JOIN campaign.payment y ON y.workspace_id = $1 AND y.incentive_id = i.id AND y.prospect_id = ANY ($3)
        WHERE i.workspace_id = $1 ORDER BY y.id
    LOOP
        UPDATE campaign.payment p SET prospect_id = $2
        WHERE p.workspace_id = $1 AND p.id = paid.id AND (paid.state = 'failed' OR NOT EXISTS (SELECT FROM campaign.payment o
            WHERE o.workspace_id = $1 AND o.incentive_id = paid.incentive_id AND o.prospect_id = $2 AND o.state <> 'failed'));
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.move_work(bigint, bigint, bigint[]) IS
    'Internal. Makes what these prospects delivered, got, and are sent beside their runs that of one';
