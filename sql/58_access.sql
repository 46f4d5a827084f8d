-- Granting access. A row of campaign.access says in which workspace a role has which level, and
-- row-level security goes by it; the GRANTs that it takes besides know no workspace: a role is
-- granted what the highest of its levels anywhere may use.

CREATE FUNCTION campaign.included_levels(level text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE $1
        WHEN 'admin' THEN '{admin,operator,viewer,agent,callback}'::text[]
        WHEN 'operator' THEN '{operator,viewer,agent,callback}'
        ELSE ARRAY[$1] END
$$;
COMMENT ON FUNCTION campaign.included_levels(text) IS
    'Internal. A level and those whose rights it has too, as src/api/rights.c has them';

CREATE FUNCTION campaign.level_grants(levels text[]) RETURNS TABLE (privileges text, objects text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.privileges,
        format('%s %s', upper(r.kind), string_agg(DISTINCT o.name, ', ' ORDER BY o.name))
    FROM campaign.level_right r
    CROSS JOIN LATERAL (
        SELECT c.oid::regclass::text AS name
        FROM pg_class c
        WHERE r.kind = CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END
          AND c.relnamespace = 'campaign'::regnamespace AND c.relname = r.name
        UNION ALL
        SELECT p.oid::regprocedure::text
        FROM pg_proc p
        WHERE r.kind = 'routine' AND p.pronamespace = 'campaign'::regnamespace AND p.proname = r.name
    ) o
    WHERE r.level = ANY (levels)
    GROUP BY r.privileges, r.kind
$$;
COMMENT ON FUNCTION campaign.level_grants(text[]) IS
    'Internal. What these levels are granted, as parts of GRANT and REVOKE statements';

CREATE FUNCTION campaign.apply_access(role name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_all text[] := '{viewer,operator,agent,callback,admin}';
    v_levels text[];
    v_grant record;
BEGIN
    SELECT COALESCE(array_agg(DISTINCT l), '{}') INTO v_levels
    FROM campaign.access a, unnest(campaign.included_levels(a.level)) AS l
    WHERE a.role = apply_access.role;
    FOR v_grant IN SELECT g.* FROM campaign.level_grants(v_all) g
        EXCEPT SELECT g.* FROM campaign.level_grants(v_levels) g LOOP
        EXECUTE format('REVOKE %s ON %s FROM %I', v_grant.privileges, v_grant.objects, apply_access.role);
    END LOOP;
    FOR v_grant IN SELECT g.* FROM campaign.level_grants(v_levels) g LOOP
        EXECUTE format('GRANT %s ON %s TO %I', v_grant.privileges, v_grant.objects, apply_access.role);
    END LOOP;
    EXECUTE CASE WHEN v_levels = '{}' THEN format('REVOKE USAGE ON SCHEMA campaign FROM %I', apply_access.role)
        ELSE format('GRANT USAGE ON SCHEMA campaign TO %I', apply_access.role) END;
END
$$;
COMMENT ON FUNCTION campaign.apply_access(name) IS
    'Internal. Makes the grants of a role fit its rows in campaign.access; what it was granted beside them stays';

CREATE FUNCTION campaign.check_role(role name) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = check_role.role) THEN
        RAISE EXCEPTION 'role % does not exist', COALESCE('"' || check_role.role || '"', 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'Access is granted to roles of the server, by name.',
                HINT = 'CREATE ROLE makes one; upper and lower case differ.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_role(name) IS 'Internal. Refuses a role that does not exist';

CREATE FUNCTION campaign.grant_access(role name, workspace text, level text, member bigint DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('admin', grant_access.workspace);
BEGIN
    PERFORM campaign.check_role(grant_access.role);
    IF grant_access.level IS NULL
        OR grant_access.level NOT IN ('viewer', 'operator', 'agent', 'callback', 'admin') THEN
        RAISE EXCEPTION 'unknown level %', COALESCE('"' || grant_access.level || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A level says what a role may do in a workspace.',
                HINT = 'Levels are viewer, operator, agent, callback and admin.';
    ELSIF grant_access.level = 'agent' AND grant_access.member IS NULL THEN
        RAISE EXCEPTION 'level agent takes a member'
            USING ERRCODE = 'null_value_not_allowed', DETAIL = 'An agent sees the work of one member.',
                HINT = 'As in grant_access(role, workspace, ''agent'', member => id).';
    ELSIF grant_access.member IS NOT NULL AND NOT EXISTS (
        SELECT FROM campaign.member m WHERE m.workspace_id = v_workspace AND m.id = grant_access.member) THEN
        RAISE EXCEPTION 'member % does not exist', grant_access.member
            USING ERRCODE = 'undefined_object',
                DETAIL = format('No such member is in workspace "%s".', grant_access.workspace),
                HINT = 'Members are rows of campaign.member.';
    END IF;
    -- one at a time, since each writes the privileges of the same objects
    LOCK TABLE campaign.access IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO campaign.access AS a (workspace_id, role, level, member_id)
    VALUES (v_workspace, grant_access.role, grant_access.level, grant_access.member)
    ON CONFLICT ON CONSTRAINT access_pkey
        DO UPDATE SET level = EXCLUDED.level, member_id = EXCLUDED.member_id;
    PERFORM campaign.apply_access(grant_access.role);
END
$$;
COMMENT ON FUNCTION campaign.grant_access(name, text, text, bigint) IS
    'Lets a role act in a workspace at a level: viewer, operator, agent (with the member it works for), callback or admin; replaces the level that it had there';

CREATE FUNCTION campaign.revoke_access(role name, workspace text)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('admin', revoke_access.workspace);
BEGIN
    LOCK TABLE campaign.access IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM campaign.access a WHERE a.workspace_id = v_workspace AND a.role = revoke_access.role;
    -- a role that was dropped meanwhile has taken its grants along
    IF EXISTS (SELECT FROM pg_roles r WHERE r.rolname = revoke_access.role) THEN
        PERFORM campaign.apply_access(revoke_access.role);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.revoke_access(name, text) IS
    'Takes back what a role may do in a workspace; without any workspace left, its grants go too';
