-- What a step would say to a prospect, by the code that says it when the time has come (S3.6).

CREATE FUNCTION campaign.render_step(workspace bigint, campaign bigint, step integer, prospect bigint, enrollment bigint) RETURNS jsonb
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'campaign_api_render_step';
COMMENT ON FUNCTION campaign.render_step(bigint, bigint, integer, bigint, bigint) IS
    'Internal. The document that a gateway would be given for this step, by its number, and this prospect; enrollment is his active run, or NULL';

CREATE FUNCTION campaign.step_position(c campaign.campaign, step text) RETURNS integer
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_at integer;
BEGIN
    SELECT s.position INTO found_at FROM campaign.step s
    WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id AND s.name = $2;
    IF found_at IS NULL THEN
        RAISE EXCEPTION 'campaign "%" has no step "%"', c.name, COALESCE($2, 'NULL')
            USING ERRCODE = 'undefined_object',
                DETAIL = format('Its steps are %s.', (SELECT string_agg(s.name, ', ' ORDER BY s.position) FROM campaign.step s
                    WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id)),
                HINT = 'A step without a name is called by its kind; the view steps lists them.';
    END IF;
    RETURN found_at;
END
$$;
COMMENT ON FUNCTION campaign.step_position(campaign.campaign, text) IS
    'Internal. The number of the step of this name';

CREATE FUNCTION campaign.check_prospect(workspace bigint, prospect bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.id = $2 AND p.removed_at IS NULL) THEN
        RAISE EXCEPTION 'prospect % does not exist', COALESCE($2::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such prospect is in the current workspace, or it was removed.',
                HINT = 'prospect_id(external_id) finds the id of a prospect.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_prospect(bigint, bigint) IS
    'Internal. Refuses an id that no prospect has';

CREATE FUNCTION campaign.render(campaign bigint, step text, prospect bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
BEGIN
    PERFORM campaign.check_prospect(workspace, $3);
    RETURN campaign.render_step(workspace, c.id, campaign.step_position(c, $2), $3,
        (SELECT e.id FROM campaign.enrollment e
         WHERE e.workspace_id = workspace AND e.campaign_id = c.id AND e.prospect_id = $3 AND e.ended_at IS NULL));
END
$$;
COMMENT ON FUNCTION campaign.render(bigint, text, bigint) IS
    'What a step would say to a prospect now, as the gateway would be given it but for the id and key of an action; writes nothing. An error where a variable has no value';

CREATE FUNCTION campaign.render(campaign bigint, step text, external_id text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM campaign.acting_workspace('viewer');
    RETURN campaign.render($1, $2, campaign.prospect_id($3));
END
$$;
COMMENT ON FUNCTION campaign.render(bigint, text, text) IS
    'As render(campaign, step, prospect), for the prospect of this external_id';
