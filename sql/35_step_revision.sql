-- What the steps of a campaign have said, version by version (B17).

CREATE TABLE campaign.step_revision (
    workspace_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    step text NOT NULL,
    revision integer NOT NULL CHECK (revision > 0),
    content jsonb,
    delay text,
    edited_by text,
    edited_at timestamptz,
    PRIMARY KEY (workspace_id, campaign_id, step, revision),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign.campaign (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.step_revision', '');
COMMENT ON TABLE campaign.step_revision IS
    'Contents and delays of the steps that were edited, each version, by whom and when; the first one has neither';
