-- How far long calls are. They are seen from other sessions while their own transaction is open, since they stand in
-- shared memory; nothing is written to a table.

CREATE FUNCTION campaign.progress_begin(what text, workspace bigint, campaign bigint) RETURNS boolean
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_progress_begin';
COMMENT ON FUNCTION campaign.progress_begin(text, bigint, bigint) IS
    'Internal. A long call begins; false if it is a part of one that is shown already';

CREATE FUNCTION campaign.progress_phase(phase text, total bigint) RETURNS void
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_progress_phase';
COMMENT ON FUNCTION campaign.progress_phase(text, bigint) IS
    'Internal. The call that is shown goes on to this phase, of so many rows, 0 = nobody knows';

CREATE FUNCTION campaign.progress_row(id bigint) RETURNS bigint
    LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'campaign_api_progress_row';
COMMENT ON FUNCTION campaign.progress_row(bigint) IS
    'Internal. Counts a row of the phase, and returns the id: stands in the list of a SELECT that writes';

CREATE FUNCTION campaign.progress_end() RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'campaign_api_progress_end';
COMMENT ON FUNCTION campaign.progress_end() IS
    'Internal. The call that is shown has ended; a transaction that ends does the same';

CREATE FUNCTION campaign.progress_rows(OUT workspace_id bigint, OUT campaign_id bigint, OUT pid integer, OUT what text, OUT phase text,
        OUT done bigint, OUT total bigint, OUT started_at timestamptz, OUT phase_at timestamptz) RETURNS SETOF record
    LANGUAGE c VOLATILE ROWS 3 AS 'MODULE_PATHNAME', 'campaign_api_progress_rows';
COMMENT ON FUNCTION campaign.progress_rows() IS
    'Internal, but called with the rights of who reads the view progress: the long calls of this database, in workspaces that he may read';

CREATE VIEW campaign.progress WITH (security_barrier) AS
    SELECT r.campaign_id, c.name AS campaign, r.pid, r.what, r.phase, r.done, r.total,
        CASE WHEN r.total > 0 THEN LEAST(round(r.done * 100.0 / r.total, 1), 100) END AS done_pct,
        pg_catalog.clock_timestamp() - r.started_at AS running_for, pg_catalog.clock_timestamp() - r.phase_at AS in_phase_for
    FROM campaign.progress_rows() r
    LEFT JOIN campaign.campaign c ON c.workspace_id = r.workspace_id AND c.id = r.campaign_id
    WHERE r.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.progress IS
    'Long calls that are under way (enroll and what admits, dry_run and forecast), seen from other sessions: phase, and how many rows of it are done, every 1,024; dry_run and forecast count simulated seconds. Empty where the library is not preloaded';
