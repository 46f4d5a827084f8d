\echo Use "CREATE EXTENSION campaign" to load this file. \quit

-- The schema is a member of the extension: it goes with it, and a schema of this name that is
-- already there makes the installation fail instead of being taken over.
CREATE SCHEMA campaign;
COMMENT ON SCHEMA campaign IS 'Outreach campaigns inside the database: sequences, prospects, and workers that advance them';

-- Nothing in here is anybody's by default; grant_access() opens what a level may use.
REVOKE ALL ON SCHEMA campaign FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA campaign REVOKE ALL ON FUNCTIONS FROM PUBLIC;
