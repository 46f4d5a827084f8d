-- From the names that people know to the ids that functions take. Each finds exactly one, in the
-- current workspace, or says what there is instead.

CREATE FUNCTION campaign.nearest(name text, known text[]) RETURNS text
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_nearest';
COMMENT ON FUNCTION campaign.nearest(text, text[]) IS
    'Internal. The one of the known names that somebody may have meant, NULL if none is near';

CREATE FUNCTION campaign.hint_of(name text, known text[], hint text) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.concat_ws(' ', CASE WHEN n.nearest <> $1 THEN pg_catalog.format('Did you mean "%s"?', n.nearest) END, $3)
    FROM (SELECT campaign.nearest($1, $2)) n (nearest)
$$;
COMMENT ON FUNCTION campaign.hint_of(text, text[], text) IS
    'Internal. The hint of an error about a name that is not there, begun with the name that may have been meant';

CREATE FUNCTION campaign.campaign_id(name text, program text DEFAULT NULL, owner bigint DEFAULT NULL)
    RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    v_found bigint[];
    v_which text;
BEGIN
    SELECT array_agg(c.id ORDER BY c.id),
        string_agg(format('%s (program %s, owner %s, %s)', c.id, COALESCE(quote_literal(c.program), 'none'), c.owner_id, c.state), ', ' ORDER BY c.id)
    INTO v_found, v_which
    FROM campaign.campaign c
    WHERE c.workspace_id = v_workspace
      AND c.name = campaign_id.name
      AND (campaign_id.program IS NULL OR c.program = campaign_id.program)
      AND (campaign_id.owner IS NULL OR c.owner_id = campaign_id.owner);
    IF v_found IS NULL THEN
        RAISE EXCEPTION 'campaign "%" does not exist', campaign_id.name
            USING ERRCODE = 'undefined_object',
                DETAIL = campaign.describe_search(VARIADIC ARRAY['program', campaign_id.program, 'owner', campaign_id.owner::text]),
                HINT = campaign.hint_of(campaign_id.name, ARRAY(SELECT c.name FROM campaign.campaign c WHERE c.workspace_id = v_workspace ORDER BY c.name LIMIT 1000),
                    'The view campaign.overview lists the campaigns of the workspace.');
    ELSIF cardinality(v_found) > 1 THEN
        RAISE EXCEPTION 'campaign name "%" is ambiguous', campaign_id.name
            USING ERRCODE = 'ambiguous_alias', DETAIL = format('It stands for %s.', v_which),
                HINT = 'Give program or owner, or the id itself.';
    END IF;
    RETURN v_found[1];
END
$$;
COMMENT ON FUNCTION campaign.campaign_id(text, text, bigint) IS
    'The id of the campaign of this name, narrowed by program and owner where several share it';

CREATE FUNCTION campaign.describe_search(VARIADIC pairs text[]) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT 'Looked for in the current workspace'
        || COALESCE(' with ' || pg_catalog.string_agg(pg_catalog.format('%s %L', $1[i], $1[i + 1]), ', ' ORDER BY i)
            FILTER (WHERE $1[i + 1] IS NOT NULL), '') || '.'
    FROM pg_catalog.generate_series(1, pg_catalog.cardinality($1), 2) AS i
$$;
COMMENT ON FUNCTION campaign.describe_search(text[]) IS
    'Internal. The detail of an error: what was looked for, from pairs of name and value, values NULL left out';

CREATE FUNCTION campaign.account_id(address text, channel text DEFAULT NULL)
    RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace(CASE WHEN campaign.acting_has('agent') AND NOT campaign.acting_has('viewer') THEN 'agent' ELSE 'viewer' END);
    v_members bigint[] := CASE WHEN NOT campaign.acting_has('viewer') THEN campaign.acting_members(v_workspace) END;
    v_found bigint[];
    v_which text;
BEGIN
    SELECT array_agg(a.id ORDER BY a.id), string_agg(format('%s (channel %L)', a.id, h.name), ', ' ORDER BY a.id)
    INTO v_found, v_which
    FROM campaign.account a
    JOIN campaign.channel h ON h.workspace_id = a.workspace_id AND h.id = a.channel_id
    WHERE a.workspace_id = v_workspace
      AND lower(a.address) = lower(account_id.address)
      AND (v_members IS NULL OR a.member_id = ANY (v_members))
      AND (account_id.channel IS NULL OR h.name = account_id.channel);
    IF v_found IS NULL THEN
        RAISE EXCEPTION 'account "%" does not exist', account_id.address
            USING ERRCODE = 'undefined_object',
                DETAIL = campaign.describe_search(VARIADIC ARRAY['channel', account_id.channel]),
                HINT = campaign.hint_of(account_id.address, ARRAY(SELECT a.address FROM campaign.account a WHERE a.workspace_id = v_workspace AND (v_members IS NULL OR a.member_id = ANY (v_members)) ORDER BY a.address LIMIT 1000),
                    'Accounts are rows of campaign.account.');
    ELSIF cardinality(v_found) > 1 THEN
        RAISE EXCEPTION 'account address "%" is ambiguous', account_id.address
            USING ERRCODE = 'ambiguous_alias', DETAIL = format('It stands for %s.', v_which),
                HINT = 'Give the name of the channel, or the id itself.';
    END IF;
    RETURN v_found[1];
END
$$;
COMMENT ON FUNCTION campaign.account_id(text, text) IS
    'The id of the account with this address, narrowed by the name of its channel where several share it';

CREATE FUNCTION campaign.list_id(name text)
    RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    v_found bigint;
BEGIN
    SELECT l.id INTO v_found FROM campaign.list l
    WHERE l.workspace_id = v_workspace AND l.name = list_id.name;
    IF v_found IS NULL THEN
        RAISE EXCEPTION 'list "%" does not exist', list_id.name
            USING ERRCODE = 'undefined_object', DETAIL = campaign.describe_search(VARIADIC '{}'),
                HINT = campaign.hint_of(list_id.name, ARRAY(SELECT l.name FROM campaign.list l WHERE l.workspace_id = v_workspace ORDER BY l.name LIMIT 1000),
                    'Lists are rows of campaign.list; import_prospects(source, list => ...) makes one.');
    END IF;
    RETURN v_found;
END
$$;
COMMENT ON FUNCTION campaign.list_id(text) IS 'The id of the list of this name';

CREATE FUNCTION campaign.prospect_id(external_id text, source text DEFAULT NULL)
    RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_workspace bigint := campaign.acting_workspace('viewer');
    v_found bigint[];
    v_which text;
BEGIN

    SELECT array_agg(DISTINCT COALESCE(p.merged_into, p.id)), string_agg(format('%s (source %L)', p.id, p.source), ', ' ORDER BY p.id)
    INTO v_found, v_which
    FROM campaign.prospect p
    WHERE p.workspace_id = v_workspace
      AND p.external_id = prospect_id.external_id
      AND (prospect_id.source IS NULL OR p.source = prospect_id.source);
    IF v_found IS NULL THEN
        RAISE EXCEPTION 'prospect "%" does not exist', prospect_id.external_id
            USING ERRCODE = 'undefined_object',
                DETAIL = campaign.describe_search(VARIADIC ARRAY['source', prospect_id.source]),
                HINT = 'Prospects are rows of campaign.prospect, found here by external_id.';
    ELSIF cardinality(v_found) > 1 THEN
        RAISE EXCEPTION 'prospect "%" is ambiguous', prospect_id.external_id
            USING ERRCODE = 'ambiguous_alias', DETAIL = format('It stands for %s.', v_which),
                HINT = 'Give the source, or the id itself.';
    END IF;
    RETURN v_found[1];
END
$$;
COMMENT ON FUNCTION campaign.prospect_id(text, text) IS
    'The id of the prospect with this external_id, narrowed by source where several share it';
