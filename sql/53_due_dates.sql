-- When something is due, and the messages of stages that go by it (S5.12).

-- The first instant of each run in the phases of participants, from which due dates count (S5.7).
CREATE FUNCTION campaign.participant_since(workspace bigint, campaign bigint, prospect bigint) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT min(n.entered_at)
    FROM campaign.stage_entry n
    JOIN campaign.step s ON s.workspace_id = $1 AND s.campaign_id = $2 AND s.position = n.step
    WHERE n.workspace_id = $1 AND n.campaign_id = $2 AND n.prospect_id = $3
      AND s.content ->> 'phase' IN ('participants', 'complete')
$$;
COMMENT ON FUNCTION campaign.participant_since(bigint, bigint, bigint) IS
    'Internal. When a prospect first became a participant of a campaign; NULL = not yet';

-- The local day on which something is due. Messages that go by it leave at 07:00 of the campaign's time zone (S5.12).
CREATE FUNCTION campaign.due_day(workspace bigint, d campaign.deliverable, prospect bigint, zone text) RETURNS date
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT LEAST(d.due_on, (campaign.participant_since($1, d.campaign_id, $3) AT TIME ZONE $4 + d.due_after)::date)
$$;
COMMENT ON FUNCTION campaign.due_day(bigint, campaign.deliverable, bigint, text) IS
    'Internal. On which local day a deliverable of a prospect is due; NULL = on none';

CREATE FUNCTION campaign.message_time(workspace bigint, campaign bigint, prospect bigint, promoted_by text, due interval) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (min(campaign.due_day($1, d, $3, c.time_zone)) + $5 + time '07:00') AT TIME ZONE min(c.time_zone)
    FROM campaign.deliverable d
    JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = $2
    WHERE d.workspace_id = $1 AND d.campaign_id = $2
      AND d.kind = CASE $4 WHEN 'drafts' THEN 'draft' WHEN 'deliverables' THEN 'final' ELSE d.kind END
$$;
COMMENT ON FUNCTION campaign.message_time(bigint, bigint, bigint, text, interval) IS
    'Internal. When a message is sent that goes by the first due date of what a stage asks for; NULL = there is no date';

-- Whether a message is for a campaign with these stages: Posting Instructions where drafts are not reviewed,
-- Draft Approval where they are (S5.2).
CREATE FUNCTION campaign.message_applies(m campaign.step) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (($1).content ->> 'if_stage' IS NULL OR s.is_on) AND (($1).content ->> 'unless_stage' IS NULL OR NOT s.is_off)
    FROM (SELECT COALESCE(bool_or(o.name = ($1).content ->> 'if_stage'), false) AS is_on,
              COALESCE(bool_or(o.name = ($1).content ->> 'unless_stage'), false) AS is_off
          FROM campaign.step o
          WHERE o.workspace_id = ($1).workspace_id AND o.campaign_id = ($1).campaign_id AND o.kind = 'stage'
            AND NOT (o.content ->> 'disabled')::boolean) s
$$;
COMMENT ON FUNCTION campaign.message_applies(campaign.step) IS
    'Internal. Whether a message of a stage is for a campaign in which those stages are enabled that are';

-- The messages of a stage are the steps right behind it.
CREATE FUNCTION campaign.stage_messages(workspace bigint, enrollments bigint[], stages integer[])
    RETURNS TABLE (campaign_id bigint, prospect_id bigint, enrollment_id bigint, step integer, only_at integer, action_kind text, requires text,
        entered_at timestamptz, wanted_at timestamptz)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
    WITH message AS MATERIALIZED (
        SELECT x.campaign_id, x.position AS stage, x.content ->> 'promoted_by' AS promoted_by, m.position, m.action_kind, m.content -> 'delivery' AS delivery,
            (SELECT k.requires FROM campaign.action_kind k WHERE k.name = m.action_kind ORDER BY k.built_in LIMIT 1) AS requires
        FROM campaign.step x
        JOIN campaign.step m ON m.workspace_id = $1 AND m.campaign_id = x.campaign_id
            AND m.position > x.position AND starts_with(m.path, x.path || '.messages[')
        WHERE x.workspace_id = $1 AND x.kind = 'stage' AND x.position = ANY ($3) AND x.campaign_id IN (
                SELECT e.campaign_id FROM campaign.enrollment e WHERE e.workspace_id = $1 AND e.id = ANY ($2))
          AND (m.content ->> 'delivery' = 'on_entry' OR m.content #> '{delivery,due}' IS NOT NULL) AND campaign.message_applies(m)
    )
    SELECT e.campaign_id, e.prospect_id, e.id, m.position,
        -- a reminder is for who still stands there then
        CASE WHEN m.delivery <> '"on_entry"' THEN m.stage END, m.action_kind, m.requires, n.entered_at,
        CASE WHEN m.delivery = '"on_entry"' THEN campaign.clock()
            ELSE campaign.message_time($1, e.campaign_id, e.prospect_id, m.promoted_by, (m.delivery ->> 'due')::interval) END
    FROM unnest($2, $3) AS u(enrollment_id, step)
    JOIN campaign.enrollment e ON e.workspace_id = $1 AND e.id = u.enrollment_id
    JOIN message m ON m.campaign_id = e.campaign_id AND m.stage = u.step
    JOIN campaign.stage_entry n ON n.workspace_id = $1 AND n.enrollment_id = e.id AND n.step = u.step
$$;
COMMENT ON FUNCTION campaign.stage_messages(bigint, bigint[], integer[]) IS
    'Internal. The messages of these stages that are sent by themselves to these runs, which have entered them, and when; wanted_at NULL = there is no date, only_at: the stage at which he has to stand then';

CREATE FUNCTION campaign.date_messages(workspace bigint, campaign bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    runs bigint[];
    stages integer[];
BEGIN
    SELECT array_agg(e.id ORDER BY e.id), array_agg(e.step ORDER BY e.id) INTO runs, stages
    FROM campaign.enrollment e
    WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.ended_at IS NULL AND e.halt = 5;
    WITH dated AS MATERIALIZED (
        SELECT * FROM campaign.stage_messages($1, runs, stages) v WHERE v.only_at IS NOT NULL AND v.wanted_at IS NOT NULL
    ), waiting AS MATERIALIZED (
        SELECT s.id, d.wanted_at
        FROM campaign.side_action s
        LEFT JOIN dated d ON d.enrollment_id = s.enrollment_id AND d.step = s.step
        WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND s.stage IS NOT NULL AND COALESCE(s.wanted_at, s.parked_at) IS NOT NULL AND s.held IS NULL
          AND NOT EXISTS (SELECT FROM campaign.action a WHERE a.workspace_id = $1 AND a.id = s.id)
        ORDER BY s.id FOR UPDATE OF s
    ), undated AS (
        DELETE FROM campaign.side_action s USING waiting w
        WHERE s.workspace_id = $1 AND s.id = w.id AND w.wanted_at IS NULL
    ), moved AS (
        UPDATE campaign.side_action s
        SET wanted_at = CASE WHEN s.parked_at IS NULL THEN w.wanted_at END, parked_at = CASE WHEN s.parked_at IS NOT NULL THEN w.wanted_at END
        FROM waiting w
        WHERE s.workspace_id = $1 AND s.id = w.id AND w.wanted_at <> COALESCE(s.wanted_at, s.parked_at)
    )
    INSERT INTO campaign.side_action (workspace_id, id, campaign_id, prospect_id, enrollment_id, step, stage, action_kind, requires, wanted_at)
    SELECT $1, campaign.new_id('campaign.action_id_seq'), d.campaign_id, d.prospect_id, d.enrollment_id, d.step, d.only_at, d.action_kind, d.requires, d.wanted_at
    FROM dated d
    -- as for who comes to the stage now: what was due before is not sent any more
    WHERE d.wanted_at >= campaign.clock() AND NOT EXISTS (
        SELECT FROM campaign.side_action s
        LEFT JOIN campaign.action a ON a.workspace_id = $1 AND a.id = s.id
        WHERE s.workspace_id = $1 AND s.enrollment_id = d.enrollment_id AND s.step = d.step
          AND (a.id IS NULL OR a.queued_at >= d.entered_at));
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.date_messages(bigint, bigint) IS
    'Internal. Dates the messages anew that go by a due date, for those who stand at the stages of a campaign: another date, or none any more, or one for the first time. What comes to lie in the past is sent at once, what was sent is not sent again. The campaign is locked as for an edit';

CREATE FUNCTION campaign.zone_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM campaign.date_messages(NEW.workspace_id, NEW.id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.zone_changed() IS 'Internal. Trigger: due days begin at another instant in another time zone';
CREATE TRIGGER date_messages AFTER UPDATE ON campaign.campaign
    FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone AND NEW.state <> 'draft')
    EXECUTE FUNCTION campaign.zone_changed();
