-- Why a prospect does not advance (S2.44, B5).

CREATE FUNCTION campaign.explain_action(workspace bigint, action bigint)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    a campaign.action;
    l campaign.lane;
    o campaign.account;
    active boolean;
    ahead bigint;
BEGIN
    SELECT * INTO a FROM campaign.action x WHERE x.workspace_id = $1 AND x.id = $2;
    SELECT * INTO l FROM campaign.lane x WHERE x.workspace_id = $1 AND x.id = a.lane_id;
    SELECT * INTO o FROM campaign.account x WHERE x.workspace_id = $1 AND x.id = l.account_id;
    IF a.state = 'processing' AND a.incarnation IS NULL THEN
        RETURN QUERY VALUES ('awaiting_report', format('%s %s, attempt %s, was taken on by the gateway, which is to report what became of it', a.action_kind, a.id, a.attempt), a.expires_at);
        RETURN;
    ELSIF a.state = 'processing' THEN
        RETURN QUERY VALUES ('executing', format('%s %s, attempt %s, was handed over at %s', a.action_kind, a.id, a.attempt, a.started_at), NULL::timestamptz);
        RETURN;
    ELSIF a.state = 'held' THEN
        RETURN QUERY VALUES (COALESCE(a.reason, 'held'),
            concat_ws(': ', format(CASE a.reason WHEN 'no_credit' THEN '%s %s waits for credits: add_credits() lets it go on' ELSE '%s %s is held for a decision' END, a.action_kind, a.id), a.outcome ->> 'detail'), NULL::timestamptz);
        RETURN;
    ELSIF a.state NOT IN ('queued', 'withdrawn') THEN
        RETURN QUERY VALUES ('outcome_pending', format('%s %s is %s, which is about to be applied', a.action_kind, a.id, a.state), campaign.clock());
        RETURN;
    END IF;

    SELECT count(*) INTO ahead FROM campaign.action x
    WHERE x.workspace_id = $1 AND x.lane_id = a.lane_id AND x.state = 'queued' AND (x.not_before, x.id) < (a.not_before, a.id);
    RETURN QUERY VALUES ('queued', format('%s %s is queued at account %s since %s, behind %s others', a.action_kind, a.id, o.address, a.queued_at, ahead),
        CASE WHEN a.state = 'queued' THEN GREATEST(a.not_before, l.deferred_until, campaign.clock()) END);
    IF a.not_before > campaign.clock() THEN
        RETURN QUERY VALUES (CASE a.reason WHEN 'frequency' THEN 'frequency' ELSE 'not_before' END,
            CASE WHEN a.reason = 'frequency' THEN 'the person was contacted too recently, by whatever campaign' WHEN a.attempt > 0 THEN format('tried %s times, the next attempt is set', a.attempt) ELSE 'its time has not come' END,
            a.not_before);
    END IF;
    RETURN QUERY
        SELECT 'quota', format('%s of %s %s used up in this %s (%s)', u.used, u.max_actions,
                CASE u.usage_kind WHEN '' THEN 'actions' ELSE u.usage_kind END, CASE u.mode WHEN 'rolling' THEN 'rolling ' ELSE '' END || u.period,
                CASE u.scope WHEN 'account' THEN 'account ' || o.address ELSE u.scope END), u.window_end
        FROM campaign.account_usage u
        WHERE u.workspace_id = $1 AND u.account_id = o.id AND u.action_kind = a.action_kind AND u.used >= u.max_actions;
    RETURN QUERY
        SELECT 'pace', CASE p.period WHEN 'pace' THEN format('account %s does one thing in %s, and up to %s', o.address, p.length, p.length + p.jitter)
                ELSE format('its channel starts %s in %s', p.max_actions, p.length) END, l.ready_at
        FROM campaign.account_pace p
        JOIN campaign.usage u ON u.workspace_id = p.workspace_id AND u.scope = p.scope AND u.scope_id = p.scope_id
            AND u.action_kind = '' AND u.period = p.period
        WHERE p.workspace_id = $1 AND p.account_id = o.id AND l.ready_at > campaign.clock()
          AND (SELECT sum(x.n) FROM unnest(u.recent_at, u.recent_n) x (at, n) WHERE x.at > campaign.clock() - p.length) >= p.max_actions;
    SELECT m.is_active INTO active FROM campaign.member m WHERE m.workspace_id = $1 AND m.id = o.member_id;
    IF o.session_state <> 'connected' OR NOT o.identity_active OR NOT active THEN
        RETURN QUERY VALUES ('account_inactive', format('account %s: %s', o.address, concat_ws(', ',
            CASE WHEN o.session_state <> 'connected' THEN 'its session is ' || o.session_state END,
            CASE WHEN NOT o.identity_active THEN 'its identity is inactive' END,
            CASE WHEN NOT active THEN 'its member is inactive' END)), NULL::timestamptz);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.explain_action(bigint, bigint) IS
    'Internal. Why an open action has not been executed yet';

CREATE FUNCTION campaign.explain_run(c campaign.campaign, e campaign.enrollment)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    s campaign.step;
    wait jsonb;
    due timestamptz := CASE WHEN e.held IS NULL THEN COALESCE(e.due_at, e.parked_due_at) END;
BEGIN
    SELECT * INTO s FROM campaign.step x
    WHERE x.workspace_id = e.workspace_id AND x.campaign_id = e.campaign_id AND x.position = e.step;
    IF e.ended_at IS NOT NULL THEN
        RETURN QUERY VALUES ('ended', format('left at step "%s" as %s, code %s, at %s', s.name, e.end_kind, e.code, e.ended_at), NULL::timestamptz);
        RETURN;
    END IF;

    CASE c.state
        WHEN 'draft' THEN
            RETURN QUERY VALUES ('campaign_draft', 'the campaign is not launched yet', NULL::timestamptz);
        WHEN 'paused' THEN
            RETURN QUERY VALUES ('campaign_paused', format('the campaign is paused since %s', c.paused_at), NULL::timestamptz);
        ELSE
            NULL;
    END CASE;
    IF NOT campaign.preloaded() AND NOT EXISTS (SELECT FROM campaign.instance i WHERE i.is_virtual) THEN
        RETURN QUERY VALUES ('not_preloaded', 'no worker runs: campaign is not in shared_preload_libraries', NULL::timestamptz);
    END IF;
    IF e.held IS NOT NULL THEN
        RETURN QUERY VALUES (e.held, concat_ws(': ', 'the run is held at step "' || s.name || '"', e.held_detail), NULL::timestamptz);
    END IF;
    CASE e.halt
        WHEN 0 THEN
            RETURN QUERY VALUES ('at_entry', format('step "%s" is not begun', s.name), due);
        WHEN 1 THEN
            RETURN QUERY SELECT * FROM campaign.explain_action(e.workspace_id, e.action_id);
        WHEN 2 THEN
            RETURN QUERY VALUES ('waiting_delay', format('step "%s": %s from %s', s.name, s.delay, e.base_at), due);
        WHEN 3 THEN
            wait := jsonb_path_query_first(c.definition, s.path::jsonpath);
            wait := COALESCE(wait -> 'wait', wait);
            RETURN QUERY VALUES ('waiting_condition', format('step "%s": until %s, from %s, within %s, else %s', s.name, wait -> 'until',
                e.base_at, wait ->> 'within', CASE jsonb_typeof(wait -> 'else') WHEN 'string' THEN wait ->> 'else' ELSE 'other steps' END), due);
        ELSE
            NULL;
    END CASE;
END
$$;
COMMENT ON FUNCTION campaign.explain_run(campaign.campaign, campaign.enrollment) IS
    'Internal. Why this run stands where it stands';

CREATE FUNCTION campaign.explain(campaign bigint, prospect bigint)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    e campaign.enrollment;
BEGIN
    SELECT * INTO e FROM campaign.enrollment x
    WHERE x.workspace_id = workspace AND x.campaign_id = c.id AND x.prospect_id = $2
    ORDER BY x.run DESC LIMIT 1;
    IF e.id IS NULL THEN
        RETURN QUERY
            SELECT 'not_enrolled', concat_ws(': ', 'enroll() would say ' || j.result, j.detail), NULL::timestamptz
            FROM campaign.judge_prospects(workspace, c.id, CASE WHEN c.exclusive THEN 0 ELSE c.id END, ARRAY[$2]) j;
    ELSE
        RETURN QUERY SELECT * FROM campaign.explain_run(c, e);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.explain(bigint, bigint) IS
    'Why a prospect does not advance in a campaign: one row for each thing that blocks, its present value, and the earliest time at which it can change, NULL where only an event or a person can change it';
