-- Enrichment credits (S2.11): what a plan includes is there once, the rest is booked. A workspace without
-- a plan counts none.

CREATE SEQUENCE campaign.credit_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.credit_id_seq', '');
CREATE TABLE campaign.credit (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.credit_id_seq'),
    at timestamptz NOT NULL,
    amount integer NOT NULL CHECK (amount <> 0),
    reason text NOT NULL,
    action_id bigint,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX credit_action ON campaign.credit (workspace_id, action_id) WHERE action_id IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('campaign.credit', '');
COMMENT ON TABLE campaign.credit IS
    'Every booking of credits: added by add_credits(), spent in the transaction that starts an action, refunded where it surely came to nothing; members of a workspace share them';

-- The sum of all bookings, so that a start need not add them up: the row that bookings lock.
CREATE TABLE campaign.credit_total (
    workspace_id bigint NOT NULL PRIMARY KEY,
    total bigint NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('campaign.credit_total', '');
COMMENT ON TABLE campaign.credit_total IS 'The sum of a workspace''s bookings in credit';

CREATE VIEW campaign.workspace_credit AS
    SELECT w.id AS workspace_id, p.plan, n.included, COALESCE(t.total, 0) AS booked,
        n.included + COALESCE(t.total, 0) AS balance
    FROM campaign.workspace w
    LEFT JOIN campaign.workspace_setting s ON s.workspace_id = w.id
    LEFT JOIN campaign.credit_total t ON t.workspace_id = w.id
    CROSS JOIN LATERAL (SELECT COALESCE(s.plan, w.plan) AS plan) p
    CROSS JOIN LATERAL (
        SELECT COALESCE((SELECT l.included_credits FROM campaign.plan l
                         WHERE l.name = p.plan ORDER BY l.built_in LIMIT 1), 0) AS included
    ) n
    WHERE p.plan IS NOT NULL;
COMMENT ON VIEW campaign.workspace_credit IS 'The credits of each workspace that counts them';
