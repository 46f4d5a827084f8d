-- What a channel with an adapter serves, of which nobody said it: the kinds of action that the adapter has
-- requests for. Else a campaign with accounts of several services might ask a CRM for a visit.

CREATE FUNCTION campaign.note_adapter_classes() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    any_kind boolean;
    classes jsonb;
BEGIN
    SELECT bool_or(a.action_kind = '*'), jsonb_agg(DISTINCT k.channel_class ORDER BY k.channel_class) FILTER (WHERE k.channel_class IS NOT NULL)
    INTO any_kind, classes
    FROM campaign.adapter a
    LEFT JOIN LATERAL (SELECT o.channel_class FROM campaign.action_kind o WHERE o.name = a.action_kind ORDER BY o.built_in LIMIT 1) k ON true
    WHERE a.workspace_id IN (0, NEW.workspace_id) AND a.name = NEW.adapter AND a.role = 'send';
    IF NOT any_kind AND classes IS NOT NULL THEN
        NEW.options := NEW.options || jsonb_build_object('classes', classes);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION campaign.note_adapter_classes() IS
    'Internal. Trigger: a channel with an adapter serves the classes of the kinds that this has requests for, unless its option "classes" says otherwise';
CREATE TRIGGER note_adapter_classes BEFORE INSERT OR UPDATE OF adapter, options ON campaign.channel
    FOR EACH ROW WHEN (NEW.adapter IS NOT NULL AND NOT NEW.options ? 'classes') EXECUTE FUNCTION campaign.note_adapter_classes();
