-- Sequences: judging a definition, keeping it, and what is compiled of it.

CREATE FUNCTION campaign.validate_sequence(definition jsonb)
    RETURNS TABLE (path text, severity text, code text, detail text)
    LANGUAGE c STABLE ROWS 5 AS 'MODULE_PATHNAME', 'campaign_api_validate_sequence';
COMMENT ON FUNCTION campaign.validate_sequence(jsonb) IS
    'What is wrong with a definition, each fault with the path of what it is about, as $[3].wait.within; no row if nothing is. With an error it cannot be created; a warning has to be seen to before the launch';

CREATE FUNCTION campaign.compiled_steps(definition jsonb)
    RETURNS TABLE ("position" integer, path text, name text, kind text, action_kind text, content jsonb, delay text, missing_content boolean)
    LANGUAGE c STABLE ROWS 10 AS 'MODULE_PATHNAME', 'campaign_api_compiled_steps';
COMMENT ON FUNCTION campaign.compiled_steps(jsonb) IS
    'Internal. The steps of a definition as runs walk them, the first at position 0; the first error of the definition is raised';

CREATE FUNCTION campaign.compiled_facts(definition jsonb, settings jsonb DEFAULT NULL, known text[] DEFAULT NULL)
    RETURNS TABLE ("bit" integer, kind text)
    LANGUAGE c STABLE ROWS 2 AS 'MODULE_PATHNAME', 'campaign_api_compiled_facts';
COMMENT ON FUNCTION campaign.compiled_facts(jsonb, jsonb, text[]) IS
    'Internal. The kinds of event that the conditions of a definition and of settings ask about, and the bit that stands for each; those that are known, by bit, keep theirs. The first error is raised';

CREATE FUNCTION campaign.create_sequence(name text, definition jsonb, description text DEFAULT NULL)
    RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ws bigint := campaign.acting_workspace('operator');
    made bigint;
BEGIN
    IF create_sequence.name IS NULL OR create_sequence.name !~ '\S' THEN
        RAISE EXCEPTION 'a sequence needs a name'
            USING ERRCODE = 'invalid_parameter_value',
                DETAIL = format('The name is %s.', quote_nullable(create_sequence.name)),
                HINT = 'Give a name that is not empty; the same name again makes the next version.';
    END IF;
    PERFORM FROM campaign.compiled_steps(create_sequence.definition);

    -- Versions of a name are made one after the other. The lock is taken by a statement of its own,
    -- so that the next one sees what was waited for.
    PERFORM FROM campaign.workspace w WHERE w.id = ws FOR NO KEY UPDATE;
    INSERT INTO campaign.sequence (workspace_id, name, version, definition, description, created_at)
    SELECT ws, create_sequence.name, coalesce(max(s.version), 0) + 1,
        create_sequence.definition, create_sequence.description, campaign.clock()
    FROM campaign.sequence s
    WHERE s.workspace_id = ws AND s.name = create_sequence.name
    RETURNING id INTO made;
    RETURN made;
END
$$;
COMMENT ON FUNCTION campaign.create_sequence(text, jsonb, text) IS
    'Keeps a definition under a name, and returns its id; the same name again is the next version, and campaigns stay with the one that they were made from. The first error of the definition is raised';
