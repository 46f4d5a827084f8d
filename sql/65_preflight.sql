-- What has to be looked at before a launch (S3.5). launch_faults() is the one place that says what stands
-- in its way: launch() and put_steps() refuse by it, preflight() shows it, with what is only to be known.

-- item is that of preflight(); hint is for people, remedy a call that can be run once it is filled in.
CREATE FUNCTION campaign.launch_faults(workspace bigint, campaign bigint)
    RETURNS TABLE (fault text, hint text, item text, remedy text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%s: %s', v.path, v.detail), 'edit_step() and edit_steps() mend the steps', 'workflow',
        format('SELECT campaign.edit_steps(%s, ...)', c.id)
    FROM campaign.campaign c
    CROSS JOIN LATERAL campaign.validate_sequence(c.definition) v
    WHERE c.workspace_id = $1 AND c.id = $2 AND v.severity = 'error'
    UNION ALL
    (SELECT format('step "%s" (%s) lacks %s', m.name, m.path, array_to_string(m.contents, ', ')),
        'edit_step() and edit_steps() mend the steps', 'contents',
        format('SELECT campaign.edit_step(%s, %L, %L)', m.campaign_id, m.name,
            (SELECT jsonb_object_agg(k, '...') FROM unnest(m.contents) k))
    FROM campaign.missing_content m
    WHERE m.workspace_id = $1 AND m.campaign_id = $2
    ORDER BY m.position)
    UNION ALL
    SELECT format('no account of the campaign serves channel class %s, which step "%s" needs', w.channel_class, w.step),
        'alter_campaign(campaign, accounts => ...) adds one', 'accounts',
        format('SELECT campaign.alter_campaign(%s, accounts => ...)', $2)
    FROM campaign.needed_classes($1, $2) w
    WHERE cardinality(w.accounts) = 0
    UNION ALL
    SELECT format('no account of the campaign is of channel "%s", which %s names%s', w.channel, w.named_by,
            CASE WHEN w.known THEN '' ELSE ', and no channel that serves class ' || w.channel_class || ' has that name' END),
        CASE WHEN w.known THEN 'alter_campaign(campaign, accounts => ...) adds one' ELSE 'INSERT INTO campaign.channel makes it, and it needs an account' END,
        'accounts', CASE WHEN w.known THEN format('SELECT campaign.alter_campaign(%s, accounts => ...)', $2)
            ELSE format('INSERT INTO campaign.channel (name, ...) VALUES (%L, ...)', w.channel) END
    FROM campaign.named_channels($1, $2) w
    WHERE w.accounts = '{}'
    UNION ALL
    SELECT DISTINCT format('step "%s" (%s) has {{unsubscribe_url}}, and channel "%s" does not say what it is', s.name, s.path, h.name),
        'option unsubscribe_url of the channel is an address like https://example.org/u/{token}', 'unsubscribe',
        format('UPDATE campaign.channel SET options = options || %L WHERE id = %s', '{"unsubscribe_url": "https://example.org/u/{token}"}', h.id)
    FROM campaign.needed_classes($1, $2) w
    JOIN campaign.account a ON a.workspace_id = $1 AND a.id = ANY (w.accounts)
    JOIN campaign.channel h ON h.workspace_id = $1 AND h.id = a.channel_id
    JOIN campaign.step s ON s.workspace_id = $1 AND s.campaign_id = $2
    CROSS JOIN LATERAL (SELECT k.channel_class FROM campaign.action_kind k
                        WHERE k.name = s.action_kind ORDER BY k.built_in LIMIT 1) k
    WHERE w.channel_class = 'email' AND k.channel_class = 'email' AND NOT h.options ? 'unsubscribe_url'
      AND concat_ws(' ', s.content::text, h.options ->> 'footer', h.options ->> 'footer_html') ~ '\{\{\s*unsubscribe_url\s*\}\}'
    UNION ALL
    SELECT format('step "%s" hands on to campaign "%s", which does not exist', w.name, w.target),
        'create_campaign() makes it, and edit_steps() names another one', 'workflow', 'SELECT campaign.create_campaign(...)'
    FROM (
        SELECT s.name, s.position, jsonb_path_query_first(c.definition, s.path::jsonpath) #>> '{}' AS target
        FROM campaign.step s
        JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = $2
        WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND s.kind = 'enroll'
    ) w
    WHERE NOT EXISTS (SELECT FROM campaign.campaign o
                      WHERE o.workspace_id = $1 AND o.name = w.target AND o.state IN ('draft', 'live', 'paused'))
    UNION ALL
    SELECT CASE WHEN t.id IS NULL THEN format('step "%s" has template "%s", which does not exist', w.name, w.content ->> 'template')
            WHEN t.channel_class <> w.channel_class THEN format('step "%s" is of channel class %s, and template "%s" of %s', w.name, w.channel_class, t.name, t.channel_class)
            ELSE format('template "%s" of step "%s" lacks %s', t.name, w.name, concat_ws(', ', CASE WHEN COALESCE(t.body, '') !~ '\S' THEN 'body' END,
                CASE WHEN w.wanted ->> 'subject' IN ('required', 'first') AND COALESCE(t.subject, '') !~ '\S' THEN 'subject' END)) END,
        'INSERT or UPDATE mends campaign.message_template', 'contents', 'INSERT INTO campaign.message_template (name, channel_class, subject, body) VALUES (...)'
    FROM (
        SELECT s.name, s.content, k.channel_class, k.options -> 'contents' AS wanted
        FROM campaign.step s
        CROSS JOIN LATERAL (SELECT a.channel_class, a.options FROM campaign.action_kind a WHERE a.name = s.action_kind ORDER BY a.built_in LIMIT 1) k
        -- what is sent by hand is looked at then
        WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND s.content ? 'template' AND COALESCE(s.content ->> 'delivery', '') <> 'manual'
    ) w
    LEFT JOIN campaign.message_template t ON t.workspace_id = $1 AND t.name = w.content ->> 'template'
    WHERE t.id IS NULL OR t.channel_class <> w.channel_class OR COALESCE(t.body, '') !~ '\S'
       OR w.wanted ->> 'subject' IN ('required', 'first') AND COALESCE(t.subject, '') !~ '\S'
    UNION ALL
    SELECT p.fault, p.hint, 'plan', 'SELECT campaign.choose_plan(...)' FROM campaign.plan_faults($1, $2) p
    UNION ALL
    SELECT format('name or description of campaign "%s" is empty', c.name), 'alter_campaign(campaign, description => ...) says what it is for',
        'name', format('SELECT campaign.alter_campaign(%s, description => ...)', c.id)
    FROM campaign.campaign c
    WHERE c.workspace_id = $1 AND c.id = $2 AND (c.name !~ '\S' OR c.description !~ '\S')
    UNION ALL
    SELECT format('secret "%s" of channel "%s" has no value', h.secret, h.name), 'set_secret() gives it one',
        'channels', format('SELECT campaign.set_secret(%L, ...)', h.secret)
    FROM (
        SELECT DISTINCT c.name, replace(c.secret, '{address}', COALESCE(a.address, '{address}')) AS secret
        FROM campaign.campaign_channels($1, $2) c
        LEFT JOIN (campaign.campaign_account o
                   JOIN campaign.account a ON a.workspace_id = $1 AND a.id = o.account_id)
            ON o.workspace_id = $1 AND o.campaign_id = $2 AND a.channel_id = c.id
    ) h
    WHERE h.secret IS NOT NULL
      AND NOT EXISTS (SELECT FROM campaign.secret s WHERE s.workspace_id = $1 AND s.name = h.secret AND s.value IS NOT NULL)
    UNION ALL
    SELECT format('what channel "%s" sends is signed, and %s', f.channel,
            CASE WHEN f.secret IS NULL THEN 'it has no secret' ELSE format('secret "%s" is none of the form whsec_...', f.secret) END),
        'set_secret() gives it one: whsec_ and 24 to 64 bytes in base64', 'channels',
        CASE WHEN f.secret IS NULL THEN format('UPDATE campaign.channel SET secret = ... WHERE name = %L', f.channel)
            ELSE format('SELECT campaign.set_secret(%L, ''whsec_...'')', f.secret) END
    FROM campaign.signing_faults($1, $2) f
    UNION ALL
    SELECT DISTINCT format('channel "%s" speaks to "%s", which does not offer %s', h.name, h.adapter, s.action_kind),
        'The option classes of a channel says what it is for, rows of campaign.adapter what its service offers', 'channels', NULL
    FROM campaign.step s
    CROSS JOIN LATERAL (SELECT a.channel_class FROM campaign.action_kind a
                        WHERE a.name = s.action_kind ORDER BY a.built_in LIMIT 1) k
    JOIN campaign.needed_classes($1, $2) w ON w.channel_class = k.channel_class
    JOIN campaign.account a ON a.workspace_id = $1 AND a.id = ANY (w.accounts)
    JOIN campaign.channel h ON h.workspace_id = $1 AND h.id = a.channel_id AND h.adapter IS NOT NULL
    WHERE s.workspace_id = $1 AND s.campaign_id = $2
      AND NOT EXISTS (SELECT FROM campaign.adapter d WHERE d.workspace_id IN ($1, 0) AND d.name = h.adapter
                      AND d.action_kind IN (s.action_kind, '*') AND d.role = 'send')
    UNION ALL
    SELECT format('cohort_size is %s', c.settings -> 'cohort_size'), format('It is between 1 and %s', w.max_cohort_size),
        'cohort', format('SELECT campaign.alter_campaign(%s, settings => %L)', c.id, '{"cohort_size": 10}')
    FROM campaign.campaign c
    CROSS JOIN LATERAL (SELECT COALESCE((SELECT o.max_cohort_size FROM campaign.workspace_setting o WHERE o.workspace_id = $1),
        (SELECT o.max_cohort_size FROM campaign.workspace o WHERE o.id = $1)) AS max_cohort_size) w
    WHERE c.workspace_id = $1 AND c.id = $2 AND jsonb_typeof(c.settings -> 'cohort_size') = 'number'
      AND (c.settings ->> 'cohort_size')::numeric NOT BETWEEN 1 AND w.max_cohort_size
    UNION ALL
    SELECT 'no slots are scheduled, and newcomers come in with slots', 'INSERT INTO campaign.slot schedules one', 'slots',
        format('INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT %s, d, ''09:00'', ''17:00'' FROM generate_series(1, 5) d', c.id)
    FROM campaign.campaign c
    WHERE c.workspace_id = $1 AND c.id = $2 AND c.settings ? 'cohort_size'
      AND NOT EXISTS (SELECT FROM campaign.slot s WHERE s.workspace_id = $1 AND s.campaign_id = $2)
$$;
COMMENT ON FUNCTION campaign.launch_faults(bigint, bigint) IS
    'Internal. What stands in the way of launching a campaign, what to do about it, and which item of preflight() it is';

CREATE FUNCTION campaign.needed_classes(workspace bigint, campaign bigint)
    RETURNS TABLE (channel_class text, step text, accounts bigint[], usable bigint[])
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.channel_class, w.step, COALESCE(o.accounts, '{}'), COALESCE(o.usable, '{}')
    FROM (
        SELECT DISTINCT ON (k.channel_class) k.channel_class, s.name AS step
        FROM campaign.step s
        CROSS JOIN LATERAL (SELECT a.channel_class FROM campaign.action_kind a
                            WHERE a.name = s.action_kind ORDER BY a.built_in LIMIT 1) k
        WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND COALESCE(s.content ->> 'delivery', '') <> 'manual'
        ORDER BY k.channel_class, s.position
    ) w
    CROSS JOIN LATERAL (
        SELECT array_agg(a.id ORDER BY a.id) AS accounts,
            array_agg(a.id ORDER BY a.id) FILTER (WHERE a.session_state = 'connected' AND a.identity_active AND m.is_active) AS usable
        FROM campaign.campaign_account o
        JOIN campaign.account a ON a.workspace_id = $1 AND a.id = o.account_id
        JOIN campaign.member m ON m.workspace_id = $1 AND m.id = a.member_id
        JOIN campaign.channel h ON h.workspace_id = $1 AND h.id = a.channel_id
        WHERE o.workspace_id = $1 AND o.campaign_id = $2
          AND COALESCE(h.options -> 'classes' ? w.channel_class, true)
    ) o
$$;
COMMENT ON FUNCTION campaign.needed_classes(bigint, bigint) IS
    'Internal. The channel classes that the steps of a campaign need, the first step that needs each, and the accounts that serve it';

CREATE FUNCTION campaign.campaign_channels(workspace bigint, campaign bigint) RETURNS SETOF campaign.channel
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT h.* FROM campaign.channel h
    WHERE h.workspace_id = $1
      AND h.id IN (SELECT a.channel_id FROM campaign.campaign_account o
                   JOIN campaign.account a ON a.workspace_id = $1 AND a.id = o.account_id
                   JOIN campaign.needed_classes($1, $2) w ON a.id = ANY (w.accounts)
                   WHERE o.workspace_id = $1 AND o.campaign_id = $2)
    ORDER BY h.id
$$;
COMMENT ON FUNCTION campaign.campaign_channels(bigint, bigint) IS
    'Internal. The channels by which a campaign may send';

-- Each limit counts the actions of the kinds that it is for, whoever of its accounts does them; the one
-- that takes longest tells how long it takes in all. Ramps and other campaigns are not looked at: that is
-- what forecast() is for.
CREATE FUNCTION campaign.quota_days(workspace bigint, campaign bigint, people bigint)
    RETURNS TABLE (usage_kind text, period text, days numeric)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH needed AS (
        SELECT s.action_kind, count(*) AS steps FROM campaign.step s
        WHERE s.workspace_id = $1 AND s.campaign_id = $2 AND s.action_kind IS NOT NULL
        GROUP BY s.action_kind
    ), limited AS (
        SELECT q.scope, q.scope_id, q.usage_kind, q.period, q.max_actions, q.length, n.action_kind, n.steps
        FROM campaign.campaign_account o
        JOIN campaign.account_quota q ON q.workspace_id = $1 AND q.account_id = o.account_id
        JOIN needed n ON n.action_kind = q.action_kind
        JOIN campaign.needed_classes($1, $2) w ON o.account_id = ANY (w.accounts)
            AND w.channel_class = (SELECT k.channel_class FROM campaign.action_kind k
                                   WHERE k.name = n.action_kind ORDER BY k.built_in LIMIT 1)
        WHERE o.workspace_id = $1 AND o.campaign_id = $2
    ), room AS (
        SELECT l.scope, l.usage_kind, l.period, sum(l.max_actions / EXTRACT(epoch FROM l.length) * 86400) AS a_day
        FROM (SELECT DISTINCT x.scope, x.scope_id, x.usage_kind, x.period, x.max_actions, x.length FROM limited x) l
        GROUP BY l.scope, l.usage_kind, l.period
    ), work AS (
        SELECT l.scope, l.usage_kind, l.period, $3 * sum(l.steps) AS actions
        FROM (SELECT DISTINCT x.scope, x.usage_kind, x.period, x.action_kind, x.steps FROM limited x) l
        GROUP BY l.scope, l.usage_kind, l.period
    )
    SELECT r.usage_kind, r.period, round(w.actions / NULLIF(r.a_day, 0), 1)
    FROM room r JOIN work w USING (scope, usage_kind, period)
    ORDER BY 3 DESC NULLS FIRST, 1, 2
    LIMIT 1
$$;
COMMENT ON FUNCTION campaign.quota_days(bigint, bigint, bigint) IS
    'Internal. How many days so many people take by the tightest quota of the accounts of a campaign; days NULL = it never ends, no row = no quota';

-- Its header List-Unsubscribe says it to the program that shows the mail, and not to who reads it.
CREATE FUNCTION campaign.without_opt_out(workspace bigint, campaign bigint)
    RETURNS TABLE (step text, part text, channel text, channel_id bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT ON (s.position, h.id) s.name, x.part, h.name, h.id
    FROM campaign.needed_classes($1, $2) w
    JOIN campaign.account a ON a.workspace_id = $1 AND a.id = ANY (w.accounts)
    JOIN campaign.channel h ON h.workspace_id = $1 AND h.id = a.channel_id AND h.options ? 'unsubscribe_url'
    JOIN campaign.step s ON s.workspace_id = $1 AND s.campaign_id = $2 AND s.content IS NOT NULL
    CROSS JOIN LATERAL (SELECT k.channel_class FROM campaign.action_kind k
                        WHERE k.name = s.action_kind ORDER BY k.built_in LIMIT 1) k
    LEFT JOIN campaign.message_template t ON t.workspace_id = $1 AND t.name = s.content ->> 'template'
    CROSS JOIN LATERAL (VALUES
        (1, 'text', COALESCE(t.body, s.content ->> 'body'), h.options ->> 'footer'),
        (2, 'html', COALESCE(t.html, s.content ->> 'html'), COALESCE(h.options ->> 'footer_html', h.options ->> 'footer'))
    ) x (place, part, content, footer)
    WHERE w.channel_class = 'email' AND k.channel_class = 'email' AND x.content <> ''
      AND concat_ws(' ', x.content, x.footer) !~ '\{\{\s*unsubscribe_url\s*\}\}'
    ORDER BY s.position, h.id, x.place
$$;
COMMENT ON FUNCTION campaign.without_opt_out(bigint, bigint) IS
    'Internal. Steps whose mails nowhere show the link by which one opts out, though the channel says what it is';

CREATE FUNCTION campaign.try_foreseen_newcomers(c campaign.campaign, a campaign.audience,
        OUT newcomers bigint, OUT matching bigint, OUT fault text, OUT detail text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    newcomers := 0;
    fault := a.fault;
    detail := a.fault_detail;
    IF a.id IS NOT NULL AND (a.fault IS NULL OR a.next_at IS NULL) AND c.state NOT IN ('closed', 'archived') THEN
        SELECT COALESCE(cardinality(f.known), 0) + COALESCE(cardinality(f.imagined), 0), f.matching INTO newcomers, matching
        FROM campaign.foreseen_newcomers(c, a, campaign.clock()) f;
        fault := NULL;
    END IF;
EXCEPTION WHEN OTHERS THEN
    fault := campaign.source_fault(SQLSTATE);
    IF fault IS NULL THEN
        RAISE;
    END IF;
    detail := SQLERRM;
END
$$;
COMMENT ON FUNCTION campaign.try_foreseen_newcomers(campaign.campaign, campaign.audience) IS
    'Internal. How many an audience would bring in now, and how many match it; or its fault and the message';

-- What is fine, and what is only to be known: one row each.
CREATE FUNCTION campaign.preflight_items(c campaign.campaign)
    RETURNS TABLE (place integer, item text, ok boolean, severity text, detail text, remedy text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    people bigint := (SELECT count(*) FROM campaign.enrollment e
        WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.ended_at IS NULL);
    a campaign.audience;
    foreseen record;
    quota record;
BEGIN
    SELECT * INTO a FROM campaign.audience x WHERE x.workspace_id = c.workspace_id AND x.id = c.audience_id;
    SELECT * INTO foreseen FROM campaign.try_foreseen_newcomers(c, a) f;
    people := people + foreseen.newcomers;
    RETURN QUERY VALUES
        (1, 'name', c.description IS NOT NULL, 'warning', COALESCE(c.name || ': ' || c.description, format('campaign "%s" has no description', c.name)),
            CASE WHEN c.description IS NULL THEN format('SELECT campaign.alter_campaign(%s, description => ...)', c.id) END),
        (2, 'audience', people > 0 AND foreseen.fault IS NULL, 'warning',
            CASE WHEN foreseen.fault IS NOT NULL THEN format('audience "%s" cannot be read: %s, %s', a.name, foreseen.fault, foreseen.detail)
                WHEN a.id IS NULL THEN format('%s prospects', people)
                ELSE format('%s prospects; %s match audience "%s" now', people, foreseen.matching, a.name) END,
            CASE WHEN foreseen.fault IS NOT NULL THEN format('SELECT * FROM campaign.enroll_audience(%s)', c.id)
                WHEN people = 0 THEN format('SELECT * FROM campaign.enroll(%s, ...)', c.id) END),
        (3, 'workflow', true, 'error', format('%s steps', jsonb_array_length(c.definition)), NULL),
        (4, 'contents', true, 'error', 'no step lacks contents', NULL),
        (5, 'plan', true, 'error', (SELECT COALESCE('plan ' || w.plan, 'no plan restricts the workspace') FROM campaign.workspace_plan(c.workspace_id) w), NULL);
    RETURN QUERY
        SELECT 6, 'accounts', cardinality(w.usable) > 0, 'warning',
            format('%s: %s of %s accounts can send', w.channel_class, cardinality(w.usable), cardinality(w.accounts)),
            CASE WHEN cardinality(w.usable) = 0 THEN format('UPDATE campaign.account SET session_state = ''connected'', identity_active = true WHERE id = %s', w.accounts[1]) END
        FROM campaign.needed_classes(c.workspace_id, c.id) w
        WHERE cardinality(w.accounts) > 0;
    RETURN QUERY
        SELECT 7, 'channels', true, 'error', format('channel "%s" (%s)', h.name, h.transport), NULL
        FROM campaign.campaign_channels(c.workspace_id, c.id) h;
    RETURN QUERY
        SELECT 8, 'workers', w.fault IS NULL, 'warning', COALESCE(w.fault, 'workers run'), w.remedy FROM campaign.preflight_workers() w;
    RETURN QUERY
        SELECT 9, 'slots', true, 'warning', CASE WHEN count(*) = 0 THEN 'no slots: it sends at any hour'
            ELSE format('%s slots a week, %s hours in all', count(*), round(EXTRACT(epoch FROM sum(s.ends - s.starts)) / 3600, 1)) END, NULL
        FROM campaign.slot s WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id;
    RETURN QUERY
        SELECT 10, 'cohort', true, 'error', CASE WHEN c.settings ? 'cohort_size' THEN format('%s newcomers in each slot', c.settings -> 'cohort_size')
            ELSE 'no cohort size: newcomers begin as they come' END, NULL;
    SELECT * INTO quota FROM campaign.quota_days(c.workspace_id, c.id, people);
    RETURN QUERY VALUES (11, 'quota', quota.period IS NULL OR people = 0 OR COALESCE(quota.days <= 92, false), 'warning',
        CASE WHEN quota.period IS NULL THEN 'no quota holds'
            WHEN quota.days IS NULL AND people > 0 THEN format('the quota of %s a %s is 0: it never ends', COALESCE(NULLIF(quota.usage_kind, ''), 'all actions'), quota.period)
            ELSE format('about %s days for %s prospects, by the quota of %s a %s', COALESCE(quota.days, 0), people,
                COALESCE(NULLIF(quota.usage_kind, ''), 'all actions'), quota.period) END,
        CASE WHEN quota.period IS NOT NULL AND quota.days > 92 IS NOT FALSE AND people > 0 THEN format('SELECT * FROM campaign.forecast(%s)', c.id) END);
    RETURN QUERY
        SELECT 12, 'unsubscribe', true, 'error', COALESCE(string_agg(format('channel "%s": %s', h.name, h.options ->> 'unsubscribe_url'), ', ' ORDER BY h.id),
            'no channel says where one opts out'), NULL
        FROM campaign.campaign_channels(c.workspace_id, c.id) h
        WHERE h.options ? 'unsubscribe_url';
    RETURN QUERY
        SELECT 12, 'unsubscribe', false, 'warning', format('step "%s" does not show where one opts out: neither its %s nor the footer of channel "%s" has {{unsubscribe_url}}', v.step, v.part, v.channel),
            format('UPDATE campaign.channel SET options = options || %L WHERE id = %s', '{"footer": "Opt out: {{unsubscribe_url}}"}', v.channel_id)
        FROM campaign.without_opt_out(c.workspace_id, c.id) v;
    -- of other transports the gateway reports what comes back
    RETURN QUERY
        SELECT 13, 'replies', m.id IS NOT NULL AND m.code IS NULL, 'warning',
            CASE WHEN m.id IS NULL THEN format('no mailbox is read for what comes back to %s', o.address)
                WHEN m.code IS NOT NULL THEN format('mailbox "%s", which gets what comes back to %s, cannot be read: %s', m.name, o.address, m.code)
                ELSE format('mailbox "%s" is read for what comes back to %s', m.name, o.address) END,
            CASE WHEN m.id IS NULL THEN format('INSERT INTO campaign.mailbox (name, account_id, url, login, secret) VALUES (%L, %s, ''imaps://...'', ...)', o.address, o.id)
                WHEN m.code IS NOT NULL THEN format('SELECT * FROM campaign.mailbox_status WHERE mailbox_id = %s', m.id) END
        FROM campaign.needed_classes(c.workspace_id, c.id) w
        JOIN campaign.account o ON o.workspace_id = c.workspace_id AND o.id = ANY (w.accounts)
        JOIN campaign.channel h ON h.workspace_id = c.workspace_id AND h.id = o.channel_id AND h.transport = 'smtp'
        LEFT JOIN LATERAL (SELECT b.id, b.name, NULLIF(s.code, 'mailbox_not_moved') AS code FROM campaign.mailbox b
            LEFT JOIN campaign.mailbox_state s ON s.workspace_id = c.workspace_id AND s.mailbox_id = b.id
            WHERE b.workspace_id = c.workspace_id AND b.is_active AND (b.account_id = o.id OR b.channel_id = h.id)
            ORDER BY b.id LIMIT 1) m ON true
        WHERE w.channel_class = 'email'
        ORDER BY o.id;
    RETURN QUERY
        SELECT 14, 'tested', count(*) > 0, 'warning',
            CASE WHEN count(*) = 0 THEN 'no text was sent for trial since the steps changed last'
                ELSE format('%s texts were sent for trial, the last at %s', count(*), max(t.requested_at)) END,
            CASE WHEN count(*) = 0 THEN format('SELECT campaign.send_test(%s, ...)', c.id) END
        FROM campaign.test_send t
        WHERE t.workspace_id = c.workspace_id AND t.campaign_id = c.id AND t.revision = c.revision AND t.state IN ('queued', 'processing', 'complete');
END
$$;
COMMENT ON FUNCTION campaign.preflight_items(campaign.campaign) IS
    'Internal. What preflight() says where no fault stands in the way';

CREATE FUNCTION campaign.preflight_workers() RETURNS TABLE (fault text, remedy text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unarmed text := (SELECT f.detail FROM campaign.arming_fault() f);
BEGIN
    IF EXISTS (SELECT FROM campaign.instance i WHERE i.is_virtual) THEN
        RETURN QUERY VALUES (NULL::text, NULL::text);
    ELSIF NOT campaign.preloaded() THEN
        RETURN QUERY VALUES ('the library is not loaded at server start, so no worker runs',
            'ALTER SYSTEM SET shared_preload_libraries = ''campaign''');
    ELSIF unarmed IS NOT NULL THEN
        RETURN QUERY VALUES ('this database is not armed: ' || unarmed, 'SELECT * FROM campaign.arm()');
    ELSE
        RETURN QUERY SELECT string_agg(format('the %s does not run: %s', w.kind, w.status), '; ' ORDER BY w.kind), 'SELECT campaign.wake()'
            FROM campaign.worker_slots() w WHERE w.pid IS NULL;
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.preflight_workers() IS
    'Internal. Why nothing would be sent here by itself, one row; fault NULL = workers run, or time is virtual';

CREATE FUNCTION campaign.preflight(campaign bigint)
    RETURNS TABLE (item text, ok boolean, severity text, detail text, remedy text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
BEGIN
    RETURN QUERY
        WITH faults AS MATERIALIZED (
            SELECT f.n, f.fault, f.hint, f.item, f.remedy
            FROM campaign.launch_faults(workspace, c.id) WITH ORDINALITY f (fault, hint, item, remedy, n)
        ), known AS MATERIALIZED (
            SELECT * FROM campaign.preflight_items(c)
        )
        SELECT q.item, q.ok, q.severity, q.detail, q.remedy
        FROM (
            SELECT COALESCE((SELECT min(k.place) FROM known k WHERE k.item = f.item), 6) AS place, 0::bigint + f.n AS n,
                f.item, false AS ok, 'error' AS severity, f.fault AS detail, f.remedy
            FROM faults f
            UNION ALL
            SELECT k.place, 1000000, k.item, k.ok, k.severity, k.detail, k.remedy
            FROM known k
            -- a warning about the same item is said beside the fault
            WHERE NOT EXISTS (SELECT FROM faults f WHERE f.item = k.item AND k.ok)
        ) q
        ORDER BY q.place, q.n, q.detail;
END
$$;
COMMENT ON FUNCTION campaign.preflight(bigint) IS
    'The checklist before a launch (S3.5): each item with whether it is well, error (launch() refuses while it is not) or warning, what was found, and a call that helps';
