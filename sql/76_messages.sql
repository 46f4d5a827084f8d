-- What is sent beside the runs of stage workflows because somebody asks for it (S5.9, S5.12).

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
