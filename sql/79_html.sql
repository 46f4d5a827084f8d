-- What pages are built from. They are HTML that is also XML, so that a parser can tell whether anything that was
-- written into them has become more than text.

CREATE FUNCTION campaign.html_text(value text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
        pg_catalog.regexp_replace($1, '[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFE\uFFFF]', U&'\FFFD', 'g'),
        '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;')
$$;
COMMENT ON FUNCTION campaign.html_text(text) IS
    'Internal. A text as it can stand in an element or an attribute of HTML and of XML';

-- Names and what people wrote: their direction is their own.
CREATE FUNCTION campaign.html_name(value text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT '<bdi>' || campaign.html_text($1) || '</bdi>'
$$;
COMMENT ON FUNCTION campaign.html_name(text) IS 'Internal. A name within a sentence of another language';

CREATE FUNCTION campaign.html_time(at timestamptz, time_zone text) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.format('<time datetime="%s">%s</time>', pg_catalog.to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        pg_catalog.to_char($1 AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI'))
    WHERE pg_catalog.isfinite($1)
$$;
COMMENT ON FUNCTION campaign.html_time(timestamptz, text) IS 'Internal. An instant as the clocks of a time zone show it';

-- The word says what the colour does.
CREATE FUNCTION campaign.html_badge(word text, tone text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.format('<span class="badge %s">%s</span>', COALESCE($2, 'plain'), campaign.html_text($1)) WHERE $1 IS NOT NULL
$$;
COMMENT ON FUNCTION campaign.html_badge(text, text) IS 'Internal. A word that stands out: tone good, warn, bad or plain';

CREATE FUNCTION campaign.html_tone(word text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN $1 IN ('stopped', 'errors', 'error', 'fatal', 'red') THEN 'bad'
        WHEN $1 IN ('warnings', 'warning', 'paused', 'orange') THEN 'warn'
        WHEN $1 IN ('running', 'live', 'green') THEN 'good'
        ELSE 'plain'
    END
$$;
COMMENT ON FUNCTION campaign.html_tone(text) IS 'Internal. The tone in which a state, a health or a severity is said';

CREATE FUNCTION campaign.html_section(id text, title text, content text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.format(E'<section aria-labelledby="%1$s">\n<h2 id="%1$s">%2$s</h2>\n%3$s\n</section>\n', $1, campaign.html_text($2), $3) WHERE $3 <> ''
$$;
COMMENT ON FUNCTION campaign.html_section(text, text, text) IS 'Internal. A part of a page under its title; nothing without content';

-- A table that can be scrolled by itself where the screen is narrow, also with the keyboard. kinds has a letter for
-- each column: t text, n number, b a number with a bar, w text and m number left out where the screen is narrow. The first column names the
-- row. Cells are HTML; rows is an array of arrays of them, of which no more than most are shown.
CREATE FUNCTION campaign.html_table(id text, caption text, heads text[], kinds text, all_rows jsonb, most integer DEFAULT 100) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN COALESCE(jsonb_array_length($5), 0) = 0 THEN NULL ELSE
        format(E'<div class="scroll" role="region" aria-labelledby="%1$s" tabindex="0"><table>\n<caption id="%1$s">%2$s</caption>\n<thead><tr>%3$s</tr></thead>\n<tbody>\n%4$s</tbody>\n</table></div>%5$s',
            $1, campaign.html_text($2),
            (SELECT string_agg(format('<th scope="col" class="%s">%s</th>', substr($4, h.i::integer, 1), campaign.html_text(h.head)), '' ORDER BY h.i)
             FROM unnest($3) WITH ORDINALITY AS h (head, i)),
            (SELECT string_agg('<tr>' || (
                SELECT string_agg(CASE c.i WHEN 1 THEN format('<th scope="row" class="%s">%s</th>', substr($4, 1, 1), COALESCE(c.cell, ''))
                    ELSE format('<td class="%s">%s</td>', substr($4, c.i::integer, 1), COALESCE(c.cell, '–')) END, '' ORDER BY c.i)
                FROM jsonb_array_elements_text(r.cells) WITH ORDINALITY AS c (cell, i)) || E'</tr>\n', '' ORDER BY r.i)
             FROM jsonb_array_elements($5) WITH ORDINALITY AS r (cells, i) WHERE r.i <= $6),
            CASE WHEN jsonb_array_length($5) > $6 THEN format(E'\n<p class="note">The first %s of %s rows.</p>', $6, campaign.grouped(jsonb_array_length($5))) END)
    END
$$;
COMMENT ON FUNCTION campaign.html_table(text, text, text[], text, jsonb, integer) IS
    'Internal. A table with a caption, of cells that are HTML; NULL without rows';

-- A figure, and beside it, for eyes alone, a bar of how much of a whole that is.
CREATE FUNCTION campaign.html_measure(figure text, part numeric, whole numeric, tone text DEFAULT 'one') RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.format('<span class="figure">%s</span><span class="bar" aria-hidden="true"><span class="fill %s" style="width:%s%%"></span></span>',
        COALESCE(campaign.html_text($1), '–'), $4, CASE WHEN $3 > 0 THEN pg_catalog.round(LEAST(GREATEST(COALESCE($2, 0), 0) * 100.0 / $3, 100), 1) ELSE 0 END)
$$;
COMMENT ON FUNCTION campaign.html_measure(text, numeric, numeric, text) IS 'Internal. A figure with a bar';

-- Columns side by side, one for each element of columns: {label, up: [n, ...], down: [n, ...]}, those of down hanging below
-- the line. series are the names of up and then of down, in whose order the colours one, two and three go. What the
-- columns show stands in told, and below in a table that can be opened.
CREATE FUNCTION campaign.html_columns(told text, series text[], columns jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n integer := jsonb_array_length($3);
    top numeric;
    bottom numeric;
    bars text;
BEGIN
    SELECT GREATEST(max((SELECT sum(u::numeric) FROM jsonb_array_elements_text(c -> 'up') u)), 1),
        COALESCE(max((SELECT sum(d::numeric) FROM jsonb_array_elements_text(c -> 'down') d)), 0)
    INTO top, bottom FROM jsonb_array_elements($3) c;
    WITH part AS (
        SELECT c.i, c.col ->> 'label' AS label, s.k, s.down, s.value,
            sum(s.value) OVER (PARTITION BY c.i, s.down ORDER BY s.k) - s.value AS before
        FROM jsonb_array_elements($3) WITH ORDINALITY AS c (col, i)
        CROSS JOIN LATERAL (
            SELECT u.k, false AS down, u.value::numeric FROM jsonb_array_elements_text(c.col -> 'up') WITH ORDINALITY AS u (value, k)
            UNION ALL
            SELECT jsonb_array_length(c.col -> 'up') + d.k, true, d.value::numeric FROM jsonb_array_elements_text(c.col -> 'down') WITH ORDINALITY AS d (value, k)
        ) s
    )
    SELECT string_agg(g.drawn, '' ORDER BY g.i) INTO bars
    FROM (
        SELECT p.i, format('<g><title>%s: %s</title><rect class="hit" x="%s" y="0" width="10" height="%s"/>%s</g>', campaign.html_text(p.label),
            string_agg(format('%s %s', campaign.grouped(p.value), $2[p.k]), ', ' ORDER BY p.k), (p.i - 1) * 10, round((top + bottom) * 100 / top, 2),
            string_agg(CASE WHEN p.value > 0 THEN format('<rect class="s%s" x="%s" y="%s" width="7.6" height="%s"/>', p.k, (p.i - 1) * 10 + 1.2,
                round(CASE WHEN p.down THEN (top + p.before) * 100 / top ELSE (top - p.before - p.value) * 100 / top END, 2), round(p.value * 100 / top, 2)) END, '' ORDER BY p.k)) AS drawn
        FROM part p GROUP BY p.i, p.label
    ) g;
    RETURN format(E'<figure class="chart" style="max-width:%srem"><figcaption>%s</figcaption>\n<div class="plot"><span class="most" aria-hidden="true">%s</span>'
        '<svg role="img" aria-label="%s" viewBox="0 0 %s %s" preserveAspectRatio="none">%s<line x1="0" x2="%s" y1="100" y2="100"/></svg></div>\n'
        '<div class="days" aria-hidden="true"><span>%s</span><span>%s</span><span>%s</span></div></figure>',
        n * 4, (SELECT string_agg(format('<span class="key"><i class="s%s"></i>%s</span>', s.k, campaign.html_text(s.name)), ' ' ORDER BY s.k) FROM unnest($2) WITH ORDINALITY AS s (name, k)),
        campaign.grouped(top), campaign.html_text($1), n * 10, round((top + bottom) * 100 / top, 2), bars, n * 10,
        campaign.html_text($3 -> 0 ->> 'label'), CASE WHEN n > 2 THEN campaign.html_text($3 -> ((n - 1) / 2) ->> 'label') END,
        CASE WHEN n > 1 THEN campaign.html_text($3 -> (n - 1) ->> 'label') END);
END
$$;
COMMENT ON FUNCTION campaign.html_columns(text, text[], jsonb) IS
    'Internal. A chart of columns, with what it shows in words';

CREATE FUNCTION campaign.html_details(summary text, content text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.format(E'\n<details><summary>%s</summary>\n%s</details>', campaign.html_text($1), $2) WHERE $2 IS NOT NULL
$$;
COMMENT ON FUNCTION campaign.html_details(text, text) IS 'Internal. What is shown when it is asked for';

CREATE FUNCTION campaign.html_style() RETURNS text
    LANGUAGE sql IMMUTABLE AS $style$
    SELECT $css$
:root{color-scheme:light dark;
--bg:#f4f6f9;--card:#ffffff;--ink:#18212d;--soft:#4b5766;--line:#d5dbe3;--edge:#6f7c8b;--accent:#2355bd;--track:#e4e9f0;
--good:#0f6a34;--good-weak:#dcf2e3;--warn:#7a4a00;--warn-weak:#fcefcf;--bad:#a3211b;--bad-weak:#fbe3e1;--plain:#3f4b59;--plain-weak:#e7ebf0;
--one:#3a6fd8;--two:#0c7f74;--three:#a86a0a;--four:#b4332b}
@media (prefers-color-scheme:dark){:root{
--bg:#0e1319;--card:#161c24;--ink:#e8edf3;--soft:#b3bfcc;--line:#2b3541;--edge:#8593a3;--accent:#93b8ff;--track:#2a3440;
--good:#7bd69d;--good-weak:#15331f;--warn:#f0c06a;--warn-weak:#3a2b0e;--bad:#ffa39b;--bad-weak:#431f1e;--plain:#c5cfda;--plain-weak:#28313c;
--one:#6f9ef5;--two:#3fb8a9;--three:#dba23a;--four:#f08078}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
.skip{position:absolute;left:-999px;top:0;background:var(--card);color:var(--accent);padding:.6rem 1rem;z-index:2}
.skip:focus{left:.5rem}
header,main,footer{max-width:70rem;margin:0 auto;padding:0 1rem}
header{padding-top:2rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .4rem;letter-spacing:-.01em}
h2{font-size:1.1rem;line-height:1.3;margin:0 0 .8rem}
h3{font-size:1rem;margin:1.2rem 0 .4rem}
p{margin:.4rem 0}
.lead{color:var(--soft);margin:0}
.badges{display:flex;flex-wrap:wrap;gap:.4rem;margin:0 0 .5rem}
.badge{display:inline-block;padding:.05rem .6rem;border-radius:1rem;font-size:.85rem;font-weight:600;white-space:nowrap}
.good{color:var(--good);background:var(--good-weak)}.warn{color:var(--warn);background:var(--warn-weak)}
.bad{color:var(--bad);background:var(--bad-weak)}.plain{color:var(--plain);background:var(--plain-weak)}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;margin:1rem 0 0;padding:0;font-size:.95rem}
a{color:var(--accent);text-underline-offset:.2em}
section{background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:1.1rem 1.2rem;margin:1rem 0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.6rem 1rem;margin:0}
.figures div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
.figures dt{color:var(--soft);font-size:.9rem}
.figures dd{margin:0;font-size:1.6rem;font-weight:650;line-height:1.2;font-variant-numeric:tabular-nums}
.figures small{font-size:.95rem;font-weight:500;color:var(--soft)}
.causes{list-style:none;margin:0;padding:0}
.causes li{padding:.7rem 0;border-top:1px solid var(--line)}
.causes li:first-child{border-top:0;padding-top:0}
.causes p{margin:.25rem 0}
code{font:.875em/1.5 ui-monospace,"Cascadia Mono","DejaVu Sans Mono",Consolas,monospace;background:var(--plain-weak);color:var(--ink);border-radius:.3rem;padding:.1rem .35rem}
pre{margin:.3rem 0;white-space:pre-wrap}pre code{display:block;padding:.5rem .7rem}
.scroll{overflow-x:auto;margin:0 -.2rem;padding:.2rem}
table{border-collapse:collapse;width:100%;font-size:.94rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:.9rem;padding:0 0 .4rem}
th,td{padding:.4rem .6rem;text-align:left;vertical-align:middle;border-top:1px solid var(--line);overflow-wrap:normal}
thead th{border-top:0;border-bottom:1px solid var(--edge);color:var(--soft);font-weight:600;font-size:.85rem;vertical-align:bottom}
tbody tr:first-child th,tbody tr:first-child td{border-top:0}
tbody th{font-weight:600;min-width:8rem}tbody th bdi{overflow-wrap:anywhere}thead .w{white-space:nowrap}
th small,td small{display:block;color:var(--soft);font-weight:400;font-size:.85rem}
.n,.m{text-align:right;white-space:nowrap}
.b{white-space:nowrap}.figure{display:inline-block;min-width:3.6rem;text-align:right;margin-right:.6rem}
.bar{display:inline-block;vertical-align:middle;width:clamp(4rem,16vw,11rem);height:.7rem;border-radius:.35rem;background:var(--track);overflow:hidden}
.fill{display:block;height:100%;background:var(--one)}.fill.two{background:var(--two)}.fill.three{background:var(--three)}.fill.four{background:var(--four)}
.chart{margin:0 0 .3rem}
figcaption{display:flex;flex-wrap:wrap;gap:.2rem 1rem;color:var(--soft);font-size:.9rem;margin:0 0 .5rem}
.key i{display:inline-block;width:.75em;height:.75em;border-radius:.15em;margin-right:.4em}
.plot{position:relative;border-top:1px dashed var(--line)}
.plot svg{display:block;width:100%;height:11rem}
.most{position:absolute;top:.1rem;left:0;font-size:.8rem;color:var(--soft);background:var(--card);padding:0 .25rem 0 0;border-radius:.2rem}
.plot line{stroke:var(--edge);stroke-width:1;vector-effect:non-scaling-stroke}
.s1{fill:var(--one);background:var(--one)}.s2{fill:var(--two);background:var(--two)}.s3{fill:var(--three);background:var(--three)}
.hit{fill:transparent}g:hover>.hit{fill:var(--track)}
.days{display:flex;justify-content:space-between;color:var(--soft);font-size:.85rem;font-variant-numeric:tabular-nums}
details{margin-top:.6rem}summary{cursor:pointer;color:var(--accent);width:fit-content}
details[open] summary{margin-bottom:.5rem}
.note{color:var(--soft);font-size:.92rem}
.picture{overflow-x:auto;text-align:center}
.picture svg{height:auto;max-width:none}
footer{color:var(--soft);font-size:.9rem;padding-bottom:2.5rem;padding-top:.4rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.2rem}
@media (max-width:42rem){.w,.m{display:none}section{border-radius:0;border-left:0;border-right:0;margin:1rem -1rem}
header{padding-top:1.2rem}h1{font-size:1.45rem}th,td{padding:.4rem .4rem}.figures{grid-template-columns:repeat(2,1fr)}}
@media print{body{background:none}section{break-inside:avoid}nav,.skip{display:none}.scroll,.picture{overflow:visible}}
$css$
$style$;
COMMENT ON FUNCTION campaign.html_style() IS 'Internal. How pages look, in the light, in the dark, on a phone and on paper';

-- No script is allowed at all, and nothing is fetched.
CREATE FUNCTION campaign.html_page(title text, header text, content text, footer text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(E'<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="en">\n<head>\n<meta charset="UTF-8"/>\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''; img-src data:; base-uri ''none''; form-action ''none''"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n<meta name="color-scheme" content="light dark"/>\n<meta name="referrer" content="no-referrer"/>\n'
        '<title>%s</title>\n<link rel="icon" href="data:,"/>\n<style>%s</style>\n</head>\n<body>\n<a class="skip" href="#content">To the content</a>\n'
        '<header>\n%s</header>\n<main id="content" tabindex="-1">\n%s</main>\n<footer>%s</footer>\n</body>\n</html>\n',
        campaign.html_text($1), campaign.html_style(), $2, $3, $4)
$$;
COMMENT ON FUNCTION campaign.html_page(text, text, text, text) IS 'Internal. A page that stands by itself; all but the title is HTML';
