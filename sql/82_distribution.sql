-- Past one server: where each table lies on a cluster of Citus, and how it gets there. No statement names an object of
-- Citus but as text, so that the extension is the same with and without it. What tables and statements have to be for
-- this is held by test/check/distributed and test/sql/distribution.sql.

-- The one place that says where a table lies. What has a workspace_id goes by it; the rest is named here, and a table
-- that is neither has no place, which the test finds.
CREATE FUNCTION campaign.table_places() RETURNS TABLE (relation regclass, place text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH named (name, place) AS (VALUES
        -- small, read everywhere, seldom written: access is asked by every policy, and built-in adapters are everybody's
        ('access', 'reference'), ('action_kind', 'reference'), ('adapter', 'reference'), ('adapter_answer', 'reference'),
        ('event_kind', 'reference'), ('instance', 'reference'), ('log_identity', 'reference'), ('plan', 'reference'),
        ('provider_limit', 'reference'), ('sequence_library', 'reference'), ('stage_template', 'reference'), ('workspace', 'reference'),
        -- of a node: what binds it to its server, and what came with the script there
        ('arming', 'local'), ('level_right', 'local')
    ), placed AS (
        SELECT c.oid, COALESCE(n.place, CASE WHEN EXISTS (SELECT FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped) THEN 'distributed' END) AS place
        FROM pg_class c LEFT JOIN named n ON n.name = c.relname
        WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    )
    SELECT p.oid::regclass, p.place FROM placed p ORDER BY p.place <> 'reference', p.oid::regclass::text COLLATE "C"
$$;
COMMENT ON FUNCTION campaign.table_places() IS
    'Internal. Where each table lies on a cluster: distributed by its workspace, reference (whole on every node), or local to each node';

-- Which of these workspaces lie on this node.
CREATE FUNCTION campaign.workspaces_here(workspaces bigint[]) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    spread boolean := false;
BEGIN
    IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
        EXECUTE 'SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_partition d WHERE d.logicalrelid = $1)'
            INTO spread USING 'campaign.enrollment'::regclass;
    END IF;
    IF NOT spread THEN
        RETURN QUERY SELECT w.id FROM unnest($1) AS w (id) ORDER BY w.id;
        RETURN;
    END IF;
    RETURN QUERY EXECUTE $q$
        SELECT w.id FROM pg_catalog.unnest($1) AS w (id)
        JOIN pg_catalog.pg_dist_placement p ON p.shardid = pg_catalog.get_shard_id_for_distribution_column($2, w.id)
        WHERE p.groupid = (SELECT g.groupid FROM pg_catalog.pg_dist_local_group g) ORDER BY w.id $q$
        USING $1, 'campaign.enrollment'::regclass;
END
$$;
COMMENT ON FUNCTION campaign.workspaces_here(bigint[]) IS
    'Internal. Those of these workspaces that lie on this node: all of them on one server';

CREATE FUNCTION campaign.local_workspaces() RETURNS SETOF bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT h.id FROM campaign.workspaces_here(ARRAY(SELECT w.id FROM campaign.workspace w)) AS h (id)
$$;
COMMENT ON FUNCTION campaign.local_workspaces() IS
    'The workspaces that workers of this node serve: all of them on one server, on a cluster those that lie on the node. Level superuser';

-- Each node made the tables with the extension, and until they are distributed a change of one is of that node alone.
CREATE FUNCTION campaign.run_on_nodes(command text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    failed text;
BEGIN
    EXECUTE $1;
    EXECUTE 'SELECT r.nodename || '':'' || r.nodeport || '': '' || r.result FROM pg_catalog.run_command_on_workers($1) r WHERE NOT r.success LIMIT 1'
        INTO failed USING $1;
    IF failed IS NOT NULL THEN
        RAISE EXCEPTION 'a node could not be prepared'
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = failed, HINT = 'Put it right there, and call distribute() again.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.run_on_nodes(text) IS
    'Internal. Runs a command on this node and on all others of the cluster; there it is committed at once';

-- Only what came with the extension: triggers of others are theirs, and Citus names them.
CREATE FUNCTION campaign.drop_own_triggers() RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.run_on_nodes(string_agg(format('DROP TRIGGER IF EXISTS %I ON %s', t.tgname, p.relation), '; '))
    FROM campaign.table_places() p
    JOIN pg_trigger t ON t.tgrelid = p.relation AND NOT t.tgisinternal
    JOIN pg_proc f ON f.oid = t.tgfoid AND f.pronamespace = 'campaign'::regnamespace
    WHERE p.place <> 'local'
    HAVING count(*) > 0
$$;
COMMENT ON FUNCTION campaign.drop_own_triggers() IS
    'Internal. Takes the triggers that came with the extension off the tables that are to be spread';

CREATE FUNCTION campaign.workspace_list(level text DEFAULT 'viewer') RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT campaign.my_workspaces($1));
END
$$;
COMMENT ON FUNCTION campaign.workspace_list(text) IS
    'Internal. my_workspaces() as an array: policies of distributed tables may have no subquery';

-- The same policies, said without a subquery, which Citus does not take.
CREATE FUNCTION campaign.flatten_policies() RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.run_on_nodes(string_agg(concat(format('ALTER POLICY %I ON %s', l.polname, l.polrelid::regclass),
        ' USING (' || regexp_replace(pg_get_expr(l.polqual, l.polrelid), x.subquery, x.flat, 'g') || ')',
        ' WITH CHECK (' || regexp_replace(pg_get_expr(l.polwithcheck, l.polrelid), x.subquery, x.flat, 'g') || ')'), '; '))
    FROM campaign.table_places() p
    JOIN pg_policy l ON l.polrelid = p.relation OR l.polrelid IN (SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = p.relation)
    CROSS JOIN (SELECT ' IN \( SELECT campaign\.my_workspaces\(([^()]*)\) AS my_workspaces\)' AS subquery,
        ' = ANY (campaign.workspace_list(\1))' AS flat) x
    WHERE p.place <> 'local'
    HAVING count(*) > 0
$$;
COMMENT ON FUNCTION campaign.flatten_policies() IS
    'Internal. Says the policies of the tables that are to be spread without their subquery';

CREATE FUNCTION campaign.distribute() RETURNS TABLE (relation text, place text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    node integer;
    spread boolean;
    leader text;
    without text;
    foreign_keys text[];
    foreign_key text;
    t record;
BEGIN
    IF to_regclass('pg_catalog.pg_dist_partition') IS NULL THEN
        RAISE EXCEPTION 'there are no other servers to distribute to'
            USING ERRCODE = 'feature_not_supported', DETAIL = 'The extension citus is not installed in this database.',
                HINT = 'docs/operations.md says when and how to grow past one server.';
    END IF;
    EXECUTE 'SELECT groupid FROM pg_catalog.pg_dist_local_group' INTO node;
    IF node <> 0 THEN
        RAISE EXCEPTION 'only the coordinator distributes'
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('This is node group %s.', node),
                HINT = 'Call distribute() on the coordinator.';
    END IF;
    EXECUTE 'SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_partition d WHERE d.logicalrelid = $1)' INTO spread USING 'campaign.enrollment'::regclass;
    IF spread THEN
        RAISE EXCEPTION 'the tables are distributed already'
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Table "enrollment" is.',
                HINT = 'citus_rebalance_start() takes workspaces to nodes that were added.';
    END IF;
    -- tables with foreign keys to reference tables are not spread in parallel
    PERFORM set_config('citus.multi_shard_modify_mode', 'sequential', true);
    -- no round begins until this has committed
    LOCK TABLE campaign.arming IN ACCESS EXCLUSIVE MODE;
    PERFORM campaign.drop_own_triggers();
    PERFORM campaign.flatten_policies();
    -- foreign keys come back when both ends are in place: Citus would take along what is not spread yet
    SELECT array_agg(format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) ORDER BY k.oid),
        string_agg(format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', k.conrelid::regclass, k.conname), '; ')
    INTO foreign_keys, without
    FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'campaign'::regnamespace AND k.conparentid = 0;
    PERFORM campaign.run_on_nodes(without) WHERE without IS NOT NULL;
    FOR t IN SELECT p.relation, p.place FROM campaign.table_places() p WHERE p.place <> 'local' LOOP
        IF t.place = 'reference' THEN
            EXECUTE 'SELECT pg_catalog.create_reference_table($1)' USING t.relation;
        ELSE
            EXECUTE 'SELECT pg_catalog.create_distributed_table($1, ''workspace_id'', colocate_with => $2)'
                USING t.relation, COALESCE(leader, 'none');
            leader := COALESCE(leader, t.relation::text);
        END IF;
    END LOOP;
    FOREACH foreign_key IN ARRAY COALESCE(foreign_keys, '{}') LOOP
        EXECUTE foreign_key;
    END LOOP;
    RETURN QUERY SELECT p.relation::text, p.place FROM campaign.table_places() p;
    PERFORM campaign.wake();
END
$$;
COMMENT ON FUNCTION campaign.distribute() IS
    'Experimental. Spreads the tables over the servers of a cluster of Citus, by workspace; called once, on the coordinator. One row for each table: where it lies now. Level superuser';
