-- Audiences: who is to be in a campaign, by rules over prospects or over the rows of a table or view of
-- the user's own. What reads and admits is in the parts 69_audience_*.

CREATE SEQUENCE campaign.audience_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.audience_id_seq', '');
-- The source and the role are names: a dump that is restored, or a view that is made anew, is meant again.
CREATE TABLE campaign.audience (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.audience_id_seq'),
    name text NOT NULL CHECK (name <> ''),
    rules jsonb NOT NULL DEFAULT '[]' CHECK (pg_catalog.jsonb_typeof(rules) = 'array'),
    source text,
    prospect_source text,
    key_column text,
    columns jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(columns) = 'object'),
    reader text NOT NULL,
    every interval NOT NULL DEFAULT '5 minutes' CHECK (every > '0' AND every <= '1 year'),
    created_at timestamptz NOT NULL,
    next_at timestamptz,
    read_at timestamptz,
    matching bigint,
    rejected bigint NOT NULL DEFAULT 0,
    rejected_detail text,
    fault text,
    fault_detail text,
    fault_since timestamptz,
    slow_until timestamptz,
    slow_detail text,
    lengthy boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id),
    CHECK ((source IS NULL) = (key_column IS NULL) AND (source IS NULL) = (prospect_source IS NULL))
);
CREATE INDEX audience_next ON campaign.audience (next_at, workspace_id) WHERE next_at IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('campaign.audience', '');
COMMENT ON TABLE campaign.audience IS
    'Who is to be in a campaign: rules that all hold, over prospects or over the rows of a source; made by create_audience(). reader: the role that made or last altered it, as which the source is read. every: how often it is looked at anew while a campaign uses it; next_at: when next, NULL = none does. matching: how many matched at read_at and were not suppressed. rejected: rows that cannot be prospects, and why the first is none. fault: why it could not be read since fault_since: source_missing, source_column_missing, source_slow, source_forbidden, source_key_repeated, source_failed, audience_owner_missing. slow_until: rounds leave the source alone until then, since it took longer than campaign.source_patience, or failed, when they asked for rows (slow_detail). lengthy: the last look took more than a second, so that the next is made by a process that does nothing else';
