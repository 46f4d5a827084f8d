-- Tenants are kept apart by row-level security (B10). Every table with a workspace_id gets the same
-- policies, the table of workspaces its own; small tables that all share have none. Policies name
-- PUBLIC, so that a restored dump, which repeats no policies of member tables, has them all.
--
-- Reading takes level viewer and writing level operator in the row's own workspace, since grants know
-- no workspaces: one who reads here and writes there has the grants of both. What decides where and
-- how things leave the server takes level admin. Built-in rows are never changed: a dump leaves them out.

DO $policies$
DECLARE
    t record;
    reading text;
    writing text;
BEGIN
    FOR t IN
        SELECT c.oid::pg_catalog.regclass AS name, k.attname AS key,
            c.relname IN ('access', 'ingested') AS is_private,
            c.relname IN ('workspace', 'workspace_setting', 'access', 'channel', 'mailbox', 'adapter', 'adapter_answer') AS is_guarded,
            c.relname IN ('adapter', 'adapter_answer') AS is_shared,
            EXISTS (SELECT FROM pg_catalog.pg_attribute b
                    WHERE b.attrelid = c.oid AND b.attname = 'built_in') AS has_built_in
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_attribute k ON k.attrelid = c.oid
            AND k.attname = CASE c.relname WHEN 'workspace' THEN 'id' ELSE 'workspace_id' END
        WHERE c.relnamespace = 'campaign'::pg_catalog.regnamespace AND c.relkind IN ('r', 'p')
        ORDER BY c.relname
    LOOP
        reading := pg_catalog.format('%I IN (SELECT campaign.my_workspaces(%s))', t.key,
            CASE WHEN t.is_private THEN pg_catalog.quote_literal('admin') ELSE '' END);
        -- built-in rows of these are of workspace 0, and everybody's to read
        IF t.is_shared THEN
            reading := pg_catalog.format('%I = 0 OR %s', t.key, reading);
        END IF;
        writing := pg_catalog.format('%I IN (SELECT campaign.my_workspaces(%L))%s', t.key,
            CASE WHEN t.is_guarded THEN 'admin' ELSE 'operator' END,
            CASE WHEN t.has_built_in THEN ' AND NOT built_in' ELSE '' END);
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.name);
        EXECUTE pg_catalog.format('CREATE POLICY reading ON %s FOR SELECT TO PUBLIC USING (%s)', t.name, reading);
        EXECUTE pg_catalog.format('CREATE POLICY inserting ON %s FOR INSERT TO PUBLIC WITH CHECK (%s)', t.name, writing);
        EXECUTE pg_catalog.format('CREATE POLICY updating ON %s FOR UPDATE TO PUBLIC USING (%s) WITH CHECK (%s)', t.name, writing, writing);
        EXECUTE pg_catalog.format('CREATE POLICY deleting ON %s FOR DELETE TO PUBLIC USING (%s)', t.name, writing);
    END LOOP;
END
$policies$;

-- State tables have no foreign keys, so what they refer to is looked after here.

CREATE FUNCTION campaign.keep_prospect_in_use() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM campaign.enrollment e
               WHERE e.workspace_id = OLD.workspace_id AND e.prospect_id = OLD.id AND e.ended_at IS NULL) THEN
        RAISE EXCEPTION 'prospect % is in a campaign', OLD.id
            USING ERRCODE = 'object_in_use',
                HINT = 'Let the campaign finish or archive it before the prospect is deleted.';
    END IF;
    DELETE FROM campaign.relation r WHERE r.workspace_id = OLD.workspace_id AND r.prospect_id = OLD.id;
    DELETE FROM campaign.contact_value v WHERE v.workspace_id = OLD.workspace_id AND v.prospect_id = OLD.id;
    RETURN OLD;
END
$$;
COMMENT ON FUNCTION campaign.keep_prospect_in_use() IS
    'Internal. Trigger: a prospect with an active run stays; relations and what services call him go with a prospect';
CREATE TRIGGER keep_in_use BEFORE DELETE ON campaign.prospect
    FOR EACH ROW EXECUTE FUNCTION campaign.keep_prospect_in_use();

CREATE FUNCTION campaign.keep_account_in_use() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM campaign.lane l
               WHERE l.workspace_id = OLD.workspace_id AND l.account_id = OLD.id) THEN
        RAISE EXCEPTION 'account "%" has been used', OLD.address
            USING ERRCODE = 'object_in_use',
                DETAIL = 'Actions and their history refer to it.',
                HINT = 'UPDATE campaign.account SET identity_active = false takes it out of use.';
    END IF;
    DELETE FROM campaign.relation r WHERE r.workspace_id = OLD.workspace_id AND r.account_id = OLD.id;
    RETURN OLD;
END
$$;
COMMENT ON FUNCTION campaign.keep_account_in_use() IS
    'Internal. Trigger: an account that has ever queued anything stays; relations go with an account';
CREATE TRIGGER keep_in_use BEFORE DELETE ON campaign.account
    FOR EACH ROW EXECUTE FUNCTION campaign.keep_account_in_use();
