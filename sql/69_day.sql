-- How each campaign stands in its day: its slots, and what is sent of what was to be sent (S1.16 to S1.19).

CREATE VIEW campaign.campaign_day AS
    SELECT c.workspace_id, c.id AS campaign_id, d.day, d.starts_at, d.ends_at
    FROM campaign.campaign c
    -- once for each campaign, whatever it is joined with
    CROSS JOIN LATERAL (
        SELECT t.starts::date AS day, t.starts AT TIME ZONE c.time_zone AS starts_at, (t.starts + interval '1 day') AT TIME ZONE c.time_zone AS ends_at
        FROM (SELECT pg_catalog.date_trunc('day', campaign.clock() AT TIME ZONE c.time_zone) AS starts OFFSET 0) t
        OFFSET 0
    ) d;
COMMENT ON VIEW campaign.campaign_day IS 'Internal. The present local day of each campaign';

CREATE FUNCTION campaign.slot_position(time_zone text, weekdays integer[], starts time[], ends time[], launched_at timestamptz,
        starts_at timestamptz, cohorts boolean, at timestamptz,
        OUT in_progress boolean, OUT began_at timestamptz, OUT next_at timestamptz, OUT day_starts timestamptz, OUT day_slots integer, OUT day_left integer)
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_slot_position';
COMMENT ON FUNCTION campaign.slot_position(text, integer[], time[], time[], timestamptz, timestamptz, boolean, timestamptz) IS
    'Internal. Where an instant stands among weekly slots, of which one element of each array tells: whether one is in progress, when the last one that has begun did, when the next one does, when the first one of the local day does, how many that day has, and how many of these have not begun. Nothing counts before starts_at; cohorts: nor on the day of launched_at, nor from the middle of a slot on (S1.3)';

CREATE VIEW campaign.slot_standing AS
    SELECT c.workspace_id, c.id AS campaign_id, c.time_zone, c.settings ? 'cohort_size' AS has_cohorts, (c.settings ->> 'cohort_size')::integer AS cohort_size,
        s.weekdays IS NOT NULL AS has_slots,
        CASE WHEN s.weekdays IS NOT NULL THEN p.in_progress
            ELSE NOT c.settings ? 'cohort_size' AND c.starts_at <= campaign.clock() END AS in_progress,
        CASE WHEN s.weekdays IS NOT NULL THEN p.began_at
            WHEN c.starts_at <= campaign.clock() THEN c.starts_at END AS began_at,
        CASE WHEN s.weekdays IS NOT NULL THEN p.next_at
            WHEN c.starts_at > campaign.clock() AND NOT c.settings ? 'cohort_size' THEN c.starts_at END AS next_at,
        CASE WHEN s.weekdays IS NOT NULL THEN p.day_starts
            WHEN NOT c.settings ? 'cohort_size' THEN GREATEST(c.starts_at, d.starts_at) END AS day_starts,
        CASE WHEN s.weekdays IS NOT NULL THEN p.day_slots WHEN c.settings ? 'cohort_size' THEN 0 END AS day_slots,
        COALESCE(p.day_left, 0) AS day_left, d.day,
        (c.launched_at AT TIME ZONE c.time_zone)::date = d.day AS launched_today
    FROM campaign.campaign c
    JOIN campaign.campaign_day d ON d.workspace_id = c.workspace_id AND d.campaign_id = c.id
    LEFT JOIN (
        SELECT s.workspace_id, s.campaign_id, pg_catalog.array_agg(s.weekday) AS weekdays,
            pg_catalog.array_agg(s.starts) AS starts, pg_catalog.array_agg(s.ends) AS ends
        FROM campaign.slot s
        GROUP BY s.workspace_id, s.campaign_id
    ) s ON s.workspace_id = c.workspace_id AND s.campaign_id = c.id
    LEFT JOIN LATERAL campaign.slot_position(c.time_zone, s.weekdays, s.starts, s.ends, c.launched_at, c.starts_at,
        c.settings ? 'cohort_size', campaign.clock()) p ON s.weekdays IS NOT NULL
    WHERE c.state = 'live';
COMMENT ON VIEW campaign.slot_standing IS
    'Internal. How each live campaign stands among its slots now. Without slots it is one endless slot from starts_at on; with cohorts and no slots there is nothing to come';

CREATE VIEW campaign.kind_of_step AS
    SELECT s.workspace_id, s.campaign_id, s.position, s.action_kind, k.channel_class, k.options
    FROM campaign.step s
    JOIN (SELECT DISTINCT ON (a.name) a.name, a.channel_class, a.options FROM campaign.action_kind a ORDER BY a.name, a.built_in) k
        ON k.name = s.action_kind;
COMMENT ON VIEW campaign.kind_of_step IS 'Internal. The steps that do something, with what their kind of action is';

-- What a day is about: the first contact of newcomers. That is the invitation where there are any, else the
-- first step that reaches the person, else the first that does anything.
CREATE VIEW campaign.opening_step AS
    SELECT r.workspace_id, r.campaign_id, r.position
    FROM (
        SELECT k.workspace_id, k.campaign_id, k.position,
            pg_catalog.rank() OVER (PARTITION BY k.workspace_id, k.campaign_id ORDER BY
                CASE WHEN k.options ->> 'relation' = 'pending' THEN 0 WHEN k.options -> 'reaches' = 'true' THEN 1 ELSE 2 END,
                CASE WHEN k.options ->> 'relation' = 'pending' THEN 0 ELSE k.position END) AS place
        FROM campaign.kind_of_step k
    ) r
    WHERE r.place = 1;
COMMENT ON VIEW campaign.opening_step IS 'Internal. The steps of each campaign that make the first contact';

-- The buckets are disjoint, and a duplicate has not come to a step (S1.19).
CREATE VIEW campaign.day_tally AS
    SELECT d.workspace_id, d.campaign_id,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'executed'), 0)::bigint AS executed,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'executed' AND o.position IS NOT NULL), 0)::bigint AS sent,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'blocked_by_owner' AND o.position IS NOT NULL), 0)::bigint AS blocked_by_owner,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'duplicate'), 0)::bigint AS duplicate,
        COALESCE(sum(k.n) FILTER (WHERE k.kind IN ('failed', 'refused') AND o.position IS NOT NULL), 0)::bigint AS error,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'skipped' AND o.position IS NOT NULL), 0)::bigint AS condition_false,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'already_invited' AND o.position IS NOT NULL), 0)::bigint AS already_invited
    FROM campaign.campaign_day d
    JOIN campaign.counted k ON k.workspace_id = d.workspace_id AND k.campaign_id = d.campaign_id AND k.day = d.day
        -- it is one of these three anywhere, which the planner knows the number of
        AND k.day BETWEEN (campaign.clock() AT TIME ZONE 'UTC')::date - 1 AND (campaign.clock() AT TIME ZONE 'UTC')::date + 1
        AND k.kind IN ('executed', 'blocked_by_owner', 'duplicate', 'failed', 'refused', 'skipped', 'already_invited')
    LEFT JOIN campaign.opening_step o ON o.workspace_id = k.workspace_id AND o.campaign_id = k.campaign_id AND o.position = k.step
    GROUP BY d.workspace_id, d.campaign_id;
COMMENT ON VIEW campaign.day_tally IS
    'Internal. What was decided today of each campaign, of first contacts by bucket; executed counts all steps';

CREATE VIEW campaign.queue_tally AS
    SELECT a.workspace_id, a.campaign_id, count(*) FILTER (WHERE a.queued) AS in_queue,
        count(*) FILTER (WHERE a.queued AND l.deferred) AS deferred,
        -- a first contact that may leave before the day is over
        count(*) FILTER (WHERE o.position IS NOT NULL
            AND (NOT a.queued OR a.not_before < d.ends_at AND COALESCE(l.deferred_until < d.ends_at, true))) AS pending
    FROM (
        -- each of the two has an index of its own
        SELECT q.workspace_id, q.campaign_id, q.lane_id, q.step, true AS queued, q.not_before FROM campaign.action q WHERE q.state = 'queued'
        UNION ALL
        SELECT q.workspace_id, q.campaign_id, q.lane_id, q.step, false, q.not_before FROM campaign.action q WHERE q.state = 'processing'
    ) a
    JOIN (SELECT x.workspace_id, x.id, x.deferred_until, COALESCE(x.deferred_until > campaign.clock(), false) AS deferred FROM campaign.lane x OFFSET 0) l
        ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
    JOIN campaign.campaign_day d ON d.workspace_id = a.workspace_id AND d.campaign_id = a.campaign_id
    LEFT JOIN campaign.opening_step o ON o.workspace_id = a.workspace_id AND o.campaign_id = a.campaign_id AND o.position = a.step
    GROUP BY a.workspace_id, a.campaign_id;
COMMENT ON VIEW campaign.queue_tally IS
    'Internal. How much of each campaign is in the queue; pending: first contacts that are still to leave today';

CREATE VIEW campaign.exhausted_source AS
    SELECT c.workspace_id, c.id AS campaign_id
    FROM campaign.campaign c
    CROSS JOIN LATERAL (
        SELECT x.wanted, x.planned, x.fault FROM campaign.slot_occurrence x
        WHERE x.workspace_id = c.workspace_id AND x.campaign_id = c.id AND x.state <> 'missed'
        ORDER BY x.starts_at DESC LIMIT 1
    ) o
    WHERE o.planned < o.wanted AND o.fault IS NULL;
COMMENT ON VIEW campaign.exhausted_source IS 'Internal. Campaigns whose last slot found fewer newcomers than it had places for';

-- What the source gives on this day: newcomers whom slots have taken, and those whom the slots to come will take. That a
-- slot was missed, or that nothing has begun it yet, is no fault of the source; of an audience it is not known before who
-- will match.
CREATE VIEW campaign.day_supply AS
    SELECT s.workspace_id, s.campaign_id,
        COALESCE(o.taken, 0) + s.cohort_size * GREATEST(s.day_slots - s.day_left - COALESCE(o.slots, 0), 0) + w.coming AS supply,
        GREATEST(w.waiting - s.cohort_size * s.day_left, 0) AS ready,
        COALESCE(c.settings ->> 'approval', 'first') = 'none' AS at_once
    FROM campaign.slot_standing s
    JOIN campaign.campaign c ON c.workspace_id = s.workspace_id AND c.id = s.campaign_id
    LEFT JOIN (
        SELECT x.workspace_id, x.campaign_id, x.day, sum(CASE x.state WHEN 'missed' THEN x.cohort_size ELSE x.planned END) AS taken, count(*) AS slots
        FROM campaign.slot_occurrence x
        WHERE x.day BETWEEN (campaign.clock() AT TIME ZONE 'UTC')::date - 1 AND (campaign.clock() AT TIME ZONE 'UTC')::date + 1
        GROUP BY x.workspace_id, x.campaign_id, x.day
    ) o ON o.workspace_id = s.workspace_id AND o.campaign_id = s.campaign_id AND o.day = s.day
    CROSS JOIN LATERAL (
        -- of an audience it is known when it has just given too few
        SELECT b.waiting, LEAST(s.cohort_size * s.day_left,
            CASE WHEN c.audience_id IS NULL OR EXISTS (SELECT FROM campaign.exhausted_source x
                WHERE x.workspace_id = s.workspace_id AND x.campaign_id = s.campaign_id) THEN b.waiting END) AS coming
        FROM (
            SELECT count(*) AS waiting FROM (
                SELECT FROM campaign.enrollment e
                WHERE e.workspace_id = s.workspace_id AND e.campaign_id = s.campaign_id AND e.status = 'blocked'
                LIMIT s.cohort_size * (s.day_slots + s.day_left)) e
        ) b
    ) w
    WHERE s.has_cohorts;
COMMENT ON VIEW campaign.day_supply IS
    'Internal. How many newcomers slots of the day take, with those of slots to come; ready: who waits beyond them, for slots of other days; at_once: they need no approval, and so are contacted today';

-- planned: what was decided today and what is still to leave today; all whom the slots of the day take, where they need no
-- approval, since some of them may not have come to the step yet.
CREATE VIEW campaign.campaign_today AS
    SELECT c.workspace_id, c.id AS campaign_id, s.in_progress, s.began_at, s.day_starts, s.next_at, s.launched_today, s.time_zone, s.day,
        COALESCE(q.in_queue, 0) AS in_queue, COALESCE(q.deferred, 0) AS deferred, COALESCE(t.executed, 0) AS executed,
        n.planned, n.expected,
        COALESCE(t.sent, 0) AS sent, COALESCE(t.blocked_by_owner, 0) AS blocked_by_owner, COALESCE(t.duplicate, 0) AS duplicate,
        COALESCE(t.error, 0) AS error, COALESCE(t.condition_false, 0) AS condition_false, COALESCE(t.already_invited, 0) AS already_invited,
        CASE WHEN s.day_starts <= campaign.clock() AND n.planned > 0 THEN round(100.0 * COALESCE(t.sent, 0) / n.planned, 2) END AS progress_pct,
        -- only the low side warns (D3); where somebody waits whom no slot of the day takes, it is not the source
        COALESCE(10 * (n.expected - p.supply - p.ready) > n.expected, false) AS source_nearly_empty, p.supply, p.ready,
        COALESCE((c.settings ->> 'hint_share')::numeric, g.hint_share, 0.20) AS hint_share
    FROM campaign.campaign c
    LEFT JOIN campaign.slot_standing s ON s.workspace_id = c.workspace_id AND s.campaign_id = c.id
    LEFT JOIN campaign.day_tally t ON t.workspace_id = c.workspace_id AND t.campaign_id = c.id
    LEFT JOIN campaign.queue_tally q ON q.workspace_id = c.workspace_id AND q.campaign_id = c.id
    LEFT JOIN campaign.workspace_setting g ON g.workspace_id = c.workspace_id
    LEFT JOIN campaign.day_supply p ON p.workspace_id = c.workspace_id AND p.campaign_id = c.id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.state = 'live' THEN
                GREATEST(COALESCE(t.sent + t.blocked_by_owner + t.duplicate + t.error + t.condition_false + t.already_invited, 0)
                    + COALESCE(q.pending, 0), CASE WHEN p.at_once THEN p.supply END)::bigint END AS planned,
            s.cohort_size * s.day_slots AS expected
    ) n;
COMMENT ON VIEW campaign.campaign_today IS 'Internal. The present day of each campaign, of all workspaces; what goes by slots is NULL unless it is live';

CREATE VIEW campaign.today WITH (security_barrier) AS
    SELECT v.*
    FROM campaign.my_workspaces() w (id)
    -- one workspace at a time, so that all that is behind it is read of that one alone
    CROSS JOIN LATERAL (
        SELECT c.id AS campaign_id, c.name AS campaign, t.day, t.planned, t.expected, t.sent, t.blocked_by_owner, t.duplicate, t.error,
            t.condition_false, t.already_invited, t.progress_pct, t.source_nearly_empty
        FROM campaign.campaign c
        JOIN campaign.campaign_today t ON t.workspace_id = c.workspace_id AND t.campaign_id = c.id
        WHERE c.workspace_id = w.id AND c.state = 'live'
        OFFSET 0
    ) v;
COMMENT ON VIEW campaign.today IS
    'The present local day of each live campaign, of first contacts (invitations, where it has any): planned is all that was or is to be decided today, of which sent, blocked_by_owner, duplicate, error, condition_false and already_invited were (S1.19); expected is cohort size × slots of the day; progress_pct is sent of planned, NULL before the first slot of the day has started (S1.16); source_nearly_empty: what the source gives to the slots of the day is more than 10 % below expected (S1.17, D3)';
