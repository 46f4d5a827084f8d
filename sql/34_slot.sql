-- Slots: when a campaign sends.

CREATE SEQUENCE campaign.slot_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.slot_id_seq', '');
CREATE TABLE campaign.slot (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.slot_id_seq'),
    campaign_id bigint NOT NULL,
    weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts time NOT NULL,
    ends time NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, campaign_id, weekday, starts),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign.campaign (workspace_id, id),
    CHECK (ends > starts)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.slot', '');
COMMENT ON TABLE campaign.slot IS
    'When a campaign sends: each week on that weekday (1 = Monday), from starts on and before ends, in the campaign''s time zone. A campaign without slots sends at any hour';

CREATE FUNCTION campaign.quiet_hours_of(value jsonb) RETURNS bigint[]
    LANGUAGE sql STABLE AS $$
    SELECT ARRAY[(EXTRACT(epoch FROM h.t[1]::time) * 1000000)::bigint, (EXTRACT(epoch FROM h.t[2]::time) * 1000000)::bigint]
    FROM (SELECT pg_catalog.regexp_match(COALESCE(($1 ->> 'from') || '-' || ($1 ->> 'to'), $1 #>> '{}'),
            '^((?:[01]\d|2[0-3]):[0-5]\d) ?- ?((?:[01]\d|2[0-3]):[0-5]\d)$') AS t) h
    WHERE h.t[1] <> h.t[2]
$$;
COMMENT ON FUNCTION campaign.quiet_hours_of(jsonb) IS
    'Internal. The setting quiet_hours, {"from": "20:00", "to": "08:00"} or "20:00-08:00", as microseconds since midnight; NULL if it is neither';
