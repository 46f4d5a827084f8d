-- Erasure of a person (B19): what is still to be erased, and how an erased address is known again.

CREATE TABLE campaign.erasure (
    workspace_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    erased_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (workspace_id, prospect_id)
);
CREATE INDEX erasure_open ON campaign.erasure (workspace_id) WHERE done_at IS NULL;
SELECT pg_catalog.pg_extension_config_dump('campaign.erasure', '');
COMMENT ON TABLE campaign.erasure IS
    'Prospects of whom everything personal was erased. done_at NULL: an action of theirs was under way, and what comes of it is erased when it has ended';
