-- What members are told over channels of the network. No actions, since it belongs to no run and counts
-- against nothing; what channels of transport outbox are given of this is in the outbox at once.

CREATE TABLE campaign.notice (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.action_id_seq'),
    campaign_id bigint NOT NULL,
    member_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    content jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'processing', 'complete', 'failed', 'unknown')),
    attempt integer NOT NULL DEFAULT 0,
    -- an attempt before this one may have got through
    maybe_sent boolean NOT NULL DEFAULT false,
    queued_at timestamptz NOT NULL,
    not_before timestamptz NOT NULL,
    started_at timestamptz,
    -- of a mail: the dot that ends it may have left
    dot_at timestamptz,
    finished_at timestamptz,
    incarnation bigint,
    outcome jsonb,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, key)
);
CREATE INDEX notice_queued ON campaign.notice (not_before, workspace_id) WHERE state = 'queued';
CREATE INDEX notice_processing ON campaign.notice (workspace_id, incarnation) WHERE state = 'processing';
SELECT pg_catalog.pg_extension_config_dump('campaign.notice', '');
COMMENT ON TABLE campaign.notice IS
    'What members are told over their notify_channel_id, where that is of transport http or smtp. Ids are of the sequence of actions; key makes each happen once. Tried again as actions are; unknown: nobody knows whether it was accepted';
