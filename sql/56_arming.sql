-- What binds this database to its server, so that no copy of it sends (B7): see src/store/arming.h.

-- Not dumped: what is restored is to be armed where it is.
CREATE TABLE campaign.arming (
    id smallint NOT NULL DEFAULT 1 PRIMARY KEY CHECK (id = 1),
    system_identifier bigint NOT NULL,
    database_id oid NOT NULL,
    timeline integer NOT NULL,
    node text NOT NULL,
    nodes text[] NOT NULL DEFAULT '{}',
    armed_at timestamptz NOT NULL,
    armed_by text NOT NULL,
    disarmed_at timestamptz,
    disarmed_by text,
    reason text,
    CHECK ((disarmed_at IS NULL) = (reason IS NULL))
);
COMMENT ON TABLE campaign.arming IS
    'One row, from the first launch or arm(): the server, database, timeline and node that may send, and nodes, those that may after a failover, whatever their timeline. disarmed_at, reason: nothing may leave since then, anywhere';

CREATE FUNCTION campaign.arming_place(OUT system_identifier bigint, OUT database_id oid, OUT timeline integer, OUT node text)
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'campaign_api_arming_place';
COMMENT ON FUNCTION campaign.arming_place() IS 'Internal. Where this session is: cluster, database, timeline, node';

-- Of the rights of the owner: who may ask is not to read the row.
CREATE FUNCTION campaign.arming_fault(OUT code text, OUT detail text)
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'campaign_api_arming_fault';
COMMENT ON FUNCTION campaign.arming_fault() IS
    'Why nothing leaves this database: not_armed (restored from a dump), other_server, other_database, other_node, other_timeline, disarmed, and the same in words; NULL = it may, or time is virtual (B7)';

CREATE FUNCTION campaign.node_id() RETURNS text
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'campaign_api_node_id';
COMMENT ON FUNCTION campaign.node_id() IS
    'What this server is called by arm(): a digest of campaign.instance_token if the server was started with one, else of the machine and the data directory. On a standby, the name to approve it by';

CREATE FUNCTION campaign.bind_here(nodes text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM campaign.instance_uuid();
    UPDATE campaign.instance i SET launched_at = campaign.clock() WHERE i.launched_at IS NULL;
    DELETE FROM campaign.arming;
    INSERT INTO campaign.arming (system_identifier, database_id, timeline, node, nodes, armed_at, armed_by)
    SELECT p.system_identifier, p.database_id, p.timeline, p.node, COALESCE($1, '{}'), campaign.clock(), session_user
    FROM campaign.arming_place() p;
END
$$;
COMMENT ON FUNCTION campaign.bind_here(text[]) IS
    'Internal. Binds this database to where it is, and to these nodes';

CREATE FUNCTION campaign.require_armed() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    f record;
BEGIN
    SELECT * INTO f FROM campaign.arming_fault();
    IF f.code IS NOT NULL THEN
        RAISE EXCEPTION 'this database is not armed'
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Code %s: %s.', f.code, f.detail),
                HINT = 'If no other copy of it sends, a superuser calls campaign.arm() first.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.require_armed() IS 'Internal. Refuses to go on where nothing may leave';

CREATE FUNCTION campaign.arm_at_launch() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM campaign.require_armed();
    IF EXISTS (SELECT FROM campaign.instance i WHERE i.launched_at IS NOT NULL OR i.is_virtual) THEN
        RETURN;
    END IF;
    -- of two first launches, one binds
    LOCK TABLE campaign.arming IN ACCESS EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT FROM campaign.arming) THEN
        PERFORM campaign.bind_here(NULL);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.arm_at_launch() IS
    'Internal. Part of launch(): the first one binds the database to where it is; where it is not armed it is refused';
