-- Tenants, and who may act in them.

CREATE SEQUENCE campaign.workspace_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.workspace_id_seq', '');
CREATE TABLE campaign.workspace (
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.workspace_id_seq') PRIMARY KEY,
    name text NOT NULL CHECK (name <> '') UNIQUE,
    merchant text,
    time_zone text NOT NULL DEFAULT 'UTC',
    plan text,
    trial_ends_at timestamptz,
    max_cohort_size integer NOT NULL DEFAULT 25 CHECK (max_cohort_size BETWEEN 0 AND 1000),
    built_in boolean NOT NULL DEFAULT false
);
SELECT pg_catalog.pg_extension_config_dump('campaign.workspace', 'WHERE NOT built_in');
COMMENT ON TABLE campaign.workspace IS 'A tenant. The built-in row "default" has no plan: no restriction, no credits counted';
INSERT INTO campaign.workspace (id, name, built_in) VALUES (1, 'default', true);

CREATE TABLE campaign.workspace_setting (
    workspace_id bigint NOT NULL PRIMARY KEY,
    merchant text,
    time_zone text,
    plan text,
    trial_ends_at timestamptz,
    max_cohort_size integer CHECK (max_cohort_size BETWEEN 0 AND 1000),
    min_gap interval CHECK (min_gap > '0' AND min_gap <= '100 years'),
    contact_cap integer CHECK (contact_cap BETWEEN 1 AND 50),
    contact_period interval CHECK (contact_period > '0' AND contact_period <= '100 years'),
    CHECK ((contact_cap IS NULL) = (contact_period IS NULL)),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.workspace_setting', '');
COMMENT ON TABLE campaign.workspace_setting IS
    'What a workspace says otherwise than its row; the way to set something for "default", whose row a dump leaves out. min_gap: the least time between two contacts of a person; contact_cap: so many of them in any contact_period; a campaign''s own settings stand before them (B15)';

CREATE TABLE campaign.access (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    role name NOT NULL,
    level text NOT NULL CHECK (level IN ('viewer', 'operator', 'agent', 'callback', 'admin')),
    member_id bigint,
    PRIMARY KEY (workspace_id, role),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id),
    CHECK ((level = 'agent') <= (member_id IS NOT NULL))
);
SELECT pg_catalog.pg_extension_config_dump('campaign.access', '');
COMMENT ON TABLE campaign.access IS 'Which role may act in which workspace, at which level; written by grant_access() and revoke_access()';

CREATE TABLE campaign.instance (
    id smallint NOT NULL DEFAULT 1 PRIMARY KEY CHECK (id = 1),
    uuid uuid NOT NULL,
    is_virtual boolean NOT NULL DEFAULT false,
    lived_until timestamptz,
    era smallint NOT NULL DEFAULT 0 CHECK (era BETWEEN 0 AND 7),
    era_since timestamptz,
    created_at timestamptz NOT NULL,
    launched_at timestamptz,
    link_key bytea NOT NULL
        DEFAULT pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
);
SELECT pg_catalog.pg_extension_config_dump('campaign.instance', '');
COMMENT ON TABLE campaign.instance IS
    'One row, made when first needed. lived_until: of virtual time, when alerts were last looked at because a day had passed. launched_at: when anything was first launched here, so that a copy knows that it is to be armed. era: the partition of the log that is written to, and since when. The uuid that idempotency keys are made from travels with the data, so that a restored copy uses the same keys. So does link_key, which the links in mails are signed with: those in mails that have left go on working after a restore, and whoever knows it can opt people out, no more';

-- Not dumped: a restored log is another log, on which old cursors answer cursor_unknown.
CREATE TABLE campaign.log_identity (
    id smallint NOT NULL DEFAULT 1 PRIMARY KEY CHECK (id = 1),
    uuid uuid NOT NULL
);
COMMENT ON TABLE campaign.log_identity IS 'Names this event log; a copy restored from a dump gets another name';
