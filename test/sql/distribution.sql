-- What tables have to be for servers to share them by workspace (B20), as the catalog has it, and distribute() where there
-- is no cluster, or a stand-in for one. On a real one it is tried by `make citus-check`.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY default
SELECT p.place, string_agg(p.relation::text, ' ' ORDER BY p.relation::text COLLATE "C") FROM campaign.table_places() p
WHERE p.place <> 'distributed' GROUP BY 1 ORDER BY 1;

-- ---- none of the following has a row ----------------------------------------------------------------------------------
SELECT 'has no place', p.relation FROM campaign.table_places() p WHERE p.place IS NULL;
SELECT 'may lack its workspace', p.relation FROM campaign.table_places() p
JOIN pg_attribute a ON a.attrelid = p.relation AND a.attname = 'workspace_id' WHERE p.place = 'distributed' AND NOT a.attnotnull;
-- primary keys, unique indexes, exclusions
SELECT 'has a key that does not begin with the workspace', i.indexrelid::regclass FROM campaign.table_places() p
JOIN pg_index i ON i.indrelid = p.relation AND (i.indisunique OR i.indisexclusion)
LEFT JOIN pg_attribute a ON a.attrelid = p.relation AND a.attnum = i.indkey[0]
WHERE p.place = 'distributed' AND a.attname IS DISTINCT FROM 'workspace_id';
SELECT 'has a foreign key that leaves the workspace', k.conname FROM pg_constraint k
JOIN campaign.table_places() p ON p.relation = k.conrelid JOIN campaign.table_places() o ON o.relation = k.confrelid
WHERE k.contype = 'f' AND NOT (o.place = 'reference' OR p.place = 'distributed' AND o.place = 'distributed'
    AND (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1]) = 'workspace_id'
    AND (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attnum = k.confkey[1]) = 'workspace_id');
SELECT 'has a foreign key that sets to null or to a default', k.conname FROM pg_constraint k
WHERE k.contype = 'f' AND k.connamespace = 'campaign'::regnamespace AND (k.confdeltype IN ('n', 'd') OR k.confupdtype IN ('n', 'd'));
SELECT 'has a column that numbers itself, or is of a type of the extension', p.relation, a.attname FROM campaign.table_places() p
JOIN pg_attribute a ON a.attrelid = p.relation AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attidentity <> '' OR t.typnamespace <> 'pg_catalog'::regnamespace OR t.typtype = 'e';
SELECT 'has a default by nextval()', d.adrelid::regclass FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
WHERE c.relnamespace = 'campaign'::regnamespace AND pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%';
SELECT 'has a trigger, and is written by rounds', t.tgrelid::regclass, t.tgname FROM pg_trigger t
WHERE NOT t.tgisinternal AND t.tgrelid = ANY ('{campaign.enrollment,campaign.action,campaign.event,campaign.batch,campaign.inbox,campaign.lane,campaign.usage,campaign.counter,campaign.person,campaign.relation,campaign.dedup,campaign.outbox,campaign.letter,campaign.stage_entry,campaign.side_action}'::regclass[]);
SELECT 'has a rule', r.ev_class::regclass FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind <> 'v';
SELECT 'has a policy that is not said without its subquery', l.polrelid::regclass, l.polname FROM pg_policy l
WHERE concat(pg_get_expr(l.polqual, l.polrelid), pg_get_expr(l.polwithcheck, l.polrelid)) ~* 'SELECT'
  AND regexp_replace(concat(pg_get_expr(l.polqual, l.polrelid), pg_get_expr(l.polwithcheck, l.polrelid)),
    ' IN \( SELECT campaign\.my_workspaces\([^()]*\) AS my_workspaces\)', '', 'g') ~* 'SELECT';

-- ---- on one server ----------------------------------------------------------------------------------------------------
BEGIN;
SELECT * FROM campaign.distribute();
ROLLBACK;
BEGIN;
INSERT INTO campaign.workspace (id, name) VALUES (771, 'near'), (772, 'far');
SELECT array_agg(w ORDER BY w) @> '{1,771,772}' AS all_of_them FROM campaign.local_workspaces() AS w;
CREATE ROLE regress_anybody;
SELECT campaign.grant_access('regress_anybody', 'near', 'admin');
SET ROLE regress_anybody;
SELECT count(*) FROM campaign.distribute();
ROLLBACK;

-- ---- a stand-in: what is asked of Citus, in order -----------------------------------------------------------------------
\c
\set VERBOSITY default
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL allow_system_table_mods = on;
SET LOCAL client_min_messages = warning;
CREATE TABLE pg_catalog.pg_dist_local_group (groupid integer);
INSERT INTO pg_catalog.pg_dist_local_group VALUES (7);
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass);
CREATE TABLE public.asked (n integer GENERATED ALWAYS AS IDENTITY, what text, relation regclass, how text);
CREATE FUNCTION pg_catalog.create_reference_table(regclass) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO public.asked (what, relation) VALUES ('reference', $1) $$;
CREATE FUNCTION pg_catalog.create_distributed_table(t regclass, col text, colocate_with text) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO public.asked (what, relation, how) VALUES ('distributed', $1, $2 || ' ' || $3) $$;
CREATE FUNCTION pg_catalog.run_command_on_workers(text) RETURNS TABLE (nodename text, nodeport integer, success boolean, result text)
    LANGUAGE sql AS $$ SELECT 'n', 1, true, '' WHERE false $$;
-- ids of this node: its group above what the sequence gives (rule 4)
SELECT id >> 48 AS node, id & ((1::bigint << 48) - 1) < 1000000 AS small FROM campaign.new_id('campaign.member_id_seq') AS id;
SAVEPOINT worker;
SELECT * FROM campaign.distribute();
ROLLBACK TO worker;
UPDATE pg_catalog.pg_dist_local_group SET groupid = 0;
SAVEPOINT twice;
INSERT INTO pg_catalog.pg_dist_partition VALUES ('campaign.enrollment');
SELECT * FROM campaign.distribute();
ROLLBACK TO twice;
SELECT count(*) AS tables FROM campaign.distribute();
SELECT what, how, count(*), min(n) FROM public.asked GROUP BY 1, 2 ORDER BY 4;
-- each but those of the node itself, once
SELECT count(*) FROM campaign.table_places() p WHERE (p.place = 'local') = EXISTS (SELECT FROM public.asked a WHERE a.relation = p.relation);
-- the foreign keys are there again; no trigger is left but those of level_right, and no policy has a subquery
SELECT count(*) > 30 AS foreign_keys FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'campaign'::regnamespace;
SELECT t.tgrelid::regclass, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = 'campaign'::regnamespace;
SELECT count(*) FROM pg_policy l JOIN pg_class c ON c.oid = l.polrelid WHERE c.relnamespace = 'campaign'::regnamespace
  AND concat(pg_get_expr(l.polqual, l.polrelid), pg_get_expr(l.polwithcheck, l.polrelid)) ~* 'SELECT';
ROLLBACK;
