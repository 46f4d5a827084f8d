-- What came of an attempt, said by whoever made it: of a session by people, of an action by its gateway;
-- and what people decide where nobody knows.

CREATE FUNCTION campaign.refuse_action(action bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'action % does not exist', COALESCE($1::text, 'NULL')
        USING ERRCODE = 'undefined_object', DETAIL = 'No such action is in the current workspace.',
            HINT = 'What was sent names it: action_id in the body of each request. The view queue lists those that are open.';
END
$$;
COMMENT ON FUNCTION campaign.refuse_action(bigint) IS 'Internal. Raises the error that there is no such action';

CREATE FUNCTION campaign.lock_action(workspace bigint, action bigint) RETURNS campaign.action
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a campaign.action;
BEGIN
    SELECT x.* INTO a FROM campaign.action x WHERE x.workspace_id = $1 AND x.id = $2 FOR UPDATE;
    IF a.id IS NULL THEN
        PERFORM campaign.refuse_action($2);
    END IF;
    RETURN a;
END
$$;
COMMENT ON FUNCTION campaign.lock_action(bigint, bigint) IS 'Internal. The row of an action, locked; an error if there is none';

CREATE FUNCTION campaign.settle_by_event(workspace bigint, action bigint, kind text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a campaign.action := campaign.lock_action($1, $2);
BEGIN
    IF a.state = 'held' AND a.reason IN ('unknown_outcome', 'quarantined') AND a.maybe_sent
        OR a.state = 'processing' AND a.incarnation IS NULL THEN
        RETURN campaign.settle_action($1, $2, 'complete', $4, jsonb_build_object('reported', $3), campaign.acting_name());
    END IF;
    RETURN false;
END
$$;
COMMENT ON FUNCTION campaign.settle_by_event(bigint, bigint, text, timestamptz) IS
    'Internal. An event that follows only what was accepted shows that an action was, of which that was unknown or a report awaited';

CREATE FUNCTION campaign.report_action(workspace bigint, action bigint, outcome text, detail jsonb) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a campaign.action := campaign.lock_action($1, $2);
BEGIN
    IF $3 IS NULL OR $3 NOT IN ('complete', 'rejected', 'failed', 'retry') THEN
        RAISE EXCEPTION 'unknown outcome %', COALESCE('"' || $3 || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'An outcome says what became of an action that was handed over.',
                HINT = 'Outcomes are complete, rejected, failed and retry.';
    END IF;
    IF $4 ? 'attempt' AND jsonb_typeof($4 -> 'attempt') <> 'number' THEN
        RAISE EXCEPTION 'the attempt has to be a number'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', $4 -> 'attempt'),
                HINT = 'take() says which attempt it is.';
    END IF;
    -- settled already: the report was repeated, or came too late
    IF a.state IN ('complete', 'skipped', 'failed', 'cancelled') THEN
        RETURN false;
    END IF;
    IF a.attempt = 0 OR a.state = 'held' AND NOT a.maybe_sent THEN
        RAISE EXCEPTION 'action % has not been handed over', a.id
            USING ERRCODE = 'object_not_in_prerequisite_state',
                DETAIL = format('It is %s, after %s attempts.', a.state, a.attempt),
                HINT = 'Report on actions of which the gateway has had a request.';
    END IF;
    -- somebody else has taken it since, and goes on; what is done is done
    IF $3 <> 'complete' AND ($4 ->> 'attempt')::numeric < a.attempt THEN
        RETURN false;
    END IF;
    -- the next attempt is set already
    IF $3 = 'retry' AND a.state IN ('queued', 'withdrawn') THEN
        RETURN false;
    END IF;
    -- S2.10: told before the outcome, so that the branch behind the step goes by it; without an address nothing was found
    IF $3 = 'complete' AND a.action_kind = 'find_email' AND $4 ? 'email' THEN
        PERFORM campaign.report_fact($1, 'email_found', a.prospect_id, NULL, campaign.clock(), $4 - 'attempt', 'email_found ' || a.id, a.id);
    END IF;
    RETURN campaign.settle_action($1, $2, $3, campaign.clock(),
        jsonb_build_object('reported', $3) || (COALESCE($4, '{}') - CASE a.action_kind WHEN 'find_email' THEN 'email' ELSE '' END),
        campaign.acting_name());
END
$$;
COMMENT ON FUNCTION campaign.report_action(bigint, bigint, text, jsonb) IS
    'Internal. What report() does for an action that a gateway was given';

CREATE FUNCTION campaign.report(action bigint, outcome text, detail jsonb DEFAULT '{}') RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('agent');
    v_members bigint[] := campaign.acting_members(v_workspace);
BEGIN
    -- Sessions that a person opened and actions of runs share one sequence of ids.
    IF EXISTS (SELECT FROM campaign.session s WHERE s.workspace_id = v_workspace AND s.id = report.action
               AND (v_members IS NULL OR s.member_id = ANY (v_members))) THEN
        RETURN campaign.report_session(v_workspace, report.action, report.outcome, COALESCE(report.detail, '{}'));
    ELSIF campaign.acting_action(v_workspace, report.action) THEN
        PERFORM campaign.note_agent_of(v_workspace, report.action);
        RETURN campaign.report_action(v_workspace, report.action, report.outcome, report.detail);
    END IF;
    RAISE EXCEPTION 'session or action % does not exist', COALESCE(report.action::text, 'NULL')
        USING ERRCODE = 'undefined_object', DETAIL = 'Neither is in the current workspace.',
            HINT = 'open_session() returns the id of a session, and the view sessions shows it; what was sent to a gateway names its action_id.';
END
$$;
COMMENT ON FUNCTION campaign.report(bigint, text, jsonb) IS
    'Says what came of a session that a person opened, or of an action that a gateway was given or an agent took: processing (a session was handed on to the gateway), complete, rejected (the lead declined), failed (the gateway did), or retry (it is tried again). False if that was known. In detail, "contact" adds to the contact of a session, "attempt" says which attempt of an action it is about, "email" is the address that an action find_email found, and the rest is kept. Level agent';

CREATE FUNCTION campaign.resolve(action bigint, decision text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    resolution text := CASE $2 WHEN 'resend' THEN 'resend' WHEN 'assume_sent' THEN 'complete' WHEN 'give_up' THEN 'given_up' END;
    a campaign.action;
    settled boolean;
BEGIN
    IF resolution IS NULL THEN
        RAISE EXCEPTION 'unknown decision %', COALESCE('"' || $2 || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A decision says how to go on where nobody knows whether an action was accepted.',
                HINT = 'Decisions are resend, assume_sent and give_up.';
    END IF;
    -- rounds lock runs before their actions
    PERFORM FROM campaign.enrollment e
    WHERE e.workspace_id = workspace
      AND e.id = (SELECT x.enrollment_id FROM campaign.action x WHERE x.workspace_id = workspace AND x.id = $1)
    FOR UPDATE;
    a := campaign.lock_action(workspace, $1);
    IF a.state <> 'held' OR a.reason NOT IN ('unknown_outcome', 'quarantined') THEN
        RAISE EXCEPTION 'action % needs no decision', a.id
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = concat_ws(', ', 'It is ' || a.state, a.reason) || '.',
                HINT = 'The view unknown_outcomes lists those that do; requeue() is for those held otherwise.';
    END IF;
    settled := campaign.settle_action(workspace, a.id, resolution, COALESCE(a.started_at, campaign.clock()),
        jsonb_build_object('decision', $2), campaign.acting_name());
    IF NOT settled THEN
        RAISE EXCEPTION 'action % is not wanted any more', a.id
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Its run has ended, or has gone on without it.',
                HINT = 'assume_sent or give_up settles it without sending.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.resolve(bigint, text) IS
    'Decides an action of which nobody knows whether it was accepted: resend (under a new key, so it may arrive twice), assume_sent, or give_up (the run leaves, code given_up). Level operator';
