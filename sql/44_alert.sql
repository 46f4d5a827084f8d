-- Alerts: what was found wrong, from when until when. A row is written when a cause first appears and
-- closed when it has gone (src/engine/alerts.c), so that everybody is told once.

CREATE SEQUENCE campaign.alert_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.alert_id_seq', '');
CREATE TABLE campaign.alert (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.alert_id_seq'),
    campaign_id bigint NOT NULL,
    code text NOT NULL,
    -- of what: the id of an account, a member, a quota; empty = of the campaign
    subject text NOT NULL DEFAULT '',
    severity text NOT NULL CHECK (severity IN ('hint', 'warning', 'error', 'fatal')),
    message text NOT NULL,
    remedy text,
    raised_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX alert_open ON campaign.alert (workspace_id, campaign_id, code, subject) WHERE closed_at IS NULL;
CREATE INDEX alert_raised ON campaign.alert (workspace_id, raised_at DESC, id DESC);
SELECT pg_catalog.pg_extension_config_dump('campaign.alert', '');
COMMENT ON TABLE campaign.alert IS
    'What was found wrong with a campaign: one row from the first time it was seen until it had gone; closed_at NULL = it is so still. severity as it was at worst';
