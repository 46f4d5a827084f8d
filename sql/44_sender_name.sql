-- The name that a text message bears as its sender has at most 11 characters (S4.11). A channel is one
-- for text messages if its option "classes" names the class sms.

CREATE FUNCTION campaign.keep_sender_name() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_name text;
BEGIN
    IF TG_TABLE_NAME = 'channel' THEN
        SELECT a.display_name INTO v_name FROM campaign.account a
        WHERE a.workspace_id = NEW.workspace_id AND a.channel_id = NEW.id AND char_length(a.display_name) > 11
            AND NEW.options -> 'classes' ? 'sms'
        ORDER BY a.id LIMIT 1;
    ELSE
        SELECT NEW.display_name INTO v_name FROM campaign.channel c
        WHERE c.workspace_id = NEW.workspace_id AND c.id = NEW.channel_id AND char_length(NEW.display_name) > 11
            AND c.options -> 'classes' ? 'sms';
    END IF;
    IF v_name IS NOT NULL THEN
        RAISE EXCEPTION 'the sender name "%" is too long for text messages', v_name
            USING ERRCODE = 'check_violation', DETAIL = format('It has %s characters.', char_length(v_name)),
                HINT = 'The display_name of an account of a channel of class sms has at most 11.';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION campaign.keep_sender_name() IS
    'Internal. Trigger: the display_name of an account that sends text messages has at most 11 characters (S4.11)';
CREATE TRIGGER keep_sender_name BEFORE INSERT OR UPDATE OF display_name, channel_id ON campaign.account
    FOR EACH ROW WHEN (NEW.display_name IS NOT NULL) EXECUTE FUNCTION campaign.keep_sender_name();
CREATE TRIGGER keep_sender_name BEFORE UPDATE OF options ON campaign.channel
    FOR EACH ROW EXECUTE FUNCTION campaign.keep_sender_name();
