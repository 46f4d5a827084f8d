-- What came of an attempt, said by whoever made it.

CREATE FUNCTION campaign.report(action bigint, outcome text, detail jsonb DEFAULT '{}') RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
BEGIN
    -- Sessions that a person opened and actions of runs share one sequence of ids.
    IF EXISTS (SELECT FROM campaign.session s WHERE s.workspace_id = v_workspace AND s.id = report.action) THEN
        RETURN campaign.report_session(v_workspace, report.action, report.outcome, COALESCE(report.detail, '{}'));
    ELSIF EXISTS (SELECT FROM campaign.action a WHERE a.workspace_id = v_workspace AND a.id = report.action) THEN
        RAISE EXCEPTION 'action % is reported on by its channel', report.action
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It belongs to a run, and no person opened it.',
                HINT = 'record_event() takes what the prospect did.';
    END IF;
    RAISE EXCEPTION 'session % does not exist', COALESCE(report.action::text, 'NULL')
        USING ERRCODE = 'undefined_object', DETAIL = 'No such session is in the current workspace.',
            HINT = 'open_session() returns the id of a session, and the view sessions shows it.';
END
$$;
COMMENT ON FUNCTION campaign.report(bigint, text, jsonb) IS
    'Says what came of a session that a person opened: processing (handed on to the gateway), complete, rejected (the lead declined), failed (the gateway did), or retry (it is tried again). False if that was known. In detail, "contact" adds to the contact, and the rest is kept. Level operator';
