-- What an agent may touch: the work of the members that access was granted for.

CREATE FUNCTION campaign.acting_members(workspace bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_role text := COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER);
BEGIN
    IF campaign.acting_has('operator') THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(SELECT DISTINCT a.member_id FROM campaign.access a
                 JOIN pg_roles r ON r.rolname = a.role
                 WHERE a.workspace_id = acting_members.workspace AND a.level = 'agent' AND pg_has_role(v_role, r.oid, 'USAGE')
                 ORDER BY 1);
END
$$;
COMMENT ON FUNCTION campaign.acting_members(bigint) IS
    'Internal. Whose work the role of the session may do and report on; NULL = everybody''s';

CREATE FUNCTION campaign.agent_accounts(workspace bigint, account bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_members bigint[] := campaign.acting_members(agent_accounts.workspace);
    v_transport text;
BEGIN
    IF agent_accounts.account IS NULL THEN
        RETURN ARRAY(SELECT a.id FROM campaign.account a
                     JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
                     WHERE a.workspace_id = agent_accounts.workspace AND h.transport = 'agent'
                       AND (v_members IS NULL OR a.member_id = ANY (v_members))
                     ORDER BY 1);
    END IF;
    SELECT h.transport INTO v_transport FROM campaign.account a
    JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
    WHERE a.workspace_id = agent_accounts.workspace AND a.id = agent_accounts.account
      AND (v_members IS NULL OR a.member_id = ANY (v_members));
    IF v_transport IS NULL THEN
        RAISE EXCEPTION 'account % does not exist', agent_accounts.account
            USING ERRCODE = 'undefined_object',
                DETAIL = CASE WHEN v_members IS NULL THEN 'No such account is in the current workspace.'
                    ELSE 'The members for whom the role works have no such account.' END,
                HINT = 'account_id(address) finds the id of an account; without one, work of all of them is taken.';
    ELSIF v_transport <> 'agent' THEN
        RAISE EXCEPTION 'nothing can be taken from account %', agent_accounts.account
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Its channel is of transport %s.', v_transport),
                HINT = 'Agents take from accounts whose channel is of transport agent.';
    END IF;
    RETURN ARRAY[agent_accounts.account];
END
$$;
COMMENT ON FUNCTION campaign.agent_accounts(bigint, bigint) IS
    'Internal. The accounts from which the role of the session may take: this one, or all if it is NULL';
