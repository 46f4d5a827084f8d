-- Ids, time and workspaces: what every table below leans on.

CREATE FUNCTION campaign.library_version() RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'campaign_api_library_version';
COMMENT ON FUNCTION campaign.library_version() IS
    'The version of the loaded library; workers run only when it fits the installed extension version';

CREATE FUNCTION campaign.new_id(sequence regclass) RETURNS bigint
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_new_id';
COMMENT ON FUNCTION campaign.new_id(regclass) IS
    'The next id of a sequence, with the node group in its high bits on a cluster; unique, and no order of anything';

CREATE FUNCTION campaign.clock() RETURNS timestamptz
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'campaign_api_clock';
COMMENT ON FUNCTION campaign.clock() IS
    'The one source of time: the start of the statement, or the setting campaign.now where it is set';

CREATE FUNCTION campaign.my_workspaces() RETURNS SETOF bigint
    LANGUAGE c STABLE ROWS 1 AS 'MODULE_PATHNAME', 'campaign_api_my_workspaces';
COMMENT ON FUNCTION campaign.my_workspaces() IS
    'The workspaces that the calling role has been granted access to; all of them for the extension''s owner and superusers';

CREATE FUNCTION campaign.current_workspace() RETURNS bigint
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'campaign_api_current_workspace';
COMMENT ON FUNCTION campaign.current_workspace() IS
    'The id of the workspace named by the setting campaign.workspace, checked against the caller''s rights';

-- Policies are in this script and name PUBLIC: a dump neither repeats nor restores those of a member
-- table, while it does restore grants.
