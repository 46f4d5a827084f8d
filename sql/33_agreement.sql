-- Agreements: what sessions are about, filled by users.

CREATE SEQUENCE campaign.agreement_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.agreement_id_seq', '');
CREATE TABLE campaign.agreement (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.agreement_id_seq'),
    prospect_id bigint NOT NULL,
    external_id text,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'cancelled', 'expired')),
    payment_type text NOT NULL CHECK (payment_type IN ('single', 'recurring')),
    amount numeric,
    currency text,
    period text,
    payment_method text,
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(attributes) = 'object'),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, external_id),
    FOREIGN KEY (workspace_id, prospect_id) REFERENCES campaign.prospect (workspace_id, id)
);
CREATE INDEX agreement_prospect ON campaign.agreement (workspace_id, prospect_id);
SELECT pg_catalog.pg_extension_config_dump('campaign.agreement', '');
COMMENT ON TABLE campaign.agreement IS
    'What a contact has agreed to, as a subscription or a donation: what sessions such as an upgrade are about, and by whose external_id they are grouped (S4.2)';
