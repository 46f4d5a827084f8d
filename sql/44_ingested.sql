-- What providers reported, as it came: kept for a time, so that it can be seen what was made of it.

CREATE SEQUENCE campaign.ingested_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.ingested_id_seq', '');
CREATE TABLE campaign.ingested (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.ingested_id_seq'),
    provider text NOT NULL,
    received_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    body bytea NOT NULL,
    facts integer NOT NULL,
    recorded integer NOT NULL,
    prospects bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, provider, digest)
);
CREATE INDEX ingested_received ON campaign.ingested (received_at, workspace_id);
SELECT pg_catalog.pg_extension_config_dump('campaign.ingested', '');
COMMENT ON TABLE campaign.ingested IS
    'Reports of providers as they came, verified, kept for campaign.keep_reports: the body (headers may be secret and are not kept), how many facts are in it that there are words for, how many events were recorded of them, and the prospects that these are about. A body that comes again is kept once';
