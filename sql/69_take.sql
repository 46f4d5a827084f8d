-- Work for agents: programs and people who take what is to be done, and report on it.

CREATE FUNCTION campaign.take_actions(workspace bigint, accounts bigint[], max integer, lease_until timestamptz, actor text)
    RETURNS bigint[] LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_take_actions';
COMMENT ON FUNCTION campaign.take_actions(bigint, bigint[], integer, timestamptz, text) IS
    'Internal. Starts up to max actions of these accounts and leases them; their ids, in the order in which they are to be done';

CREATE FUNCTION campaign.check_lease(lease interval) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF lease IS NULL OR lease < interval '1 second' OR lease > interval '31 days' THEN
        RAISE EXCEPTION 'invalid lease'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE(lease::text, 'NULL')),
                HINT = 'It is how long the work may take, from a second to 31 days.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_lease(interval) IS 'Internal. Refuses a lease that is none';

CREATE FUNCTION campaign.take(account bigint DEFAULT NULL, max integer DEFAULT 1, lease interval DEFAULT '1 hour')
    RETURNS TABLE (action_id bigint, kind text, account_id bigint, campaign text, prospect_id bigint, external_id text,
        title text, content jsonb, key text, attempt integer, lease_until timestamptz, due_by timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    v_workspace bigint := campaign.acting_workspace('agent');
    v_accounts bigint[] := campaign.agent_accounts(v_workspace, take.account);
    v_taken bigint[];
BEGIN
    PERFORM campaign.check_lease(take.lease);
    IF take.max IS NULL OR take.max NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION 'max must be from 1 to 1000'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE(take.max::text, 'NULL')),
                HINT = 'Take as many as can be done before the lease runs out.';
    END IF;
    PERFORM campaign.require_armed();
    PERFORM campaign.note_agent(v_workspace, v_accounts);
    v_taken := campaign.take_actions(v_workspace, v_accounts, take.max, campaign.clock() + take.lease, campaign.acting_name());
    RETURN QUERY
        SELECT a.id, a.action_kind, l.account_id, c.name, a.prospect_id, p.external_id, a.content #>> '{content,title}',
            a.content, a.key, a.attempt, a.expires_at, a.deadline_at
        FROM unnest(v_taken) WITH ORDINALITY AS t(id, i)
        JOIN campaign.action a ON a.workspace_id = v_workspace AND a.id = t.id
        JOIN campaign.lane l ON l.workspace_id = v_workspace AND l.id = a.lane_id
        JOIN campaign.campaign c ON c.workspace_id = v_workspace AND c.id = a.campaign_id
        LEFT JOIN campaign.prospect p ON p.workspace_id = v_workspace AND p.id = a.prospect_id
        ORDER BY t.i;
END
$$;
COMMENT ON FUNCTION campaign.take(bigint, integer, interval) IS
    'Gives out up to max actions of an account whose channel is of transport agent, or of all such accounts, to whoever calls: checked, debited and frozen as anything that is sent. report() says what came of each before lease_until. Level agent';

CREATE FUNCTION campaign.acting_action(workspace bigint, action bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_members bigint[] := campaign.acting_members(acting_action.workspace);
BEGIN
    RETURN EXISTS (SELECT FROM campaign.action a
        JOIN campaign.lane l ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
        JOIN campaign.account o ON o.workspace_id = l.workspace_id AND o.id = l.account_id
        WHERE a.workspace_id = acting_action.workspace AND a.id = acting_action.action
          AND (v_members IS NULL OR o.member_id = ANY (v_members)));
END
$$;
COMMENT ON FUNCTION campaign.acting_action(bigint, bigint) IS
    'Internal. Whether there is such an action, and the role of the session may say what came of it';

CREATE FUNCTION campaign.extend_lease(action bigint, lease interval, attempt integer DEFAULT NULL) RETURNS timestamptz
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('agent');
    v_until timestamptz := campaign.clock() + extend_lease.lease;
BEGIN
    PERFORM campaign.check_lease(extend_lease.lease);
    IF NOT campaign.acting_action(v_workspace, extend_lease.action) THEN
        PERFORM campaign.refuse_action(extend_lease.action);
    END IF;
    PERFORM campaign.note_agent_of(v_workspace, extend_lease.action);
    UPDATE campaign.action a SET expires_at = LEAST(v_until, a.deadline_at)
    FROM (SELECT o.id FROM campaign.action o WHERE o.workspace_id = v_workspace AND o.id = extend_lease.action FOR UPDATE) q
    WHERE a.workspace_id = v_workspace AND a.id = q.id
      AND a.state = 'processing' AND a.reason = 'leased' AND a.expires_at > campaign.clock()
      AND a.attempt = COALESCE(extend_lease.attempt, a.attempt)
      AND EXISTS (SELECT FROM campaign.enrollment e
                  WHERE e.workspace_id = v_workspace AND e.id = a.enrollment_id AND e.action_id = a.id AND e.ended_at IS NULL)
    RETURNING a.expires_at INTO v_until;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM campaign.wake();
    RETURN v_until;
END
$$;
COMMENT ON FUNCTION campaign.extend_lease(bigint, interval, integer) IS
    'Gives an agent so long from now for what it has taken, and returns until when; NULL if it is not its any more: the lease ran out, or the prospect has left. With attempt, as take() gave it, only if nobody else has taken it since. Level agent';
