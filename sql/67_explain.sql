-- Why a prospect does not advance (S2.44, B5): one row for each thing that blocks, its present value, and
-- the earliest time at which it can change. Each function says what one thing has against it: the
-- campaign, the lane, the action, the wait, the run.

CREATE FUNCTION campaign.explain_campaign(c campaign.campaign)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    CASE c.state
        WHEN 'draft' THEN
            RETURN QUERY VALUES ('campaign_draft', 'the campaign is not launched yet', NULL::timestamptz);
        WHEN 'paused' THEN
            RETURN QUERY VALUES ('campaign_paused', format('the campaign is paused since %s', c.paused_at)
                || CASE c.pause_reason WHEN 'trial_ended' THEN ', since the trial has ended: choose_plan() lets it go on'
                    WHEN 'plan_lacks' THEN ', since the plan does not include all of its actions: choose_plan() lets it go on' ELSE '' END, NULL::timestamptz);
        WHEN 'live' THEN
            IF c.starts_at > campaign.clock() THEN
                RETURN QUERY VALUES ('campaign_scheduled', format('the campaign starts at %s', c.starts_at), c.starts_at);
            END IF;
        ELSE
            NULL;
    END CASE;
    -- in virtual time there are no workers, and rounds are called
    IF EXISTS (SELECT FROM campaign.instance i WHERE i.is_virtual) THEN
        RETURN;
    ELSIF NOT campaign.preloaded() THEN
        RETURN QUERY VALUES ('not_preloaded', 'no worker runs: campaign is not in shared_preload_libraries', NULL::timestamptz);
    ELSE
        RETURN QUERY
            SELECT 'not_armed', format('nothing leaves this database: %s', f.detail), NULL::timestamptz
            FROM campaign.arming_fault() f
            WHERE f.code IS NOT NULL;
        RETURN QUERY
            SELECT 'no_worker', format('the %s does not run: %s', w.kind, w.status), NULL::timestamptz
            FROM campaign.worker_slots() w
            WHERE w.pid IS NULL;
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.explain_campaign(campaign.campaign) IS
    'Internal. What keeps everybody of a campaign from moving on';

CREATE FUNCTION campaign.explain_lane(workspace bigint, lane bigint)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    l campaign.lane;
    o campaign.account;
    active boolean;
BEGIN
    SELECT * INTO l FROM campaign.lane x WHERE x.workspace_id = $1 AND x.id = $2;
    SELECT * INTO o FROM campaign.account x WHERE x.workspace_id = $1 AND x.id = l.account_id;
    RETURN QUERY
        SELECT 'quota', format('%s of %s %s used up in this %s (%s)', u.used, u.max_actions,
                CASE u.usage_kind WHEN '' THEN 'actions' ELSE u.usage_kind END, CASE u.mode WHEN 'rolling' THEN 'rolling ' ELSE '' END || u.period,
                CASE u.scope WHEN 'account' THEN 'account ' || o.address ELSE u.scope END), u.window_end
        FROM campaign.account_usage u
        WHERE u.workspace_id = $1 AND u.account_id = o.id AND u.action_kind = l.action_kind AND u.used >= u.max_actions;
    RETURN QUERY
        SELECT 'limit_reached', format('the service has said that account %s has reached a limit of %s actions', o.address, l.action_kind), l.closed_until
        WHERE l.closed_until > campaign.clock();
    RETURN QUERY
        SELECT 'pace', CASE p.period WHEN 'pace' THEN format('account %s does one thing in %s, and up to %s', o.address, p.length, p.length + p.jitter)
                ELSE format('its channel starts %s in %s', p.max_actions, p.length) END, l.ready_at
        FROM campaign.account_pace p
        JOIN campaign.usage u ON u.workspace_id = p.workspace_id AND u.scope = p.scope AND u.scope_id = p.scope_id
            AND u.action_kind = '' AND u.period = p.period
        WHERE p.workspace_id = $1 AND p.account_id = o.id AND l.ready_at > campaign.clock()
          AND (SELECT sum(x.n) FROM unnest(u.recent_at, u.recent_n) x (at, n) WHERE x.at > campaign.clock() - p.length) >= p.max_actions;
    SELECT m.is_active INTO active FROM campaign.member m WHERE m.workspace_id = $1 AND m.id = o.member_id;
    IF o.session_state <> 'connected' OR NOT o.identity_active OR NOT active THEN
        RETURN QUERY VALUES ('account_inactive', format('account %s: %s', o.address, concat_ws(', ',
            CASE WHEN o.session_code = 'login_refused' THEN 'its mail server does not let it in'
                WHEN o.session_code IS NOT NULL THEN 'its service says ' || o.session_code WHEN o.session_state <> 'connected' THEN 'its session is ' || o.session_state END,
            CASE WHEN NOT o.identity_active THEN 'its identity is inactive' END,
            CASE WHEN NOT active THEN 'its member is inactive' END)), NULL::timestamptz);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.explain_lane(bigint, bigint) IS
    'Internal. What keeps an account from starting actions of this kind';

CREATE FUNCTION campaign.explain_queued(a campaign.action)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    l campaign.lane;
    address text;
    ahead bigint;
BEGIN
    SELECT * INTO l FROM campaign.lane x WHERE x.workspace_id = a.workspace_id AND x.id = a.lane_id;
    SELECT x.address INTO address FROM campaign.account x WHERE x.workspace_id = a.workspace_id AND x.id = l.account_id;
    IF a.state = 'withdrawn' THEN
        RETURN QUERY VALUES ('queued', format('%s %s, of %s, was taken out of the queue of account %s and comes back when what paused it ends',
            a.action_kind, a.id, a.queued_at, address), NULL::timestamptz);
        RETURN;
    END IF;

    SELECT count(*) INTO ahead FROM campaign.action x
    WHERE x.workspace_id = a.workspace_id AND x.lane_id = a.lane_id AND x.state = 'queued' AND (x.not_before, x.id) < (a.not_before, a.id);
    RETURN QUERY
        WITH block AS MATERIALIZED (
            SELECT COALESCE(w.reason, 'not_before') AS reason,
                CASE WHEN w.reason = 'frequency' THEN 'the person was contacted too recently, by whatever campaign'
                    WHEN w.reason = 'slot' THEN 'the campaign sends in its slots only'
                    WHEN w.reason = 'quiet_hours' THEN 'these are quiet hours where the prospect is'
                    WHEN w.reason = 'away' THEN 'an automatic reply said that the person is away'
                    WHEN w.reason = 'hold_if' THEN (SELECT format('nothing is sent while this holds: %s', c.settings -> 'hold_if')
                        FROM campaign.campaign c WHERE c.workspace_id = a.workspace_id AND c.id = a.campaign_id)
                    WHEN w.reason ~ '^(unmatched$|source_|audience_)' THEN (
                        SELECT CASE w.reason WHEN 'unmatched' THEN format('what it stands for does not match audience "%s" now', u.name)
                            ELSE format('the source of audience "%s" cannot be read: %s', u.name, COALESCE(u.fault_detail, u.slow_detail, w.reason)) END
                        FROM campaign.campaign c JOIN campaign.audience u ON u.workspace_id = a.workspace_id AND u.id = c.audience_id
                        WHERE c.workspace_id = a.workspace_id AND c.id = a.campaign_id)
                    WHEN a.attempt > 0 THEN format('tried %s times, the next attempt is set', a.attempt)
                    ELSE 'its time has not come' END AS detail,
                a.not_before AS next_change_at
            FROM (SELECT CASE WHEN a.reason IN ('frequency', 'slot', 'quiet_hours', 'hold_if', 'away', 'unmatched')
                    OR a.reason ~ '^(source|audience)_' THEN a.reason
                -- what was queued outside a slot has no reason written down
                WHEN a.reason IS NULL AND a.attempt = 0 AND EXISTS (SELECT FROM campaign.slot s
                    WHERE s.workspace_id = a.workspace_id AND s.campaign_id = a.campaign_id) THEN 'slot' END AS reason) w
            WHERE a.not_before > campaign.clock()
            UNION ALL
            -- nothing starts of whom something was reported that is not applied yet
            SELECT 'report_pending', format(CASE WHEN i.held IS NULL THEN '%s of %s was reported, and is about to be applied'
                    ELSE '%s of %s was reported, and could not be applied: requeue_prospects() tries again' END, i.kind, i.occurred_at),
                CASE WHEN i.held IS NULL THEN campaign.clock() END
            FROM campaign.prospect p
            JOIN campaign.prospect o ON o.workspace_id = p.workspace_id AND o.person_key = p.person_key
            JOIN campaign.inbox i ON i.workspace_id = p.workspace_id AND i.prospect_id = o.id
            WHERE p.workspace_id = a.workspace_id AND p.id = a.prospect_id
            UNION ALL
            SELECT 'not_taken', concat('an agent has to take it', ', else it expires at ' || a.deadline_at), a.deadline_at WHERE l.pulled
            UNION ALL
            SELECT l.reason, l.detail, l.next_change_at FROM campaign.explain_lane(a.workspace_id, a.lane_id) l
        )
        -- not before all that is in the way has gone, and nobody knows when where one of them has no time
        SELECT 'queued', format('%s %s is queued at account %s since %s, behind %s others', a.action_kind, a.id, address, a.queued_at, ahead),
            CASE WHEN count(*) = count(b.next_change_at) THEN GREATEST(max(b.next_change_at), l.deferred_until, campaign.clock()) END
        FROM block b
        UNION ALL
        SELECT b.reason, b.detail, b.next_change_at FROM block b;
END
$$;
COMMENT ON FUNCTION campaign.explain_queued(campaign.action) IS
    'Internal. Why an action that waits has not been started yet';

CREATE FUNCTION campaign.explain_approval(a campaign.action)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c campaign.campaign := campaign.read_campaign(a.workspace_id, a.campaign_id);
BEGIN
    IF a.approved_at IS NOT NULL OR a.content IS NULL THEN
        RETURN QUERY VALUES ('awaiting_approval', format(CASE WHEN a.content IS NULL THEN '%s %s is about to be put up for the owner to approve'
            ELSE '%s %s was approved, and is about to be queued' END, a.action_kind, a.id), campaign.clock());
    ELSE
        RETURN QUERY VALUES ('awaiting_approval', format('%s %s was put up at %s for the owner to approve() or block()', a.action_kind, a.id, a.put_up_at),
            CASE WHEN c.settings ->> 'unapproved' = 'lapse' THEN ((a.put_up_at AT TIME ZONE c.time_zone)::date + 1)::timestamp AT TIME ZONE c.time_zone END);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.explain_approval(campaign.action) IS
    'Internal. What an action waits for that the owner has to approve';

CREATE FUNCTION campaign.explain_action(workspace bigint, action bigint)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    a campaign.action;
BEGIN
    SELECT * INTO a FROM campaign.action x WHERE x.workspace_id = $1 AND x.id = $2;
    CASE
        WHEN a.id IS NULL THEN
            NULL;
        WHEN a.state = 'processing' AND a.reason = 'leased' THEN
            RETURN QUERY VALUES ('executing', format('%s %s, attempt %s, was taken by an agent at %s', a.action_kind, a.id, a.attempt, a.started_at), a.expires_at);
        WHEN a.state = 'processing' AND a.incarnation IS NULL THEN
            RETURN QUERY VALUES ('awaiting_report', format('%s %s, attempt %s, was taken on by the gateway, which is to report what became of it', a.action_kind, a.id, a.attempt), a.expires_at);
        WHEN a.state = 'processing' THEN
            RETURN QUERY VALUES ('executing', format('%s %s, attempt %s, was handed over at %s', a.action_kind, a.id, a.attempt, a.started_at), NULL::timestamptz);
        WHEN a.state = 'awaiting_approval' THEN
            RETURN QUERY SELECT * FROM campaign.explain_approval(a);
        WHEN a.state = 'held' THEN
            RETURN QUERY VALUES (COALESCE(a.reason, 'held'),
                concat_ws(': ', format(CASE a.reason WHEN 'no_credit' THEN '%s %s waits for credits: add_credits() lets it go on'
                    WHEN 'dequeued' THEN '%s %s was taken out of the queue: requeue() puts it back' ELSE '%s %s is held for a decision' END, a.action_kind, a.id), a.outcome ->> 'detail'), NULL::timestamptz);
        WHEN a.state IN ('queued', 'withdrawn') AND a.reason = 'approved' THEN
            RETURN QUERY
                SELECT CASE WHEN q.reason IN ('slot', 'not_before') THEN 'approved' ELSE q.reason END,
                    CASE WHEN q.reason IN ('slot', 'not_before') THEN format('approved at %s, it is sent in the next slot', a.approved_at) ELSE q.detail END,
                    q.next_change_at
                FROM campaign.explain_queued(a) q;
        WHEN a.state IN ('queued', 'withdrawn') THEN
            RETURN QUERY SELECT * FROM campaign.explain_queued(a);
        ELSE
            RETURN QUERY
                SELECT 'outcome_pending', format('%s %s is %s, which is about to be applied', a.action_kind, a.id, a.state), campaign.clock()
                FROM campaign.prospect p
                WHERE p.workspace_id = $1 AND p.id = a.prospect_id
                  AND EXISTS (SELECT FROM campaign.inbox i
                              WHERE i.workspace_id = $1 AND i.prospect_id = p.id AND i.action_id = a.id);
    END CASE;
END
$$;
COMMENT ON FUNCTION campaign.explain_action(bigint, bigint) IS
    'Internal. Why an open action has not been executed yet';

-- What is so at present of a fact that a condition names.
CREATE FUNCTION campaign.describe_fact(e campaign.enrollment, fact text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    state text;
    address text;
BEGIN
    CASE
        WHEN $2 IN ('connected', 'pending', 'not_connected') THEN
            SELECT r.state, a.address INTO state, address
            FROM campaign.relation r
            JOIN campaign.account a ON a.workspace_id = r.workspace_id AND a.id = r.account_id
            WHERE r.workspace_id = e.workspace_id AND r.prospect_id = e.prospect_id
              AND (r.account_id IN (SELECT u.account_id FROM campaign.enrollment_account u
                                    WHERE u.workspace_id = e.workspace_id AND u.enrollment_id = e.id)
                OR r.account_id IN (SELECT o.account_id FROM campaign.campaign_account o
                                    WHERE o.workspace_id = e.workspace_id AND o.campaign_id = e.campaign_id)
                  AND NOT EXISTS (SELECT FROM campaign.enrollment_account u
                                  WHERE u.workspace_id = e.workspace_id AND u.enrollment_id = e.id AND u.channel_class = 'linkedin'))
            ORDER BY array_position('{connected,pending,none}'::text[], r.state), a.id LIMIT 1;
            RETURN COALESCE(format('the relation to account %s is %s', address, state), 'there is no relation yet');
        WHEN $2 = 'has_email' THEN
            SELECT a.address INTO address FROM campaign.prospect p, unnest(ARRAY[p.professional_email, p.email]) a (address)
            WHERE p.workspace_id = e.workspace_id AND p.id = e.prospect_id AND a.address IS NOT NULL AND campaign.email_fault(a.address) IS NULL LIMIT 1;
            RETURN CASE WHEN address IS NULL THEN 'no address is known' ELSE 'an address is known' END;
        WHEN $2 = 'suppressed' THEN
            RETURN 'the stop list was looked at';
        ELSE
            RETURN CASE WHEN EXISTS (SELECT FROM campaign.campaign_fact f
                                     WHERE f.workspace_id = e.workspace_id AND f.campaign_id = e.campaign_id AND f.kind = $2
                                       AND e.facts >> f.bit & 1 = 1)
                THEN format('%s has been reported', $2) ELSE format('%s has not been reported', $2) END;
    END CASE;
END
$$;
COMMENT ON FUNCTION campaign.describe_fact(campaign.enrollment, text) IS
    'Internal. How it stands with a fact that a condition of this run names';

CREATE FUNCTION campaign.explain_wait(c campaign.campaign, e campaign.enrollment, s campaign.step, due timestamptz)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    wait jsonb := jsonb_path_query_first(c.definition, s.path::jsonpath);
    until jsonb;
BEGIN
    wait := COALESCE(wait -> 'wait', wait);
    until := wait -> 'until';
    RETURN QUERY VALUES ('waiting_condition', concat_ws('; ',
        format('step "%s": until %s, from %s, within %s, else %s', s.name, until, e.base_at, wait ->> 'within',
            CASE jsonb_typeof(wait -> 'else') WHEN 'string' THEN wait ->> 'else' ELSE 'other steps' END),
        CASE WHEN e.base_at + (wait ->> 'after')::interval > campaign.clock() THEN format('not before %s', e.base_at + (wait ->> 'after')::interval) END,
        CASE jsonb_typeof(until) WHEN 'string' THEN
            CASE WHEN until #>> '{}' NOT LIKE '%$%' THEN campaign.describe_fact(e, regexp_replace(until #>> '{}', '^\s*not\s+', '')) END
        END),
        due);
END
$$;
COMMENT ON FUNCTION campaign.explain_wait(campaign.campaign, campaign.enrollment, campaign.step, timestamptz) IS
    'Internal. What a run that is halted on a wait waits for, and how it stands with that';

-- Who has to do what before a run goes on from its stage.
CREATE FUNCTION campaign.explain_stage(e campaign.enrollment, s campaign.step)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    leads text := s.content ->> 'promoted_by';
    missing text := (SELECT string_agg(l.name, ', ' ORDER BY l.id)
        FROM campaign.lacking(e.workspace_id, e.campaign_id, ARRAY[e.prospect_id], s.content ->> 'promoted_by') l);
    event text := s.content ->> 'on_event';
BEGIN
    RETURN QUERY VALUES ('waiting_stage', concat_ws('; ', format('stage "%s" since %s', s.name, e.step_at),
        CASE WHEN missing IS NOT NULL THEN format(CASE WHEN leads IN ('drafts', 'deliverables') THEN 'the prospect has to deliver %s' ELSE 'the owner has to fulfil %s' END,
                missing)
            ELSE format('the %s has to lead on by promote()', campaign.stage_actor(leads)) END,
        'or event ' || event || ' does'), NULL::timestamptz);
END
$$;
COMMENT ON FUNCTION campaign.explain_stage(campaign.enrollment, campaign.step) IS
    'Internal. What a run that stands at a stage waits for';

CREATE FUNCTION campaign.explain_end(e campaign.enrollment, s campaign.step)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY VALUES ('ended',
        concat_ws(': ', format('left at step "%s" as %s, code %s, at %s', s.name, e.end_kind, e.code, e.ended_at),
            CASE e.end_kind WHEN 'error' THEN (
                SELECT COALESCE(a.outcome ->> 'answer', a.outcome ->> 'detail') FROM campaign.action a
                WHERE a.workspace_id = e.workspace_id AND a.id = e.action_id) END),
        NULL::timestamptz);
END
$$;
COMMENT ON FUNCTION campaign.explain_end(campaign.enrollment, campaign.step) IS
    'Internal. How, when and why a run has ended';

-- The slot in which his turn comes, if everybody before him takes his place.
CREATE FUNCTION campaign.explain_cohort(c campaign.campaign, e campaign.enrollment)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    ahead bigint := (SELECT count(*) FROM campaign.enrollment o
        WHERE o.workspace_id = e.workspace_id AND o.campaign_id = e.campaign_id AND o.status = 'blocked'
          AND (o.started_at, o.id) < (e.started_at, e.id));
    size integer := (c.settings ->> 'cohort_size')::integer;
    at timestamptz := (SELECT k.begun_until FROM campaign.slot_clock k WHERE k.workspace_id = c.workspace_id AND k.campaign_id = c.id);
BEGIN
    FOR i IN 0 .. CASE WHEN size > 0 THEN LEAST(ahead / size, 365) ELSE -1 END LOOP
        at := (SELECT s.starts_at FROM campaign.next_slot(c.workspace_id, c.id, at) s);
    END LOOP;
    RETURN QUERY VALUES ('waiting_cohort', format('he waits for a slot, which lets in %s; %s others wait before him', size, ahead),
        CASE WHEN size > 0 THEN GREATEST(at, campaign.clock()) END);
END
$$;
COMMENT ON FUNCTION campaign.explain_cohort(campaign.campaign, campaign.enrollment) IS
    'Internal. For which slot a run of a campaign with cohorts waits';

CREATE FUNCTION campaign.explain_run(c campaign.campaign, e campaign.enrollment)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    s campaign.step;
    -- a wait can end at the next look, a delay at its end
    due timestamptz := CASE WHEN e.held IS NULL AND c.state <> 'draft'
        THEN CASE e.halt WHEN 3 THEN COALESCE(e.due_at, e.parked_due_at) ELSE COALESCE(e.parked_due_at, e.due_at) END END;
BEGIN
    IF due < campaign.clock() THEN
        due := campaign.clock();
    END IF;
    SELECT * INTO s FROM campaign.step x
    WHERE x.workspace_id = e.workspace_id AND x.campaign_id = e.campaign_id AND x.position = e.step;
    IF e.ended_at IS NOT NULL THEN
        RETURN QUERY SELECT * FROM campaign.explain_end(e, s);
        RETURN;
    END IF;
    RETURN QUERY SELECT * FROM campaign.explain_campaign(c);
    IF e.status = 'paused' THEN
        RETURN QUERY VALUES ('prospect_paused', 'he is paused by himself: resume_prospects() lets him go on', NULL::timestamptz);
    END IF;
    IF e.held = 'first_batch' THEN
        RETURN QUERY VALUES (e.held, 'he waits behind the first batch: continue_batch() lets him go', NULL::timestamptz);
    ELSIF e.held = 'not_opted_in' THEN
        RETURN QUERY VALUES (e.held, format('stage "%s" is for who has opted in: he goes on when he has', s.name), NULL::timestamptz);
    ELSIF e.held IS NOT NULL THEN
        RETURN QUERY VALUES (e.held, concat_ws(': ', 'the run is held at step "' || s.name || '"', e.held_detail), NULL::timestamptz);
    END IF;
    IF e.status = 'blocked' AND c.settings ? 'cohort_size' THEN
        RETURN QUERY SELECT * FROM campaign.explain_cohort(c, e);
        RETURN;
    ELSIF e.status = 'blocked' THEN
        RETURN QUERY VALUES ('over_cap', format('all of %s places are taken; %s others wait before him', campaign.active_cap_of(c.settings),
            (SELECT count(*) FROM campaign.enrollment o
             WHERE o.workspace_id = e.workspace_id AND o.campaign_id = e.campaign_id AND o.status = 'blocked'
               AND (o.started_at, o.id) < (e.started_at, e.id))), NULL::timestamptz);
        RETURN;
    END IF;
    -- its time has come, and where it goes from here is not known
    IF e.halt <> 1 AND e.parked_due_at <= campaign.clock() AND e.due_at > campaign.clock() THEN
        RETURN QUERY SELECT campaign.rest_code(a), format('the rows of audience "%s" could not be read: %s', a.name, a.slow_detail), e.due_at
            FROM campaign.audience a
            WHERE a.workspace_id = c.workspace_id AND a.id = c.audience_id AND a.slow_detail IS NOT NULL;
    END IF;
    CASE e.halt
        WHEN 0 THEN
            RETURN QUERY VALUES ('at_entry', format('step "%s" is not begun', s.name), due);
        WHEN 1 THEN
            RETURN QUERY SELECT * FROM campaign.explain_action(e.workspace_id, e.action_id);
        WHEN 2 THEN
            RETURN QUERY VALUES ('waiting_delay', format('step "%s": %s from %s', s.name, s.delay, e.base_at), due);
        WHEN 3 THEN
            RETURN QUERY SELECT * FROM campaign.explain_wait(c, e, s, due);
        WHEN 5 THEN
            RETURN QUERY SELECT * FROM campaign.explain_stage(e, s);
        ELSE
            NULL;
    END CASE;
    RETURN QUERY
        SELECT 'stuck', format('%s since %s: nothing will move it on by itself', t.reason, t.since), NULL::timestamptz
        FROM campaign.stuck_run t
        WHERE t.workspace_id = e.workspace_id AND t.enrollment_id = e.id;
END
$$;
COMMENT ON FUNCTION campaign.explain_run(campaign.campaign, campaign.enrollment) IS
    'Internal. Why this run stands where it stands';

CREATE FUNCTION campaign.explain(campaign bigint, prospect bigint)
    RETURNS TABLE (reason text, detail text, next_change_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    workspace bigint := campaign.acting_workspace('viewer');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    e campaign.enrollment;
BEGIN
    SELECT * INTO e FROM campaign.enrollment x
    WHERE x.workspace_id = workspace AND x.campaign_id = c.id AND x.prospect_id = $2
    ORDER BY x.run DESC LIMIT 1;
    IF e.id IS NULL THEN
        RETURN QUERY
            SELECT 'not_enrolled', concat_ws(': ', 'enroll() would say ' || j.result, j.detail), NULL::timestamptz
            FROM campaign.classify_prospects(c, ARRAY[$2], campaign.clock()) j;
    ELSE
        RETURN QUERY SELECT * FROM campaign.explain_run(c, e);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.explain(bigint, bigint) IS
    'Why a prospect does not advance in a campaign: one row for each thing that blocks, its present value, and the earliest time at which it can change, NULL where only an event or a person can change it';
