-- Where the log of a workspace begins, once its oldest part has been emptied: see 71_eras.sql.

CREATE TABLE campaign.log_start (
    workspace_id bigint NOT NULL PRIMARY KEY,
    position bigint NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('campaign.log_start', '');
COMMENT ON TABLE campaign.log_start IS
    'The last position of events_since() whose events are not kept any more: whoever read up to before it has missed some';
