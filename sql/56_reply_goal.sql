-- Channels that a campaign names: of steps that hand over to a CRM, and of the setting reply_goal.

CREATE FUNCTION campaign.named_channels(workspace bigint, campaign bigint)
    RETURNS TABLE (channel text, channel_class text, named_by text, known boolean, accounts bigint[])
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT n.channel, n.channel_class, n.named_by, serving.id IS NOT NULL,
        ARRAY(SELECT a.id FROM campaign.campaign_account o
              JOIN campaign.account a ON a.workspace_id = $1 AND a.id = o.account_id AND a.channel_id = serving.id
              WHERE o.workspace_id = $1 AND o.campaign_id = $2 ORDER BY a.id)
    FROM (
        SELECT s.content ->> 'channel' AS channel, k.channel_class, format('step "%s"', s.name) AS named_by
        FROM campaign.step s
        CROSS JOIN LATERAL (SELECT a.channel_class, a.options FROM campaign.action_kind a
                            WHERE a.name = s.action_kind ORDER BY a.built_in LIMIT 1) k
        WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND k.options #>> '{contents,channel}' = 'name'
          AND s.content ? 'channel'
        UNION ALL
        SELECT c.settings ->> 'reply_goal', 'crm', 'setting reply_goal'
        FROM campaign.campaign c
        WHERE c.workspace_id = $1 AND c.id = $2 AND c.settings ? 'reply_goal'
    ) n
    LEFT JOIN LATERAL (SELECT h.id FROM campaign.channel h
        WHERE h.workspace_id = $1 AND h.name = n.channel AND COALESCE(h.options -> 'classes' ? n.channel_class, true)
        ORDER BY h.id LIMIT 1) serving ON true
$$;
COMMENT ON FUNCTION campaign.named_channels(bigint, bigint) IS
    'Internal. The channels that a campaign names, who names each, whether there is one that serves the class, and which accounts of the campaign are of it';

-- What launch() looks at, where the setting comes later.
CREATE FUNCTION campaign.check_reply_goal(workspace bigint, campaign bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing text := (SELECT w.channel FROM campaign.named_channels($1, $2) w WHERE w.named_by = 'setting reply_goal' AND w.accounts = '{}');
BEGIN
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'no account of the campaign is of channel "%"', missing
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Nobody could be told of replies, as $.reply_goal says.',
                HINT = 'alter_campaign(campaign, accounts => ...) adds an account, with the setting or before it.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_reply_goal(bigint, bigint) IS
    'Internal. Refuses a setting reply_goal of a campaign that has no account of that channel';

-- S2.15, S2.50: called by the round that applies the replies, in its transaction (src/engine/fact.c).
CREATE FUNCTION campaign.want_reply_goals(workspace bigint, enrollments bigint[], steps integer[], channels text[],
    replied_at timestamptz[], at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    INSERT INTO campaign.side_action (workspace_id, id, campaign_id, prospect_id, enrollment_id, step, action_kind, content, wanted_at, cause)
    SELECT $1, campaign.new_id('campaign.action_id_seq'), e.campaign_id, e.prospect_id, e.id, u.step, 'crm_sync',
        jsonb_build_object('channel', u.channel, 'event', 'replied',
            'occurred_at', to_char(u.replied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
        $6, 'reply_goal'
    FROM unnest($2, $3, $4, $5) AS u(enrollment_id, step, channel, replied_at)
    CROSS JOIN LATERAL (SELECT r.id, r.campaign_id, r.prospect_id FROM campaign.enrollment r
                        WHERE r.workspace_id = $1 AND r.id = u.enrollment_id OFFSET 0) e
    ORDER BY e.id, u.replied_at
    ON CONFLICT (workspace_id, enrollment_id) WHERE cause = 'reply_goal' DO NOTHING;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.want_reply_goals(bigint, bigint[], integer[], text[], timestamptz[], timestamptz) IS
    'Internal. These runs had replies: what the channel for that is told is wanted, once for each run';
