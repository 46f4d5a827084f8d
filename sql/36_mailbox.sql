-- Mailboxes that are read for what comes back, and how far each has been read.

CREATE FUNCTION campaign.check_mailbox_options(options jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_known CONSTANT jsonb := '{
        "after_read": "It is \"leave\", \"seen\", or \"move\" with a move_to.",
        "move_to": "It is the name of another folder, as the server has it, together with after_read \"move\".",
        "login": "It is \"password\" or \"token\".",
        "pause_on_auto_reply": "It is a text like \"7 days\", from a minute to a year.",
        "keep_text": "It is true or false.",
        "allow_clear": "It is true or false.",
        "allow_private": "It is true or false."}';
    v_option record;
    v_text text;
    v_valid boolean;
BEGIN
    IF jsonb_typeof(options) <> 'object' THEN
        RAISE EXCEPTION 'the options of a mailbox must be an object'
            USING ERRCODE = 'check_violation', DETAIL = format('They are %s.', left(options::text, 100)),
                HINT = 'As in {"after_read": "seen"}.';
    END IF;
    FOR v_option IN SELECT o.key, o.value, v_known ->> o.key AS hint FROM jsonb_each(options) o LOOP
        IF v_option.hint IS NULL THEN
            RAISE EXCEPTION 'unknown option "%" of a mailbox', v_option.key
                USING ERRCODE = 'check_violation', DETAIL = format('Its value is %s.', left(v_option.value::text, 100)),
                    HINT = format('Options are %s.', (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(v_known) k));
        END IF;
        v_text := v_option.value #>> '{}';
        v_valid := CASE v_option.key
            WHEN 'after_read' THEN v_text IN ('leave', 'seen') OR v_text = 'move' AND options ? 'move_to'
            WHEN 'move_to' THEN jsonb_typeof(v_option.value) = 'string' AND v_text ~ '^[ -~]{1,200}$' AND options ->> 'after_read' = 'move'
            WHEN 'login' THEN v_text IN ('password', 'token')
            WHEN 'pause_on_auto_reply' THEN jsonb_typeof(v_option.value) = 'string'
            ELSE jsonb_typeof(v_option.value) = 'boolean' END;
        IF v_option.key = 'pause_on_auto_reply' AND v_valid THEN
            BEGIN
                v_valid := v_text::interval BETWEEN interval '1 minute' AND interval '1 year';
            EXCEPTION WHEN data_exception THEN
                v_valid := false;
            END;
        END IF;
        IF NOT COALESCE(v_valid, false) THEN
            RAISE EXCEPTION 'option "%" of a mailbox is not valid', v_option.key
                USING ERRCODE = 'check_violation', DETAIL = format('It is %s.', left(v_option.value::text, 100)), HINT = v_option.hint;
        END IF;
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION campaign.check_mailbox_options(jsonb) IS
    'Internal. True, or an error that says which option of a mailbox is unknown or not valid';

CREATE SEQUENCE campaign.mailbox_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.mailbox_id_seq', '');
CREATE TABLE campaign.mailbox (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.mailbox_id_seq'),
    name text NOT NULL CHECK (name <> ''),
    account_id bigint,
    channel_id bigint,
    url text NOT NULL CHECK (url ~ '^imaps?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$'),
    login text NOT NULL CHECK (login ~ '^[^[:cntrl:]]+$'),
    secret text NOT NULL CHECK (secret <> ''),
    folder text NOT NULL DEFAULT 'INBOX' CHECK (folder ~ '^[ -~]{1,200}$'),
    read_since date NOT NULL DEFAULT (campaign.clock() AT TIME ZONE 'UTC')::date,
    poll_every interval NOT NULL DEFAULT '1 minute' CHECK (poll_every BETWEEN '1 second' AND '1 day'),
    is_active boolean NOT NULL DEFAULT true,
    options jsonb NOT NULL DEFAULT '{}' CHECK (campaign.check_mailbox_options(options)),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name),
    CONSTRAINT mailbox_moves_elsewhere CHECK (options ->> 'move_to' <> folder),
    CHECK ((account_id IS NULL) <> (channel_id IS NULL)),
    FOREIGN KEY (workspace_id, account_id) REFERENCES campaign.account (workspace_id, id),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES campaign.channel (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.mailbox', '');
COMMENT ON TABLE campaign.mailbox IS
    'Mailboxes that are read over IMAP for replies, automatic replies, bounces and complaints: that of one account, or one to which answers to all accounts of a channel go. url: imaps://host or imap://host with STARTTLS; login: the user''s name there; secret: the name under which set_secret() keeps the password. Messages that came before read_since are passed over. Options: after_read ("leave", the default: nothing in the mailbox is changed; "seen": what was read is marked as seen; "move": what was about somebody whom we wrote to is moved into the folder move_to), login ("password", the default, or "token": the secret is a token of OAuth 2.0), pause_on_auto_reply (interval: after an automatic reply nothing is sent to the person until the date that it names, or, if it names none, for this long; absent: it changes nothing), keep_text (bool: the beginning of a reply is kept in the event; no text is kept if absent), allow_clear, allow_private (bool: a server without TLS, private addresses)';

CREATE TABLE campaign.mailbox_state (
    workspace_id bigint NOT NULL,
    mailbox_id bigint NOT NULL,
    next_at timestamptz NOT NULL,
    uid_validity bigint NOT NULL DEFAULT 0,
    last_uid bigint NOT NULL DEFAULT 0,
    marked_uid bigint NOT NULL DEFAULT 0,
    moving bigint[] NOT NULL DEFAULT '{}',
    read_at timestamptz,
    received bigint NOT NULL DEFAULT 0,
    matched bigint NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    failed_since timestamptz,
    code text,
    detail text,
    PRIMARY KEY (workspace_id, mailbox_id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES campaign.mailbox (workspace_id, id) ON DELETE CASCADE
);
SELECT pg_catalog.pg_extension_config_dump('campaign.mailbox_state', '');
COMMENT ON TABLE campaign.mailbox_state IS
    'Internal. How far a mailbox was read, and when it is read next; no row = never read. Messages up to last_uid, under uid_validity, are applied: the number is moved on in the transaction that applies a message. moving: UIDs that are to be moved at the next reading';
