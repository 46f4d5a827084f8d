-- Whose limits hold for a mail account of which nobody said it (S2.14): by the domain of its address.

CREATE FUNCTION campaign.guess_provider() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM campaign.channel c
               WHERE c.workspace_id = NEW.workspace_id AND c.id = NEW.channel_id
                 AND (c.transport = 'smtp' OR c.options -> 'classes' ? 'email')) THEN
        -- only domains at which nobody but the provider has mailboxes: an own domain tells nothing
        NEW.provider := CASE
            WHEN lower(NEW.address) ~ '@(gmail|googlemail)\.com$' THEN 'gmail'
            WHEN lower(NEW.address) ~ '@((outlook|hotmail|live)\.[a-z]{2,3}(\.[a-z]{2})?|msn\.com)$' THEN 'outlook'
            WHEN lower(NEW.address) ~ '@[^@]+\.onmicrosoft\.com$' THEN 'office365'
            WHEN lower(NEW.address) ~ '@(aol\.(com|de|fr|it|co\.uk)|aim\.com)$' THEN 'aol'
            WHEN lower(NEW.address) ~ '@(yandex\.(com|ru|by|kz|ua|com\.tr)|ya\.ru)$' THEN 'yandex'
        END;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION campaign.guess_provider() IS
    'Internal. Trigger: an account of a channel of transport smtp, or whose option "classes" names email, has the provider that its address tells, unless one is given (S2.14)';
CREATE TRIGGER guess_provider BEFORE INSERT OR UPDATE OF address, provider, channel_id ON campaign.account
    FOR EACH ROW WHEN (NEW.provider IS NULL) EXECUTE FUNCTION campaign.guess_provider();
