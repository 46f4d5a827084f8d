-- Health (S1.10 to S1.15): one value for each live campaign, and the causes behind it. All is read from
-- rows as they are, so a cause appears with the commit that brings it and goes with the one that mends it.
--
-- A cause is of severity hint, warning or error. An error keeps a campaign, or a step of it, from sending;
-- if it was there when the last slot started it is fatal, and the campaign is stopped (D1).

-- What keeps an account from starting anything, or (action_kind) actions of one kind: as the dispatcher sees
-- it, and before it has tried.
CREATE VIEW campaign.account_fault AS
    SELECT a.workspace_id, a.id AS account_id, NULL::text AS action_kind, 'session_disconnected' AS code, a.id::text AS subject,
        a.session_since AS since,
        pg_catalog.format(CASE WHEN a.session_code = 'login_refused' THEN 'the mail server does not let account "%s" in'
            WHEN a.session_code IS NOT NULL THEN 'account "%s" is of no use to channel "%s": %s'
            ELSE 'the session of account "%s" is disconnected' END, a.address, h.name, a.session_code) AS message,
        CASE WHEN a.session_code IN ('login_refused', 'unauthorized') AND h.secret IS NOT NULL
            THEN pg_catalog.format('SELECT campaign.set_secret(%L, %L)', pg_catalog.replace(h.secret, '{address}', a.address),
                CASE a.session_code WHEN 'login_refused' THEN 'user:password' ELSE '...' END)
            ELSE pg_catalog.format('UPDATE campaign.account SET session_state = ''connected'' WHERE id = %s', a.id) END AS remedy
    FROM campaign.account a
    JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
    WHERE a.session_state <> 'connected'
    UNION ALL
    SELECT a.workspace_id, a.id, NULL, 'identity_inactive', a.id::text, a.identity_since,
        pg_catalog.format('the identity of account "%s" is inactive: its user has signed out', a.address),
        pg_catalog.format('UPDATE campaign.account SET identity_active = true WHERE id = %s', a.id)
    FROM campaign.account a
    WHERE NOT a.identity_active
    UNION ALL
    SELECT a.workspace_id, a.id, NULL, 'user_inactive', m.id::text, m.active_since,
        pg_catalog.format('member "%s" is inactive', m.name),
        pg_catalog.format('UPDATE campaign.member SET is_active = true WHERE id = %s', m.id)
    FROM campaign.member m
    JOIN campaign.account a ON a.workspace_id = m.workspace_id AND a.member_id = m.id
    WHERE NOT m.is_active
    UNION ALL
    SELECT x.workspace_id, x.account_id, NULL, 'secret_missing', x.secret, NULL,
        pg_catalog.format('channel "%s" sends secret "%s", which is not set', x.name, x.secret),
        pg_catalog.format('SELECT campaign.set_secret(%L, %L)', x.secret, CASE x.transport WHEN 'smtp' THEN 'user:password' ELSE 'Bearer ...' END)
    FROM (
        SELECT a.workspace_id, a.id AS account_id, h.name, h.transport, pg_catalog.replace(h.secret, '{address}', a.address) AS secret
        FROM campaign.channel h
        JOIN campaign.account a ON a.workspace_id = h.workspace_id AND a.channel_id = h.id
        WHERE h.secret IS NOT NULL
    ) x
    WHERE NOT EXISTS (SELECT FROM campaign.usable_secret s WHERE s.workspace_id = x.workspace_id AND s.name = x.secret)
    UNION ALL
    -- one attempt that does not get through may be chance
    SELECT a.workspace_id, a.id, NULL, 'channel_unreachable', h.id::text, f.since,
        pg_catalog.concat_ws(': ', pg_catalog.format('channel "%s" cannot be reached', h.name), f.detail),
        pg_catalog.format('UPDATE campaign.channel SET url = %L WHERE id = %s', h.url, h.id)
    FROM campaign.channel_fault f
    JOIN campaign.channel h ON h.workspace_id = f.workspace_id AND h.id = f.channel_id
    JOIN campaign.account a ON a.workspace_id = h.workspace_id AND a.channel_id = h.id
    WHERE f.failures >= 3
    UNION ALL
    SELECT a.workspace_id, a.id, q.action_kind, 'quota_zero', q.id::text, NULL,
        pg_catalog.format('the quota of %s for account "%s" is 0 a %s', COALESCE(q.action_kind, 'actions'), a.address, q.period),
        pg_catalog.format('UPDATE campaign.quota SET max_actions = 20 WHERE id = %s', q.id)
    FROM campaign.quota q
    JOIN campaign.account a ON a.workspace_id = q.workspace_id
        AND CASE q.scope WHEN 'account' THEN a.id = q.account_id WHEN 'channel' THEN a.channel_id = q.channel_id ELSE true END
    WHERE q.max_actions = 0
      -- an account's own replaces the one for each
      AND NOT (q.scope = 'each_account' AND EXISTS (
        SELECT FROM campaign.quota o WHERE o.workspace_id = q.workspace_id AND o.scope = 'account' AND o.account_id = a.id
          AND o.action_kind IS NOT DISTINCT FROM q.action_kind AND o.period = q.period));
COMMENT ON VIEW campaign.account_fault IS
    'Internal. What keeps an account from sending, one row for each reason; action_kind NULL = anything at all';

-- blocks: a step needs what the account cannot do, and no other account of the campaign can.
CREATE VIEW campaign.account_cause AS
    SELECT f.workspace_id, o.campaign_id, f.code, f.subject, f.since, f.message, f.remedy,
        pg_catalog.bool_or(EXISTS (
            SELECT FROM campaign.kind_of_step s
            WHERE s.workspace_id = o.workspace_id AND s.campaign_id = o.campaign_id
              AND COALESCE(h.options -> 'classes' ? s.channel_class, true)
              AND (f.action_kind IS NULL OR f.action_kind = s.action_kind)
              AND NOT EXISTS (
                SELECT FROM campaign.campaign_account x
                JOIN campaign.account b ON b.workspace_id = x.workspace_id AND b.id = x.account_id
                JOIN campaign.channel g ON g.workspace_id = b.workspace_id AND g.id = b.channel_id
                WHERE x.workspace_id = o.workspace_id AND x.campaign_id = o.campaign_id
                  AND COALESCE(g.options -> 'classes' ? s.channel_class, true)
                  AND NOT EXISTS (
                    SELECT FROM campaign.account_fault y
                    WHERE y.workspace_id = x.workspace_id AND y.account_id = x.account_id
                      AND (y.action_kind IS NULL OR y.action_kind = s.action_kind))))) AS blocks
    FROM campaign.account_fault f
    JOIN campaign.campaign_account o ON o.workspace_id = f.workspace_id AND o.account_id = f.account_id
    JOIN campaign.campaign c ON c.workspace_id = o.workspace_id AND c.id = o.campaign_id AND c.state = 'live'
    JOIN campaign.account a ON a.workspace_id = f.workspace_id AND a.id = f.account_id
    JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
    WHERE f.action_kind IS NULL
       OR EXISTS (SELECT FROM campaign.step s WHERE s.workspace_id = o.workspace_id AND s.campaign_id = o.campaign_id AND s.action_kind = f.action_kind)
    GROUP BY f.workspace_id, o.campaign_id, f.code, f.subject, f.since, f.message, f.remedy;
COMMENT ON VIEW campaign.account_cause IS
    'Internal. What is wrong with the accounts of live campaigns, and whether it keeps a step of the campaign from sending';

CREATE VIEW campaign.held_cause AS
    SELECT h.workspace_id, h.campaign_id, h.reason AS code, h.since,
        CASE h.reason
            WHEN 'no_credit' THEN pg_catalog.format('%s actions wait for credits', h.n)
            WHEN 'unknown_outcome' THEN pg_catalog.format('of %s actions nobody knows whether they were accepted', h.n)
            WHEN 'quarantined' THEN pg_catalog.format('%s actions were under way when dispatchers died, several times', h.n)
            ELSE pg_catalog.format('%s actions failed by themselves', h.n)
        END AS message,
        CASE h.reason
            WHEN 'no_credit' THEN pg_catalog.format('SELECT campaign.add_credits(%s, ''for actions that wait'')', h.credits)
            -- who sends again may send twice
            WHEN 'unknown_outcome' THEN pg_catalog.format('SELECT campaign.resolve(u.action_id, ''assume_sent'') FROM campaign.unknown_outcomes u WHERE u.campaign_id = %s', h.campaign_id)
            ELSE pg_catalog.format('SELECT campaign.requeue(ARRAY(SELECT q.action_id FROM campaign.queue q WHERE q.campaign_id = %s AND q.state = ''held'' AND q.reason = %L))',
                h.campaign_id, h.reason)
        END AS remedy
    FROM (
        SELECT a.workspace_id, a.campaign_id, a.reason, count(*) AS n, pg_catalog.min(COALESCE(a.started_at, a.queued_at)) AS since,
            sum(CASE a.reason WHEN 'no_credit' THEN
                (SELECT k.credits FROM campaign.action_kind k WHERE k.name = a.action_kind ORDER BY k.built_in LIMIT 1) END) AS credits
        FROM campaign.action a
        WHERE a.state = 'held' AND a.reason IN ('no_credit', 'unknown_outcome', 'quarantined', 'internal_error')
        GROUP BY a.workspace_id, a.campaign_id, a.reason
    ) h
    JOIN campaign.campaign c ON c.workspace_id = h.workspace_id AND c.id = h.campaign_id AND c.state = 'live';
COMMENT ON VIEW campaign.held_cause IS 'Internal. Actions of live campaigns that wait for a decision, by reason';

CREATE VIEW campaign.class_cause AS
    SELECT c.workspace_id, c.id AS campaign_id, n.channel_class,
        pg_catalog.format('no account of the campaign serves channel class %s, which step "%s" needs', n.channel_class, n.step) AS message,
        -- one that there is, else a new one at a channel that there is, else, first, such a channel
        CASE WHEN f.account_id IS NOT NULL THEN pg_catalog.format('SELECT campaign.alter_campaign(%s, accounts => ARRAY[%s]::bigint[])', c.id,
                pg_catalog.concat_ws(', ', o.accounts, f.account_id))
            WHEN f.channel_id IS NOT NULL THEN pg_catalog.format('INSERT INTO campaign.account (member_id, channel_id, address) VALUES (%1$s, %2$s, %3$L); '
                'SELECT campaign.alter_campaign(%4$s, accounts => ARRAY[%5$s]::bigint[] || ARRAY(SELECT a.id FROM campaign.account a WHERE a.channel_id = %2$s AND a.address = %3$L))',
                c.owner_id, f.channel_id, f.address, c.id, o.accounts)
            ELSE pg_catalog.format('INSERT INTO campaign.channel (name, transport, options) VALUES (%L, ''outbox'', %L)', pg_catalog.concat('outbox ', n.channel_class),
                pg_catalog.jsonb_build_object('classes', pg_catalog.jsonb_build_array(n.channel_class)))
        END AS remedy
    FROM campaign.campaign c
    JOIN (
        SELECT k.workspace_id, k.campaign_id, k.channel_class, pg_catalog.min(s.name) AS step
        FROM campaign.kind_of_step k
        JOIN campaign.step s ON s.workspace_id = k.workspace_id AND s.campaign_id = k.campaign_id AND s.position = k.position
        GROUP BY k.workspace_id, k.campaign_id, k.channel_class
    ) n ON n.workspace_id = c.workspace_id AND n.campaign_id = c.id
    CROSS JOIN LATERAL (
        SELECT pg_catalog.string_agg(x.account_id::text, ', ' ORDER BY x.account_id) AS accounts FROM campaign.campaign_account x
        WHERE x.workspace_id = c.workspace_id AND x.campaign_id = c.id
    ) o
    CROSS JOIN LATERAL (
        SELECT (SELECT a.id FROM campaign.account a
                JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
                WHERE a.workspace_id = c.workspace_id AND COALESCE(h.options -> 'classes' ? n.channel_class, true)
                ORDER BY a.member_id <> c.owner_id, a.id LIMIT 1) AS account_id,
            (SELECT h.id FROM campaign.channel h
             WHERE h.workspace_id = c.workspace_id AND COALESCE(h.options -> 'classes' ? n.channel_class, true)
             ORDER BY h.id LIMIT 1) AS channel_id,
            (SELECT COALESCE(m.email, m.name) FROM campaign.member m WHERE m.workspace_id = c.workspace_id AND m.id = c.owner_id) AS address
    ) f
    WHERE c.state = 'live'
      AND NOT EXISTS (
        SELECT FROM campaign.campaign_account o
        JOIN campaign.account a ON a.workspace_id = o.workspace_id AND a.id = o.account_id
        JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
        WHERE o.workspace_id = c.workspace_id AND o.campaign_id = c.id
          AND COALESCE(h.options -> 'classes' ? n.channel_class, true));
COMMENT ON VIEW campaign.class_cause IS 'Internal. Channel classes that steps of live campaigns need and no account of theirs serves';

-- In virtual time there are no workers: rounds are called. One that comes when it is first needed is not missing.
CREATE VIEW campaign.worker_cause AS
    SELECT 'workers_not_running' AS code,
        CASE WHEN campaign.preloaded() THEN 'the workers of this database do not run'
            ELSE 'no worker runs: campaign is not in shared_preload_libraries, which takes a restart of the server' END AS message,
        CASE WHEN campaign.preloaded() THEN 'SELECT campaign.wake()'
            -- beside what is there already, which not everybody may see
            ELSE (SELECT pg_catalog.concat('ALTER SYSTEM SET shared_preload_libraries = ', pg_catalog.string_agg(pg_catalog.quote_literal(pg_catalog.btrim(l.name, ' "')), ', ' ORDER BY l.i))
                  FROM unnest(pg_catalog.string_to_array(CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
                      THEN NULLIF(pg_catalog.current_setting('shared_preload_libraries', true), '') END, ',') || '{campaign}'::text[]) WITH ORDINALITY AS l(name, i)) END AS remedy
    WHERE NOT EXISTS (SELECT FROM campaign.instance i WHERE i.is_virtual)
      AND (NOT campaign.preloaded() OR EXISTS (SELECT FROM campaign.worker_slots() w WHERE w.pid IS NULL AND w.status <> 'being started'))
    UNION ALL
    SELECT 'not_armed', pg_catalog.format('nothing leaves this database: %s', f.detail), 'SELECT * FROM campaign.arm()'
    FROM campaign.arming_fault() f
    WHERE f.code IS NOT NULL;
COMMENT ON VIEW campaign.worker_cause IS 'Internal. Why no worker moves anything: it is the same for all campaigns';

-- Nobody more is to come: nobody waits for a place or a slot, and, where all may come at once, nobody is inside.
CREATE VIEW campaign.finder_cause AS
    SELECT c.workspace_id, c.id AS campaign_id,
        'all contacts of the source have been taken: nobody is left to be contacted'::text AS message,
        -- so few that each can be looked at, whatever the source was
        pg_catalog.format('SELECT * FROM campaign.enroll(%1$s, ARRAY(SELECT c.prospect_id FROM campaign.candidates(%1$s) c WHERE c.result = ''enrolled'' ORDER BY c.prospect_id LIMIT %2$s))',
            c.id, COALESCE(NULLIF((c.settings ->> 'cohort_size')::integer, 0), 25)) AS remedy
    FROM campaign.campaign c
    LEFT JOIN (
        SELECT k.workspace_id, k.campaign_id, sum(k.n) AS taken FROM campaign.counter k
        WHERE k.kind = 'place'
        GROUP BY k.workspace_id, k.campaign_id
    ) p ON p.workspace_id = c.workspace_id AND p.campaign_id = c.id
    WHERE c.state = 'live'
      AND CASE
            WHEN NOT c.settings ? 'cohort_size' THEN COALESCE(p.taken, 0) <= 0
            WHEN c.audience_id IS NULL THEN true
            ELSE EXISTS (SELECT FROM campaign.exhausted_source x WHERE x.workspace_id = c.workspace_id AND x.campaign_id = c.id)
        END
      AND NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.status = 'blocked');
COMMENT ON VIEW campaign.finder_cause IS 'Internal. Live campaigns whose source is exhausted (S1.24)';

-- Who takes newcomers by slots takes none while the audience cannot be read.
CREATE VIEW campaign.source_cause AS
    SELECT c.workspace_id, c.id AS campaign_id, a.fault AS code, CASE WHEN c.settings ? 'cohort_size' THEN 'error' ELSE 'warning' END AS severity,
        a.fault_since AS since, pg_catalog.concat_ws(': ', pg_catalog.format('audience "%s" could not be read', a.name), a.fault_detail) AS message,
        pg_catalog.format('SELECT campaign.alter_audience(%s)', a.id) AS remedy
    FROM campaign.campaign c
    JOIN campaign.audience a ON a.workspace_id = c.workspace_id AND a.id = c.audience_id
    WHERE c.state = 'live' AND a.fault IS NOT NULL;
COMMENT ON VIEW campaign.source_cause IS 'Internal. Live campaigns whose audience could not be read';

CREATE VIEW campaign.campaign_reach AS
    SELECT r.workspace_id, r.campaign_id, CASE WHEN r.matching > 0 THEN round(100.0 * r.active / r.matching, 2) END AS in_campaign_pct, r.as_of,
        COALESCE((c.settings ->> 'expected_in_campaign')::numeric, s.expected_in_campaign, 0.90) AS expected,
        CASE WHEN r.matching > 0 THEN r.active::numeric / r.matching END AS share
    FROM campaign.audience_reach r
    JOIN campaign.campaign c ON c.workspace_id = r.workspace_id AND c.id = r.campaign_id
    LEFT JOIN campaign.workspace_setting s ON s.workspace_id = r.workspace_id;
COMMENT ON VIEW campaign.campaign_reach IS 'Internal. How much of its audience is in each campaign, and how much should be (S3.9, D10)';

-- Once raised, it is over when the share is a hundredth above what is expected: so it does not come and go.
CREATE VIEW campaign.reach_cause AS
    SELECT r.workspace_id, r.campaign_id,
        pg_catalog.format('%s %% of the audience is in the campaign, and %s %% is expected: see by candidates() why the others are not, or expect less',
            r.in_campaign_pct, round(100 * r.expected, 2)) AS message,
        pg_catalog.format('SELECT campaign.alter_campaign(%s, settings => ''{"expected_in_campaign": %s}'')', r.campaign_id,
            GREATEST(pg_catalog.trunc(r.share - 0.01, 2), 0)) AS remedy
    FROM campaign.campaign_reach r
    JOIN campaign.campaign c ON c.workspace_id = r.workspace_id AND c.id = r.campaign_id AND c.state = 'live'
    WHERE r.expected > 0
      -- by slots they come in day by day, which source_nearly_empty is about
      AND NOT c.settings ? 'cohort_size'
      AND r.share < LEAST(1, r.expected + CASE WHEN EXISTS (
        SELECT FROM campaign.alert a
        WHERE a.workspace_id = r.workspace_id AND a.campaign_id = r.campaign_id AND a.code = 'in_campaign_low' AND a.closed_at IS NULL)
        THEN 0.01 ELSE 0 END);
COMMENT ON VIEW campaign.reach_cause IS 'Internal. Live campaigns in which less of the audience is than expected (S3.9)';

CREATE VIEW campaign.found_cause AS
    SELECT a.workspace_id, a.campaign_id, a.code, a.subject, CASE WHEN a.blocks THEN 'error' ELSE 'warning' END AS severity,
        a.since, a.message, a.remedy
    FROM campaign.account_cause a
    UNION ALL
    -- the owner's own, whatever his accounts are
    SELECT c.workspace_id, c.id, 'user_inactive', m.id::text, 'warning', m.active_since,
        pg_catalog.format('member "%s", who owns the campaign, is inactive', m.name),
        pg_catalog.format('UPDATE campaign.member SET is_active = true WHERE id = %s', m.id)
    FROM campaign.member m
    JOIN campaign.campaign c ON c.workspace_id = m.workspace_id AND c.owner_id = m.id AND c.state = 'live'
    WHERE NOT m.is_active
      AND NOT EXISTS (SELECT FROM campaign.campaign_account o
                      JOIN campaign.account a ON a.workspace_id = o.workspace_id AND a.id = o.account_id AND a.member_id = m.id
                      WHERE o.workspace_id = c.workspace_id AND o.campaign_id = c.id)
    UNION ALL
    SELECT s.workspace_id, s.campaign_id, 'account_missing', s.channel_class, 'error', NULL, s.message, s.remedy
    FROM campaign.class_cause s
    UNION ALL
    SELECT c.workspace_id, c.id, 'no_slots', '', 'error', COALESCE(c.slotless_since, c.created_at),
        'the campaign takes newcomers in its slots, and has none: it needs at least one',
        pg_catalog.format('INSERT INTO campaign.slot (campaign_id, weekday, starts, ends) SELECT %s, d, ''09:00'', ''12:00'' FROM generate_series(1, 5) d', c.id)
    FROM campaign.campaign c
    WHERE c.state = 'live' AND c.settings ? 'cohort_size'
      AND NOT EXISTS (SELECT FROM campaign.slot s WHERE s.workspace_id = c.workspace_id AND s.campaign_id = c.id)
    UNION ALL
    SELECT c.workspace_id, c.id, 'cohort_size_0', '', 'error', COALESCE(c.cohort_since, c.created_at),
        pg_catalog.format('the size of a cohort is 0: it has to be from 1 to %s', w.max_cohort_size),
        pg_catalog.format('SELECT campaign.alter_campaign(%s, settings => ''{"cohort_size": %s}'')', c.id, LEAST(w.max_cohort_size, 25))
    FROM campaign.campaign c
    CROSS JOIN LATERAL (
        SELECT COALESCE(s.max_cohort_size, w.max_cohort_size) AS max_cohort_size
        FROM campaign.workspace w
        LEFT JOIN campaign.workspace_setting s ON s.workspace_id = w.id
        WHERE w.id = c.workspace_id
    ) w
    WHERE c.state = 'live' AND c.settings -> 'cohort_size' = '0'
    UNION ALL
    SELECT f.workspace_id, f.campaign_id, 'finder_empty', '', 'warning', NULL, f.message, f.remedy
    FROM campaign.finder_cause f
    UNION ALL
    SELECT s.workspace_id, s.campaign_id, s.code, '', s.severity, s.since, s.message, s.remedy
    FROM campaign.source_cause s
    UNION ALL
    SELECT r.workspace_id, r.campaign_id, 'in_campaign_low', '', 'warning', NULL, r.message, r.remedy
    FROM campaign.reach_cause r
    UNION ALL
    SELECT h.workspace_id, h.campaign_id, h.code, '', 'warning', h.since, h.message, h.remedy
    FROM campaign.held_cause h
    UNION ALL
    SELECT a.workspace_id, a.campaign_id, 'agent_silent', a.subject, 'warning', a.since, a.message, a.remedy
    FROM campaign.agent_cause a
    UNION ALL
    SELECT c.workspace_id, c.id, w.code, '', 'error', NULL, w.message, w.remedy
    FROM campaign.worker_cause w
    JOIN campaign.campaign c ON c.state = 'live';
COMMENT ON VIEW campaign.found_cause IS
    'Internal. All that is wrong with live campaigns, as their rows tell; since NULL = they do not tell since when';

-- Where the rows do not tell since when, the alert does, which was raised when the cause was first seen.
CREATE VIEW campaign.campaign_cause AS
    SELECT f.workspace_id, f.campaign_id, f.code, f.subject, f.severity, COALESCE(f.since, a.raised_at, campaign.clock()) AS since,
        f.message, f.remedy
    FROM campaign.found_cause f
    LEFT JOIN campaign.alert a ON a.workspace_id = f.workspace_id AND a.campaign_id = f.campaign_id
        AND a.code = f.code AND a.subject = f.subject AND a.closed_at IS NULL;
COMMENT ON VIEW campaign.campaign_cause IS 'Internal. All that is wrong with live campaigns, and since when';

CREATE VIEW campaign.campaign_health AS
    SELECT y.workspace_id, y.campaign_id, y.next_at AS next_slot_at, y.in_queue, y.deferred, y.executed, y.planned, y.progress_pct,
        CASE
            WHEN y.day IS NULL THEN NULL
            WHEN d.worst = 4 THEN 'stopped'
            WHEN d.worst = 3 THEN 'errors'
            WHEN d.worst = 2 THEN 'warnings'
            WHEN y.in_progress THEN 'running'
            WHEN y.began_at IS NULL AND y.launched_today AND (y.next_at AT TIME ZONE y.time_zone)::date > y.day THEN 'created'
            ELSE 'scheduled'
        END AS health,
        d.causes, COALESCE(d.details, '[]') AS details
    FROM campaign.campaign_today y
    LEFT JOIN (
        SELECT f.workspace_id, f.campaign_id, pg_catalog.array_agg(f) AS causes
        FROM campaign.campaign_cause f
        GROUP BY f.workspace_id, f.campaign_id
    ) f ON f.workspace_id = y.workspace_id AND f.campaign_id = y.campaign_id
    LEFT JOIN LATERAL (
        SELECT pg_catalog.max(pg_catalog.array_position('{hint,warning,error,fatal}'::text[], x.severity)) AS worst,
            pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('code', x.code, 'severity', x.severity, 'since', x.since,
                    'message', x.message, 'remedy', x.remedy)
                ORDER BY pg_catalog.array_position('{fatal,error,warning,hint}'::text[], x.severity), x.code, x.subject) AS details,
            pg_catalog.array_agg(ROW(x.workspace_id, x.campaign_id, x.code, x.subject, x.severity, x.since, x.message, x.remedy)::campaign.campaign_cause) AS causes
        FROM (
            SELECT u.workspace_id, u.campaign_id, u.code, u.subject,
                CASE WHEN u.severity = 'error' AND u.since <= y.began_at THEN 'fatal' ELSE u.severity END AS severity,
                u.since, u.message, u.remedy
            FROM unnest(f.causes) u
            UNION ALL
            -- S1.18
            SELECT y.workspace_id, y.campaign_id, 'source_nearly_empty', '', 'warning', y.day_starts,
                pg_catalog.format('the source gives %s of %s contacts today: it is almost empty; take another source or other criteria', y.supply, y.expected),
                pg_catalog.format('SELECT * FROM campaign.enroll(%1$s, ARRAY(SELECT c.prospect_id FROM campaign.candidates(%1$s) c WHERE c.result = ''enrolled'' ORDER BY c.prospect_id LIMIT %2$s))',
                    y.campaign_id, y.expected - y.supply - y.ready)
            WHERE y.source_nearly_empty
            UNION ALL
            -- S1.20
            SELECT y.workspace_id, y.campaign_id, h.code, '', 'hint', y.day_starts, h.message, NULL
            FROM (VALUES
                ('many_blocked', y.blocked_by_owner, 'the owner blocks many: the criteria do not match the audience'),
                ('many_duplicates', y.duplicate, 'many were contacted already by a campaign of the same name and program: segments partly target the same audience')
            ) h (code, n, message)
            WHERE h.n > 0 AND h.n > y.hint_share * (y.sent + y.blocked_by_owner + y.duplicate + y.error + y.condition_false + y.already_invited)
        ) x
    ) d ON y.day IS NOT NULL;
COMMENT ON VIEW campaign.campaign_health IS
    'Internal. The health of each campaign, of all workspaces, and what the overview needs beside it. An error that was there when the last slot started is fatal (D1)';

CREATE VIEW campaign.health WITH (security_barrier) AS
    SELECT v.*
    FROM campaign.my_workspaces() w (id)
    -- one workspace at a time, so that all that is behind it is read of that one alone
    CROSS JOIN LATERAL (
        SELECT c.id AS campaign_id, c.name AS campaign, h.health, h.details, h.next_slot_at
        FROM campaign.campaign c
        JOIN campaign.campaign_health h ON h.workspace_id = c.workspace_id AND h.campaign_id = c.id
        WHERE c.workspace_id = w.id
        OFFSET 0
    ) v;
COMMENT ON VIEW campaign.health IS
    'One value for each live campaign, NULL for others (D19): stopped (an error was there when the last slot started, and blocks it), errors (one came since), warnings, running (a slot is in progress), scheduled (it waits for its next slot), created (launched today, and nothing begins today), the first that applies (S1.10 to S1.15, D1). details: [{code, severity, since, message, remedy}]; remedy is a call that can be run and clears the cause; next_slot_at: when the next slot starts';
