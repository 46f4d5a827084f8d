-- What stages ask for before they are left, and who has done it all (S5.2, S5.8, S5.12).

-- By which work a stage is left: by what is delivered or paid, or by the last approval of what was delivered.
CREATE FUNCTION campaign.stage_cause(content jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN $1 ->> 'promoted_by' IN ('drafts', 'deliverables', 'pre_incentives', 'post_incentives') THEN $1 ->> 'promoted_by'
        WHEN $1 ->> 'on_event' IN ('drafts_approved', 'content_approved') THEN $1 ->> 'on_event' END
$$;
COMMENT ON FUNCTION campaign.stage_cause(jsonb) IS
    'Internal. The work by which a stage of this content is left; NULL = it is left by people and other events alone';

CREATE FUNCTION campaign.stage_demands(workspace bigint, campaign bigint, cause text)
    RETURNS TABLE (kind text, id bigint, name text, count integer, states text[])
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'deliverable', d.id, d.name, d.count,
        CASE WHEN $3 IN ('drafts', 'deliverables') THEN '{submitted,approved}'::text[] ELSE '{approved}' END
    FROM campaign.deliverable d
    WHERE d.workspace_id = $1 AND d.campaign_id = $2
      AND d.kind = CASE WHEN $3 IN ('drafts', 'drafts_approved') THEN 'draft' WHEN $3 IN ('deliverables', 'content_approved') THEN 'final' END
    UNION ALL
    SELECT 'incentive', i.id, i.name, 1, '{fulfilled}'
    FROM campaign.incentive i
    WHERE i.workspace_id = $1 AND i.campaign_id = $2
      AND i.timing = CASE $3 WHEN 'pre_incentives' THEN 'pre' WHEN 'post_incentives' THEN 'post' END
$$;
COMMENT ON FUNCTION campaign.stage_demands(bigint, bigint, text) IS
    'Internal. What is to be done before a stage is left by this cause: count times, in one of these states. No row: it asks for nothing';

CREATE FUNCTION campaign.lacking(workspace bigint, campaign bigint, prospects bigint[], cause text)
    RETURNS TABLE (prospect_id bigint, id bigint, name text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
    SELECT u.id, d.id, d.name
    FROM campaign.stage_demands($1, $2, $4) d
    CROSS JOIN unnest($3) AS u(id)
    WHERE d.count > CASE d.kind
        WHEN 'deliverable' THEN (SELECT count(*) FROM campaign.submission s
            WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND s.prospect_id = u.id AND s.deliverable_id = d.id AND s.state = ANY (d.states))
        ELSE (SELECT count(*) FROM campaign.payment p
            WHERE p.workspace_id = $1 AND p.incentive_id = d.id AND p.prospect_id = u.id AND p.state = ANY (d.states)) END
$$;
COMMENT ON FUNCTION campaign.lacking(bigint, bigint, bigint[], text) IS
    'Internal. What these prospects still have to deliver, or to get, before they leave a stage by this cause';

-- S5.8 and S5.12: whoever has done what his stage asks for goes on in the same transaction.
CREATE FUNCTION campaign.promote_fulfilled(workspace bigint, enrollments bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    waiting record;
    ready bigint[];
BEGIN
    FOR waiting IN
        SELECT e.campaign_id, campaign.stage_cause(s.content) AS cause, array_agg(e.id) AS runs, array_agg(e.prospect_id) AS prospects
        FROM campaign.enrollment e
        JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = e.campaign_id AND c.state IN ('live', 'closed')
        JOIN campaign.step s ON s.workspace_id = $1 AND s.campaign_id = e.campaign_id AND s.position = e.step
        WHERE e.workspace_id = $1 AND e.id = ANY ($2) AND e.halt = 5 AND campaign.stage_cause(s.content) IS NOT NULL
        GROUP BY 1, 2
    LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM campaign.stage_demands($1, waiting.campaign_id, waiting.cause));
        ready := ARRAY(
            SELECT u.run FROM unnest(waiting.runs, waiting.prospects) AS u(run, prospect)
            WHERE u.prospect NOT IN (SELECT l.prospect_id FROM campaign.lacking($1, waiting.campaign_id, waiting.prospects, waiting.cause) l)
            ORDER BY 1);
        FOR i IN 1 .. cardinality(ready) BY 5000 LOOP
            PERFORM campaign.promote_enrollments($1, ready[i : i + 4999], -1, waiting.cause, campaign.acting_name());
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.promote_fulfilled(bigint, bigint[]) IS
    'Internal. Lets those of the runs go on that have done all that the stage asks for where they stand; their campaigns are held by the caller';

-- All that stand at a stage of a campaign which is left by work.
CREATE FUNCTION campaign.promote_all_fulfilled(workspace bigint, campaign bigint) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.promote_fulfilled($1, ARRAY(
        SELECT e.id FROM campaign.enrollment e
        WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.ended_at IS NULL AND e.halt = 5 AND e.step = ANY (ARRAY(
            SELECT s.position FROM campaign.step s
            WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND s.kind = 'stage' AND campaign.stage_cause(s.content) IS NOT NULL))
        ORDER BY e.id))
$$;
COMMENT ON FUNCTION campaign.promote_all_fulfilled(bigint, bigint) IS
    'Internal. Lets those go on who have done all that their stage asks for, be it that work was done while the campaign was paused, or that less is asked for now';

-- What is asked for, and when, has changed while people stand at the stages. The campaign is held as it is
-- for an edit, so that nobody enters a stage by what was said before.
CREATE FUNCTION campaign.demands_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    belongs campaign.campaign;
BEGIN
    FOR belongs IN
        SELECT c.* FROM campaign.campaign c
        WHERE c.workspace_id = COALESCE(NEW.workspace_id, OLD.workspace_id) AND c.id IN (NEW.campaign_id, OLD.campaign_id)
          AND c.state IN ('live', 'paused', 'closed')
        ORDER BY c.id FOR NO KEY UPDATE
    LOOP
        IF TG_TABLE_NAME = 'deliverable' THEN
            PERFORM campaign.date_messages(belongs.workspace_id, belongs.id);
        END IF;
        -- nobody has done more because more is asked for
        IF TG_OP <> 'INSERT' THEN
            PERFORM campaign.promote_all_fulfilled(belongs.workspace_id, belongs.id);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.demands_changed() IS
    'Internal. Trigger: messages that go by a due date are dated anew, and whoever has done all that is asked for now goes on';
CREATE TRIGGER demands_changed AFTER INSERT OR UPDATE OR DELETE ON campaign.deliverable
    FOR EACH ROW EXECUTE FUNCTION campaign.demands_changed();
CREATE TRIGGER demands_changed AFTER INSERT OR UPDATE OR DELETE ON campaign.incentive
    FOR EACH ROW EXECUTE FUNCTION campaign.demands_changed();
