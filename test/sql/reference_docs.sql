-- What users of the extension meet, as the catalog has it, one line each. The guard test/check/reference
-- holds docs/reference.md against the output of this test: what is new is written down in both.
\pset format unaligned
\pset tuples_only on

-- functions that some level may call; defaults without the casts that the catalog adds to them
SELECT 'function', format('%s(%s)', p.proname, a.arguments),
    replace(replace(COALESCE(pg_get_function_result(p.oid), 'procedure'), 'timestamp with time zone', 'timestamptz'), '"', ''),
    string_agg(DISTINCT r.level, ', ' ORDER BY r.level)
FROM pg_proc p
JOIN campaign.level_right r ON r.kind = 'routine' AND r.name = p.proname
CROSS JOIN LATERAL (SELECT regexp_replace(replace(regexp_replace(pg_get_function_arguments(p.oid),
    '\mIN ', '', 'g'), 'timestamp with time zone', 'timestamptz'), '( DEFAULT [^,:]+)::[a-z ]+(\[])?', '\1', 'g')) a(arguments)
WHERE p.pronamespace = 'campaign'::regnamespace AND obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal%'
GROUP BY p.oid, p.proname, a.arguments ORDER BY p.proname COLLATE "C", a.arguments COLLATE "C";

-- tables that users fill, tables that they read, views
SELECT CASE WHEN c.relkind = 'v' THEN 'view' WHEN bool_or(r.privileges LIKE '%INSERT%') THEN 'own table' ELSE 'table' END,
    c.relname, (SELECT string_agg(a.attname || ' ' || replace(replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'), 'time without time zone', 'time'),
                    ', ' ORDER BY a.attnum)
                FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class c
JOIN campaign.level_right r ON r.kind = 'table' AND r.name = c.relname
WHERE c.relnamespace = 'campaign'::regnamespace
GROUP BY c.oid, c.relname, c.relkind ORDER BY 1, c.relname COLLATE "C";

-- settings, and the rows that are built in
SELECT 'setting', s.name, s.boot_val || COALESCE(' ' || s.unit, ''), s.context
FROM pg_settings s WHERE s.name LIKE 'campaign.%' ORDER BY s.name COLLATE "C";
SELECT 'event kind', k.name, CASE WHEN k.notify THEN 'yes' END, CASE WHEN k.stops THEN 'yes' END
FROM campaign.event_kind k WHERE k.built_in ORDER BY k.name COLLATE "C";
SELECT 'action kind', k.name, k.channel_class, k.requires,
    (SELECT string_agg(c.key || ' ' || c.value, ', ' ORDER BY c.key COLLATE "C")
     FROM jsonb_each_text(k.options -> 'contents') c)
FROM campaign.action_kind k WHERE k.built_in ORDER BY k.name COLLATE "C";
SELECT 'provider limit', l.provider, l.action_kind, l.period, l.max_actions
FROM campaign.provider_limit l WHERE l.built_in ORDER BY l.provider COLLATE "C";
