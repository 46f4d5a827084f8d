-- Pictures of sequences (B18).

CREATE FUNCTION campaign.compiled_ways(definition jsonb)
    RETURNS TABLE ("position" integer, way integer, target integer)
    LANGUAGE c STABLE ROWS 20 AS 'MODULE_PATHNAME', 'campaign_api_compiled_ways';
COMMENT ON FUNCTION campaign.compiled_ways(jsonb) IS
    'Internal. The ways on from each step of a definition: of a branch or split its cases in order, and then its else; of others what is next, and then what is else';

CREATE FUNCTION campaign.picture_svg(title text, told text, shapes text[], texts text[], starts integer[], ends integer[], labels text[])
    RETURNS text LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_picture_svg';
COMMENT ON FUNCTION campaign.picture_svg(text, text, text[], text[], integer[], integer[], text[]) IS
    'Internal. Boxes, each with a shape and lines of text, and arrows from box to box, counted from 0, drawn as SVG';

CREATE FUNCTION campaign.picture_line(value text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.left(pg_catalog.btrim(pg_catalog.regexp_replace(
        pg_catalog.regexp_replace($1, '[\u202A-\u202E\u2066-\u2069]', '', 'g'), '[[:space:][:cntrl:]]+', ' ', 'g')), 200)
$$;
COMMENT ON FUNCTION campaign.picture_line(text) IS
    'Internal. The beginning of a text without line breaks, control characters and changes of direction, as it fits into a picture';

CREATE FUNCTION campaign.grouped(n numeric) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.regexp_replace(pg_catalog.round($1)::text, '(\d)(?=(\d{3})+$)', '\1,', 'g')
$$;
COMMENT ON FUNCTION campaign.grouped(numeric) IS
    'Internal. A whole number as people read it, whatever lc_numeric is: 1,234,567';

-- What is said of a step beneath its title. body is what is written under its kind.
CREATE FUNCTION campaign.picture_lines(s record, body jsonb, messages text[]) RETURNS text[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE s.kind
        WHEN 'action' THEN ARRAY[
            CASE WHEN s.name !~ ('^' || s.action_kind || '(_\d+)?$') THEN s.action_kind END,
            (SELECT c.value FROM jsonb_each_text(s.content) c
             WHERE c.value ~ '\S' ORDER BY array_position('{subject,title,note,body}'::text[], c.key), c.key LIMIT 1)]
        WHEN 'delay' THEN ARRAY[
            CASE jsonb_typeof(body) WHEN 'object' THEN concat_ws(' ', 'until', body ->> 'until', body ->> 'plus') ELSE body #>> '{}' END,
            'at ' || (body ->> 'at')]
        WHEN 'wait' THEN ARRAY['until ' || (body ->> 'until'), 'not before ' || (body ->> 'after'), 'for ' || (body ->> 'within') || ' at most']
        WHEN 'only_if' THEN ARRAY[body #>> '{}', 'others leave']
        WHEN 'set' THEN ARRAY(SELECT format('%s = %s', c.key, c.value) FROM jsonb_each_text(s.content) c ORDER BY c.key)
        WHEN 'enroll' THEN ARRAY['into ' || (s.content ->> 'campaign')]
        WHEN 'stage' THEN ARRAY[
            concat_ws(', ', s.content ->> 'phase', CASE WHEN s.content -> 'disabled' = 'true' THEN 'disabled' END),
            'led on by ' || replace(s.content ->> 'promoted_by', '_', ' '),
            'or by event ' || (s.content ->> 'on_event')] || messages
        ELSE '{}'
    END;
END
$$;
COMMENT ON FUNCTION campaign.picture_lines(record, jsonb, text[]) IS
    'Internal. What a box of a picture says of a compiled step, NULL where there is nothing to say';

-- What is said of the way from a step. Not where there is but one.
CREATE FUNCTION campaign.picture_label(kind text, body jsonb, way integer) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE $1
        WHEN 'branch' THEN COALESCE($2 -> $3 ->> 'when', 'else')
        WHEN 'split' THEN ($2 -> $3 ->> 'percent') || ' %'
        WHEN 'wait' THEN CASE $3 WHEN 0 THEN $2 ->> 'until' ELSE 'after ' || ($2 ->> 'within') END
        WHEN 'delay' THEN CASE $3 WHEN 1 THEN 'past already' END
        WHEN 'action' THEN CASE $3 WHEN 1 THEN 'not possible' END
    END
$$;
COMMENT ON FUNCTION campaign.picture_label(text, jsonb, integer) IS
    'Internal. What an arrow of a picture says, of which way on from a step it is';

-- boxes: [{id, shape, lines}], the first line being the title; arrows: [{start, finish, label}], by number of the
-- box from 0. What several ways lead to as an end is drawn at each of them, and so is whatever goes on elsewhere,
-- so that arrows stay short. counts: by position, {entered, now_here, passed, timed_out, success}, or NULL.
CREATE FUNCTION campaign.picture_of(definition jsonb, counts jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    made jsonb;
BEGIN
    WITH step AS MATERIALIZED (
        SELECT c.*, jsonb_path_query_first($1, c.path::jsonpath) AS body, $2 -> c.position::text AS n
        FROM campaign.compiled_steps($1) c
        -- a message of a stage is told with its stage
        WHERE c.path !~ '\.stage\.messages\[\d+\]$'
    ), message AS MATERIALIZED (
        SELECT regexp_replace(m.path, '\.messages\[\d+\]$', '') AS stage, m.position,
            format('message %s, %s', m.body ->> 'template', CASE jsonb_typeof(m.body -> 'delivery') WHEN 'object' THEN 'by its due date'
                ELSE replace(COALESCE(m.body ->> 'delivery', 'manual'), '_', ' ') END) AS told
        FROM (SELECT c.path, c.position, jsonb_path_query_first($1, c.path::jsonpath) AS body FROM campaign.compiled_steps($1) c
              WHERE c.path ~ '\.stage\.messages\[\d+\]$') m
    ), way AS MATERIALIZED (
        SELECT w.position, w.way, w.target, t.kind IN ('end', 'goto') AND count(*) OVER (PARTITION BY w.target) > 1 AS shared,
            concat_ws(' · ', campaign.picture_label(s.kind, s.body, w.way),
                CASE WHEN s.kind = 'wait' THEN campaign.grouped(CASE w.way WHEN 1 THEN (s.n ->> 'timed_out')::numeric
                    -- a reply, or the goal, leaves by itself as what it would have come to
                    ELSE (s.n ->> 'passed')::numeric + CASE WHEN t.kind = 'end' AND t.name ~ '^success' THEN (s.n ->> 'success')::numeric ELSE 0 END END) END) AS label
        FROM campaign.compiled_ways($1) w
        JOIN step s ON s.position = w.position
        JOIN step t ON t.position = w.target
    ), box AS MATERIALIZED (
        SELECT b.*, row_number() OVER (ORDER BY b.position, b.origin, b.way) - 1 AS number,
            CASE WHEN b.origin IS NULL THEN format('s%s', b.position) ELSE format('s%s_%s_%s', b.position, b.origin, b.way) END AS id
        FROM (
            SELECT s.position, NULL::integer AS origin, NULL::integer AS way FROM step s
            WHERE NOT EXISTS (SELECT FROM way w WHERE w.target = s.position AND w.shared)
            UNION ALL
            SELECT w.target, w.position, w.way FROM way w WHERE w.shared
        ) b
    ), said AS (
        SELECT b.number, b.id,
            CASE s.kind WHEN 'delay' THEN 'timer' WHEN 'only_if' THEN 'choice' WHEN 'branch' THEN 'choice' WHEN 'split' THEN 'choice'
                WHEN 'goto' THEN 'jump' WHEN 'set' THEN 'note' WHEN 'enroll' THEN 'jump'
                WHEN 'end' THEN regexp_replace(s.name, '_\d+$', '') ELSE s.kind END AS shape,
            ARRAY(SELECT campaign.picture_line(l.line) FROM unnest(
                    CASE s.kind WHEN 'goto' THEN 'go on at ' || (s.body #>> '{}') WHEN 'end' THEN regexp_replace(s.name, '_\d+$', '')
                        ELSE COALESCE(s.content ->> CASE s.kind WHEN 'stage' THEN 'title' END, s.name) END
                    || campaign.picture_lines(s, s.body, ARRAY(SELECT m.told FROM message m WHERE m.stage = s.path ORDER BY m.position))
                    || CASE WHEN b.origin IS NULL AND s.n IS NOT NULL AND s.kind NOT IN ('end', 'goto') THEN
                        format('%s entered · %s here', campaign.grouped((s.n ->> 'entered')::numeric), campaign.grouped((s.n ->> 'now_here')::numeric)) END
                ) WITH ORDINALITY AS l (line, i)
                WHERE l.line ~ '\S' ORDER BY l.i) AS lines
        FROM box b JOIN step s ON s.position = b.position
    ), arrow AS (
        SELECT f.number AS start, t.number AS finish, min(w.way) AS way, NULLIF(string_agg(NULLIF(w.label, ''), ' or ' ORDER BY w.way), '') AS label
        FROM way w
        -- what goes on elsewhere may be drawn several times, and each time leads there
        JOIN box f ON f.position = w.position
        JOIN box t ON t.position = w.target AND (NOT w.shared OR (t.origin = w.position AND t.way = w.way))
        WHERE t.origin IS NULL OR (t.origin = w.position AND t.way = w.way)
        GROUP BY f.number, t.number
    )
    SELECT jsonb_build_object(
        'boxes', (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'shape', s.shape, 'lines', s.lines) ORDER BY s.number) FROM said s),
        'arrows', COALESCE((SELECT jsonb_agg(jsonb_build_object('start', a.start, 'finish', a.finish, 'label', campaign.picture_line(a.label))
            ORDER BY a.start, a.way) FROM arrow a), '[]'))
    INTO made;
    RETURN made;
END
$$;
COMMENT ON FUNCTION campaign.picture_of(jsonb, jsonb) IS
    'Internal. A definition as boxes and arrows, with what they say';

-- All but letters, digits, blanks, dots, commas and what is beyond ASCII by its number: no text can end the one that it
-- stands in, be taken for Markdown or HTML, or for a statement of the language.
CREATE FUNCTION campaign.mermaid_text(value text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN $1 = '' THEN '' ELSE pg_catalog.string_agg(
        CASE WHEN c.one ~ '[A-Za-z0-9 .,_]' OR pg_catalog.ascii(c.one) > 127 THEN c.one ELSE pg_catalog.format('#%s;', pg_catalog.ascii(c.one)) END,
        '' ORDER BY c.i) END
    FROM pg_catalog.regexp_split_to_table($1, '') WITH ORDINALITY AS c (one, i)
$$;
COMMENT ON FUNCTION campaign.mermaid_text(text) IS 'Internal. A text as it can stand between quotes in Mermaid';

CREATE FUNCTION campaign.picture_mermaid(picture jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH box AS (
        SELECT b.box, b.i - 1 AS number, b.box ->> 'id' AS id, b.box ->> 'shape' AS shape,
            (SELECT string_agg(campaign.mermaid_text(l.line), '<br/>' ORDER BY l.n) FROM jsonb_array_elements_text(b.box -> 'lines') WITH ORDINALITY AS l (line, n)) AS said
        FROM jsonb_array_elements($1 -> 'boxes') WITH ORDINALITY AS b (box, i)
    )
    SELECT concat_ws(E'\n', 'flowchart TD',
        (SELECT string_agg(format(CASE b.shape WHEN 'action' THEN '    %s["%s"]' WHEN 'wait' THEN '    %s("%s")' WHEN 'choice' THEN '    %s{{"%s"}}'
                WHEN 'stage' THEN '    %s[["%s"]]' WHEN 'note' THEN '    %s[/"%s"/]' ELSE '    %s(["%s"])' END, b.id, b.said), E'\n' ORDER BY b.number) FROM box b),
        (SELECT string_agg(format('    %s %s%s %s', f.id, CASE f.shape WHEN 'jump' THEN '-.->' ELSE '-->' END,
                '|"' || campaign.mermaid_text(a.arrow ->> 'label') || '"|', t.id), E'\n' ORDER BY a.i)
         FROM jsonb_array_elements($1 -> 'arrows') WITH ORDINALITY AS a (arrow, i)
         JOIN box f ON f.number = (a.arrow ->> 'start')::integer
         JOIN box t ON t.number = (a.arrow ->> 'finish')::integer),
        (SELECT string_agg(format(E'    classDef %s fill:%s,stroke:%s,color:#1c2733\n    class %s %s', c.shape, c.fill, c.edge, c.ids, c.shape), E'\n' ORDER BY c.shape)
         FROM (SELECT v.shape, v.fill, v.edge, string_agg(b.id, ',' ORDER BY b.number) AS ids
               FROM campaign.picture_colours() v JOIN box b ON b.shape = v.shape GROUP BY v.shape, v.fill, v.edge) c),
        '')
$$;
COMMENT ON FUNCTION campaign.picture_mermaid(jsonb) IS 'Internal. Boxes and arrows in the language of Mermaid';

CREATE FUNCTION campaign.dot_text(value text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.replace(pg_catalog.replace(pg_catalog.replace($1, '\', '\\'), '"', '\"'), '&', '&amp;')
$$;
COMMENT ON FUNCTION campaign.dot_text(text) IS 'Internal. A line as it can stand between quotes in a label of DOT';

CREATE FUNCTION campaign.picture_dot(picture jsonb, title text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH box AS (
        SELECT b.i - 1 AS number, b.box ->> 'id' AS id, b.box ->> 'shape' AS shape,
            (SELECT string_agg(campaign.dot_text(l.line), '\n' ORDER BY l.n) FROM jsonb_array_elements_text(b.box -> 'lines') WITH ORDINALITY AS l (line, n)) AS said
        FROM jsonb_array_elements($1 -> 'boxes') WITH ORDINALITY AS b (box, i)
    )
    SELECT concat_ws(E'\n', format('digraph "%s" {', campaign.dot_text($2)),
        '    graph [rankdir=TB, bgcolor="transparent"]; node [fontname="Helvetica", fontsize=11, style="rounded,filled", shape=box, fontcolor="#1c2733"]; edge [fontname="Helvetica", fontsize=10, color="#6f7c8b", fontcolor="#4d5a69"];',
        (SELECT string_agg(format('    %s [label="%s", fillcolor="%s", color="%s"%s];', b.id, b.said, v.fill, v.edge,
                CASE b.shape WHEN 'choice' THEN ', shape=hexagon, style=filled' WHEN 'stage' THEN ', peripheries=2' WHEN 'timer' THEN ', style="rounded,filled,dashed"' END),
            E'\n' ORDER BY b.number) FROM box b JOIN campaign.picture_colours() v ON v.shape = b.shape),
        (SELECT string_agg(format('    %s -> %s%s;', f.id, t.id, ' [' || NULLIF(concat_ws(', ', 'label="' || campaign.dot_text(a.arrow ->> 'label') || '"',
                CASE f.shape WHEN 'jump' THEN 'style=dashed, constraint=false' END), '') || ']'), E'\n' ORDER BY a.i)
         FROM jsonb_array_elements($1 -> 'arrows') WITH ORDINALITY AS a (arrow, i)
         JOIN box f ON f.number = (a.arrow ->> 'start')::integer
         JOIN box t ON t.number = (a.arrow ->> 'finish')::integer),
        '}', '')
$$;
COMMENT ON FUNCTION campaign.picture_dot(jsonb, text) IS 'Internal. Boxes and arrows in the language of Graphviz';

-- As src/core/picture_svg.c has them in the light.
CREATE FUNCTION campaign.picture_colours() RETURNS TABLE (shape text, fill text, edge text)
    LANGUAGE sql IMMUTABLE AS $$
    VALUES ('action', '#e8f0fe', '#2f66cf'), ('timer', '#f2f4f7', '#6f7c8b'), ('wait', '#fff4d9', '#a26507'), ('choice', '#f1ebfd', '#7446cc'),
        ('stage', '#def4f1', '#0c7a70'), ('note', '#f7f7f9', '#6f7c8b'), ('success', '#dff5e5', '#1b8244'), ('failure', '#fde8e8', '#c03535'),
        ('end', '#eceff3', '#6f7c8b'), ('jump', '#ffffff', '#6f7c8b')
$$;
COMMENT ON FUNCTION campaign.picture_colours() IS 'Internal. How boxes of each shape are coloured in languages whose programs do not know the dark';

-- The picture for those who do not see it: each box, and where it leads.
CREATE FUNCTION campaign.picture_told(picture jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(string_agg((SELECT string_agg(l.line, ', ' ORDER BY l.n) FROM jsonb_array_elements_text(b.box -> 'lines') WITH ORDINALITY AS l (line, n))
        || COALESCE((SELECT '; goes on to ' || string_agg(($1 -> 'boxes' -> (a.arrow ->> 'finish')::integer -> 'lines' ->> 0) || COALESCE(' (' || (a.arrow ->> 'label') || ')', ''), ', ' ORDER BY a.i)
                     FROM jsonb_array_elements($1 -> 'arrows') WITH ORDINALITY AS a (arrow, i) WHERE (a.arrow ->> 'start')::integer = b.i - 1), ''),
        '. ' ORDER BY b.i) || '.', '')
    FROM jsonb_array_elements($1 -> 'boxes') WITH ORDINALITY AS b (box, i)
    WHERE b.box ->> 'shape' NOT IN ('success', 'failure', 'end')
$$;
COMMENT ON FUNCTION campaign.picture_told(jsonb) IS 'Internal. What a picture shows, in words';

CREATE FUNCTION campaign.draw_picture(definition jsonb, counts jsonb, title text, format text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p jsonb;
BEGIN
    IF $4 IS NULL OR $4 NOT IN ('mermaid', 'dot', 'svg') THEN
        RAISE EXCEPTION 'unknown format %', COALESCE('"' || $4 || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A picture is a text that other programs show.',
                HINT = 'Formats are mermaid, dot and svg.';
    END IF;
    p := campaign.picture_of($1, $2);
    RETURN CASE $4
        WHEN 'mermaid' THEN campaign.picture_mermaid(p)
        WHEN 'dot' THEN campaign.picture_dot(p, campaign.picture_line($3))
        ELSE campaign.picture_svg(campaign.picture_line($3), campaign.picture_told(p),
            ARRAY(SELECT b.box ->> 'shape' FROM jsonb_array_elements(p -> 'boxes') WITH ORDINALITY AS b (box, i) ORDER BY b.i),
            ARRAY(SELECT (SELECT string_agg(l.line, E'\n' ORDER BY l.n) FROM jsonb_array_elements_text(b.box -> 'lines') WITH ORDINALITY AS l (line, n))
                  FROM jsonb_array_elements(p -> 'boxes') WITH ORDINALITY AS b (box, i) ORDER BY b.i),
            ARRAY(SELECT (a.arrow ->> 'start')::integer FROM jsonb_array_elements(p -> 'arrows') WITH ORDINALITY AS a (arrow, i) ORDER BY a.i),
            ARRAY(SELECT (a.arrow ->> 'finish')::integer FROM jsonb_array_elements(p -> 'arrows') WITH ORDINALITY AS a (arrow, i) ORDER BY a.i),
            ARRAY(SELECT a.arrow ->> 'label' FROM jsonb_array_elements(p -> 'arrows') WITH ORDINALITY AS a (arrow, i) ORDER BY a.i))
    END;
END
$$;
COMMENT ON FUNCTION campaign.draw_picture(jsonb, jsonb, text, text) IS
    'Internal. A definition as a picture in one of the formats; counts as for picture_of()';

CREATE FUNCTION campaign.sequence_diagram(sequence text, format text DEFAULT 'mermaid') RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    v_sequence campaign.sequence;
    v_definition jsonb;
BEGIN
    SELECT s.* INTO v_sequence FROM campaign.sequence s
    WHERE s.workspace_id = v_workspace AND s.name = sequence_diagram.sequence
    ORDER BY s.version DESC LIMIT 1;
    v_definition := COALESCE(v_sequence.definition,
        (SELECT t.definition FROM campaign.sequence_template t WHERE t.name = sequence_diagram.sequence));
    IF v_definition IS NULL THEN
        PERFORM campaign.refuse_sequence(v_workspace, sequence_diagram.sequence);
    END IF;
    RETURN campaign.draw_picture(v_definition, NULL, sequence_diagram.sequence, sequence_diagram.format);
END
$$;
COMMENT ON FUNCTION campaign.sequence_diagram(text, text) IS
    'The latest version of a sequence, or a template, as a picture: format mermaid, dot (Graphviz), or svg, which is an image in itself (B18)';

-- As the view step_funnel, of one campaign.
CREATE FUNCTION campaign.step_counts(c campaign.campaign) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(jsonb_object_agg(s.position, jsonb_build_object('now_here', COALESCE(h.now_here, 0),
        -- what nobody stands at is not entered
        'entered', CASE s.kind WHEN 'end' THEN COALESCE(t.success, 0) + COALESCE(t.failure, 0) + COALESCE(t.other, 0) ELSE GREATEST(t.entered, t.passed, 0) END,
        'executed', COALESCE(t.executed, 0), 'passed', COALESCE(t.passed, 0), 'timed_out', COALESCE(t.timed_out, 0),
        'success', COALESCE(t.success, 0), 'failure', COALESCE(t.failure, 0), 'other', COALESCE(t.other, 0))), '{}')
    FROM campaign.step s
    LEFT JOIN (
        SELECT k.step, sum(k.n) FILTER (WHERE k.kind = 'entered') AS entered, sum(k.n) FILTER (WHERE k.kind = 'executed') AS executed,
            sum(k.n) FILTER (WHERE k.kind = 'passed') AS passed, sum(k.n) FILTER (WHERE k.kind = 'timed_out') AS timed_out,
            sum(k.n) FILTER (WHERE k.kind = 'success') AS success, sum(k.n) FILTER (WHERE k.kind = 'failure') AS failure,
            sum(k.n) FILTER (WHERE k.kind IN ('end', 'error', 'removed', 'archived')) AS other
        FROM campaign.counted_total k
        WHERE k.workspace_id = $1.workspace_id AND k.campaign_id = $1.id
        GROUP BY k.step
    ) t ON t.step = s.position
    LEFT JOIN (
        SELECT e.step, count(*) AS now_here
        FROM campaign.enrollment e
        WHERE e.workspace_id = $1.workspace_id AND e.campaign_id = $1.id AND e.ended_at IS NULL AND e.status <> 'blocked'
        GROUP BY e.step
    ) h ON h.step = s.position
    WHERE s.workspace_id = $1.workspace_id AND s.campaign_id = $1.id
$$;
COMMENT ON FUNCTION campaign.step_counts(campaign.campaign) IS
    'Internal. How many runs have come to each step of a campaign, are there, and how they went on';

CREATE FUNCTION campaign.sequence_diagram(campaign bigint, format text DEFAULT 'mermaid') RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(v_workspace, $1);
BEGIN
    RETURN campaign.draw_picture(c.definition, campaign.step_counts(c), c.name, $2);
END
$$;
COMMENT ON FUNCTION campaign.sequence_diagram(bigint, text) IS
    'The steps of a campaign as a picture, with how many came to each, are there now, and went which way from a wait (B18)';
