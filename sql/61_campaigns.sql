-- Campaigns as they are defined: created from a sequence, altered while they are not over.

CREATE FUNCTION campaign.is_time_zone(name text) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_timezone_names z WHERE z.name = $1)
$$;
COMMENT ON FUNCTION campaign.is_time_zone(text) IS
    'Internal. Whether this is the name of a time zone, which an offset or an abbreviation is not';

CREATE FUNCTION campaign.is_positive_interval(value text) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- what is longer leads to instants that there are not
    RETURN COALESCE(is_positive_interval.value::interval > '0' AND is_positive_interval.value::interval <= '100 years', false);
EXCEPTION WHEN data_exception THEN
    RETURN false;
END
$$;
COMMENT ON FUNCTION campaign.is_positive_interval(text) IS
    'Internal. Whether this is a length of time above 0';

CREATE FUNCTION campaign.check_settings(settings jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_known CONSTANT text[] := '{time_zone,exit_on_reply,reply_goal,goal,exit_if,hold_if,exclusivity,active_cap,cohort_size,approval,unapproved,expected_in_campaign,hint_share,reentry,min_gap,contact_cap,quiet_hours,include_previously_treated,exit_when_unmatched,hold_when_unmatched,tcm,link_application}';
    v_key text;
    v_value jsonb;
    v_wanted text;
    v_fits boolean;
BEGIN
    IF jsonb_typeof(check_settings.settings) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'settings have to be an object'
            USING ERRCODE = 'invalid_parameter_value',
                DETAIL = format('$ is %s.', COALESCE(jsonb_typeof(check_settings.settings), 'NULL')),
                HINT = 'As in {"time_zone": "Europe/Paris", "exit_on_reply": true}.';
    END IF;
    FOR v_key, v_value IN SELECT s.key, s.value FROM jsonb_each(check_settings.settings) s ORDER BY s.key LOOP
        v_wanted := CASE v_key
            WHEN 'time_zone' THEN 'the name of a time zone, as "Europe/Paris"'
            WHEN 'exit_on_reply' THEN 'true or false'
            WHEN 'tcm' THEN 'true or false'
            WHEN 'link_application' THEN 'true or false'
            WHEN 'exclusivity' THEN '"exclusive", "exclusive_only" or "none"'
            WHEN 'active_cap' THEN 'a whole number from 1 to 1000000'
            WHEN 'reentry' THEN '"never", "after_exit" or a time above 0, as "30 days"'
            WHEN 'min_gap' THEN 'a time above 0, as "2 days"'
            WHEN 'quiet_hours' THEN 'two times of day that differ, as {"from": "20:00", "to": "08:00"} or "20:00-08:00"'
            WHEN 'goal' THEN 'a condition, as "connected" or "$.prospect.paid == true"'
            WHEN 'exit_if' THEN 'a condition, as "bounced" or "$.prospect.status == \"closed\""'
            WHEN 'hold_if' THEN 'a condition, as "$.prospect.status == \"hold\""'
            WHEN 'contact_cap' THEN 'so many contacts in a time, 1 to 50, as {"max": 3, "within": "7 days"}'
            WHEN 'include_previously_treated' THEN 'true or false'
            WHEN 'exit_when_unmatched' THEN 'true or false'
            WHEN 'hold_when_unmatched' THEN 'true or false'
            WHEN 'cohort_size' THEN 'a whole number from 0, as 10'
            WHEN 'approval' THEN '"first", "none" or "all"'
            WHEN 'expected_in_campaign' THEN 'a share from 0 to 1, as 0.9'
            WHEN 'hint_share' THEN 'a share from 0 to 1, as 0.2'
            WHEN 'unapproved' THEN '"wait" or "lapse"'
            WHEN 'reply_goal' THEN 'the name of a channel, as "our crm"'
        END;
        IF v_wanted IS NULL THEN
            RAISE EXCEPTION 'unknown setting at $.%', v_key
                USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Its value is %s.', v_value),
                    HINT = campaign.hint_of(v_key, v_known,
                        format('Settings are %s and %s.', array_to_string(trim_array(v_known, 1), ', '), v_known[cardinality(v_known)]));
        END IF;
        v_fits := CASE v_key
            WHEN 'time_zone' THEN jsonb_typeof(v_value) = 'string' AND campaign.is_time_zone(v_value #>> '{}')
            WHEN 'exit_on_reply' THEN jsonb_typeof(v_value) = 'boolean'
            WHEN 'include_previously_treated' THEN jsonb_typeof(v_value) = 'boolean'
            WHEN 'exit_when_unmatched' THEN jsonb_typeof(v_value) = 'boolean'
            WHEN 'hold_when_unmatched' THEN jsonb_typeof(v_value) = 'boolean'
            WHEN 'tcm' THEN jsonb_typeof(v_value) = 'boolean'
            WHEN 'link_application' THEN jsonb_typeof(v_value) = 'boolean'
            -- what it says is judged where it is compiled
            WHEN 'goal' THEN jsonb_typeof(v_value) = 'string'
            WHEN 'exit_if' THEN jsonb_typeof(v_value) = 'string'
            WHEN 'hold_if' THEN jsonb_typeof(v_value) = 'string'
            WHEN 'min_gap' THEN jsonb_typeof(v_value) = 'string' AND campaign.is_positive_interval(v_value #>> '{}')
            WHEN 'quiet_hours' THEN (jsonb_typeof(v_value) = 'string' OR jsonb_typeof(v_value) = 'object' AND v_value - '{from,to}'::text[] = '{}')
                AND campaign.quiet_hours_of(v_value) IS NOT NULL
            WHEN 'contact_cap' THEN jsonb_typeof(v_value) = 'object' AND (v_value - '{max,within}'::text[]) = '{}'
                AND COALESCE(v_value ->> 'max' ~ '^([1-9]|[1-4]\d|50)$', false) AND campaign.is_positive_interval(v_value ->> 'within')
            WHEN 'active_cap' THEN jsonb_typeof(v_value) = 'number' AND (v_value #>> '{}') ~ '^\d{1,7}$'
                AND (v_value #>> '{}')::integer BETWEEN 1 AND 1000000
            WHEN 'cohort_size' THEN jsonb_typeof(v_value) = 'number' AND (v_value #>> '{}') ~ '^\d{1,4}$'
            WHEN 'expected_in_campaign' THEN jsonb_typeof(v_value) = 'number' AND v_value BETWEEN '0' AND '1'
            WHEN 'hint_share' THEN jsonb_typeof(v_value) = 'number' AND v_value BETWEEN '0' AND '1'
            WHEN 'approval' THEN v_value IN ('"first"', '"none"', '"all"')
            WHEN 'unapproved' THEN v_value IN ('"wait"', '"lapse"')
            -- launch looks whether there is such a channel
            WHEN 'reply_goal' THEN jsonb_typeof(v_value) = 'string' AND v_value #>> '{}' <> ''
            WHEN 'reentry' THEN v_value IN ('"never"', '"after_exit"')
                OR jsonb_typeof(v_value) = 'string' AND campaign.is_positive_interval(v_value #>> '{}')
            ELSE v_value IN ('"exclusive"', '"exclusive_only"', '"none"')
        END;
        -- null takes a setting back to its default
        IF NOT v_fits AND jsonb_typeof(v_value) <> 'null' THEN
            RAISE EXCEPTION 'invalid setting at $.%', v_key
                USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Its value is %s.', v_value),
                    HINT = format('It has to be %s.', v_wanted);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION campaign.check_settings(jsonb) IS
    'Internal. Refuses settings of a campaign that are not known or have no sense, by their path';

CREATE FUNCTION campaign.check_owner(workspace bigint, owner bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_active boolean;
BEGIN
    SELECT m.is_active INTO v_active FROM campaign.member m
    WHERE m.workspace_id = check_owner.workspace AND m.id = check_owner.owner;
    IF v_active IS NULL THEN
        RAISE EXCEPTION 'member % does not exist', COALESCE(check_owner.owner::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such member is in the current workspace.',
                HINT = 'The owner is the id of a row of campaign.member.';
    ELSIF NOT v_active THEN
        RAISE EXCEPTION 'member % is not active', check_owner.owner
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Its is_active is false.',
                HINT = 'Activate the member, or name another owner.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_owner(bigint, bigint) IS
    'Internal. Refuses an owner who is no active member of the workspace';

CREATE FUNCTION campaign.check_accounts(workspace bigint, accounts bigint[]) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_missing text;
BEGIN
    SELECT string_agg(COALESCE(g.id::text, 'NULL'), ', ' ORDER BY g.id) INTO v_missing
    FROM unnest(check_accounts.accounts) AS g(id)
    WHERE NOT EXISTS (SELECT FROM campaign.account a
                      WHERE a.workspace_id = check_accounts.workspace AND a.id = g.id);
    IF v_missing IS NOT NULL THEN
        RAISE EXCEPTION 'no such account: %', v_missing
            USING ERRCODE = 'undefined_object', DETAIL = 'The current workspace has no account of that id.',
                HINT = 'Accounts are rows of campaign.account; account_id(address) finds their ids.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_accounts(bigint, bigint[]) IS
    'Internal. Refuses accounts that are not in the workspace';

CREATE FUNCTION campaign.check_campaign_name(name text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF COALESCE(btrim(check_campaign_name.name), '') = '' THEN
        RAISE EXCEPTION 'a campaign has to have a name'
            USING ERRCODE = 'invalid_parameter_value',
                DETAIL = format('The name is %s.', quote_nullable(check_campaign_name.name)),
                HINT = 'Several campaigns may bear the same one.';
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_campaign_name(text) IS 'Internal. Refuses a name that is empty';

CREATE FUNCTION campaign.workspace_time_zone(workspace bigint) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT COALESCE(s.time_zone, w.time_zone)
    FROM campaign.workspace w
    LEFT JOIN campaign.workspace_setting s ON s.workspace_id = w.id
    WHERE w.id = $1
$$;
COMMENT ON FUNCTION campaign.workspace_time_zone(bigint) IS 'Internal. The time zone of a workspace';

CREATE FUNCTION campaign.refuse_sequence(workspace bigint, name text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'sequence % does not exist', COALESCE('"' || refuse_sequence.name || '"', 'NULL')
        USING ERRCODE = 'undefined_object',
            DETAIL = COALESCE((SELECT format('Known are %s.', string_agg(n.name, ', ' ORDER BY n.name))
                FROM (SELECT DISTINCT s.name FROM campaign.sequence s
                      WHERE s.workspace_id = refuse_sequence.workspace ORDER BY s.name LIMIT 20) n
                HAVING count(*) > 0), 'There are none in the current workspace.'),
            HINT = campaign.hint_of(refuse_sequence.name,
                ARRAY(SELECT s.name FROM campaign.sequence s WHERE s.workspace_id = refuse_sequence.workspace ORDER BY s.name LIMIT 1000)
                    || ARRAY(SELECT t.name FROM campaign.sequence_template t ORDER BY t.name),
                'create_sequence(name, definition) makes one; the view sequence_template has some to begin with.');
END
$$;
COMMENT ON FUNCTION campaign.refuse_sequence(bigint, text) IS
    'Internal. Raises that there is no sequence of this name, and says which there are';

CREATE FUNCTION campaign.latest_sequence(workspace bigint, name text) RETURNS campaign.sequence
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sequence campaign.sequence;
BEGIN
    SELECT s.* INTO v_sequence FROM campaign.sequence s
    WHERE s.workspace_id = latest_sequence.workspace AND s.name = latest_sequence.name
    ORDER BY s.version DESC LIMIT 1;
    IF v_sequence.id IS NOT NULL THEN
        RETURN v_sequence;
    END IF;
    PERFORM campaign.create_sequence(t.name, t.definition, t.description)
    FROM campaign.sequence_template t WHERE t.name = latest_sequence.name;
    IF NOT FOUND THEN
        PERFORM campaign.refuse_sequence(latest_sequence.workspace, latest_sequence.name);
    END IF;
    SELECT s.* INTO STRICT v_sequence FROM campaign.sequence s
    WHERE s.workspace_id = latest_sequence.workspace AND s.name = latest_sequence.name;
    RETURN v_sequence;
END
$$;
COMMENT ON FUNCTION campaign.latest_sequence(bigint, text) IS
    'Internal. The latest version of a sequence; a template of that name becomes a sequence of the workspace first';

CREATE FUNCTION campaign.create_campaign(name text, sequence text, owner bigint, accounts bigint[],
    description text DEFAULT NULL, program text DEFAULT NULL, audience bigint DEFAULT NULL, settings jsonb DEFAULT '{}')
    RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    v_id bigint;
    v_sequence campaign.sequence;
    v_settings jsonb := COALESCE(create_campaign.settings, '{}');
BEGIN
    PERFORM campaign.check_campaign_name(create_campaign.name);
    v_sequence := campaign.latest_sequence(v_workspace, create_campaign.sequence);
    PERFORM campaign.check_owner(v_workspace, create_campaign.owner);
    PERFORM campaign.check_accounts(v_workspace, create_campaign.accounts);
    PERFORM campaign.check_settings(v_settings);
    IF create_campaign.audience IS NOT NULL THEN
        PERFORM campaign.read_audience(v_workspace, create_campaign.audience);
    END IF;
    PERFORM campaign.check_cohort_size(v_workspace, v_settings);
    v_settings := jsonb_strip_nulls(v_settings);

    v_id := campaign.new_id('campaign.campaign_id_seq');
    INSERT INTO campaign.campaign (workspace_id, id, name, program, description, owner_id, sequence_id,
        audience_id, definition, settings, time_zone, exclusivity, created_at)
    VALUES (v_workspace, v_id, create_campaign.name, create_campaign.program, create_campaign.description,
        create_campaign.owner, v_sequence.id, create_campaign.audience, v_sequence.definition, v_settings,
        COALESCE(v_settings ->> 'time_zone', campaign.workspace_time_zone(v_workspace)),
        COALESCE(v_settings ->> 'exclusivity', 'exclusive'), campaign.clock());
    INSERT INTO campaign.campaign_account (workspace_id, campaign_id, account_id)
    SELECT DISTINCT v_workspace, v_id, g.id FROM unnest(create_campaign.accounts) AS g(id);
    INSERT INTO campaign.campaign_fact (workspace_id, campaign_id, bit, kind)
    SELECT v_workspace, v_id, f.bit, f.kind FROM campaign.compiled_facts(v_sequence.definition, v_settings) f;
    INSERT INTO campaign.step (workspace_id, campaign_id, position, path, name, kind, action_kind, content, delay)
    SELECT v_workspace, v_id, s.position, s.path, s.name, s.kind, s.action_kind, s.content, s.delay
    FROM campaign.compiled_steps(v_sequence.definition) s;
    PERFORM campaign.note_event(v_workspace, 'created', v_id,
        jsonb_build_object('sequence', v_sequence.name, 'version', v_sequence.version));
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION campaign.create_campaign(text, text, bigint, bigint[], text, text, bigint, jsonb) IS
    'Makes a draft from the latest version of a sequence, with a copy of the steps of its own; audience: who is admitted from the launch on, by itself; settings are time_zone, exit_on_reply, reply_goal, goal, exit_if, hold_if, exclusivity, active_cap, cohort_size, approval, unapproved, expected_in_campaign, hint_share, reentry, min_gap, contact_cap, quiet_hours, include_previously_treated, exit_when_unmatched, hold_when_unmatched, tcm and link_application';

CREATE FUNCTION campaign.alter_campaign(campaign bigint, name text DEFAULT NULL, description text DEFAULT NULL,
    program text DEFAULT NULL, owner bigint DEFAULT NULL, accounts bigint[] DEFAULT NULL, audience bigint DEFAULT NULL, settings jsonb DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('operator');
    v_old campaign.campaign;
    v_new campaign.campaign;
    v_old_accounts bigint[];
    v_new_accounts bigint[];
    v_changes jsonb;
BEGIN
    SELECT c.* INTO v_old FROM campaign.campaign c
    WHERE c.workspace_id = v_workspace AND c.id = alter_campaign.campaign FOR NO KEY UPDATE;
    IF v_old.id IS NULL THEN
        RAISE EXCEPTION 'campaign % does not exist', COALESCE(alter_campaign.campaign::text, 'NULL')
            USING ERRCODE = 'undefined_object', DETAIL = 'No such campaign is in the current workspace.',
                HINT = 'campaign_id(name) finds the id of a campaign.';
    ELSIF v_old.state NOT IN ('draft', 'live', 'paused') THEN
        RAISE EXCEPTION 'campaign % is %', v_old.id, v_old.state
            USING ERRCODE = 'object_not_in_prerequisite_state',
                DETAIL = 'A campaign can be altered while it is draft, live or paused.',
                HINT = 'Make a new one by create_campaign().';
    END IF;

    SELECT COALESCE(array_agg(a.account_id ORDER BY a.account_id), '{}') INTO v_old_accounts
    FROM campaign.campaign_account a
    WHERE a.workspace_id = v_workspace AND a.campaign_id = v_old.id;
    v_new := v_old;
    v_new_accounts := v_old_accounts;
    IF alter_campaign.name IS NOT NULL THEN
        PERFORM campaign.check_campaign_name(alter_campaign.name);
        v_new.name := alter_campaign.name;
    END IF;
    v_new.description := COALESCE(alter_campaign.description, v_old.description);
    v_new.program := COALESCE(alter_campaign.program, v_old.program);
    IF alter_campaign.owner IS NOT NULL THEN
        PERFORM campaign.check_owner(v_workspace, alter_campaign.owner);
        v_new.owner_id := alter_campaign.owner;
    END IF;
    IF alter_campaign.accounts IS NOT NULL THEN
        PERFORM campaign.check_accounts(v_workspace, alter_campaign.accounts);
        SELECT COALESCE(array_agg(DISTINCT g.id ORDER BY g.id), '{}') INTO v_new_accounts
        FROM unnest(alter_campaign.accounts) AS g(id);
    END IF;
    IF alter_campaign.audience IS NOT NULL THEN
        v_new.audience_id := (campaign.read_audience(v_workspace, alter_campaign.audience)).id;
    END IF;
    IF alter_campaign.settings IS NOT NULL THEN
        v_new := campaign.with_settings(v_old, v_new, alter_campaign.settings);
    END IF;

    SELECT jsonb_object_agg(n.key, jsonb_build_object('from', o.value, 'to', n.value)) INTO v_changes
    FROM jsonb_each(to_jsonb(v_new) || jsonb_build_object('accounts', v_new_accounts)) n
    JOIN jsonb_each(to_jsonb(v_old) || jsonb_build_object('accounts', v_old_accounts)) o ON o.key = n.key
    WHERE n.value <> o.value;
    IF v_changes IS NULL THEN
        RETURN;
    END IF;

    UPDATE campaign.campaign c
    SET name = v_new.name, description = v_new.description, program = v_new.program,
        owner_id = v_new.owner_id, audience_id = v_new.audience_id, settings = v_new.settings, revision = v_new.revision,
        time_zone = v_new.time_zone, exclusivity = v_new.exclusivity
    WHERE c.workspace_id = v_workspace AND c.id = v_old.id;
    IF v_new.audience_id IS DISTINCT FROM v_old.audience_id AND v_old.state <> 'draft' THEN
        PERFORM campaign.want_audience(v_workspace, v_new.audience_id);
    END IF;
    IF v_new.revision <> v_old.revision THEN
        PERFORM campaign.renew_facts(v_workspace, v_old.id);
        PERFORM campaign.look_again(v_workspace, v_old.id);
    END IF;
    IF v_new_accounts <> v_old_accounts THEN
        DELETE FROM campaign.campaign_account a
        WHERE a.workspace_id = v_workspace AND a.campaign_id = v_old.id AND a.account_id <> ALL (v_new_accounts);
        INSERT INTO campaign.campaign_account (workspace_id, campaign_id, account_id)
        SELECT v_workspace, v_old.id, g.id FROM unnest(v_new_accounts) AS g(id)
        WHERE g.id <> ALL (v_old_accounts);
    END IF;
    IF v_old.state <> 'draft' AND alter_campaign.settings ? 'reply_goal' THEN
        PERFORM campaign.check_reply_goal(v_workspace, v_old.id);
    END IF;
    IF campaign.active_cap_of(v_new.settings) > campaign.active_cap_of(v_old.settings) THEN
        INSERT INTO campaign.place_request (workspace_id, campaign_id) VALUES (v_workspace, v_old.id);
        PERFORM campaign.wake();
    END IF;
    PERFORM campaign.note_event(v_workspace, 'altered', v_old.id, v_changes);
END
$$;
COMMENT ON FUNCTION campaign.alter_campaign(bigint, text, text, text, bigint, bigint[], bigint, jsonb) IS
    'Changes what is not NULL of a draft, live or paused campaign; accounts are replaced, settings merged key by key, a setting of null goes back to its default';

CREATE FUNCTION campaign.with_settings(old campaign.campaign, new campaign.campaign, settings jsonb)
    RETURNS campaign.campaign LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_result campaign.campaign := with_settings.new;
BEGIN
    PERFORM campaign.check_settings(with_settings.settings);
    PERFORM campaign.check_cohort_size((with_settings.old).workspace_id, with_settings.settings);
    v_result.settings := jsonb_strip_nulls((with_settings.old).settings || with_settings.settings);
    v_result.time_zone := COALESCE(v_result.settings ->> 'time_zone',
        campaign.workspace_time_zone((with_settings.old).workspace_id));
    v_result.exclusivity := COALESCE(v_result.settings ->> 'exclusivity', 'exclusive');
    -- a run keeps the exclusion that it began with, so two kinds must not mix in one campaign
    IF v_result.exclusivity <> (with_settings.old).exclusivity AND EXISTS (
        SELECT FROM campaign.enrollment e
        WHERE e.workspace_id = (with_settings.old).workspace_id AND e.campaign_id = (with_settings.old).id
          AND e.ended_at IS NULL) THEN
        RAISE EXCEPTION 'exclusivity cannot change while prospects are in the campaign'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                DETAIL = format('$.exclusivity is %s.', with_settings.settings -> 'exclusivity'),
                HINT = 'Make another campaign for those who are still to come.';
    END IF;
    -- what the compiled steps depend on
    IF EXISTS (SELECT FROM unnest('{exit_on_reply,reply_goal,goal,exit_if,hold_if}'::text[]) k
               WHERE v_result.settings -> k IS DISTINCT FROM (with_settings.old).settings -> k) THEN
        v_result.revision := (with_settings.old).revision + 1;
    END IF;
    RETURN v_result;
END
$$;
COMMENT ON FUNCTION campaign.with_settings(campaign.campaign, campaign.campaign, jsonb) IS
    'Internal. The row of a campaign with settings merged into those of old, and all that follows from them';
