-- Mails that were started, by the id that they bear: what a reply, a bounce or a follow-up names.

CREATE TABLE campaign.letter (
    workspace_id bigint NOT NULL,
    message_id text NOT NULL,
    action_id bigint NOT NULL,
    enrollment_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    account_id bigint NOT NULL,
    address text NOT NULL,
    subject text NOT NULL,
    earlier text[] NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, message_id)
);
CREATE INDEX letter_run ON campaign.letter (workspace_id, enrollment_id, at);
SELECT pg_catalog.pg_extension_config_dump('campaign.letter', '');
COMMENT ON TABLE campaign.letter IS
    'Internal. One row for each action by which a mail was started: its Message-ID without brackets, whom it went to, and the ids of the mails before it in its thread, the oldest first. Replies, bounces and what providers report are matched by it';
