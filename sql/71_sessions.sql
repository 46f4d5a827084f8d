-- The log of attempts: actions of runs once they have begun, and what people opened themselves.

CREATE VIEW campaign.attempt AS
    SELECT s.workspace_id, s.id, s.campaign_id, NULL::bigint AS enrollment_id, s.prospect_id, s.action_kind, s.status,
        false AS held, s.attempt, s.created_at, s.completed_at, NULL::bigint AS lane_id, s.member_id, s.payment_type, s.agreement_id,
        s.external_lead_id, s.lead_key
    FROM campaign.session s
    UNION ALL
    SELECT a.workspace_id, a.id, a.campaign_id, a.enrollment_id, a.prospect_id, a.action_kind,
        -- An outcome that nobody knows leaves the attempt where it was (D18), and one that waits to be
        -- tried again is still the same; what was called off between two tries was never completed. A
        -- gateway that answers later can say that the lead declined, or nothing in time.
        CASE
            WHEN a.state IN ('queued', 'withdrawn', 'processing', 'held') THEN 'processing'
            WHEN a.state IN ('skipped', 'cancelled') THEN 'expired'
            WHEN a.reason IN ('rejected', 'expired') THEN a.reason
            ELSE a.state
        END,
        a.state = 'held', a.attempt, a.begun_at, a.finished_at, a.lane_id, NULL::bigint, NULL::text, NULL::bigint,
        NULL::text, NULL::text
    FROM campaign.action a;
COMMENT ON VIEW campaign.attempt IS
    'Internal. Sessions that people opened, and actions, in one form; created_at is NULL for those that have not begun and are no sessions. Without joins and conditions and with equal types, so that each of the two is read by its own indexes';

CREATE VIEW campaign.begun_attempt AS
    SELECT t.workspace_id, m.id AS member_id, c.id AS campaign_id, c.name AS campaign, t.prospect_id, p.external_id, t.enrollment_id, t.id AS session_id,
        t.status, t.held, t.created_at,
        pg_catalog.to_char(t.created_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD HH24-MI-SS') AS created,
        t.completed_at, t.action_kind AS kind, 'session to ' || k.intention AS intention,
        pg_catalog.concat_ws(', ', k.intention, t.payment_type) AS service_type, t.payment_type,
        g.external_id AS agreement, q.name AS workflow, COALESCE(x.merchant, w.merchant) AS merchant,
        m.agency, m.name AS member,
        CASE WHEN t.enrollment_id IS NULL THEN t.external_lead_id ELSE p.external_id END AS external_lead_id,
        CASE WHEN t.enrollment_id IS NULL THEN t.lead_key ELSE p.external_id END AS lead_key
    FROM campaign.attempt t
    JOIN campaign.campaign c ON c.workspace_id = t.workspace_id AND c.id = t.campaign_id
    JOIN campaign.sequence q ON q.workspace_id = c.workspace_id AND q.id = c.sequence_id
    JOIN campaign.workspace w ON w.id = t.workspace_id
    LEFT JOIN campaign.workspace_setting x ON x.workspace_id = t.workspace_id
    LEFT JOIN LATERAL (SELECT i.intention FROM campaign.action_kind i
                       WHERE i.name = t.action_kind ORDER BY i.built_in LIMIT 1) k ON true
    LEFT JOIN campaign.lane l ON l.workspace_id = t.workspace_id AND l.id = t.lane_id
    LEFT JOIN campaign.account o ON o.workspace_id = t.workspace_id AND o.id = l.account_id
    LEFT JOIN campaign.member m ON m.workspace_id = t.workspace_id AND m.id = COALESCE(t.member_id, o.member_id)
    LEFT JOIN campaign.agreement g ON g.workspace_id = t.workspace_id AND g.id = t.agreement_id
    LEFT JOIN campaign.prospect p ON p.workspace_id = t.workspace_id AND p.id = t.prospect_id
    WHERE t.created_at IS NOT NULL;
COMMENT ON VIEW campaign.begun_attempt IS
    'Internal. The sessions, of everybody; member_id is who is at work, or whose account it is';

CREATE VIEW campaign.sessions WITH (security_barrier) AS
    SELECT v.* FROM (
        SELECT t.campaign_id, t.campaign, t.prospect_id, t.external_id, t.enrollment_id, t.session_id, t.status, t.held,
            t.created_at, t.created, t.completed_at, t.kind, t.intention, t.service_type, t.payment_type, t.agreement, t.workflow,
            t.merchant, t.agency, t.member, t.external_lead_id, t.lead_key
        FROM campaign.begun_attempt t
        WHERE t.workspace_id IN (SELECT campaign.my_workspaces())
        UNION ALL
        SELECT t.campaign_id, t.campaign, t.prospect_id, t.external_id, t.enrollment_id, t.session_id, t.status, t.held,
            t.created_at, t.created, t.completed_at, t.kind, t.intention, t.service_type, t.payment_type, t.agreement, t.workflow,
            t.merchant, t.agency, t.member, t.external_lead_id, t.lead_key
        FROM campaign.my_members() m
        JOIN campaign.begun_attempt t ON t.workspace_id = m.workspace_id AND t.member_id = m.member_id
    ) v
    ORDER BY v.created_at DESC, v.session_id DESC;
COMMENT ON VIEW campaign.sessions IS
    'Every attempt to reach a lead, newest first (S4.3). status: new (just opened), processing (handed on), complete, rejected (the lead declined), failed (the gateway did), expired (never completed); held: nobody knows the outcome (D18). created is the time in the campaign''s zone; attempts with the same lead_key are about one lead (S4.2). An agent sees those of his member';

CREATE VIEW campaign.leads WITH (security_barrier) AS
    SELECT c.id AS campaign_id, c.name AS campaign, pg_catalog.max(t.prospect_id) AS prospect_id, t.lead_key,
        pg_catalog.max(t.external_lead_id) AS external_lead_id, count(*) AS sessions,
        count(*) FILTER (WHERE t.status IN ('new', 'processing')) AS open,
        count(*) FILTER (WHERE t.status = 'complete') AS complete,
        count(*) FILTER (WHERE t.status = 'rejected') AS rejected,
        count(*) FILTER (WHERE t.status = 'failed') AS failed,
        count(*) FILTER (WHERE t.status = 'expired') AS expired,
        pg_catalog.bool_or(t.status = 'complete') AS is_lead,
        pg_catalog.min(t.created_at) AS first_at, pg_catalog.max(t.created_at) AS last_at
    FROM (
        SELECT a.workspace_id, a.campaign_id, a.id, a.prospect_id, a.status, a.created_at,
            CASE WHEN a.enrollment_id IS NULL THEN a.external_lead_id ELSE p.external_id END AS external_lead_id,
            CASE WHEN a.enrollment_id IS NULL THEN a.lead_key ELSE p.external_id END AS lead_key
        FROM campaign.attempt a
        LEFT JOIN campaign.prospect p ON p.workspace_id = a.workspace_id AND p.id = a.prospect_id
    ) t
    JOIN campaign.campaign c ON c.workspace_id = t.workspace_id AND c.id = t.campaign_id
    WHERE t.workspace_id IN (SELECT campaign.my_workspaces()) AND t.created_at IS NOT NULL
    GROUP BY c.workspace_id, c.id, c.name, t.lead_key, CASE WHEN t.lead_key IS NULL THEN t.id END;
COMMENT ON VIEW campaign.leads IS
    'Whom the sessions of a campaign tried to reach: one row for each lead_key, and one for each session that has none (S4.2). is_lead: an action completed, before which nobody counts as a lead (S4.11)';

CREATE VIEW campaign.session_stats WITH (security_barrier) AS
    SELECT c.id AS campaign_id, c.name AS campaign, s.action_kind AS kind, count(*) AS sessions,
        count(*) FILTER (WHERE s.status IN ('new', 'processing')) AS open,
        count(*) FILTER (WHERE s.status = 'complete') AS complete,
        count(*) FILTER (WHERE s.status = 'rejected') AS rejected,
        count(*) FILTER (WHERE s.status = 'failed') AS failed,
        count(*) FILTER (WHERE s.status = 'expired') AS expired,
        round(count(*) FILTER (WHERE s.status = 'failed')::numeric
            / NULLIF(count(*) FILTER (WHERE s.status IN ('complete', 'rejected', 'failed')), 0), 4) AS failure_ratio
    FROM campaign.session s
    JOIN campaign.campaign c ON c.workspace_id = s.workspace_id AND c.id = s.campaign_id
    WHERE s.workspace_id IN (SELECT campaign.my_workspaces())
    GROUP BY c.workspace_id, c.id, c.name, s.action_kind;
COMMENT ON VIEW campaign.session_stats IS
    'How the sessions that people opened came out, by campaign and kind; what runs sent is in daily_stats. failure_ratio is that of gateways: a lead who declined is an answer, not a failure (S4.4)';

-- Finds the page by the indexes of each campaign, and then reads the view for these rows alone.
CREATE FUNCTION campaign.list_sessions(campaign bigint DEFAULT NULL, max_rows integer DEFAULT 10, after_id bigint DEFAULT NULL)
    RETURNS SETOF campaign.sessions LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    v_since timestamptz := 'infinity';
    v_after bigint := COALESCE(list_sessions.after_id, 0);
    v_campaigns bigint[];
    v_page bigint[];
BEGIN
    IF list_sessions.max_rows IS NULL OR list_sessions.max_rows < 1 THEN
        RAISE EXCEPTION 'max_rows must be at least 1'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', COALESCE(list_sessions.max_rows::text, 'NULL')),
                HINT = 'Leave it out for 10 rows.';
    END IF;
    IF list_sessions.after_id IS NOT NULL THEN
        SELECT t.created_at INTO v_since FROM campaign.attempt t WHERE t.workspace_id = v_workspace AND t.id = v_after AND t.created_at IS NOT NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'session % does not exist', v_after
                USING ERRCODE = 'undefined_object', DETAIL = 'after_id is to be the last one of the page before.',
                    HINT = 'Leave it out for the first page.';
        END IF;
    END IF;
    SELECT array_agg(f.id), array_agg(DISTINCT f.campaign_id) INTO v_page, v_campaigns
    FROM (
        SELECT x.id, c.id AS campaign_id
        FROM campaign.campaign c
        CROSS JOIN LATERAL (
            (SELECT s.id, s.created_at FROM campaign.session s
             WHERE s.workspace_id = v_workspace AND s.campaign_id = c.id AND (s.created_at, s.id) < (v_since, v_after)
             ORDER BY s.created_at DESC, s.id DESC LIMIT list_sessions.max_rows)
            UNION ALL
            (SELECT a.id, a.begun_at FROM campaign.action a
             WHERE a.workspace_id = v_workspace AND a.campaign_id = c.id AND a.begun_at IS NOT NULL
               AND (a.begun_at, a.id) < (v_since, v_after)
             ORDER BY a.begun_at DESC, a.id DESC LIMIT list_sessions.max_rows)
        ) x
        WHERE c.workspace_id = v_workspace AND (list_sessions.campaign IS NULL OR c.id = list_sessions.campaign)
        ORDER BY x.created_at DESC, x.id DESC LIMIT list_sessions.max_rows
    ) f;
    RETURN QUERY
        SELECT s.* FROM campaign.sessions s
        WHERE s.campaign_id = ANY (v_campaigns) AND s.session_id = ANY (v_page)
        ORDER BY s.created_at DESC, s.session_id DESC;
END
$$;
COMMENT ON FUNCTION campaign.list_sessions(bigint, integer, bigint) IS
    'Sessions of the current workspace, or of one campaign, newest first, 10 at a time; after_id is the last one of the page before (S4.8)';

CREATE FUNCTION campaign.session_detail(id bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    v campaign.sessions;
    s campaign.session;
    v_kind campaign.action_kind;
    v_detail jsonb;
    v_contact jsonb;
    v_agreement jsonb;
BEGIN
    SELECT o.* INTO v FROM campaign.sessions o
    WHERE o.session_id = session_detail.id
      AND o.campaign_id IN (SELECT c.id FROM campaign.campaign c WHERE c.workspace_id = v_workspace);
    IF v.session_id IS NULL THEN
        RAISE EXCEPTION 'session % does not exist', COALESCE(session_detail.id::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such session is in the current workspace.',
                HINT = 'list_sessions() shows those that there are.';
    END IF;
    SELECT k.* INTO v_kind FROM campaign.action_kind k WHERE k.name = v.kind ORDER BY k.built_in LIMIT 1;
    SELECT o.* INTO s FROM campaign.session o WHERE o.workspace_id = v_workspace AND o.id = v.session_id;
    SELECT to_jsonb(p) - '{workspace_id,person_key,removed_at,merged_into}'::text[] INTO v_contact FROM campaign.prospect p
    WHERE p.workspace_id = v_workspace AND p.id = v.prospect_id;
    SELECT to_jsonb(g) - '{workspace_id,prospect_id}'::text[] INTO v_agreement FROM campaign.agreement g
    WHERE g.workspace_id = v_workspace AND g.id = s.agreement_id;

    v_detail := jsonb_build_object('session_id', v.session_id, 'status', v.status, 'created_at', v.created_at,
        'created', v.created, 'intention', v.intention, 'service_type', v.service_type, 'payment_type', v.payment_type,
        'campaign', v.campaign, 'workflow', v.workflow, 'merchant', v.merchant, 'agency', v.agency, 'member', v.member,
        'external_lead_id', v.external_lead_id, 'lead_key', v.lead_key);
    -- by status: while it is open, how long it may be; once it has ended, when and why
    IF v.status IN ('new', 'processing') THEN
        v_detail := v_detail || jsonb_build_object('held', v.held, 'expires_at', s.expires_at);
    ELSE
        v_detail := v_detail || jsonb_build_object('completed_at', v.completed_at);
    END IF;
    IF v.status <> 'new' THEN
        v_detail := v_detail || jsonb_build_object('outcome',
            COALESCE(s.outcome, (SELECT a.outcome FROM campaign.action a WHERE a.workspace_id = v_workspace AND a.id = v.session_id)));
    END IF;
    -- by intention: the contact that it makes, or the one that is there already; the agreement
    IF v_kind.contact = 'creates' THEN
        v_detail := v_detail || jsonb_build_object('contact', COALESCE(v_contact, s.contact))
            || CASE v.status WHEN 'complete' THEN jsonb_build_object('contact_created', s.contact_created) ELSE '{}' END;
    ELSE
        v_detail := v_detail || jsonb_build_object('contact', COALESCE(v_contact, s.contact), 'contact_exists', v_contact IS NOT NULL);
    END IF;
    IF v_agreement IS NOT NULL THEN
        v_detail := v_detail || jsonb_build_object('agreement', v_agreement);
    END IF;
    RETURN jsonb_strip_nulls(v_detail);
END
$$;
COMMENT ON FUNCTION campaign.session_detail(bigint) IS
    'All that is known of one session (S4.9). Keys go by status (expires_at and held while it is open, completed_at and outcome after) and by intention (contact with contact_created or contact_exists; agreement where it is about one)';
