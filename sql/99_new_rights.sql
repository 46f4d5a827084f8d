-- Rights that come with a later version: an upgrade script adds them to level_right, and who has the level is granted
-- them when its transaction commits. Not in the script itself: what is granted there counts as made by the extension,
-- and a dump would leave it out.

CREATE FUNCTION campaign.hand_on_right() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    object text;
    role name;
BEGIN
    FOR object IN
        SELECT format('%s %s', NEW.kind, c.oid::regclass) FROM pg_class c
        WHERE NEW.kind = CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END
          AND c.relnamespace = 'campaign'::regnamespace AND c.relname = NEW.name
        UNION ALL
        SELECT format('%s %s', NEW.kind, p.oid::regprocedure) FROM pg_proc p
        WHERE NEW.kind = 'routine' AND p.pronamespace = 'campaign'::regnamespace AND p.proname = NEW.name
    LOOP
        FOR role IN SELECT DISTINCT r.rolname FROM campaign.access a JOIN pg_roles r ON r.rolname = a.role
                    WHERE NEW.level = ANY (campaign.included_levels(a.level)) LOOP
            EXECUTE format('GRANT %s ON %s TO %I', NEW.privileges, object, role);
        END LOOP;
    END LOOP;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION campaign.hand_on_right() FROM PUBLIC;
COMMENT ON FUNCTION campaign.hand_on_right() IS
    'Internal. Trigger, at commit: a right that a new version brings is granted to the roles that have its level';
CREATE CONSTRAINT TRIGGER hand_on AFTER INSERT ON campaign.level_right
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION campaign.hand_on_right();
