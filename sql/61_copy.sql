-- Another campaign like one that there is.

CREATE FUNCTION campaign.copy_campaign(campaign bigint, name text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    v_old campaign.campaign := campaign.read_campaign(v_workspace, copy_campaign.campaign, 'key share');
    v_id bigint;
BEGIN
    PERFORM campaign.check_campaign_name(copy_campaign.name);
    v_id := campaign.new_id('campaign.campaign_id_seq');
    INSERT INTO campaign.campaign (workspace_id, id, name, program, description, owner_id, sequence_id,
        audience_id, definition, settings, time_zone, exclusivity, created_at)
    VALUES (v_workspace, v_id, copy_campaign.name, v_old.program, v_old.description, v_old.owner_id, v_old.sequence_id,
        v_old.audience_id, v_old.definition, v_old.settings, v_old.time_zone, v_old.exclusivity, campaign.clock());
    INSERT INTO campaign.campaign_account (workspace_id, campaign_id, account_id)
    SELECT v_workspace, v_id, a.account_id FROM campaign.campaign_account a
    WHERE a.workspace_id = v_workspace AND a.campaign_id = v_old.id;
    INSERT INTO campaign.slot (workspace_id, campaign_id, weekday, starts, ends)
    SELECT v_workspace, v_id, s.weekday, s.starts, s.ends FROM campaign.slot s
    WHERE s.workspace_id = v_workspace AND s.campaign_id = v_old.id;
    INSERT INTO campaign.deliverable (workspace_id, campaign_id, name, kind, count, due_after, due_on)
    SELECT v_workspace, v_id, d.name, d.kind, d.count, d.due_after, d.due_on FROM campaign.deliverable d
    WHERE d.workspace_id = v_workspace AND d.campaign_id = v_old.id ORDER BY d.id;
    INSERT INTO campaign.incentive (workspace_id, campaign_id, name, timing, amount, currency, action_kind)
    SELECT v_workspace, v_id, i.name, i.timing, i.amount, i.currency, i.action_kind FROM campaign.incentive i
    WHERE i.workspace_id = v_workspace AND i.campaign_id = v_old.id ORDER BY i.id;
    INSERT INTO campaign.campaign_fact (workspace_id, campaign_id, bit, kind)
    SELECT v_workspace, v_id, f.bit, f.kind FROM campaign.compiled_facts(v_old.definition, v_old.settings) f;
    INSERT INTO campaign.step (workspace_id, campaign_id, position, path, name, kind, action_kind, content, delay)
    SELECT v_workspace, v_id, s.position, s.path, s.name, s.kind, s.action_kind, s.content, s.delay
    FROM campaign.compiled_steps(v_old.definition) s;
    PERFORM campaign.note_event(v_workspace, 'created', v_id, jsonb_build_object('copy_of', v_old.id));
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION campaign.copy_campaign(bigint, text) IS
    'Makes a draft like a campaign in whatever state: its steps as edited, settings, accounts, audience, slots, deliverables, incentives, program, description and owner; no prospects';
