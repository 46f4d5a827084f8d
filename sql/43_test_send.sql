-- Texts sent for trial: no actions, since they belong to no run, count against nothing and move nobody.

CREATE TABLE campaign.test_send (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    revision integer NOT NULL,
    step text NOT NULL,
    action_kind text NOT NULL,
    prospect_id bigint NOT NULL,
    account_id bigint NOT NULL,
    to_address text NOT NULL,
    key text NOT NULL,
    content jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'processing', 'complete', 'failed', 'unknown')),
    actor text,
    requested_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    incarnation bigint,
    outcome jsonb,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX test_send_queued ON campaign.test_send (requested_at, workspace_id) WHERE state = 'queued';
CREATE INDEX test_send_processing ON campaign.test_send (workspace_id, incarnation) WHERE state = 'processing';
CREATE INDEX test_send_campaign ON campaign.test_send (workspace_id, campaign_id, revision);
SELECT pg_catalog.pg_extension_config_dump('campaign.test_send', '');
COMMENT ON TABLE campaign.test_send IS
    'What send_test() sent, or is to send: a text of a step for a prospect, to another address. revision: that of the campaign whose text it was. Ids are of the sequence of actions. Tried once: failed or unknown is its end';
