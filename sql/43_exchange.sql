-- What passes between an action and a service that an adapter speaks to.

CREATE TABLE campaign.exchange (
    workspace_id bigint NOT NULL,
    action_id bigint NOT NULL,
    position smallint NOT NULL,
    looking boolean NOT NULL DEFAULT false,
    maybe_sent boolean NOT NULL DEFAULT false,
    alone boolean NOT NULL DEFAULT false,
    attempts_before integer NOT NULL DEFAULT 0,
    request jsonb,
    results jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (workspace_id, action_id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.exchange', '');
COMMENT ON TABLE campaign.exchange IS
    'Internal. How far an action has come at a service that an adapter speaks to: position of the request that is to leave or has left, frozen in request, without secrets; results of those before it. looking: not that one, but the look-up before it is repeated. maybe_sent: an attempt at it was ambiguous. alone: it shares no request any more. attempts_before: attempts of the action that were about other positions';

CREATE TABLE campaign.contact_value (
    workspace_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    account_id bigint NOT NULL,
    name text NOT NULL,
    value jsonb NOT NULL,
    PRIMARY KEY (workspace_id, prospect_id, account_id, name)
);
-- whom a list of relations names
CREATE INDEX contact_value_account ON campaign.contact_value (workspace_id, account_id, name, value);
SELECT pg_catalog.pg_extension_config_dump('campaign.contact_value', '');
COMMENT ON TABLE campaign.contact_value IS
    'Internal. What services call a prospect, a conversation with him or his record, by account: {{kept.NAME}} in the requests of an adapter';

CREATE SEQUENCE campaign.learned_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.learned_id_seq', '');
CREATE TABLE campaign.learned (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.learned_id_seq'),
    prospect_id bigint NOT NULL,
    told jsonb NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.learned', '');
COMMENT ON TABLE campaign.learned IS
    'Internal. What a service has told about a prospect whose row somebody else had locked: upkeep writes it into the row';

COMMENT ON COLUMN campaign.channel.adapter IS
    'Of transport http: the name of rows of the tables adapter and adapter_answer, which say what requests it makes and what answers mean; NULL = contents are posted as JSON';
ALTER TABLE campaign.lane ADD COLUMN closed_until timestamptz;
COMMENT ON COLUMN campaign.lane.closed_until IS 'The service has said that its limit is reached: nothing starts before';
