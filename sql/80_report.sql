-- Reports as pages (B18): of a campaign, and of a workspace. All numbers are those of the views. A part that has nothing
-- to say is left out; what would take long for a page is left out too, and the page says where to get it.

-- Days up to today for which the charts show what was done, and how far ahead they look.
CREATE FUNCTION campaign.report_days() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 30';
COMMENT ON FUNCTION campaign.report_days() IS 'Internal. How many days a chart of a report has';

-- Whom a page lives through in memory. Beyond this the call would take longer than somebody waits for a page.
CREATE FUNCTION campaign.report_most_forecast() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 20000';
COMMENT ON FUNCTION campaign.report_most_forecast() IS 'Internal. Of campaigns with more people inside a report has no forecast';

CREATE FUNCTION campaign.report_figures(figures jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT E'<dl class="figures">\n' || string_agg(format(E'<div><dt>%s</dt><dd>%s%s</dd></div>\n', campaign.html_text(f.value ->> 0), campaign.html_text(f.value ->> 1),
        COALESCE(' <small>' || campaign.html_text(f.value ->> 2) || '</small>', '')), '' ORDER BY f.i) || '</dl>'
    FROM jsonb_array_elements($1) WITH ORDINALITY AS f (value, i)
$$;
COMMENT ON FUNCTION campaign.report_figures(jsonb) IS 'Internal. The figures that come first: [[what, number, beside it], ...]';

CREATE FUNCTION campaign.share_of(part numeric, whole numeric) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.format('%s %%', pg_catalog.round($1 * 100 / NULLIF($2, 0), 1)) WHERE $2 > 0
$$;
COMMENT ON FUNCTION campaign.share_of(numeric, numeric) IS 'Internal. How many of a hundred';

-- details as in the view health; who: in whose name, NULL where the page is about one campaign.
CREATE FUNCTION campaign.report_causes(details jsonb, who text, time_zone text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(format(E'<li>%s <strong>%s</strong>%s\n<p>%s</p>%s</li>\n', campaign.html_badge(d.value ->> 'severity', campaign.html_tone(d.value ->> 'severity')),
            campaign.html_text(replace(d.value ->> 'code', '_', ' ')),
            COALESCE(' in ' || campaign.html_name($2), '') || COALESCE(' <span class="note">since ' || campaign.html_time((d.value ->> 'since')::timestamptz, $3) || '</span>', ''),
            campaign.html_name(d.value ->> 'message'),
            COALESCE(E'\n<p class="note">What helps:</p><pre><code>' || campaign.html_text(d.value ->> 'remedy') || '</code></pre>', '')), '' ORDER BY d.i)
    FROM jsonb_array_elements($1) WITH ORDINALITY AS d (value, i)
$$;
COMMENT ON FUNCTION campaign.report_causes(jsonb, text, text) IS 'Internal. What is wrong, since when, and what helps, as elements of a list';

CREATE FUNCTION campaign.span_told(span interval) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN s < 60 THEN pg_catalog.format('%s s', s) WHEN s < 5400 THEN pg_catalog.format('%s min', pg_catalog.round(s / 60))
        WHEN s < 172800 THEN pg_catalog.format('%s h', pg_catalog.round(s / 3600)) ELSE pg_catalog.format('%s days', pg_catalog.round(s / 86400)) END
    FROM (SELECT pg_catalog.round(EXTRACT(epoch FROM $1)) AS s) x WHERE s IS NOT NULL
$$;
COMMENT ON FUNCTION campaign.span_told(interval) IS 'Internal. About how long';

CREATE FUNCTION campaign.report_funnel(c campaign.campaign, counts jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH step AS (
        SELECT s.position, s.name, COALESCE(s.action_kind, s.kind) AS kind, (n.entered)::numeric AS entered, n.now_here, n.executed, n.passed, n.timed_out, n.success,
            n.failure, n.other, f.median_wait AS waited, GREATEST(max(n.entered) OVER (), 1) AS most
        FROM campaign.step s
        CROSS JOIN LATERAL jsonb_to_record($2 -> s.position::text)
            AS n (entered bigint, now_here bigint, executed bigint, passed bigint, timed_out bigint, success bigint, failure bigint, other bigint)
        LEFT JOIN campaign.step_funnel f ON f.campaign_id = s.campaign_id AND f.position = s.position
        WHERE s.workspace_id = $1.workspace_id AND s.campaign_id = $1.id
          -- an end is where runs leave from others; what nobody can come to is beside the way
          AND s.path !~ '\.stage\.messages\[\d+\]$'
    )
    SELECT campaign.html_table('funnel-table', 'How many runs have come to each step, stand there now, and how they went on',
        '{Step,Reached,Here now,Sent,Went on,Timed out,Success,Other ends,Median stay}', 'tbnmmmmmw',
        jsonb_agg(jsonb_build_array(
            campaign.html_name(s.name) || CASE WHEN s.kind <> s.name THEN '<small>' || campaign.html_text(replace(s.kind, '_', ' ')) || '</small>' ELSE '' END,
            campaign.html_measure(campaign.grouped(s.entered), s.entered, s.most), campaign.grouped(s.now_here), NULLIF(campaign.grouped(s.executed), '0'),
            NULLIF(campaign.grouped(s.passed), '0'), NULLIF(campaign.grouped(s.timed_out), '0'), NULLIF(campaign.grouped(s.success), '0'),
            NULLIF(campaign.grouped(s.failure + s.other), '0'), campaign.span_told(s.waited)) ORDER BY s.position), 200)
    FROM step s
$$;
COMMENT ON FUNCTION campaign.report_funnel(campaign.campaign, jsonb) IS 'Internal. The steps of a campaign with their counts, as step_counts() has them';

-- ids: of the campaigns that are meant.
CREATE FUNCTION campaign.report_daily(workspace bigint, ids bigint[], today date) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    days jsonb;
    told text;
BEGIN
    WITH counted AS (
        SELECT k.day, sum(k.n) FILTER (WHERE k.kind = 'executed') AS sent, sum(k.n) FILTER (WHERE k.kind = 'accepted') AS accepted,
            sum(k.n) FILTER (WHERE k.kind = 'replied') AS replied
        FROM campaign.counted k
        WHERE k.workspace_id = $1 AND k.campaign_id = ANY ($2) AND k.kind IN ('executed', 'accepted', 'replied')
          AND k.day > $3 - campaign.report_days() AND k.day <= $3
        GROUP BY k.day
    ), day AS (
        SELECT d.day::date AS day, COALESCE(c.sent, 0) AS sent, COALESCE(c.accepted, 0) AS accepted, COALESCE(c.replied, 0) AS replied
        FROM generate_series($3 - campaign.report_days() + 1, $3, interval '1 day') AS d (day)
        LEFT JOIN counted c ON c.day = d.day::date
    )
    SELECT jsonb_agg(jsonb_build_object('label', d.day, 'up', jsonb_build_array(d.sent), 'down', jsonb_build_array(d.accepted, d.replied)) ORDER BY d.day),
        format('From %s to %s: %s sent, %s accepted, %s replied; most on one day: %s sent', min(d.day), max(d.day), campaign.grouped(sum(d.sent)),
            campaign.grouped(sum(d.accepted)), campaign.grouped(sum(d.replied)), campaign.grouped(max(d.sent)))
    INTO days, told FROM day d HAVING sum(d.sent + d.accepted + d.replied) > 0;
    RETURN COALESCE(campaign.html_columns(told, '{sent,accepted,replied}', days)
        || format('<p class="note">%s.</p>', campaign.html_text(told))
        || campaign.html_details('The figures of each day', campaign.html_table('daily-table', 'What happened on each local day', '{Day,Sent,Accepted,Replied}', 'tnnn',
            (SELECT jsonb_agg(jsonb_build_array(d ->> 'label', campaign.grouped((d #>> '{up,0}')::numeric), campaign.grouped((d #>> '{down,0}')::numeric),
                campaign.grouped((d #>> '{down,1}')::numeric)) ORDER BY d ->> 'label' DESC) FROM jsonb_array_elements(days) d))),
        format('<p class="note">Nothing was sent, and nobody answered, in the last %s days.</p>', campaign.report_days()));
END
$$;
COMMENT ON FUNCTION campaign.report_daily(bigint, bigint[], date) IS 'Internal. What was sent and came back on each of the last days, as a chart';

CREATE FUNCTION campaign.report_quotas(accounts bigint[], time_zone text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.html_table('quota-table', 'What accounts have used of their limits in the present window',
        '{Account,Of what,Used,Waiting,Window ends}', 'ttbmw',
        jsonb_agg(jsonb_build_array(campaign.html_name(q.account), campaign.html_text(concat_ws(' ', replace(COALESCE(q.action_kind, 'all actions'), '_', ' '), 'a', q.period)),
            campaign.html_measure(format('%s of %s', campaign.grouped(q.used), campaign.grouped(q.max_actions)), q.used, q.max_actions, CASE WHEN q.used >= q.max_actions THEN 'four' ELSE 'two' END),
            NULLIF(campaign.grouped(q.deferred), '0'), campaign.html_time(q.window_end, $2))
            ORDER BY q.used::numeric / NULLIF(q.max_actions, 0) DESC NULLS FIRST, q.account, q.action_kind, q.period), 20)
    FROM campaign.quota_usage q
    WHERE q.account_id = ANY ($1)
$$;
COMMENT ON FUNCTION campaign.report_quotas(bigint[], text) IS 'Internal. How much of their quotas accounts have used, the fullest first';

CREATE FUNCTION campaign.report_forecast(c campaign.campaign, inside bigint) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rows jsonb;
    days jsonb;
    through timestamptz;
    total numeric;
    told text;
BEGIN
    IF c.state IN ('closed', 'archived') AND $2 = 0 THEN
        RETURN '';
    ELSIF $2 > campaign.report_most_forecast() THEN
        RETURN format('<p class="note">With %s people inside it takes a while: <code>SELECT * FROM campaign.forecast(%s)</code></p>', campaign.grouped($2), c.id);
    END IF;
    SELECT jsonb_agg(to_jsonb(f) ORDER BY f.day), max(f.through_at) INTO rows, through FROM campaign.forecast(c.id) f;
    IF rows IS NULL THEN
        RETURN '<p class="note">Nothing is to come, as things stand.</p>';
    END IF;
    total := (SELECT sum((r ->> 'sent')::numeric) FROM jsonb_array_elements(rows) r);
    -- days on which nothing happens are not in it
    SELECT jsonb_agg(jsonb_build_object('label', d.day::date, 'up', jsonb_build_array(COALESCE(r.value ->> 'sent', '0')::numeric),
            'down', '[]'::jsonb) ORDER BY d.day) INTO days
    FROM generate_series((rows #>> '{0,day}')::timestamp, LEAST((rows #>> '{-1,day}')::timestamp, (rows #>> '{0,day}')::timestamp + interval '59 days'), interval '1 day') AS d (day)
    LEFT JOIN jsonb_array_elements(rows) AS r ON (r.value ->> 'day')::date = d.day::date;
    told := format('From %s on %s will be sent', rows #>> '{0,day}', campaign.grouped(total))
        || CASE WHEN through IS NULL THEN '; not all of those inside will be through within a year'
            ELSE format('; the last of those inside will be through on %s', (through AT TIME ZONE c.time_zone)::date) END;
    RETURN format('<p>%s, if people answer as they did so far.</p>', campaign.html_text(told))
        || CASE WHEN total > 0 THEN campaign.html_columns(told, '{to be sent}', days) ELSE '' END
        || COALESCE(campaign.html_details('The figures of each day', campaign.html_table('forecast-table', 'What will happen on each local day',
            '{Day,To be sent,Ended,Still inside}', 'tnnn',
            (SELECT jsonb_agg(jsonb_build_array(r ->> 'day', campaign.grouped((r ->> 'sent')::numeric), campaign.grouped((r ->> 'ended')::numeric),
                campaign.grouped((r ->> 'inside')::numeric)) ORDER BY r ->> 'day') FROM jsonb_array_elements(rows) r))), '');
EXCEPTION WHEN OTHERS THEN
    -- the rest of the page is there all the same
    RETURN format('<p class="note">It cannot be told at present: %s</p>', campaign.html_name(SQLERRM));
END
$$;
COMMENT ON FUNCTION campaign.report_forecast(campaign.campaign, bigint) IS 'Internal. What a campaign will do on each day, and when it will be through';

CREATE FUNCTION campaign.report_ways(c campaign.campaign) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.html_table('ways-table', 'What became of those who went each way', '{Step,Way,Share,Went,Success,Replied}', 'ttmnbm',
        jsonb_agg(jsonb_build_array(campaign.html_name(o.step), o.way::text, o.percent || ' %', campaign.grouped(o.entered),
            campaign.html_measure(campaign.share_of(o.success, o.entered), o.success, o.entered, 'two'), campaign.grouped(o.replied)) ORDER BY o.position, o.way))
    FROM campaign.split_outcomes o
    WHERE o.campaign_id = $1.id
$$;
COMMENT ON FUNCTION campaign.report_ways(campaign.campaign) IS 'Internal. The ways of the splits of a campaign, compared';

CREATE FUNCTION campaign.report_footer(time_zone text) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.format('<p>As of %s, %s. Made by campaign %s. Times are of that zone.</p>', campaign.html_time(campaign.clock(), $1), campaign.html_text($1),
        campaign.html_text(campaign.library_version()))
$$;
COMMENT ON FUNCTION campaign.report_footer(text) IS 'Internal. When a page was made';

-- title and content of the parts of a page, of which those without content are left out, with the way to each of them.
CREATE FUNCTION campaign.report_parts(parts jsonb, OUT ways text, OUT content text) LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT '<nav aria-label="On this page"><ul>' || string_agg(format('<li><a href="#%s">%s</a></li>', p.part ->> 'id', campaign.html_text(p.part ->> 'title')), '' ORDER BY p.i) || E'</ul></nav>\n',
        string_agg(campaign.html_section(p.part ->> 'id', p.part ->> 'title', p.part ->> 'content'), '' ORDER BY p.i)
    FROM jsonb_array_elements($1) WITH ORDINALITY AS p (part, i)
    WHERE p.part ->> 'content' <> ''
$$;
COMMENT ON FUNCTION campaign.report_parts(jsonb) IS 'Internal. The sections of a page: [{id, title, content}]';

CREATE FUNCTION campaign.report_html(campaign bigint) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' SET jit = off AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(v_workspace, $1);
    t campaign.campaign_tally;
    h campaign.campaign_health;
    v_counts jsonb := campaign.step_counts(c);
    v_accounts bigint[] := ARRAY(SELECT a.account_id FROM campaign.campaign_account a WHERE a.workspace_id = v_workspace AND a.campaign_id = c.id);
    v_parts record;
BEGIN
    SELECT * INTO t FROM campaign.campaign_tally x WHERE x.workspace_id = v_workspace AND x.campaign_id = c.id;
    SELECT * INTO h FROM campaign.campaign_health x WHERE x.workspace_id = v_workspace AND x.campaign_id = c.id;
    SELECT * INTO v_parts FROM campaign.report_parts(jsonb_build_array(
        jsonb_build_object('id', 'figures', 'title', 'Where it stands', 'content', campaign.report_figures(jsonb_build_array(
            jsonb_build_array('enrolled', campaign.grouped(COALESCE(t.enrolled, 0))), jsonb_build_array('inside', campaign.grouped(COALESCE(t.inside, 0))),
            jsonb_build_array('replied', campaign.grouped(COALESCE(t.replied, 0)), campaign.share_of(t.replied, t.enrolled)),
            jsonb_build_array('success', campaign.grouped(COALESCE(t.success, 0)), campaign.share_of(t.success, t.enrolled)),
            jsonb_build_array('invitations', campaign.grouped(COALESCE(t.sent, 0))),
            jsonb_build_array('accepted', campaign.grouped(COALESCE(t.accepted, 0)), campaign.share_of(t.accepted, t.sent))) ||
            CASE WHEN h.planned > 0 THEN jsonb_build_array(jsonb_build_array('sent today', campaign.grouped(h.executed), format('of %s', campaign.grouped(h.planned)))) ELSE '[]' END)),
        jsonb_build_object('id', 'health', 'title', 'Health', 'content', CASE
            WHEN h.health IS NULL THEN format('<p>The campaign is %s: only live ones have a health.</p>', c.state)
            ELSE COALESCE('<ul class="causes">' || campaign.report_causes(h.details, NULL, c.time_zone) || '</ul>', '<p>Nothing is wrong, as far as can be seen.</p>') END),
        jsonb_build_object('id', 'funnel', 'title', 'Steps', 'content', campaign.report_funnel(c, v_counts)),
        jsonb_build_object('id', 'daily', 'title', 'Day by day', 'content', campaign.report_daily(v_workspace, ARRAY[c.id], (campaign.clock() AT TIME ZONE c.time_zone)::date)),
        jsonb_build_object('id', 'ways', 'title', 'Ways compared', 'content', campaign.report_ways(c)),
        jsonb_build_object('id', 'quotas', 'title', 'Limits', 'content', campaign.report_quotas(v_accounts, c.time_zone)),
        jsonb_build_object('id', 'forecast', 'title', 'Forecast', 'content', campaign.report_forecast(c, COALESCE(t.inside, 0))),
        jsonb_build_object('id', 'picture', 'title', 'The sequence', 'content', format(E'<div class="picture" role="region" aria-labelledby="picture" tabindex="0">%s</div>',
            campaign.draw_picture(c.definition, v_counts, c.name, 'svg')))));
    RETURN campaign.html_page(c.name,
        format(E'<div class="badges">%s%s</div>\n<h1>%s</h1>\n<p class="lead">%s</p>\n%s', campaign.html_badge(c.state, campaign.html_tone(c.state)),
            campaign.html_badge(h.health, campaign.html_tone(h.health)), campaign.html_name(c.name),
            (SELECT concat_ws(' · ', 'Campaign of ' || campaign.html_name(m.name), 'program ' || campaign.html_name(c.program),
                    'launched ' || campaign.html_time(c.launched_at, c.time_zone), campaign.html_name(c.description))
             FROM campaign.member m WHERE m.workspace_id = v_workspace AND m.id = c.owner_id), v_parts.ways),
        v_parts.content, campaign.report_footer(c.time_zone));
END
$$;
COMMENT ON FUNCTION campaign.report_html(bigint) IS
    'A campaign as a page that stands by itself: figures, health with causes, steps, days, limits, forecast and the picture of its sequence; nothing in it is fetched or runs (B18)';

-- Of each campaign that is not archived, what the page of a workspace says of it.
CREATE FUNCTION campaign.report_campaigns(workspace bigint)
    RETURNS TABLE (id bigint, name text, program text, owner text, state text, health text, details jsonb, planned bigint, executed bigint,
        enrolled bigint, inside bigint, replied bigint, success bigint, sent bigint, accepted bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.id, c.name, c.program, m.name, c.state, h.health, h.details, h.planned, h.executed, COALESCE(t.enrolled, 0), COALESCE(t.inside, 0),
        COALESCE(t.replied, 0), COALESCE(t.success, 0), COALESCE(t.sent, 0), COALESCE(t.accepted, 0)
    FROM campaign.campaign c
    JOIN campaign.member m ON m.workspace_id = c.workspace_id AND m.id = c.owner_id
    LEFT JOIN campaign.campaign_health h ON h.workspace_id = c.workspace_id AND h.campaign_id = c.id
    LEFT JOIN campaign.campaign_tally t ON t.workspace_id = c.workspace_id AND t.campaign_id = c.id
    WHERE c.workspace_id = $1 AND c.state <> 'archived'
$$;
COMMENT ON FUNCTION campaign.report_campaigns(bigint) IS 'Internal. The campaigns of a workspace, with their health and their counts';

CREATE FUNCTION campaign.report_list(campaigns jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.html_table('campaigns-table', 'Campaigns that are not archived, the live ones first',
        '{Campaign,State,Health,Enrolled,Inside,Replied,Success,Today}', 'tttnmmnm',
        jsonb_agg(jsonb_build_array(
            campaign.html_name(c.name) || COALESCE('<small>' || NULLIF(concat_ws(' · ', campaign.html_name(c.program), campaign.html_name(c.owner)), '') || '</small>', ''),
            campaign.html_badge(c.state, campaign.html_tone(c.state)), campaign.html_badge(c.health, campaign.html_tone(c.health)),
            campaign.grouped(c.enrolled), campaign.grouped(c.inside), campaign.grouped(c.replied), campaign.grouped(c.success),
            CASE WHEN c.planned > 0 THEN format('%s of %s', campaign.grouped(c.executed), campaign.grouped(c.planned)) END)
            ORDER BY array_position('{live,paused,draft,closed}'::text[], c.state), c.enrolled DESC, c.name, c.id))
    FROM jsonb_to_recordset($1) AS c (id bigint, name text, program text, owner text, state text, health text, planned bigint, executed bigint,
        enrolled bigint, inside bigint, replied bigint, success bigint)
$$;
COMMENT ON FUNCTION campaign.report_list(jsonb) IS 'Internal. The campaigns of a workspace as a table';

CREATE FUNCTION campaign.report_best(campaigns jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.html_table('best-table', 'Campaigns whose invitations are accepted most; 40 % is good', '{Campaign,Accepted,Invitations,Replied}', 'tbnm',
        jsonb_agg(jsonb_build_array(campaign.html_name(b.name),
            campaign.html_measure(campaign.share_of(b.accepted, b.sent), b.accepted, b.sent, CASE WHEN b.accepted::numeric / b.sent >= 0.40 THEN 'two' ELSE 'three' END),
            campaign.grouped(b.sent), campaign.grouped(b.replied)) ORDER BY b.accepted::numeric / b.sent DESC, b.sent DESC, b.id), 10)
    FROM jsonb_to_recordset($1) AS b (id bigint, name text, sent bigint, accepted bigint, replied bigint)
    WHERE b.sent > 0
$$;
COMMENT ON FUNCTION campaign.report_best(jsonb) IS 'Internal. The campaigns with the best answers to invitations, as top_network_growth has them';

-- Who came how far, of all who were enrolled.
CREATE FUNCTION campaign.report_reach(campaigns jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT campaign.html_table('reach-table', 'How far runs have come in all campaigns', '{Runs,How many,Of those enrolled}', 'tbn',
        jsonb_agg(jsonb_build_array(r.word, campaign.html_measure(campaign.grouped(r.n), r.n, s.enrolled, r.tone), campaign.share_of(r.n, s.enrolled)) ORDER BY r.i))
    FROM (
        SELECT sum(c.enrolled) AS enrolled, sum(c.sent) AS sent, sum(c.accepted) AS accepted, sum(c.replied) AS replied, sum(c.success) AS success
        FROM jsonb_to_recordset($1) AS c (enrolled numeric, sent numeric, accepted numeric, replied numeric, success numeric)
    ) s
    CROSS JOIN LATERAL (VALUES (1, 'enrolled', s.enrolled, 'one'), (2, 'invited', s.sent, 'one'), (3, 'accepted', s.accepted, 'two'), (4, 'replied', s.replied, 'three'),
        (5, 'success', s.success, 'two')) AS r (i, word, n, tone)
    WHERE s.enrolled > 0
$$;
COMMENT ON FUNCTION campaign.report_reach(jsonb) IS 'Internal. Those enrolled, invited, and what came of them';

-- When live campaigns will be through, of those few enough for a page.
CREATE FUNCTION campaign.report_forecasts(workspace bigint, campaigns jsonb) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_left bigint := campaign.report_most_forecast();
    v_rows jsonb := '[]';
    v_one record;
    v_told record;
BEGIN
    FOR v_one IN SELECT c.* FROM jsonb_to_recordset($2) AS c (id bigint, name text, state text, inside bigint)
                 WHERE c.state = 'live' AND c.inside > 0 ORDER BY c.inside, c.id LOOP
        v_left := v_left - v_one.inside;
        EXIT WHEN v_left < 0;
        BEGIN
            SELECT sum(f.sent) FILTER (WHERE f.day < (campaign.clock() + interval '7 days')::date) AS week, sum(f.sent) AS sent, max(f.through_at) AS through
            INTO v_told FROM campaign.forecast(v_one.id) f;
            v_rows := v_rows || jsonb_build_array(jsonb_build_array(campaign.html_name(v_one.name), campaign.grouped(COALESCE(v_told.week, 0)),
                campaign.grouped(COALESCE(v_told.sent, 0)), COALESCE(v_told.through::date::text, 'not within a year')));
        EXCEPTION WHEN OTHERS THEN
            v_rows := v_rows || jsonb_build_array(jsonb_build_array(campaign.html_name(v_one.name), NULL, NULL, campaign.html_name(SQLERRM)));
        END;
    END LOOP;
    RETURN COALESCE(campaign.html_table('forecast-table', 'What live campaigns will send to those inside, if people answer as they did so far',
            '{Campaign,Within a week,In all,All through on}', 'tnnt', v_rows), '')
        || CASE WHEN v_left < 0 THEN format('<p class="note">Campaigns with more people take a while: <code>SELECT * FROM campaign.forecast(%s)</code></p>', v_one.id) ELSE '' END;
END
$$;
COMMENT ON FUNCTION campaign.report_forecasts(bigint, jsonb) IS 'Internal. What the campaigns of a workspace will send, and when they will be through';

CREATE FUNCTION campaign.report_html() RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' SET jit = off AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    w campaign.workspace;
    v_campaigns jsonb := COALESCE((SELECT jsonb_agg(to_jsonb(c)) FROM campaign.report_campaigns(v_workspace) c), '[]');
    v_parts record;
    v_sum record;
BEGIN
    SELECT * INTO STRICT w FROM campaign.workspace x WHERE x.id = v_workspace;
    SELECT count(*) AS campaigns, count(*) FILTER (WHERE c.state = 'live') AS live, sum(c.inside) AS inside, sum(c.enrolled) AS enrolled, sum(c.replied) AS replied,
        sum(c.success) AS success, sum(c.sent) AS sent, sum(c.accepted) AS accepted
    INTO v_sum FROM jsonb_to_recordset(v_campaigns) AS c (state text, inside bigint, enrolled bigint, replied bigint, success bigint, sent bigint, accepted bigint);
    SELECT * INTO v_parts FROM campaign.report_parts(jsonb_build_array(
        jsonb_build_object('id', 'figures', 'title', 'Where it stands', 'content', campaign.report_figures(jsonb_build_array(
            jsonb_build_array('campaigns', campaign.grouped(v_sum.campaigns), format('%s live', v_sum.live)),
            jsonb_build_array('enrolled', campaign.grouped(COALESCE(v_sum.enrolled, 0))), jsonb_build_array('inside', campaign.grouped(COALESCE(v_sum.inside, 0))),
            jsonb_build_array('replied', campaign.grouped(COALESCE(v_sum.replied, 0)), campaign.share_of(v_sum.replied, v_sum.enrolled)),
            jsonb_build_array('success', campaign.grouped(COALESCE(v_sum.success, 0)), campaign.share_of(v_sum.success, v_sum.enrolled)),
            jsonb_build_array('accepted', campaign.grouped(COALESCE(v_sum.accepted, 0)), campaign.share_of(v_sum.accepted, v_sum.sent))))),
        jsonb_build_object('id', 'health', 'title', 'Health', 'content', COALESCE((
            SELECT '<ul class="causes">' || string_agg(campaign.report_causes(c.details, c.name, w.time_zone), '' ORDER BY c.name, c.id) || '</ul>'
            FROM jsonb_to_recordset(v_campaigns) AS c (id bigint, name text, details jsonb)), '<p>Nothing is wrong with any live campaign, as far as can be seen.</p>')),
        jsonb_build_object('id', 'campaigns', 'title', 'Campaigns', 'content', campaign.report_list(v_campaigns)),
        jsonb_build_object('id', 'daily', 'title', 'Day by day', 'content', campaign.report_daily(v_workspace,
            ARRAY(SELECT (c ->> 'id')::bigint FROM jsonb_array_elements(v_campaigns) c), (campaign.clock() AT TIME ZONE w.time_zone)::date)),
        jsonb_build_object('id', 'funnel', 'title', 'How far they came', 'content', campaign.report_reach(v_campaigns)),
        jsonb_build_object('id', 'best', 'title', 'Best campaigns', 'content', campaign.report_best(v_campaigns)),
        jsonb_build_object('id', 'quotas', 'title', 'Limits', 'content', campaign.report_quotas(
            ARRAY(SELECT a.id FROM campaign.account a WHERE a.workspace_id = v_workspace), w.time_zone)),
        jsonb_build_object('id', 'forecast', 'title', 'Forecast', 'content', campaign.report_forecasts(v_workspace, v_campaigns))));
    RETURN campaign.html_page('Campaigns of ' || w.name,
        format(E'<h1>Campaigns of %s</h1>\n<p class="lead">%s</p>\n%s', campaign.html_name(w.name), COALESCE(campaign.html_name(w.merchant), 'All that is not archived'), v_parts.ways),
        v_parts.content, campaign.report_footer(w.time_zone));
END
$$;
COMMENT ON FUNCTION campaign.report_html() IS
    'The current workspace as a page that stands by itself: figures, what is wrong and what helps, campaigns, days, the best, limits and forecast; nothing in it is fetched or runs (B18)';
