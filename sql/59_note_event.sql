-- Events that commands in SQL write; the engine writes its own in C, in the same form.

CREATE FUNCTION campaign.note_event(workspace bigint, kind text, campaign bigint DEFAULT NULL,
    detail jsonb DEFAULT NULL, prospect bigint DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    event_id bigint := campaign.new_id('campaign.event_id_seq');
    batch_id bigint := campaign.new_id('campaign.batch_id_seq');
BEGIN
    INSERT INTO campaign.event (workspace_id, id, era, batch_id, kind, campaign_id, prospect_id, at, actor, detail)
    VALUES (note_event.workspace, event_id, COALESCE((SELECT i.era FROM campaign.instance i), 0), batch_id,
        note_event.kind, note_event.campaign, note_event.prospect, campaign.clock(),
        campaign.acting_name(), note_event.detail);
    INSERT INTO campaign.batch (workspace_id, id, first_event, last_event, events)
    VALUES (note_event.workspace, batch_id, event_id, event_id, 1);
    -- the sealer numbers the batch and announces it
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.note_event(bigint, text, bigint, jsonb, bigint) IS
    'Internal. Writes one event and its batch; the actor is the setting campaign.actor, else the role that logged in';
