-- Rounds over named enrollments, for commands; and time moved by hand, for tests and rehearsals.

CREATE FUNCTION campaign.advance_enrollments(workspace bigint, enrollments bigint[]) RETURNS bigint
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_advance_enrollments';
COMMENT ON FUNCTION campaign.advance_enrollments(bigint, bigint[]) IS
    'Internal. Ends those of the enrollments that end at once, in the caller''s transaction; the others stay due for the scheduler. Returns how many ended';

CREATE FUNCTION campaign.leave_enrollments(workspace bigint, enrollments bigint[], end_kind text, code text) RETURNS bigint
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_leave_enrollments';
COMMENT ON FUNCTION campaign.leave_enrollments(bigint, bigint[], text, text) IS
    'Internal. Ends the enrollments that are still inside, with their open actions withdrawn; returns how many they were';

CREATE FUNCTION campaign.entry_allows(workspace bigint, campaign bigint, prospects bigint[])
    RETURNS TABLE (prospect_id bigint, allowed boolean)
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_entry_allows';
COMMENT ON FUNCTION campaign.entry_allows(bigint, bigint, bigint[]) IS
    'Internal. Whether a run of each prospect that began now would get past the entry condition; writes nothing';

CREATE FUNCTION campaign.settle_action(workspace bigint, action bigint, resolution text, at timestamptz, detail jsonb, actor text)
    RETURNS boolean LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_settle_action';
COMMENT ON FUNCTION campaign.settle_action(bigint, bigint, text, timestamptz, jsonb, text) IS
    'Internal. Settles an action that was handed over: complete, rejected, failed, retry, resend or given_up. False if its run does not wait for it (resend)';

CREATE FUNCTION campaign.tick() RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'campaign_api_tick';
COMMENT ON FUNCTION campaign.tick() IS
    'Virtual time: one pass of all rounds at the time of the clock, in the caller''s transaction; returns how many rows were moved. Superusers, in a database marked by virtual_time(true)';

CREATE FUNCTION campaign.run_step(target timestamptz) RETURNS bigint
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_run_step';
COMMENT ON FUNCTION campaign.run_step(timestamptz) IS
    'Internal. Virtual time: one pass, or the clock goes on to the next instant with work; NULL when nothing is left to do up to target';

CREATE FUNCTION campaign.run_until(target timestamptz) RETURNS bigint
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_run_until';
COMMENT ON FUNCTION campaign.run_until(timestamptz) IS
    'Virtual time: lives on until target in the caller''s transaction, moving campaign.now from instant to instant at which something is due; returns how many rows were moved';

-- No SET clause: a procedure that has one cannot commit. All names are qualified instead.
CREATE PROCEDURE campaign.run_to(target timestamptz)
    LANGUAGE plpgsql AS $$
DECLARE
    v_moved bigint;
BEGIN
    LOOP
        v_moved := campaign.run_step(target);
        COMMIT;
        EXIT WHEN v_moved IS NULL;
    END LOOP;
END
$$;
COMMENT ON PROCEDURE campaign.run_to(timestamptz) IS
    'Virtual time: as run_until(), committing after each pass; cannot be called within a transaction block';
