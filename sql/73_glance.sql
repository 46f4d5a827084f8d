-- For a terminal: the overview has more columns than one shows.

CREATE VIEW campaign.glance WITH (security_barrier) AS
    SELECT o.campaign_id, CASE WHEN pg_catalog.char_length(n.name) > 20 THEN pg_catalog.left(n.name, 19) || '…' ELSE n.name END AS campaign,
        COALESCE(o.health, o.state) AS status, o.enrolled, o.active + o.over_cap AS inside, o.success,
        CASE WHEN o.planned_today > 0 THEN pg_catalog.format('%s/%s', o.sent_today, o.planned_today) END AS today,
        (SELECT pg_catalog.left(d.value ->> 'code', 20) || CASE WHEN pg_catalog.jsonb_array_length(o.health_details) > 1
            THEN pg_catalog.format(' +%s', pg_catalog.jsonb_array_length(o.health_details) - 1) ELSE '' END
         FROM pg_catalog.jsonb_array_elements(o.health_details) WITH ORDINALITY AS d (value, i) ORDER BY d.i LIMIT 1) AS trouble
    FROM campaign.overview o
    CROSS JOIN LATERAL (SELECT pg_catalog.regexp_replace(o.campaign, '[[:space:][:cntrl:]]+', ' ', 'g') AS name) n
    WHERE o.state <> 'archived' AND o.campaign_id IN (
        SELECT c.id FROM campaign.campaign c WHERE c.workspace_id IN (SELECT campaign.my_workspaces()));
COMMENT ON VIEW campaign.glance IS
    'The campaigns that are not archived, in the width of a terminal: names cut, status is the health of live ones and the state of others, inside with those who wait for a place, today as sent/planned, trouble: the worst cause of the health, and how many more there are';
