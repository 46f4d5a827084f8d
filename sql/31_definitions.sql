-- Sequences as written, and campaigns made from them.

CREATE SEQUENCE campaign.sequence_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.sequence_id_seq', '');
CREATE TABLE campaign.sequence (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.sequence_id_seq'),
    name text NOT NULL CHECK (name <> ''),
    version integer NOT NULL CHECK (version > 0),
    definition jsonb NOT NULL,
    description text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name, version),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.sequence', '');
COMMENT ON TABLE campaign.sequence IS 'Versions of sequences as written; a campaign keeps the one that it was made from (S2.2)';

CREATE SEQUENCE campaign.campaign_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.campaign_id_seq', '');
CREATE TABLE campaign.campaign (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.campaign_id_seq'),
    name text NOT NULL CHECK (name <> ''),
    program text,
    description text,
    owner_id bigint NOT NULL,
    sequence_id bigint NOT NULL,
    audience_id bigint,
    definition jsonb NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'live', 'paused', 'closed', 'archived')),
    settings jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(settings) = 'object'),
    time_zone text NOT NULL DEFAULT 'UTC',
    exclusivity text NOT NULL DEFAULT 'exclusive' CHECK (exclusivity IN ('exclusive', 'exclusive_only', 'none')),
    created_at timestamptz NOT NULL,
    launched_at timestamptz,
    starts_at timestamptz,
    batch_left integer CHECK (batch_left >= 0),
    paused_at timestamptz,
    paused_by text CHECK (paused_by IN ('user', 'system')),
    pause_reason text,
    overdue_from timestamptz,
    overdue_until timestamptz,
    closed_at timestamptz,
    archived_at timestamptz,
    PRIMARY KEY (workspace_id, id),
    CHECK (paused_by IS NULL OR state = 'paused'),
    CHECK (overdue_from <= overdue_until),
    FOREIGN KEY (workspace_id, owner_id) REFERENCES campaign.member (workspace_id, id),
    FOREIGN KEY (workspace_id, sequence_id) REFERENCES campaign.sequence (workspace_id, id),
    FOREIGN KEY (workspace_id, audience_id) REFERENCES campaign.audience (workspace_id, id)
);
-- whether contacts are counted at all
CREATE INDEX campaign_frequency ON campaign.campaign (workspace_id) WHERE settings ?| '{min_gap,contact_cap}';
-- whether exclusive campaigns have to look for others than themselves
CREATE INDEX campaign_exclusive_only ON campaign.campaign (workspace_id) WHERE exclusivity = 'exclusive_only';
CREATE INDEX campaign_audience ON campaign.campaign (workspace_id, audience_id) WHERE audience_id IS NOT NULL;
CREATE INDEX campaign_name ON campaign.campaign (workspace_id, name);
SELECT pg_catalog.pg_extension_config_dump('campaign.campaign', '');
COMMENT ON TABLE campaign.campaign IS
    'A sequence, its accounts and its prospects. definition is the campaign''s own copy of the steps; revision goes up with every change of it. paused_by the system: for pause_reason, and goes on by choose_plan(). starts_at: nothing moves before; batch_left: how many more are let go before continue_batch(), NULL = all. overdue_from, overdue_until: the last pause that was ended by skip_overdue. time_zone and exclusivity are settings that statements need typed';

CREATE FUNCTION campaign.active_cap_of(settings jsonb) RETURNS integer
    LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(($1 ->> 'active_cap')::integer, 5000)
$$;
COMMENT ON FUNCTION campaign.active_cap_of(jsonb) IS
    'Internal. How many runs of a campaign with these settings may be active at once (S2.24)';

-- S1.8: with cohorts the owner approves the first contact, unless the campaign says otherwise.
CREATE FUNCTION campaign.approval_of(settings jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE($1 ->> 'approval', CASE WHEN $1 ? 'cohort_size' THEN 'first' ELSE 'none' END)
$$;
COMMENT ON FUNCTION campaign.approval_of(jsonb) IS
    'Internal. Which contacts the owner of a campaign with these settings has to approve: first, none or all';

CREATE TABLE campaign.campaign_account (
    workspace_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    account_id bigint NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, account_id),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign.campaign (workspace_id, id),
    FOREIGN KEY (workspace_id, account_id) REFERENCES campaign.account (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.campaign_account', '');
COMMENT ON TABLE campaign.campaign_account IS 'The accounts that a campaign may send from';

CREATE TABLE campaign.campaign_fact (
    workspace_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    bit integer NOT NULL CHECK (bit BETWEEN 0 AND 63),
    kind text NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, bit),
    UNIQUE (workspace_id, campaign_id, kind),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign.campaign (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.campaign_fact', '');
COMMENT ON TABLE campaign.campaign_fact IS 'Which bit of enrollment.facts stands for which kind of event that the steps ask about; append-only';

CREATE TABLE campaign.step (
    workspace_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    position integer NOT NULL,
    path text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    action_kind text,
    content jsonb,
    delay text,
    revision integer NOT NULL DEFAULT 1,
    edited_by text,
    edited_at timestamptz,
    PRIMARY KEY (workspace_id, campaign_id, position),
    UNIQUE (workspace_id, campaign_id, name),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign.campaign (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.step', '');
COMMENT ON TABLE campaign.step IS 'The steps of a campaign as compiled, one row for each place where a run can stand';
