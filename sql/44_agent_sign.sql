-- When those who take work were last heard of: a sign of life is any take, extension of a lease, or report.

CREATE TABLE campaign.agent_sign (
    workspace_id bigint NOT NULL,
    account_id bigint NOT NULL,
    agent text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, account_id, agent)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.agent_sign', '');
COMMENT ON TABLE campaign.agent_sign IS
    'Internal. When a role was last heard of that takes the work of an account, to within five seconds';

-- whose queues agents take from: nobody else's are looked at
CREATE INDEX lane_pulled ON campaign.lane (workspace_id, account_id) WHERE pulled;

-- Nobody waits for whoever takes in a transaction that stays open: the next sign counts as well.
CREATE FUNCTION campaign.note_agent(workspace bigint, accounts bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_agent text := COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER);
    v_now timestamptz := campaign.clock();
BEGIN
    UPDATE campaign.agent_sign s SET seen_at = v_now
    FROM (SELECT o.account_id FROM campaign.agent_sign o
          WHERE o.workspace_id = $1 AND o.account_id = ANY ($2) AND o.agent = v_agent AND o.seen_at < v_now - interval '5 seconds'
          ORDER BY o.account_id FOR NO KEY UPDATE SKIP LOCKED) q
    WHERE s.workspace_id = $1 AND s.account_id = q.account_id AND s.agent = v_agent;
    INSERT INTO campaign.agent_sign (workspace_id, account_id, agent, seen_at)
    SELECT $1, v.id, v_agent, v_now FROM unnest($2) AS v(id)
    -- nor for whoever says it for the first time
    WHERE CASE WHEN EXISTS (SELECT FROM campaign.agent_sign s WHERE s.workspace_id = $1 AND s.account_id = v.id AND s.agent = v_agent) THEN false
        ELSE pg_try_advisory_xact_lock(hashtextextended('campaign agent ' || v_agent, v.id)) END
    ORDER BY v.id
    ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION campaign.note_agent(bigint, bigint[]) IS
    'Internal. Notes that the role of the session is there, which takes the work of these accounts';

CREATE FUNCTION campaign.note_agent_of(workspace bigint, action bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM campaign.note_agent($1, ARRAY[l.account_id]) FROM campaign.action a
    JOIN campaign.lane l ON l.workspace_id = $1 AND l.id = a.lane_id
    WHERE a.workspace_id = $1 AND a.id = $2 AND l.pulled;
END
$$;
COMMENT ON FUNCTION campaign.note_agent_of(bigint, bigint) IS
    'Internal. Notes that the role of the session is there, which has taken this action, if it was to be taken';
