-- Incentives of stage workflows: who may be paid, by whom, and that nobody is paid twice (S5.5, S5.9, S5.12, D12).

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
