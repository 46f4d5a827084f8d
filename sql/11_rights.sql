-- Who may act where, as functions ask. Every public function that runs as the owner begins with
-- acting_workspace(); granting is in 58_access.sql, what a level may use in 99_levels.sql.

CREATE FUNCTION campaign.acting_workspace(level text) RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'campaign_api_acting_workspace';
COMMENT ON FUNCTION campaign.acting_workspace(text) IS
    'Internal. The current workspace, if the role of the session has at least this level there, else an error; the first call of every function that runs as the owner';

CREATE FUNCTION campaign.acting_workspace(level text, workspace text) RETURNS bigint
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'campaign_api_acting_workspace';
COMMENT ON FUNCTION campaign.acting_workspace(text, text) IS
    'Internal. As acting_workspace(level), for the workspace of this name';

CREATE FUNCTION campaign.my_workspaces(level text) RETURNS SETOF bigint
    LANGUAGE c STABLE STRICT ROWS 1 AS 'MODULE_PATHNAME', 'campaign_api_my_workspaces';
COMMENT ON FUNCTION campaign.my_workspaces(text) IS
    'The workspaces in which the calling role has at least this level';

CREATE FUNCTION campaign.acting_has(level text) RETURNS boolean
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_acting_has';
COMMENT ON FUNCTION campaign.acting_has(text) IS
    'Internal. Whether the role of the session has this level in the current workspace; asked after acting_workspace(), by functions that allow some levels more than others';

CREATE FUNCTION campaign.my_members() RETURNS TABLE (workspace_id bigint, member_id bigint)
    LANGUAGE c STABLE ROWS 1 AS 'MODULE_PATHNAME', 'campaign_api_my_members';
COMMENT ON FUNCTION campaign.my_members() IS
    'The members for whom the calling role works as an agent, where it is not allowed to read everything';

-- Filled by the last part of the script. Not dumped: it belongs to the version, not to the data.
CREATE TABLE campaign.level_right (
    level text NOT NULL CHECK (level IN ('viewer', 'operator', 'agent', 'callback', 'admin', 'superuser')),
    kind text NOT NULL CHECK (kind IN ('table', 'sequence', 'routine')),
    name text NOT NULL,
    privileges text NOT NULL,
    PRIMARY KEY (level, kind, name, privileges)
);
COMMENT ON TABLE campaign.level_right IS
    'What each level is granted: privileges on a table or sequence, or EXECUTE on all routines of a name. Level superuser is granted to nobody';
