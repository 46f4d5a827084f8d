-- Every object of schema campaign says what it is for, and none bears a name
-- that would have to be quoted. Each query lists what is wrong: no rows.

SELECT CASE c.relkind WHEN 'v' THEN 'view ' ELSE 'table ' END || c.relname AS without_comment
FROM pg_catalog.pg_class c
WHERE c.relnamespace = 'campaign'::regnamespace
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT c.relispartition
  AND pg_catalog.obj_description(c.oid, 'pg_class') IS NULL
UNION ALL
SELECT 'function ' || p.oid::regprocedure::text
FROM pg_catalog.pg_proc p
WHERE p.pronamespace = 'campaign'::regnamespace
  AND p.prorettype NOT IN ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
  AND pg_catalog.obj_description(p.oid, 'pg_proc') IS NULL
UNION ALL
SELECT 'type ' || t.typname
FROM pg_catalog.pg_type t
WHERE t.typnamespace = 'campaign'::regnamespace
  AND (t.typtype IN ('d', 'e', 'r')
       OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class c
                                      WHERE c.oid = t.typrelid AND c.relkind = 'c'))
  AND pg_catalog.obj_description(t.oid, 'pg_type') IS NULL
ORDER BY 1;

-- columns that users meet: of all views, and of the tables that they fill
SELECT 'column ' || c.relname || '.' || a.attname AS without_comment
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'campaign'::regnamespace AND pg_catalog.col_description(c.oid, a.attnum) IS NULL
  AND EXISTS (SELECT FROM campaign.level_right r
              WHERE r.kind = 'table' AND r.name = c.relname AND (c.relkind = 'v' OR r.privileges LIKE '%INSERT%'))
ORDER BY 1;

WITH name(of, word) AS (
    SELECT 'relation ' || c.relname, c.relname::text
    FROM pg_catalog.pg_class c
    WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION ALL
    SELECT 'column of ' || c.relname, a.attname::text
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
      AND NOT a.attisdropped
    UNION ALL
    SELECT 'function ' || p.proname, p.proname::text
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'campaign'::regnamespace
    UNION ALL
    SELECT 'argument of ' || p.proname, pg_catalog.unnest(p.proargnames)
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'campaign'::regnamespace
)
SELECT n.of, n.word AS reserved_word
FROM name n
JOIN pg_catalog.pg_get_keywords() k ON k.word = n.word
WHERE k.catcode IN ('R', 'T')
ORDER BY 1, 2;
