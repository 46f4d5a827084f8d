-- What the plan of a workspace includes, and what follows when it ends or changes (S2.48, S2.49). A
-- workspace without a plan is free to do anything.

CREATE FUNCTION campaign.plan_faults(workspace bigint, campaign bigint) RETURNS TABLE (fault text, hint text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('the trial of the workspace ended at %s', w.trial_ends_at), 'choose_plan() takes a plan'
    FROM campaign.workspace_plan($1) w
    WHERE w.plan = 'trial' AND w.trial_ends_at <= campaign.clock()
    UNION ALL
    (SELECT format('plan %s does not include %s, which action %s of step "%s" needs', w.plan, k.channel_class, s.action_kind, s.name),
        'choose_plan() takes another plan, edit_steps() other steps'
    FROM campaign.workspace_plan($1) w
    JOIN campaign.step s ON s.workspace_id = $1 AND s.campaign_id = $2 AND s.action_kind IS NOT NULL
    CROSS JOIN LATERAL (SELECT a.channel_class FROM campaign.action_kind a
                        WHERE a.name = s.action_kind ORDER BY a.built_in LIMIT 1) k
    WHERE w.plan IS NOT NULL
      AND COALESCE((SELECT k.channel_class <> ALL (p.channel_classes) FROM campaign.plan p
                    WHERE p.name = w.plan ORDER BY p.built_in LIMIT 1), true)
    ORDER BY s.position)
    UNION ALL
    SELECT format('plan %s does not include crm, which setting reply_goal needs', w.plan), 'choose_plan() takes another plan, alter_campaign() the setting away'
    FROM campaign.workspace_plan($1) w
    JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = $2 AND c.settings ? 'reply_goal'
    WHERE w.plan IS NOT NULL
      AND COALESCE((SELECT 'crm' <> ALL (p.channel_classes) FROM campaign.plan p
                    WHERE p.name = w.plan ORDER BY p.built_in LIMIT 1), true)
$$;
COMMENT ON FUNCTION campaign.plan_faults(bigint, bigint) IS
    'Internal. What of a campaign the plan of its workspace does not include, one row for each step, and one for what is told of replies';

-- Part of the scheduler's round. What somebody has just locked waits for the next one.
CREATE FUNCTION campaign.expire_trial(workspace bigint, now timestamptz) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c campaign.campaign;
    done integer := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM campaign.trial t WHERE t.workspace_id = $1 AND t.ends_at <= $2) THEN
        RETURN 0;
    END IF;
    FOR c IN SELECT * FROM campaign.campaign x WHERE x.workspace_id = $1 AND x.state = 'live'
             ORDER BY x.id FOR NO KEY UPDATE SKIP LOCKED LOOP
        PERFORM campaign.pause_campaign(c, 'system', 'trial_ended');
        done := done + 1;
    END LOOP;
    IF NOT EXISTS (SELECT FROM campaign.campaign x WHERE x.workspace_id = $1 AND x.state = 'live') THEN
        DELETE FROM campaign.trial t WHERE t.workspace_id = $1;
        done := done + 1;
    END IF;
    RETURN done;
END
$$;
COMMENT ON FUNCTION campaign.expire_trial(bigint, timestamptz) IS
    'Internal. Pauses the live campaigns of a workspace whose trial has ended; how much was done';

CREATE FUNCTION campaign.choose_plan(plan text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('admin');
    before text := (SELECT p.plan FROM campaign.workspace_plan(workspace) p);
    c campaign.campaign;
    going integer := 0;
BEGIN
    IF choose_plan.plan IS NULL OR choose_plan.plan = 'trial'
        OR NOT EXISTS (SELECT FROM campaign.plan p WHERE p.name = choose_plan.plan) THEN
        RAISE EXCEPTION 'there is no plan % to choose', COALESCE('"' || choose_plan.plan || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                DETAIL = (SELECT format('Plans are %s.', string_agg(DISTINCT p.name, ', ' ORDER BY p.name)) FROM campaign.plan p WHERE p.name <> 'trial'),
                HINT = 'A trial is given by the owner of the extension, in workspace_setting.';
    END IF;
    INSERT INTO campaign.workspace_setting AS s (workspace_id, plan) VALUES (workspace, choose_plan.plan)
    ON CONFLICT (workspace_id) DO UPDATE SET plan = EXCLUDED.plan;
    PERFORM campaign.note_event(workspace, 'plan_chosen', NULL, jsonb_build_object('from', before, 'to', choose_plan.plan));

    FOR c IN SELECT * FROM campaign.campaign x
             WHERE x.workspace_id = workspace AND (x.state = 'live' OR x.state = 'paused' AND x.paused_by = 'system')
             ORDER BY x.id FOR NO KEY UPDATE LOOP
        IF EXISTS (SELECT FROM campaign.plan_faults(workspace, c.id)) THEN
            IF c.state = 'live' THEN
                PERFORM campaign.pause_campaign(c, 'system', 'plan_lacks');
            ELSE
                UPDATE campaign.campaign u SET pause_reason = 'plan_lacks' WHERE u.workspace_id = workspace AND u.id = c.id;
            END IF;
        ELSIF c.state = 'paused' THEN
            PERFORM campaign.resume_campaign(c, 'as_due');
            going := going + 1;
        END IF;
    END LOOP;
    RETURN going;
END
$$;
COMMENT ON FUNCTION campaign.choose_plan(text) IS
    'Takes a plan for the workspace. Campaigns that were paused by the system, and that the plan includes, go on; live ones with actions that it lacks are paused. Returns how many go on (S2.48, S2.49). Level admin';
