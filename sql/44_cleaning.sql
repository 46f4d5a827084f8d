-- How long what is old is kept, and how far upkeep has come with looking for it: see 69_cleaning.sql.

ALTER TABLE campaign.workspace_setting ADD COLUMN keep_letters interval CHECK (keep_letters >= '30 days');
COMMENT ON COLUMN campaign.workspace_setting.keep_letters IS
    'How long it is known of a mail, once its run has ended, under which id it went whither: so long bounces and replies are matched by it. At least 30 days; NULL = 365 days';

ALTER TABLE campaign.workspace_setting ADD COLUMN keep_sessions interval CHECK (keep_sessions >= '90 days');
COMMENT ON COLUMN campaign.workspace_setting.keep_sessions IS
    'How long attempts are kept, once they and their run have ended: sessions, and actions with what they said. At least 90 days; NULL = for ever. Statistics keep counting them';

CREATE TABLE campaign.cleaning (
    workspace_id bigint NOT NULL,
    what text NOT NULL CHECK (what IN ('letter', 'dedup', 'session', 'action')),
    -- all before it was looked at on this walk
    place text NOT NULL DEFAULT '',
    walked_at timestamptz,
    PRIMARY KEY (workspace_id, what)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.cleaning', '');
COMMENT ON TABLE campaign.cleaning IS
    'Internal. How far upkeep has come with walking through a table for rows that are too old; walked_at: when it last came to the end';
