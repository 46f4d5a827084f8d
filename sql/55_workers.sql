-- The processes behind a database. Without the library among shared_preload_libraries there are none.

CREATE FUNCTION campaign.wake() RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'campaign_api_wake';
REVOKE ALL ON FUNCTION campaign.wake() FROM PUBLIC;
COMMENT ON FUNCTION campaign.wake() IS
    'Has the workers of this database look for work when this transaction commits, and started if there are none';

CREATE FUNCTION campaign.wake_readers() RETURNS void
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'campaign_api_wake_readers';
REVOKE ALL ON FUNCTION campaign.wake_readers() FROM PUBLIC;
COMMENT ON FUNCTION campaign.wake_readers() IS
    'Internal. Has the processes of this database that look at audiences do so when this transaction commits';

CREATE FUNCTION campaign.preloaded() RETURNS boolean
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'campaign_api_preloaded';
REVOKE ALL ON FUNCTION campaign.preloaded() FROM PUBLIC;
COMMENT ON FUNCTION campaign.preloaded() IS
    'Is the library among shared_preload_libraries? Only then are there workers';

CREATE FUNCTION campaign.worker_slots(OUT kind text, OUT number integer, OUT database_id oid, OUT pid integer,
        OUT started_at timestamptz, OUT heartbeat timestamptz, OUT rounds bigint, OUT steps bigint,
        OUT sends bigint, OUT errors bigint, OUT incarnation bigint, OUT status text) RETURNS SETOF record
    LANGUAGE c VOLATILE ROWS 3 AS 'MODULE_PATHNAME', 'campaign_api_worker_slots';
REVOKE ALL ON FUNCTION campaign.worker_slots() FROM PUBLIC;
COMMENT ON FUNCTION campaign.worker_slots() IS
    'Internal, but called with the rights of who reads the view worker_status: the launcher, and the processes that this database has or should have';

CREATE VIEW campaign.worker_status WITH (security_barrier) AS
SELECT s.kind, s.pid, d.datname AS database, s.started_at, s.heartbeat, s.rounds, s.steps, s.sends, s.errors, s.status
FROM campaign.worker_slots() s
LEFT JOIN pg_catalog.pg_database d ON d.oid = s.database_id;
COMMENT ON VIEW campaign.worker_status IS
    'The launcher of this server and the workers of this database since they were started; pid NULL = it should run and does not, and status says why. rounds are transactions, steps rows taken in them, sends requests handed to the network, errors transactions that failed';
