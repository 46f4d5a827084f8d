-- What gateways are told to let us in. Not dumped, granted to nobody, read by a dispatcher and by ingest() alone.

CREATE TABLE campaign.secret_entry (
    workspace_id bigint NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    value text CHECK (value <> ''),
    file text CHECK (file ~ '^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}$'),
    PRIMARY KEY (workspace_id, name),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id),
    CHECK ((value IS NULL) <> (file IS NULL))
);
COMMENT ON TABLE campaign.secret_entry IS
    'Values that channels send as their Authorization header, by the name in channel.secret, and what the reports of providers are verified with, by the name ingest_PROVIDER, or the names of files that hold them; written by set_secret() and set_secret_file(), left out of dumps';
ALTER TABLE campaign.secret_entry ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION campaign.secret_file(workspace text, file text) RETURNS text
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_secret_file';
COMMENT ON FUNCTION campaign.secret_file(text, text) IS
    'Internal. What is in a file of this workspace under campaign.secret_directory; NULL if there is none';

CREATE FUNCTION campaign.has_secret_file(workspace text, file text) RETURNS boolean
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_has_secret_file';
COMMENT ON FUNCTION campaign.has_secret_file(text, text) IS
    'Internal. Whether a file of this workspace under campaign.secret_directory can be read; called by the views of health, so that who reads them may call it';

CREATE FUNCTION campaign.hide_statement() RETURNS boolean
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'campaign_api_hide_statement';
COMMENT ON FUNCTION campaign.hide_statement() IS
    'Internal. Has the statement that the session has sent left out of pg_stat_activity, and of what is logged of an error in it';

-- Read anew each time, so a file that is changed counts at once.
CREATE VIEW campaign.secret AS
    SELECT e.workspace_id, e.name,
        CASE WHEN e.file IS NULL THEN e.value
            ELSE campaign.secret_file((SELECT w.name FROM campaign.workspace w WHERE w.id = e.workspace_id), e.file) END AS value
    FROM campaign.secret_entry e;
COMMENT ON VIEW campaign.secret IS 'Internal. The values of secrets; NULL where its file cannot be read';

-- For views: functions in them are called by who reads them, and nobody may call what gives the value.
CREATE VIEW campaign.usable_secret AS
    SELECT e.workspace_id, e.name
    FROM campaign.secret_entry e
    WHERE e.file IS NULL
       OR campaign.has_secret_file((SELECT w.name FROM campaign.workspace w WHERE w.id = e.workspace_id), e.file);
COMMENT ON VIEW campaign.usable_secret IS 'Internal. The names of secrets that have a value now';

CREATE FUNCTION campaign.check_secret_name(name text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF check_secret_name.name IS NULL OR check_secret_name.name = '' THEN
        RAISE EXCEPTION 'a secret needs a name'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The name is empty.',
                HINT = 'Use the text that stands in channel.secret.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_secret_name(text) IS 'Internal. Refuses a name that is none';

CREATE FUNCTION campaign.set_secret(name text, value text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    -- before anything can be refused
    v_hidden boolean := campaign.hide_statement();
    v_workspace bigint := campaign.acting_workspace('admin');
BEGIN
    PERFORM campaign.check_secret_name(set_secret.name);
    IF set_secret.value ~ '[[:cntrl:]]' OR set_secret.value = '' THEN
        -- the value itself is never shown
        RAISE EXCEPTION 'a secret cannot be empty or contain control characters'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The secret is "%s".', set_secret.name),
                HINT = 'Give the whole value of the Authorization header, as in: Bearer 0123abcd. NULL removes the secret.';
    END IF;
    IF set_secret.value IS NULL THEN
        DELETE FROM campaign.secret_entry s WHERE s.workspace_id = v_workspace AND s.name = set_secret.name;
    ELSE
        INSERT INTO campaign.secret_entry AS s (workspace_id, name, value)
        VALUES (v_workspace, set_secret.name, set_secret.value)
        ON CONFLICT ON CONSTRAINT secret_entry_pkey DO UPDATE SET value = excluded.value, file = NULL;
        PERFORM campaign.reconnect_accounts(v_workspace, set_secret.name);
    END IF;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.set_secret(text, text) IS
    'Stores what a channel sends as its Authorization header under the name that stands in channel.secret; NULL removes it. Accounts whose login with it was refused are connected again. It cannot be read back. Level admin';

CREATE FUNCTION campaign.set_secret_file(name text, file text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_workspace bigint := campaign.acting_workspace('admin');
BEGIN
    PERFORM campaign.check_secret_name(set_secret_file.name);
    IF set_secret_file.file IS NULL OR set_secret_file.file !~ '^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}$' THEN
        RAISE EXCEPTION 'invalid name of a file'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', quote_nullable(left(set_secret_file.file, 100))),
                HINT = 'It is the name of a file in the workspace''s folder of campaign.secret_directory: letters, digits, dots, _ and -, and no path.';
    END IF;
    INSERT INTO campaign.secret_entry AS s (workspace_id, name, file)
    VALUES (v_workspace, set_secret_file.name, set_secret_file.file)
    ON CONFLICT ON CONSTRAINT secret_entry_pkey DO UPDATE SET value = NULL, file = excluded.file;
    PERFORM campaign.reconnect_accounts(v_workspace, set_secret_file.name);
    PERFORM campaign.wake();
    RETURN EXISTS (SELECT FROM campaign.secret s WHERE s.workspace_id = v_workspace AND s.name = set_secret_file.name AND s.value IS NOT NULL);
END
$$;
COMMENT ON FUNCTION campaign.set_secret_file(text, text) IS
    'Says that a secret stands in a file of this name, in the folder of the workspace under campaign.secret_directory, and is read from there whenever it is needed; false if it cannot be read now. Level admin';
