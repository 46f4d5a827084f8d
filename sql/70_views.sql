-- What people look at. Every view keeps to the workspaces of who reads it, by a predicate of its own,
-- since it reads as its owner; security_barrier holds the reader's conditions behind it. Functions in
-- a view are called by who reads it: only such as every level may call. The overview is
-- in a part of its own, before this one.

CREATE VIEW campaign.steps WITH (security_barrier) AS
    SELECT c.id AS campaign_id, c.name AS campaign, s.position, s.path, s.name AS step, s.kind, s.action_kind,
        s.content ->> 'title' AS title, s.content ->> 'phase' AS phase, s.content, s.delay,
        m.contents IS NOT NULL AS missing_content, COALESCE(s.content -> 'disabled' = 'true', false) AS disabled, s.revision, s.edited_by, s.edited_at
    FROM campaign.step s
    JOIN campaign.campaign c ON c.workspace_id = s.workspace_id AND c.id = s.campaign_id
    LEFT JOIN campaign.missing_content m
        ON m.workspace_id = s.workspace_id AND m.campaign_id = s.campaign_id AND m.position = s.position
    WHERE s.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.steps IS
    'The steps of each campaign as its runs walk them; missing_content: something is still to be written before the launch (S2.47)';

CREATE VIEW campaign.prospect_status WITH (security_barrier) AS
    SELECT c.id AS campaign_id, c.name AS campaign, e.prospect_id, p.external_id, e.id AS enrollment_id, e.run,
        CASE
            WHEN e.ended_at IS NOT NULL OR e.status = 'blocked' THEN e.status
            WHEN c.state = 'paused' OR e.status = 'paused' THEN 'paused'
            WHEN a.state = 'queued' AND l.deferred_until > campaign.clock() THEN 'deferred'
            ELSE 'in_progress'
        END AS status,
        CASE
            WHEN e.ended_at IS NOT NULL THEN NULL
            WHEN e.held = 'first_batch' THEN 'waiting_batch'
            WHEN e.held IS NOT NULL OR a.state = 'held' THEN 'held'
            WHEN e.status = 'blocked' THEN CASE WHEN c.settings ? 'cohort_size' THEN 'waiting_cohort' ELSE 'over_cap' END
            WHEN e.halt = 0 THEN 'at_entry'
            WHEN a.state = 'awaiting_approval' AND a.approved_at IS NULL THEN 'awaiting_approval'
            WHEN e.halt = 2 THEN 'waiting_delay'
            WHEN e.halt = 3 THEN 'waiting_condition'
            WHEN e.halt = 5 THEN 'waiting_stage'
            WHEN a.state = 'processing' AND a.incarnation IS NULL AND a.reason IS DISTINCT FROM 'leased' THEN 'awaiting_report'
            WHEN a.state = 'processing' THEN 'executing'
            WHEN a.state = 'queued' AND l.deferred_until > campaign.clock() THEN 'deferred'
            ELSE 'queued'
        END AS substatus,
        s.name AS step, e.end_kind, e.code,
        CASE
            WHEN e.held IS NOT NULL THEN e.held_detail
            WHEN e.end_kind = 'error' OR a.state = 'held' THEN COALESCE(a.outcome ->> 'answer', a.outcome ->> 'detail')
        END AS error_detail,
        a.queued_at, a.executed_at,
        COALESCE(e.parked_due_at, e.due_at) AS due_at,
        COALESCE(e.held, CASE a.state WHEN 'held' THEN a.reason END) AS held, e.started_at, e.step_at, e.ended_at
    FROM campaign.enrollment e
    JOIN campaign.campaign c ON c.workspace_id = e.workspace_id AND c.id = e.campaign_id
    LEFT JOIN campaign.prospect p ON p.workspace_id = e.workspace_id AND p.id = e.prospect_id
    LEFT JOIN campaign.step s ON s.workspace_id = e.workspace_id AND s.campaign_id = e.campaign_id AND s.position = e.step
    LEFT JOIN campaign.action a ON a.workspace_id = e.workspace_id AND a.id = e.action_id
    LEFT JOIN campaign.lane l ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
    WHERE e.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.prospect_status IS
    'One row for each run. status: in_progress, paused (by itself, or with its campaign), blocked (over the cap, until a place is free), deferred (a quota is used up), finished, replied; substatus says what an active one waits for (S2.24, D4, D5), error_detail why it left in error or is held (S2.23)';

CREATE VIEW campaign.open_action AS
    SELECT a.workspace_id, o.member_id, c.id AS campaign_id, c.name AS campaign, a.prospect_id, p.external_id, a.enrollment_id, a.id AS action_id,
        pg_catalog.concat_ws(' ', p.first_name, p.last_name) AS prospect, o.address AS account, a.action_kind AS kind,
        s.name AS step, CASE WHEN a.state = 'awaiting_approval' AND a.approved_at IS NOT NULL THEN 'queued' ELSE a.state END AS state,
        a.attempt, a.queued_at, a.not_before, a.started_at,
        COALESCE(a.reason, CASE WHEN a.state = 'queued' AND l.deferred_until > campaign.clock() THEN 'quota' END) AS reason,
        CASE WHEN a.state = 'queued' AND l.deferred_until > campaign.clock() THEN l.deferred_until END AS deferred_until,
        CASE WHEN a.state = 'processing' AND a.reason = 'leased' THEN a.expires_at END AS lease_until, a.deadline_at AS due_by,
        c.program, c.owner_id, m.name AS owner, a.put_up_at, a.approved_at, a.content -> 'content' AS content
    FROM (
        -- each of the two has an index of its own
        SELECT * FROM campaign.action q WHERE q.state = 'queued'
        UNION ALL
        SELECT * FROM campaign.action q WHERE q.state IN ('awaiting_approval', 'processing', 'held')
    ) a
    JOIN campaign.campaign c ON c.workspace_id = a.workspace_id AND c.id = a.campaign_id
    JOIN campaign.lane l ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
    JOIN campaign.account o ON o.workspace_id = l.workspace_id AND o.id = l.account_id
    JOIN campaign.member m ON m.workspace_id = c.workspace_id AND m.id = c.owner_id
    LEFT JOIN campaign.prospect p ON p.workspace_id = a.workspace_id AND p.id = a.prospect_id
    LEFT JOIN campaign.step s ON s.workspace_id = a.workspace_id AND s.campaign_id = a.campaign_id AND s.position = a.step;
COMMENT ON VIEW campaign.open_action IS
    'Internal. The queue, of everybody; member_id is whose account it is';

CREATE VIEW campaign.queue WITH (security_barrier) AS
    SELECT q.campaign_id, q.campaign, q.prospect_id, q.external_id, q.enrollment_id, q.action_id, q.prospect, q.account, q.kind,
        q.step, q.state, q.attempt, q.queued_at, q.not_before, q.started_at, q.reason, q.deferred_until, q.lease_until, q.due_by,
        q.program, q.owner, q.put_up_at, q.approved_at, q.content
    FROM campaign.open_action q
    WHERE q.workspace_id IN (SELECT campaign.my_workspaces())
    UNION ALL
    SELECT q.campaign_id, q.campaign, q.prospect_id, q.external_id, q.enrollment_id, q.action_id, q.prospect, q.account, q.kind,
        q.step, q.state, q.attempt, q.queued_at, q.not_before, q.started_at, q.reason, q.deferred_until, q.lease_until, q.due_by,
        q.program, q.owner, q.put_up_at, q.approved_at, q.content
    FROM campaign.my_members() m
    JOIN campaign.open_action q ON q.workspace_id = m.workspace_id AND m.member_id IN (q.member_id, q.owner_id);
COMMENT ON VIEW campaign.queue IS
    'Actions that wait to be executed (queued), for the owner of their campaign (awaiting_approval), are under way (processing) or wait for a decision (held); what a pause took out of the queue is not here. content: what is sent, once it is frozen. An agent sees those of the accounts and of the campaigns of his member';

CREATE VIEW campaign.step_funnel WITH (security_barrier) AS
    SELECT c.id AS campaign_id, c.name AS campaign, s.position, s.name AS step, s.kind, s.action_kind,
        COALESCE(t.entered, 0)::bigint AS entered, COALESCE(h.now_here, 0) AS now_here,
        COALESCE(t.executed, 0)::bigint AS executed, COALESCE(t.passed, 0)::bigint AS succeeded,
        COALESCE(t.timed_out, 0)::bigint AS timed_out, COALESCE(t.success, 0)::bigint AS left_success,
        COALESCE(t.failure, 0)::bigint AS left_failure, COALESCE(t.other, 0)::bigint AS left_otherwise,
        (SELECT pg_catalog.make_interval(secs => CASE x.bucket WHEN 0 THEN 0 ELSE round(2 ^ ((x.bucket - 0.5) / 4)) END)
         FROM (
            SELECT b.bucket, sum(b.n) OVER (ORDER BY b.bucket) AS up_to, sum(b.n) OVER () AS total
            FROM (
                SELECT pg_catalog.substr(k.kind, 8)::integer AS bucket, sum(k.n) AS n
                FROM campaign.counted_total k
                WHERE k.workspace_id = s.workspace_id AND k.campaign_id = s.campaign_id AND k.step = s.position
                  AND k.kind LIKE 'waited\_%'
                GROUP BY 1
            ) b
         ) x
         WHERE 2 * x.up_to >= x.total ORDER BY x.bucket LIMIT 1) AS median_wait
    FROM campaign.step s
    JOIN campaign.campaign c ON c.workspace_id = s.workspace_id AND c.id = s.campaign_id
    LEFT JOIN (
        SELECT k.workspace_id, k.campaign_id, k.step,
            sum(k.n) FILTER (WHERE k.kind = 'entered') AS entered,
            sum(k.n) FILTER (WHERE k.kind = 'executed') AS executed,
            sum(k.n) FILTER (WHERE k.kind = 'passed') AS passed,
            sum(k.n) FILTER (WHERE k.kind = 'timed_out') AS timed_out,
            sum(k.n) FILTER (WHERE k.kind = 'success') AS success,
            sum(k.n) FILTER (WHERE k.kind = 'failure') AS failure,
            sum(k.n) FILTER (WHERE k.kind IN ('end', 'error', 'removed', 'archived')) AS other
        FROM campaign.counted_total k
        WHERE k.workspace_id IN (SELECT campaign.my_workspaces())
        GROUP BY k.workspace_id, k.campaign_id, k.step
    ) t ON t.workspace_id = s.workspace_id AND t.campaign_id = s.campaign_id AND t.step = s.position
    LEFT JOIN (
        SELECT e.workspace_id, e.campaign_id, e.step, count(*) AS now_here
        FROM campaign.enrollment e
        WHERE e.ended_at IS NULL AND e.status <> 'blocked' AND e.workspace_id IN (SELECT campaign.my_workspaces())
        GROUP BY e.workspace_id, e.campaign_id, e.step
    ) h ON h.workspace_id = s.workspace_id AND h.campaign_id = s.campaign_id AND h.step = s.position
    WHERE s.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.step_funnel IS
    'How many runs came to each step, stand there now, had its action executed, went on, and left there, by how they left; median_wait: how long those that went on had stood there, to a tenth of it';

CREATE VIEW campaign.quota_usage WITH (security_barrier) AS
    SELECT u.account_id, a.address AS account, NULLIF(u.usage_kind, '') AS action_kind, u.period, u.scope,
        u.window_start, u.window_end, u.used, u.max_actions,
        COALESCE(sum(q.waiting), 0)::bigint AS deferred
    FROM campaign.account_usage u
    JOIN campaign.account a ON a.workspace_id = u.workspace_id AND a.id = u.account_id
    JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
    CROSS JOIN LATERAL (SELECT k.channel_class FROM campaign.action_kind k
                        WHERE k.name = u.action_kind ORDER BY k.built_in LIMIT 1) k
    LEFT JOIN campaign.lane l ON l.workspace_id = u.workspace_id AND l.account_id = u.account_id
        AND l.action_kind = u.action_kind AND l.deferred_until > campaign.clock() AND u.used >= u.max_actions
    LEFT JOIN LATERAL (SELECT count(*) AS waiting FROM campaign.action x
                       WHERE x.workspace_id = l.workspace_id AND x.lane_id = l.id AND x.state = 'queued') q ON l.id IS NOT NULL
    WHERE u.workspace_id IN (SELECT campaign.my_workspaces())
      AND COALESCE(h.options -> 'classes' ? k.channel_class, true)
    GROUP BY u.workspace_id, u.account_id, a.address, u.usage_kind, u.period, u.scope, u.window_start, u.window_end, u.used, u.max_actions;
COMMENT ON VIEW campaign.quota_usage IS
    'All limits that hold for each account, its providers'' too, with the present window and what of it is used; action_kind NULL counts all kinds; deferred: how many actions wait for the next window';

CREATE VIEW campaign.stuck_run AS
    SELECT e.workspace_id, e.id AS enrollment_id, e.campaign_id, e.prospect_id, e.step,
        CASE
            WHEN e.due_at IS NOT NULL THEN 'overdue'
            WHEN e.parked_due_at IS NOT NULL THEN 'parked'
            ELSE 'nothing_awaited'
        END AS reason,
        COALESCE(e.due_at, e.parked_due_at, e.step_at) AS since
    FROM campaign.enrollment e
    JOIN campaign.campaign c ON c.workspace_id = e.workspace_id AND c.id = e.campaign_id
    -- who waits over the cap comes in when somebody leaves
    WHERE e.ended_at IS NULL AND e.held IS NULL AND e.status <> 'blocked'
      AND CASE
            WHEN e.due_at IS NOT NULL THEN c.state IN ('live', 'closed') AND e.due_at < campaign.clock() - interval '5 minutes'
            WHEN e.parked_due_at IS NOT NULL THEN c.state IN ('live', 'closed') AND e.status <> 'paused'
            -- at a stage a person, or an event, is awaited
            WHEN e.halt = 5 THEN false
            ELSE NOT EXISTS (
                SELECT FROM campaign.action a
                WHERE a.workspace_id = e.workspace_id AND a.id = e.action_id
                  AND (a.state IN ('queued', 'awaiting_approval', 'processing', 'held') OR a.state = 'withdrawn' AND (c.state = 'paused' OR e.status = 'paused')))
              -- an outcome that is about to be applied
              AND NOT EXISTS (
                SELECT FROM campaign.inbox i
                WHERE i.workspace_id = e.workspace_id AND i.prospect_id = e.prospect_id AND i.action_id = e.action_id)
          END;
COMMENT ON VIEW campaign.stuck_run IS
    'Internal. What the view stuck lists, of all workspaces';

CREATE VIEW campaign.stuck WITH (security_barrier) AS
    SELECT c.id AS campaign_id, c.name AS campaign, t.prospect_id, p.external_id, t.enrollment_id, s.name AS step, t.reason, t.since
    FROM campaign.stuck_run t
    JOIN campaign.campaign c ON c.workspace_id = t.workspace_id AND c.id = t.campaign_id
    LEFT JOIN campaign.prospect p ON p.workspace_id = t.workspace_id AND p.id = t.prospect_id
    LEFT JOIN campaign.step s ON s.workspace_id = t.workspace_id AND s.campaign_id = t.campaign_id AND s.position = t.step
    WHERE t.workspace_id IN (SELECT campaign.my_workspaces())
    UNION ALL
    SELECT c.id, c.name, h.prospect_id, p.external_id, h.enrollment_id, s.name, 'held_beside', h.parked_at
    FROM campaign.side_action h
    JOIN campaign.campaign c ON c.workspace_id = h.workspace_id AND c.id = h.campaign_id
    LEFT JOIN campaign.prospect p ON p.workspace_id = h.workspace_id AND p.id = h.prospect_id
    LEFT JOIN campaign.step s ON s.workspace_id = h.workspace_id AND s.campaign_id = h.campaign_id AND s.position = h.step
    WHERE h.held IS NOT NULL AND h.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.stuck IS
    'Runs that nothing will move on: empty when all is well, since an active run has a queued action, a timer, an awaited event with a deadline, or a hold with a reason (B5)';

CREATE VIEW campaign.unknown_outcomes WITH (security_barrier) AS
    SELECT c.id AS campaign_id, c.name AS campaign, a.prospect_id, p.external_id, a.enrollment_id, a.id AS action_id,
        o.address AS account, a.action_kind AS kind, s.name AS step, a.attempt, a.started_at, a.outcome
    FROM campaign.action a
    JOIN campaign.campaign c ON c.workspace_id = a.workspace_id AND c.id = a.campaign_id
    JOIN campaign.lane l ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
    JOIN campaign.account o ON o.workspace_id = l.workspace_id AND o.id = l.account_id
    LEFT JOIN campaign.prospect p ON p.workspace_id = a.workspace_id AND p.id = a.prospect_id
    LEFT JOIN campaign.step s ON s.workspace_id = a.workspace_id AND s.campaign_id = a.campaign_id AND s.position = a.step
    WHERE a.workspace_id IN (SELECT campaign.my_workspaces())
      AND a.state = 'held' AND a.reason = 'unknown_outcome';
COMMENT ON VIEW campaign.unknown_outcomes IS
    'Actions of which nobody can know whether they were accepted: held for a decision, never guessed (B6)';

CREATE VIEW campaign.alerts WITH (security_barrier) AS
    SELECT a.reason AS code,
        'error' AS severity, c.id AS campaign_id, c.name AS campaign, a.prospect_id, a.enrollment_id, a.id AS action_id,
        a.started_at AS since, a.outcome ->> 'detail' AS message,
        CASE a.reason
            WHEN 'unknown_outcome' THEN pg_catalog.format('SELECT campaign.resolve(%s, ''assume_sent'')', a.id)
            ELSE pg_catalog.format('SELECT campaign.requeue(ARRAY[%s])', a.id)
        END AS remedy, NULL::timestamptz AS closed_at
    FROM campaign.action a
    JOIN campaign.campaign c ON c.workspace_id = a.workspace_id AND c.id = a.campaign_id
    WHERE a.workspace_id IN (SELECT campaign.my_workspaces())
      AND a.state = 'held' AND a.reason IN ('quarantined', 'unknown_outcome', 'internal_error')
    UNION ALL
    SELECT e.held, 'error', c.id, c.name, e.prospect_id, e.id, e.action_id, e.step_at, e.held_detail,
        pg_catalog.format('SELECT campaign.requeue_prospects(%s, ARRAY[%s])', c.id, e.prospect_id), NULL
    FROM campaign.enrollment e
    JOIN campaign.campaign c ON c.workspace_id = e.workspace_id AND c.id = e.campaign_id
    WHERE e.workspace_id IN (SELECT campaign.my_workspaces())
      AND e.ended_at IS NULL AND e.held = 'internal_error'
    UNION ALL
    SELECT 'internal_error', 'error', NULL, NULL, i.prospect_id, i.enrollment_id, i.action_id, i.occurred_at, i.held,
        pg_catalog.format('SELECT campaign.requeue_prospects(NULL, ARRAY[%s])', i.prospect_id), NULL
    FROM campaign.inbox i
    WHERE i.workspace_id IN (SELECT campaign.my_workspaces()) AND i.held IS NOT NULL
    UNION ALL
    SELECT s.code, CASE s.code WHEN 'mailbox_not_moved' THEN 'warning' ELSE 'error' END, NULL, NULL, NULL, NULL, NULL, s.failed_since, pg_catalog.concat_ws(': ', m.name, s.detail),
        pg_catalog.format('SELECT * FROM campaign.mailbox_status WHERE mailbox_id = %s', m.id), NULL::timestamptz
    FROM campaign.mailbox_state s
    JOIN campaign.mailbox m ON m.workspace_id = s.workspace_id AND m.id = s.mailbox_id AND m.is_active
    WHERE s.workspace_id IN (SELECT campaign.my_workspaces()) AND s.code IS NOT NULL
    UNION ALL
    SELECT a.code, a.severity, c.id, c.name, NULL, NULL, NULL, a.raised_at, a.message, a.remedy, a.closed_at
    FROM campaign.alert a
    JOIN campaign.campaign c ON c.workspace_id = a.workspace_id AND c.id = a.campaign_id
    WHERE a.workspace_id IN (SELECT campaign.my_workspaces())
      -- while they are held, each is shown by itself
      AND (a.closed_at IS NOT NULL OR a.code NOT IN ('quarantined', 'unknown_outcome', 'internal_error'));
COMMENT ON VIEW campaign.alerts IS
    'What waits for a person, and what did until closed_at: causes of the health of campaigns, from when they were first seen (since); quarantined (an action with which three dispatchers died), unknown_outcome (nobody knows whether it was accepted), internal_error (a run, an action or something reported that failed by itself); remedy is the call that helps. Nothing is open when all is well';

CREATE VIEW campaign.daily_stats WITH (security_barrier) AS
    WITH source AS (
        -- What comes back stands at a later step than what it answers: the last action before it, and
        -- for an acceptance the last invitation.
        SELECT s.workspace_id, s.campaign_id, s.position,
            pg_catalog.max(x.position) AS action_position,
            pg_catalog.max(x.position) FILTER (WHERE k.options ->> 'relation' = 'pending') AS invitation_position
        FROM campaign.step s
        JOIN campaign.step x ON x.workspace_id = s.workspace_id AND x.campaign_id = s.campaign_id
            AND x.position <= s.position AND x.action_kind IS NOT NULL
        CROSS JOIN LATERAL (SELECT a.options FROM campaign.action_kind a
                            WHERE a.name = x.action_kind ORDER BY a.built_in LIMIT 1) k
        WHERE s.workspace_id IN (SELECT campaign.my_workspaces())
        GROUP BY s.workspace_id, s.campaign_id, s.position
    )
    SELECT c.id AS campaign_id, c.name AS campaign, k.day, x.action_kind AS kind,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'queued'), 0)::bigint AS queued,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'executed'), 0)::bigint AS sent,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'accepted'), 0)::bigint AS accepted,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'replied'), 0)::bigint AS replied,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'failed'), 0)::bigint AS failed,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'bounced'), 0)::bigint AS bounced,
        COALESCE(sum(k.n) FILTER (WHERE k.kind = 'unsubscribed'), 0)::bigint AS unsubscribed
    FROM campaign.counted k
    JOIN campaign.campaign c ON c.workspace_id = k.workspace_id AND c.id = k.campaign_id
    LEFT JOIN source o ON o.workspace_id = k.workspace_id AND o.campaign_id = k.campaign_id AND o.position = k.step
    LEFT JOIN campaign.step x ON x.workspace_id = k.workspace_id AND x.campaign_id = k.campaign_id
        AND x.position = CASE k.kind WHEN 'accepted' THEN o.invitation_position ELSE o.action_position END
    WHERE k.workspace_id IN (SELECT campaign.my_workspaces())
      AND k.kind IN ('queued', 'executed', 'accepted', 'replied', 'failed', 'bounced', 'unsubscribed')
    GROUP BY c.id, c.name, k.day, x.action_kind;
COMMENT ON VIEW campaign.daily_stats IS
    'What happened on each local day of the campaign, by the kind of action that was queued or sent, or that was answered; kind NULL: before any action';
