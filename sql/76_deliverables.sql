-- Deliverables, incentives and messages of stage workflows, with their phase gates (S5.5 to S5.9, D12).

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

-- What is asked for by people, or by what happened, beside the runs: a message of a stage (step), or what has
-- contents of its own. Each run has one action, by the id that it will have.
CREATE FUNCTION campaign.want_side_actions(workspace bigint, actions bigint[], enrollments bigint[], step integer, kind text, content jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET jit = off AS $$
BEGIN
    INSERT INTO campaign.side_action (workspace_id, id, campaign_id, prospect_id, enrollment_id, step, action_kind, requires, content, wanted_at)
    SELECT $1, u.id, e.campaign_id, e.prospect_id, e.id, COALESCE($4, e.step), $5,
        (SELECT k.requires FROM campaign.action_kind k WHERE k.name = $5 ORDER BY k.built_in LIMIT 1), $6, campaign.clock()
    FROM unnest($2, $3) AS u(id, enrollment_id)
    JOIN campaign.enrollment e ON e.workspace_id = $1 AND e.id = u.enrollment_id
    ORDER BY u.id;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.want_side_actions(bigint, bigint[], bigint[], integer, text, jsonb) IS
    'Internal. Asks for an action beside each of these runs, by the ids that they will have';

CREATE FUNCTION campaign.want_revision(workspace bigint, enrollment bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM campaign.want_side_actions($1, ARRAY[campaign.new_id('campaign.action_id_seq')], ARRAY[$2], m.position, m.action_kind, NULL)
    FROM campaign.enrollment e
    JOIN campaign.step s ON s.workspace_id = $1 AND s.campaign_id = e.campaign_id AND s.position = e.step AND s.kind = 'stage'
    JOIN campaign.step m ON m.workspace_id = $1 AND m.campaign_id = e.campaign_id AND starts_with(m.path, s.path || '.messages[')
    WHERE e.workspace_id = $1 AND e.id = $2 AND m.content ->> 'delivery' = 'on_needs_revision' AND campaign.message_applies(m);
END
$$;
COMMENT ON FUNCTION campaign.want_revision(bigint, bigint) IS
    'Internal. Sends the messages of the stage where the run stands that go out when something is sent back';

-- {"template": NAME}, {"email": {...}} or {"message": {...}} as steps have it, or the texts of an email.
CREATE FUNCTION campaign.message_of(workspace bigint, content jsonb, OUT kind text, OUT texts jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    class text;
    known text;
BEGIN
    texts := $2;
    IF jsonb_typeof($2) IS DISTINCT FROM 'object' OR $2 = '{}' THEN
        RAISE EXCEPTION 'a message is an object of texts'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE($2::text, 'NULL')),
                HINT = 'Write {"template": NAME}, {"email": {"subject": ..., "body": ...}} or {"message": {"body": ...}}.';
    END IF;
    SELECT k.key INTO kind FROM jsonb_object_keys($2) AS k(key)
    WHERE jsonb_typeof($2 -> k.key) = 'object' AND EXISTS (SELECT FROM campaign.action_kind a WHERE a.name = k.key) LIMIT 1;
    IF kind IS NOT NULL THEN
        texts := $2 -> kind;
    END IF;
    IF texts ? 'template' THEN
        SELECT t.channel_class INTO class FROM campaign.message_template t WHERE t.workspace_id = $1 AND t.name = texts ->> 'template';
        IF class IS NULL THEN
            RAISE EXCEPTION 'message template % does not exist', texts -> 'template'
                USING ERRCODE = 'undefined_object', DETAIL = 'No such template is in the current workspace.', HINT = 'Templates are rows of campaign.message_template.';
        END IF;
    END IF;
    kind := COALESCE(kind, CASE WHEN class = 'linkedin' THEN 'message'
        ELSE (SELECT a.name FROM campaign.action_kind a WHERE a.channel_class = COALESCE(class, 'email') AND a.options -> 'contents' ? 'body'
              ORDER BY a.name <> a.channel_class, a.name LIMIT 1) END, 'email');
END
$$;
COMMENT ON FUNCTION campaign.message_of(bigint, jsonb) IS
    'Internal. The kind of action by which a message leaves, and its texts';

CREATE FUNCTION campaign.check_class(workspace bigint, campaign bigint, kind text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    class text := (SELECT k.channel_class FROM campaign.action_kind k WHERE k.name = $3 ORDER BY k.built_in LIMIT 1);
BEGIN
    IF NOT EXISTS (
        SELECT FROM campaign.campaign_account o
        JOIN campaign.account a ON a.workspace_id = $1 AND a.id = o.account_id
        JOIN campaign.channel h ON h.workspace_id = $1 AND h.id = a.channel_id
        WHERE o.workspace_id = $1 AND o.campaign_id = $2 AND COALESCE(h.options -> 'classes' ? class, true)) THEN
        RAISE EXCEPTION 'no account of the campaign serves channel class %', COALESCE(class, 'NULL')
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('An action of kind %s needs one.', $3),
                HINT = 'alter_campaign(campaign, accounts => ...) adds one.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_class(bigint, bigint, text) IS
    'Internal. Refuses what no account of the campaign could send';

CREATE FUNCTION campaign.message_prospects(campaign bigint, prospects bigint[], content jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    -- a look-up for each prospect, whatever the statistics of tables that have just been filled
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'share');
    m record;
    runs bigint[];
BEGIN
    IF c.state NOT IN ('live', 'paused', 'closed') THEN
        PERFORM campaign.refuse_state(c, 'have messages sent');
    END IF;
    SELECT * INTO m FROM campaign.message_of(workspace, $3);
    PERFORM campaign.check_class(workspace, c.id, m.kind);
    SELECT array_agg(r.enrollment_id ORDER BY r.enrollment_id) INTO runs
    -- whoever was dropped is written to by his last run
    FROM campaign.last_runs(workspace, c.id, campaign.sorted_ids($2)) r
    CROSS JOIN LATERAL (SELECT o.person_key FROM campaign.prospect o
        WHERE o.workspace_id = workspace AND o.id = r.prospect_id AND o.removed_at IS NULL OFFSET 0) p
    WHERE NOT EXISTS (SELECT FROM campaign.suppression x WHERE x.workspace_id = workspace AND x.kind = 'person' AND x.value = p.person_key);
    PERFORM campaign.want_side_actions(workspace, ARRAY(SELECT campaign.new_id('campaign.action_id_seq') FROM unnest(runs)), runs, NULL, m.kind, m.texts);
    RETURN COALESCE(cardinality(runs), 0);
END
$$;
COMMENT ON FUNCTION campaign.message_prospects(bigint, bigint[], jsonb) IS
    'Sends a message to prospects of a campaign, wherever they stand, also to those who were dropped: {"template": NAME}, {"email": {...}} or {"message": {...}}. It goes through lanes and quotas like any action, and does not move anybody. Returns how many; who was removed or has unsubscribed is left out (S5.9, S5.12)';

CREATE FUNCTION campaign.check_payable(workspace bigint, campaign bigint, i campaign.incentive, prospects bigint[], by_hand boolean) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    runs bigint[];
    phases text[];
    f record;
BEGIN
    SELECT array_agg(r.enrollment_id ORDER BY u.n), array_agg(r.phase ORDER BY u.n) INTO runs, phases
    FROM unnest($4) WITH ORDINALITY AS u(id, n)
    LEFT JOIN campaign.last_runs($1, $2, $4) r ON r.prospect_id = u.id;
    SELECT u.id, u.phase, p.id IS NULL OR p.removed_at IS NOT NULL AS is_gone, w.is_stopped INTO f
    FROM unnest($4, phases) AS u(id, phase)
    LEFT JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = u.id
    CROSS JOIN LATERAL (SELECT campaign.is_suppressed($1, p.person_key, p.email, p.professional_email, p.linkedin_url) AS is_stopped OFFSET 0) w
    WHERE p.id IS NULL OR p.removed_at IS NOT NULL OR w.is_stopped OR u.phase IS NULL OR u.phase = 'candidates' OR u.phase = 'dropped' AND NOT $5
    ORDER BY u.id LIMIT 1;
    IF NOT FOUND THEN
        RETURN runs;
    ELSIF f.is_gone THEN
        PERFORM campaign.refuse_stage('removed', format('prospect %s was removed', f.id), 'Nobody who is gone is paid.', 'Leave him out.');
    ELSIF f.is_stopped THEN
        PERFORM campaign.refuse_stage('unsubscribed', format('prospect %s has unsubscribed', f.id), 'He is on the stop list.', 'unsuppress() takes him off it.');
    ELSIF f.phase = 'dropped' THEN
        -- D12
        PERFORM campaign.refuse_stage('by_hand_only', format('prospect %s was dropped', f.id),
            format('Incentive "%s" would be fulfilled by an action of kind %s.', ($3).name, ($3).action_kind), 'Pay him yourself, and call with by_hand => true.');
    END IF;
    PERFORM campaign.check_phase(f.id, f.phase, 'have incentives fulfilled');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.check_payable(bigint, bigint, campaign.incentive, bigint[], boolean) IS
    'Internal. The last run of each of these prospects; refuses to fulfil an incentive for candidates, for who was removed or has unsubscribed, and by an action for who was dropped';

CREATE FUNCTION campaign.fulfil_incentive(campaign bigint, prospects bigint[], incentive bigint, by_hand boolean DEFAULT false) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    -- a look-up for each prospect, whatever the statistics of tables that have just been filled
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1, 'share');
    i campaign.incentive;
    whom bigint[] := campaign.sorted_ids($2);
    last_runs bigint[];
    runs bigint[];
    actions bigint[];
    hand boolean;
BEGIN
    IF c.state NOT IN ('live', 'paused', 'closed') THEN
        PERFORM campaign.refuse_state(c, 'have incentives fulfilled');
    END IF;
    SELECT x.* INTO i FROM campaign.incentive x WHERE x.workspace_id = workspace AND x.campaign_id = c.id AND x.id = $3;
    IF i.id IS NULL THEN
        PERFORM campaign.refuse_unknown('incentive', $3::text, c.id);
    END IF;
    IF whom IS NULL THEN
        RETURN 0;
    END IF;
    hand := $4 OR i.action_kind IS NULL;
    PERFORM FROM campaign.enrollment e
    WHERE e.workspace_id = workspace AND e.campaign_id = c.id AND e.prospect_id = ANY (whom) AND e.ended_at IS NULL ORDER BY e.id FOR UPDATE;
    last_runs := campaign.check_payable(workspace, c.id, i, whom, hand);
    IF NOT hand THEN
        PERFORM campaign.check_class(workspace, c.id, i.action_kind);
    END IF;
    WITH paid AS (
        INSERT INTO campaign.payment AS y (workspace_id, id, campaign_id, prospect_id, incentive_id, state, action_id, at, by_whom)
        SELECT workspace, campaign.new_id('campaign.payment_id_seq'), c.id, u.id, i.id, CASE WHEN hand THEN 'fulfilled' ELSE 'queued' END,
            CASE WHEN NOT hand THEN campaign.new_id('campaign.action_id_seq') END, campaign.clock(), campaign.acting_name()
        FROM unnest(whom) AS u(id)
        -- what is paid, or is about to be, is not paid again
        ON CONFLICT (workspace_id, incentive_id, prospect_id) WHERE state <> 'failed' DO NOTHING
        RETURNING y.prospect_id, y.action_id
    )
    SELECT array_agg(r.enrollment_id ORDER BY r.enrollment_id), array_agg(p.action_id ORDER BY r.enrollment_id) INTO runs, actions
    FROM paid p
    JOIN unnest(whom, last_runs) AS r(prospect_id, enrollment_id) ON r.prospect_id = p.prospect_id;
    IF runs IS NULL THEN
        RETURN 0;
    ELSIF hand THEN
        PERFORM campaign.note_runs(workspace, 'incentive_fulfilled', runs, jsonb_build_object('incentive', i.id, 'by', 'hand'));
        PERFORM campaign.promote_fulfilled(workspace, runs);
    ELSE
        PERFORM campaign.want_side_actions(workspace, actions, runs, NULL, i.action_kind,
            jsonb_strip_nulls(jsonb_build_object('incentive', i.name, 'amount', i.amount::text, 'currency', i.currency)));
    END IF;
    RETURN cardinality(runs);
END
$$;
COMMENT ON FUNCTION campaign.fulfil_incentive(bigint, bigint[], bigint, boolean) IS
    'Fulfils an incentive for participants: by an action of its kind, or by hand, as who is told here was paid elsewhere. With the last of a stage that waits for payments the prospect goes on by himself. Who was dropped is paid by hand only, and nobody who was removed or has unsubscribed (S5.5, S5.9, S5.12, D12). Returns how many; nobody is paid twice';

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
