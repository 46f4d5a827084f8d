-- What this database is: its uuid, and whether its time is virtual.

CREATE FUNCTION campaign.instance_uuid() RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_uuid uuid;
BEGIN
    SELECT i.uuid INTO v_uuid FROM campaign.instance i;
    IF v_uuid IS NULL THEN
        INSERT INTO campaign.instance (uuid, created_at) VALUES (gen_random_uuid(), campaign.clock())
        ON CONFLICT DO NOTHING;
        SELECT i.uuid INTO v_uuid FROM campaign.instance i;
    END IF;
    RETURN v_uuid;
END
$$;
COMMENT ON FUNCTION campaign.instance_uuid() IS
    'Internal. The uuid that idempotency keys are made from; makes the row when it is first needed';

CREATE FUNCTION campaign.virtual_time(enabled boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_running text;
BEGIN
    IF NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
        RAISE EXCEPTION 'only a superuser can mark a database virtual'
            USING ERRCODE = 'insufficient_privilege', DETAIL = format('The role is "%s".', current_user),
                HINT = 'In a virtual database nothing leaves by itself.';
    ELSIF virtual_time.enabled IS NULL THEN
        RAISE EXCEPTION 'virtual_time is either true or false'
            USING ERRCODE = 'null_value_not_allowed', DETAIL = 'It is NULL.', HINT = 'Call virtual_time(true) or virtual_time(false).';
    END IF;
    PERFORM campaign.instance_uuid();
    -- nothing may be launched meanwhile
    LOCK TABLE campaign.campaign IN SHARE ROW EXCLUSIVE MODE;
    IF (SELECT i.is_virtual FROM campaign.instance i) = virtual_time.enabled THEN
        RETURN;
    END IF;
    SELECT string_agg(format('%s (%s, workspace %s)', c.id, c.state, c.workspace_id), ', ' ORDER BY c.id) INTO v_running
    FROM campaign.campaign c WHERE c.state IN ('live', 'paused');
    IF v_running IS NOT NULL THEN
        RAISE EXCEPTION 'time cannot change while campaigns are under way'
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Under way: %s.', v_running),
                HINT = 'Archive them first.';
    END IF;
    UPDATE campaign.instance i SET is_virtual = virtual_time.enabled;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.virtual_time(boolean) IS
    'Marks the database virtual, or real again: in a virtual one workers idle, campaign.now may be set for writing, and run_until() moves time. Superusers only';
