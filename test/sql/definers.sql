-- What runs as the owner (P6), so that a new one is looked at: each function and view that does, and rules that hold for all
-- of them. A function that is called with the owner's rights fixes its search_path, is the owner's, and is nobody's to
-- call but whom level_right gives it to.
\pset format unaligned
\pset tuples_only on
SELECT p.oid::regprocedure || CASE WHEN p.prorettype = 'trigger'::regtype THEN ', a trigger' ELSE '' END AS runs_as_owner
FROM pg_proc p WHERE p.pronamespace = 'campaign'::regnamespace AND p.prosecdef
ORDER BY p.proname COLLATE "C", p.oid::regprocedure::text COLLATE "C";
-- views that do not look after the rights of who reads them read with those of the owner: none of these is granted to anybody
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind = 'v' AND NOT COALESCE('security_invoker=true' = ANY (c.reloptions), false) AND NOT COALESCE('security_barrier=true' = ANY (c.reloptions), false)
ORDER BY c.relname COLLATE "C";

-- ---- none of the following has a row ----------------------------------------------------------------------------------
SELECT 'does not fix its search_path', p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'campaign'::regnamespace AND p.prosecdef AND NOT COALESCE('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false);
SELECT 'is of another owner', p.oid::regprocedure FROM pg_proc p, pg_extension e
WHERE e.extname = 'campaign' AND p.pronamespace = 'campaign'::regnamespace AND p.proowner <> e.extowner;
SELECT 'anybody may call it', p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'campaign'::regnamespace AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0));
SELECT 'is not declared', p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'campaign'::regnamespace AND p.prosecdef AND p.prorettype <> 'trigger'::regtype
  AND NOT EXISTS (SELECT FROM campaign.level_right r WHERE r.kind = 'routine' AND r.name = p.proname);
SELECT 'has dynamic code of its own and no search_path', p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'campaign'::regnamespace AND p.prosrc ~* '\mEXECUTE\M' AND p.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'plpgsql')
  AND NOT COALESCE('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false);
-- B8: what is in such a table would be gone after a crash
SELECT 'is not logged', c.oid::regclass FROM pg_class c
WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'i', 'S', 'm', 'p') AND c.relpersistence <> 'p';
