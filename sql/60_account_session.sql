-- The sessions of accounts: what is told when one ends or begins again, and what connects one that a server has refused.

INSERT INTO campaign.event_kind (name, notify, stops, reported, description, built_in) VALUES
    ('account_disconnected', true, false, false, 'the session of an account ended', true),
    ('account_connected', true, false, false, 'it is connected again', true);

CREATE FUNCTION campaign.account_session_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM campaign.note_event(NEW.workspace_id, 'account_' || NEW.session_state, NULL,
        jsonb_strip_nulls(jsonb_build_object('account_id', NEW.id, 'code', NEW.session_code)),
        by_system => NEW.session_code IS NOT NULL);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.account_session_changed() IS
    'Internal. Trigger of accounts: an event for each session that ended or began again';
CREATE TRIGGER account_session_changed AFTER UPDATE OF session_state ON campaign.account
    FOR EACH ROW WHEN (OLD.session_state <> NEW.session_state) EXECUTE FUNCTION campaign.account_session_changed();

-- Whom a person has disconnected stays so.
CREATE FUNCTION campaign.reconnect_accounts(workspace bigint, secret text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE campaign.account a SET session_state = 'connected'
    FROM campaign.channel h
    WHERE a.workspace_id = $1 AND h.workspace_id = $1 AND h.id = a.channel_id
      AND a.session_state <> 'connected' AND a.session_code IN ('login_refused', 'unauthorized') AND replace(h.secret, '{address}', a.address) = $2
$$;
COMMENT ON FUNCTION campaign.reconnect_accounts(bigint, text) IS
    'Internal. Connects the accounts whose login, which is this secret, was refused before it was changed';
