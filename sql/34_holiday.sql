-- Holidays: the days on which no business is done.

CREATE SEQUENCE campaign.holiday_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.holiday_id_seq', '');
CREATE TABLE campaign.holiday (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.holiday_id_seq'),
    country text CHECK (country <> ''),
    day date NOT NULL CHECK (pg_catalog.isfinite(day)),
    PRIMARY KEY (workspace_id, id),
    UNIQUE NULLS NOT DISTINCT (workspace_id, country, day),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.holiday', '');
COMMENT ON TABLE campaign.holiday IS
    'Days that are no business days, beside Saturdays and Sundays: for everybody where country is NULL, else for prospects of that country, written as in their rows, upper and lower case making no difference';
