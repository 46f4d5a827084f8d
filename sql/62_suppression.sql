-- The stop list. Whoever adds to it locks the persons concerned, as a start does: once it has
-- committed, nothing more is started for them.

CREATE FUNCTION campaign.suppression_value(kind text, value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_value text := btrim(suppression_value.value, E' \t\r\n');
    v_fault text;
BEGIN
    IF suppression_value.kind IS NULL OR suppression_value.kind NOT IN ('email', 'domain', 'linkedin', 'person') THEN
        RAISE EXCEPTION 'unknown kind %', COALESCE('"' || suppression_value.kind || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It says what the value is.',
                HINT = 'Kinds are email, domain, linkedin and person.';
    ELSIF COALESCE(v_value, '') = '' THEN
        RAISE EXCEPTION 'nothing is named that could be suppressed'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The value is %s.', quote_nullable(suppression_value.value)),
                HINT = 'As in suppress(''email'', ''ada@example.com'').';
    END IF;
    v_fault := CASE suppression_value.kind WHEN 'email' THEN campaign.email_fault(v_value)
        WHEN 'domain' THEN CASE WHEN campaign.email_fault('x@' || v_value) IS NOT NULL THEN 'is no domain' END END;
    IF v_fault IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', suppression_value.kind
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('"%s" %s.', v_value, v_fault),
                HINT = 'An email is like ada@example.com, a domain like example.com.';
    END IF;
    -- a person's key is whatever the prospects' column person says, which keeps its case
    RETURN CASE suppression_value.kind WHEN 'person' THEN v_value ELSE lower(v_value) END;
END
$$;
COMMENT ON FUNCTION campaign.suppression_value(text, text) IS
    'Internal. A value of the stop list in the form in which it is compared, or an error';

CREATE FUNCTION campaign.suppressed_persons(workspace bigint, kind text, value text) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT value WHERE kind IN ('person', 'email')
    UNION
    SELECT p.person_key FROM campaign.prospect p
    WHERE kind = 'email' AND p.workspace_id = workspace AND lower(p.email) = value
    UNION
    SELECT p.person_key FROM campaign.prospect p
    WHERE kind = 'email' AND p.workspace_id = workspace AND lower(p.professional_email) = value
    UNION
    SELECT p.person_key FROM campaign.prospect p
    WHERE kind = 'linkedin' AND p.workspace_id = workspace AND lower(p.linkedin_url) = value
    UNION
    SELECT p.person_key FROM campaign.prospect p
    WHERE kind = 'domain' AND p.workspace_id = workspace
      AND value IN (lower(split_part(p.email, '@', 2)), lower(split_part(p.professional_email, '@', 2)))
$$;
COMMENT ON FUNCTION campaign.suppressed_persons(bigint, text, text) IS
    'Internal. The keys of the persons that an entry of the stop list is about';

CREATE FUNCTION campaign.lock_persons(workspace bigint, keys text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO campaign.person (workspace_id, key, since)
    SELECT lock_persons.workspace, k.key, campaign.clock()
    FROM unnest(lock_persons.keys) AS k(key) ORDER BY k.key
    ON CONFLICT DO NOTHING;
    PERFORM FROM campaign.person p
    WHERE p.workspace_id = lock_persons.workspace AND p.key = ANY (lock_persons.keys)
    ORDER BY p.key FOR NO KEY UPDATE;
END
$$;
COMMENT ON FUNCTION campaign.lock_persons(bigint, text[]) IS
    'Internal. Locks the rows of these persons against starts, in the order of their keys, and makes those that are missing';

CREATE FUNCTION campaign.suppress(kind text, value text, reason text DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    v_value text := campaign.suppression_value(suppress.kind, suppress.value);
    v_id bigint;
BEGIN
    PERFORM campaign.lock_persons(v_workspace,
        ARRAY(SELECT campaign.suppressed_persons(v_workspace, suppress.kind, v_value)));
    INSERT INTO campaign.suppression (workspace_id, kind, value, reason, created_at)
    VALUES (v_workspace, suppress.kind, v_value, suppress.reason, campaign.clock())
    ON CONFLICT DO NOTHING RETURNING id INTO v_id;
    IF v_id IS NULL THEN
        SELECT s.id INTO v_id FROM campaign.suppression s
        WHERE s.workspace_id = v_workspace AND s.kind = suppress.kind AND s.value = v_value;
        RETURN v_id;
    END IF;
    -- the address itself stands only in the stop list, which can be emptied
    PERFORM campaign.note_event(v_workspace, 'suppressed', NULL,
        jsonb_build_object('suppression_id', v_id, 'kind', suppress.kind, 'reason', suppress.reason));
    PERFORM campaign.wake();
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION campaign.suppress(text, text, text) IS
    'Puts an email, a domain, a linkedin profile or a person on the stop list, and returns the entry''s id: nothing more is started for whom it names; said again it does nothing';

CREATE FUNCTION campaign.unsuppress(kind text, value text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    v_value text := campaign.suppression_value(unsuppress.kind, unsuppress.value);
    v_id bigint;
    v_digest bigint;
BEGIN
    DELETE FROM campaign.suppression s
    WHERE s.workspace_id = v_workspace AND s.kind = unsuppress.kind AND s.value = v_value
    RETURNING s.id INTO v_id;
    -- whoever was erased and asks to be written to again
    DELETE FROM campaign.suppression s
    WHERE s.workspace_id = v_workspace AND s.kind = 'erased' AND s.value = campaign.erased_digest(unsuppress.kind, v_value)
    RETURNING s.id INTO v_digest;
    v_id := COALESCE(v_id, v_digest);
    IF v_id IS NULL THEN
        RETURN false;
    END IF;
    PERFORM campaign.note_event(v_workspace, 'unsuppressed', NULL,
        jsonb_build_object('suppression_id', v_id, 'kind', unsuppress.kind));
    PERFORM campaign.wake();
    RETURN true;
END
$$;
COMMENT ON FUNCTION campaign.unsuppress(text, text) IS
    'Takes an entry off the stop list; false if there was none';
