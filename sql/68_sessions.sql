-- Attempts that a person opens: opening them, what is reported of them, and their end when nothing is.

CREATE FUNCTION campaign.agreement_id(external_id text)
    RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    v_found bigint;
BEGIN
    SELECT a.id INTO v_found FROM campaign.agreement a
    WHERE a.workspace_id = v_workspace AND a.external_id = agreement_id.external_id;
    IF v_found IS NULL THEN
        RAISE EXCEPTION 'agreement % does not exist', COALESCE('"' || agreement_id.external_id || '"', 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = campaign.describe_search(VARIADIC '{}'),
                HINT = 'Agreements are rows of campaign.agreement, found here by external_id.';
    END IF;
    RETURN v_found;
END
$$;
COMMENT ON FUNCTION campaign.agreement_id(text) IS 'The id of the agreement with this external_id';

-- ---- opening -----------------------------------------------------------------------------------

CREATE FUNCTION campaign.session_member(workspace bigint, member bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_member bigint := session_member.member;
    v_members bigint[] := campaign.acting_members(session_member.workspace);
BEGIN
    IF v_members IS NOT NULL AND (v_member IS NULL AND cardinality(v_members) <> 1 OR v_member <> ALL (v_members)) THEN
        RAISE EXCEPTION 'the role does not work for this member'
            USING ERRCODE = 'insufficient_privilege',
                DETAIL = format('The member is %s, and the role works for %s.', COALESCE(v_member::text, 'NULL'), array_to_string(v_members, ', ')),
                HINT = 'An admin grants it: grant_access(role, workspace, ''agent'', member => id).';
    ELSIF v_member IS NULL AND v_members IS NOT NULL THEN
        v_member := v_members[1];
    ELSIF v_member IS NULL THEN
        SELECT a.member_id INTO v_member FROM campaign.access a
        WHERE a.workspace_id = session_member.workspace
          AND a.role = COALESCE(NULLIF(current_setting('role'), 'none'), SESSION_USER);
    ELSIF NOT EXISTS (SELECT FROM campaign.member m
                      WHERE m.workspace_id = session_member.workspace AND m.id = v_member AND m.is_active) THEN
        RAISE EXCEPTION 'member % does not exist', v_member
            USING ERRCODE = 'undefined_object', DETAIL = 'No such active member is in the current workspace.',
                HINT = 'Members are rows of campaign.member.';
    END IF;
    RETURN v_member;
END
$$;
COMMENT ON FUNCTION campaign.session_member(bigint, bigint) IS
    'Internal. Who is at work in a session: the member named, else the one that access was granted for, else nobody';

CREATE FUNCTION campaign.session_prospect(workspace bigint, lead text, source text, agreement campaign.agreement)
    RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_found bigint[];
BEGIN
    SELECT array_agg(p.id ORDER BY p.id) INTO v_found FROM campaign.prospect p
    WHERE p.workspace_id = session_prospect.workspace AND p.external_id = session_prospect.lead
      AND (session_prospect.source IS NULL OR p.source = session_prospect.source)
      AND p.removed_at IS NULL;
    IF agreement.prospect_id IS NOT NULL THEN
        IF NOT agreement.prospect_id = ANY (v_found) THEN
            RAISE EXCEPTION 'agreement % is not one of lead "%"', agreement.id, lead
                USING ERRCODE = 'invalid_parameter_value',
                    DETAIL = format('Its contact is prospect %s.', agreement.prospect_id),
                    HINT = 'Leave out the lead; the agreement tells who it is.';
        END IF;
        RETURN agreement.prospect_id;
    END IF;
    IF cardinality(v_found) > 1 THEN
        RAISE EXCEPTION 'lead "%" is ambiguous', lead
            USING ERRCODE = 'ambiguous_alias', DETAIL = format('It stands for the prospects %s.', array_to_string(v_found, ', ')),
                HINT = 'Give the source in the contact, as in {"source": "crm"}.';
    END IF;
    RETURN v_found[1];
END
$$;
COMMENT ON FUNCTION campaign.session_prospect(bigint, text, text, campaign.agreement) IS
    'Internal. The prospect that a lead is already, that of its agreement first; NULL if it is none yet';

CREATE FUNCTION campaign.check_session_contact(workspace bigint, prospect bigint, contact jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p campaign.prospect;
BEGIN
    SELECT * INTO p FROM campaign.prospect o WHERE o.workspace_id = $1 AND o.id = $2;
    IF p.id IS NULL THEN
        p.email := contact ->> 'email';
        p.professional_email := contact ->> 'professional_email';
        p.linkedin_url := contact ->> 'linkedin_url';
        p.person_key := COALESCE(contact ->> 'person', lower(contact ->> 'email'));
    END IF;
    -- against whoever is just putting the person on the stop list
    IF p.person_key IS NOT NULL THEN
        PERFORM campaign.lock_persons($1, ARRAY[p.person_key]);
    END IF;
    IF campaign.is_suppressed($1, p.person_key, p.email, p.professional_email, p.linkedin_url) THEN
        RAISE EXCEPTION 'the lead is on the stop list'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                DETAIL = CASE WHEN p.id IS NULL THEN 'It is no prospect yet.' ELSE format('It is prospect %s.', p.id) END,
                HINT = 'Nobody on it may be approached; unsuppress(kind, value) takes an entry off.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_session_contact(bigint, bigint, jsonb) IS
    'Internal. Refuses a session with somebody on the stop list, be it a prospect already or not';

CREATE FUNCTION campaign.session_agreement(workspace bigint, agreement bigint, kind campaign.action_kind)
    RETURNS campaign.agreement LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_found campaign.agreement;
BEGIN
    IF session_agreement.agreement IS NULL THEN
        IF kind.options ->> 'agreement' = 'required' THEN
            RAISE EXCEPTION 'a session to % needs an agreement', kind.intention
                USING ERRCODE = 'null_value_not_allowed', DETAIL = 'No agreement is named.',
                    HINT = 'Give its id; agreement_id(external_id) finds it.';
        END IF;
        RETURN NULL;
    END IF;
    SELECT a.* INTO v_found FROM campaign.agreement a
    WHERE a.workspace_id = session_agreement.workspace AND a.id = session_agreement.agreement;
    IF v_found.id IS NULL THEN
        RAISE EXCEPTION 'agreement % does not exist', session_agreement.agreement
            USING ERRCODE = 'undefined_object', DETAIL = 'No such agreement is in the current workspace.',
                HINT = 'agreement_id(external_id) finds the id of an agreement.';
    END IF;
    RETURN v_found;
END
$$;
COMMENT ON FUNCTION campaign.session_agreement(bigint, bigint, campaign.action_kind) IS
    'Internal. The agreement that a session is about, NULL if none is named; an error where the kind of action needs one';

CREATE FUNCTION campaign.session_kind(kind text) RETURNS campaign.action_kind
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_found campaign.action_kind;
BEGIN
    SELECT k.* INTO v_found FROM campaign.action_kind k WHERE k.name = session_kind.kind ORDER BY k.built_in LIMIT 1;
    IF v_found.name IS NULL THEN
        RAISE EXCEPTION 'action kind % does not exist', COALESCE('"' || session_kind.kind || '"', 'NULL')
            USING ERRCODE = 'undefined_object',
                DETAIL = (SELECT format('Known are %s.', string_agg(DISTINCT k.name, ', ' ORDER BY k.name)) FROM campaign.action_kind k),
                HINT = 'More are made by INSERT into campaign.action_kind.';
    END IF;
    RETURN v_found;
END
$$;
COMMENT ON FUNCTION campaign.session_kind(text) IS 'Internal. The kind of action of this name, or an error';

CREATE FUNCTION campaign.open_session(campaign bigint, kind text, lead text DEFAULT NULL, agreement bigint DEFAULT NULL,
    payment_type text DEFAULT NULL, contact jsonb DEFAULT '{}', member bigint DEFAULT NULL)
    RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('agent');
    v_campaign campaign.campaign := campaign.read_campaign(v_workspace, open_session.campaign, 'share');
    v_kind campaign.action_kind := campaign.session_kind(open_session.kind);
    v_agreement campaign.agreement := campaign.session_agreement(v_workspace, open_session.agreement, v_kind);
    v_lead text := NULLIF(btrim(open_session.lead), '');
    v_contact jsonb := COALESCE(open_session.contact, '{}');
    v_prospect bigint;
    v_id bigint;
BEGIN
    IF v_campaign.state <> 'live' THEN
        PERFORM campaign.refuse_state(v_campaign, 'take sessions');
    ELSIF jsonb_typeof(v_contact) <> 'object' THEN
        RAISE EXCEPTION 'the contact has to be an object'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', jsonb_typeof(v_contact)),
                HINT = 'As in {"first_name": "Eve", "email": "eve@example.com"}.';
    ELSIF open_session.payment_type NOT IN ('single', 'recurring') THEN
        RAISE EXCEPTION 'unknown payment_type "%"', open_session.payment_type
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It says how often is paid.', HINT = 'It is single or recurring.';
    END IF;
    v_prospect := campaign.session_prospect(v_workspace, v_lead, v_contact ->> 'source', v_agreement);
    IF v_kind.contact = 'requires' AND v_prospect IS NULL THEN
        RAISE EXCEPTION 'the contact is not known'
            USING ERRCODE = 'undefined_object',
                DETAIL = format('The lead is %s, and a session to %s is about a prospect.', quote_nullable(v_lead), v_kind.intention),
                HINT = 'Name the agreement, or a lead that is the external_id of a prospect; a session of kind sign_up makes new ones.';
    END IF;
    PERFORM campaign.check_session_contact(v_workspace, v_prospect, v_contact);

    INSERT INTO campaign.session (workspace_id, campaign_id, action_kind, member_id, external_lead_id, lead_key,
        prospect_id, agreement_id, payment_type, contact, created_at, expires_at)
    VALUES (v_workspace, v_campaign.id, v_kind.name, campaign.session_member(v_workspace, open_session.member), v_lead,
        CASE WHEN v_kind.contact = 'creates' THEN v_lead ELSE COALESCE(v_agreement.external_id, v_lead) END,
        v_prospect, v_agreement.id, COALESCE(open_session.payment_type, v_agreement.payment_type), v_contact,
        campaign.clock(), campaign.clock() + COALESCE(v_kind.options ->> 'expires_after', '24 hours')::interval)
    RETURNING id INTO v_id;
    PERFORM campaign.note_event(v_workspace, 'session_opened', v_campaign.id,
        jsonb_build_object('session', v_id, 'kind', v_kind.name), v_prospect);
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION campaign.open_session(bigint, text, text, bigint, text, jsonb, bigint) IS
    'Opens an attempt that a person makes in a live campaign, and returns its id. lead is the external lead id, of a prospect or of somebody who is none yet; contact is what is known of the lead; member who is at work. report() says what comes of it; what is never completed expires. Level agent, for the member that it works for';

-- ---- what comes of it --------------------------------------------------------------------------

CREATE FUNCTION campaign.session_take_over(session campaign.session) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_known text[] := '{external_id,source,person,email,professional_email,phone,linkedin_url,first_name,last_name,company,job_title,country,time_zone,opted_in,attributes}';
    v_row jsonb;
    v_taken record;
BEGIN
    -- what is no column becomes an attribute, as in an import
    SELECT COALESCE(jsonb_object_agg(c.key, c.value) FILTER (WHERE c.key = ANY (v_known)), '{}')
        || jsonb_build_object('attributes', COALESCE(session.contact -> 'attributes', '{}')
            || COALESCE(jsonb_object_agg(c.key, c.value) FILTER (WHERE NOT c.key = ANY (v_known)), '{}'))
    INTO v_row FROM jsonb_each(session.contact) c;
    v_row := jsonb_strip_nulls(v_row || jsonb_build_object('external_id', COALESCE(session.external_lead_id, v_row ->> 'external_id'),
        'source', COALESCE((SELECT p.source FROM campaign.prospect p
                            WHERE p.workspace_id = session.workspace_id AND p.id = session.prospect_id), v_row ->> 'source')));
    SELECT b.* INTO v_taken FROM campaign.import_batch(jsonb_build_array(v_row), 0, NULL, 'merge', '{}', '{}') b;
    IF v_taken.prospect_id IS NULL THEN
        RAISE EXCEPTION 'the contact of session % cannot be taken over', session.id
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s: %s.', v_taken.result, v_taken.detail),
                HINT = 'Give what is missing with the report, as in {"contact": {"email": "eve@example.com"}}.';
    END IF;
    UPDATE campaign.session s SET prospect_id = v_taken.prospect_id, contact_created = v_taken.result = 'inserted'
    WHERE s.workspace_id = session.workspace_id AND s.id = session.id;
    RETURN v_taken.prospect_id;
END
$$;
COMMENT ON FUNCTION campaign.session_take_over(campaign.session) IS
    'Internal. Makes a prospect of the contact of a session, or adds it to the one that is known already; its id';

CREATE FUNCTION campaign.report_session(workspace bigint, session bigint, outcome text, detail jsonb) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now timestamptz := campaign.clock();
    s campaign.session;
    v_kind campaign.action_kind;
    v_prospect bigint;
BEGIN
    IF $3 IS NULL OR $3 NOT IN ('processing', 'complete', 'rejected', 'failed', 'retry') THEN
        RAISE EXCEPTION 'unknown outcome %', COALESCE('"' || $3 || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'An outcome says what came of an attempt.',
                HINT = 'Outcomes are processing, complete, rejected, failed and retry.';
    ELSIF jsonb_typeof($4) <> 'object' THEN
        RAISE EXCEPTION 'the detail has to be an object'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', jsonb_typeof($4)),
                HINT = 'As in {"reason": "card refused"}.';
    END IF;
    SELECT * INTO s FROM campaign.session o WHERE o.workspace_id = $1 AND o.id = $2 FOR NO KEY UPDATE;
    IF s.status = $3 THEN
        RETURN false;
    ELSIF $3 = 'retry' AND s.status <> 'processing' THEN
        RAISE EXCEPTION 'a session that is % cannot be tried again', s.status
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('The session is %s.', s.id),
                HINT = 'Only one that is processing can; open_session() begins another attempt.';
    ELSIF $4 ? 'contact' AND jsonb_typeof($4 -> 'contact') <> 'object' THEN
        RAISE EXCEPTION 'the contact has to be an object'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', jsonb_typeof($4 -> 'contact')),
                HINT = 'As in {"contact": {"email": "eve@example.com"}}.';
    END IF;
    UPDATE campaign.session o
    SET status = CASE $3 WHEN 'retry' THEN 'processing' ELSE $3 END,
        attempt = o.attempt + ($3 IN ('processing', 'retry'))::integer,
        started_at = CASE WHEN $3 = 'processing' THEN now ELSE o.started_at END,
        completed_at = CASE WHEN $3 NOT IN ('processing', 'retry') THEN now END,
        contact = o.contact || COALESCE($4 -> 'contact', '{}'),
        outcome = NULLIF(COALESCE(o.outcome, '{}') || ($4 - 'contact'), '{}')
    WHERE o.workspace_id = $1 AND o.id = $2
    RETURNING * INTO s;

    v_prospect := s.prospect_id;
    IF s.status = 'complete' THEN
        SELECT k.* INTO v_kind FROM campaign.action_kind k WHERE k.name = s.action_kind ORDER BY k.built_in LIMIT 1;
        IF v_kind.contact = 'creates' THEN
            v_prospect := campaign.session_take_over(s);
        END IF;
        UPDATE campaign.agreement a SET status = v_kind.options ->> 'agreement_status'
        WHERE a.workspace_id = $1 AND a.id = s.agreement_id AND v_kind.options ? 'agreement_status';
    END IF;
    PERFORM campaign.note_event($1,
        CASE $3 WHEN 'processing' THEN 'session_handed_on' WHEN 'retry' THEN 'session_retried' ELSE 'session_ended' END,
        s.campaign_id, jsonb_build_object('session', s.id, 'kind', s.action_kind, 'status', s.status), v_prospect);
    RETURN true;
END
$$;
COMMENT ON FUNCTION campaign.report_session(bigint, bigint, text, jsonb) IS
    'Internal. Applies what was reported of a session that a person opened; false if it was known';

-- Called by the rounds of the scheduler, in whose transaction it is.
CREATE FUNCTION campaign.expire_sessions(workspace bigint, now timestamptz, max_rows integer) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    s campaign.session;
    v_count integer := 0;
BEGIN
    FOR s IN
        UPDATE campaign.session o SET status = 'expired', completed_at = $2
        FROM (SELECT e.id FROM campaign.session e
              WHERE e.workspace_id = $1 AND e.status IN ('new', 'processing') AND e.expires_at <= $2
              ORDER BY e.expires_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) d
        WHERE o.workspace_id = $1 AND o.id = d.id
        RETURNING o.*
    LOOP
        PERFORM campaign.note_event($1, 'session_ended', s.campaign_id,
            jsonb_build_object('session', s.id, 'kind', s.action_kind, 'status', s.status), s.prospect_id);
        v_count := v_count + 1;
    END LOOP;
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION campaign.expire_sessions(bigint, timestamptz, integer) IS
    'Internal. Ends sessions that people opened and never completed (S4.4); how many';
