-- Relations that services are asked about, since callbacks tell of acceptances late or not at all.

CREATE TABLE campaign.relation_poll (
    workspace_id bigint NOT NULL,
    account_id bigint NOT NULL,
    next_at timestamptz NOT NULL,
    asked_at timestamptz,
    polled_at timestamptz,
    unanswered_since timestamptz,
    PRIMARY KEY (workspace_id, account_id)
);
CREATE INDEX relation_poll_next ON campaign.relation_poll (next_at, workspace_id);
SELECT pg_catalog.pg_extension_config_dump('campaign.relation_poll', '');
COMMENT ON TABLE campaign.relation_poll IS
    'Internal. Accounts whose relations their service is asked for while invitations are pending: when next, when it was asked last, when it was asked for the last time that it answered, and since when it has not';
