-- What gateways are told to let us in. Not dumped, granted to nobody, read by a dispatcher alone.

CREATE TABLE campaign.secret (
    workspace_id bigint NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    value text NOT NULL CHECK (value <> ''),
    PRIMARY KEY (workspace_id, name),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id)
);
COMMENT ON TABLE campaign.secret IS
    'Values that channels send as their Authorization header, by the name in channel.secret, and what the reports of providers are verified with, by the name ingest_PROVIDER; written by set_secret(), left out of dumps';
ALTER TABLE campaign.secret ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION campaign.set_secret(name text, value text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_workspace bigint := campaign.acting_workspace('admin');
BEGIN
    IF set_secret.name IS NULL OR set_secret.name = '' THEN
        RAISE EXCEPTION 'a secret needs a name'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The name is empty.',
                HINT = 'Use the text that stands in channel.secret.';
    ELSIF set_secret.value ~ '[[:cntrl:]]' OR set_secret.value = '' THEN
        -- the value itself is never shown
        RAISE EXCEPTION 'a secret cannot be empty or contain control characters'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The secret is "%s".', set_secret.name),
                HINT = 'Give the whole value of the Authorization header, as in: Bearer 0123abcd. NULL removes the secret.';
    END IF;
    IF set_secret.value IS NULL THEN
        DELETE FROM campaign.secret s WHERE s.workspace_id = v_workspace AND s.name = set_secret.name;
    ELSE
        INSERT INTO campaign.secret AS s (workspace_id, name, value)
        VALUES (v_workspace, set_secret.name, set_secret.value)
        ON CONFLICT ON CONSTRAINT secret_pkey DO UPDATE SET value = excluded.value;
        PERFORM campaign.reconnect_accounts(v_workspace, set_secret.name);
    END IF;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.set_secret(text, text) IS
    'Stores what a channel sends as its Authorization header under the name that stands in channel.secret; NULL removes it. Accounts whose login with it was refused are connected again. It cannot be read back. Level admin';
