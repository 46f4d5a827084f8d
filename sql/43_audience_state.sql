-- What is known of audiences from the last look at them. No foreign keys, as all state.

CREATE TABLE campaign.audience_prospect (
    workspace_id bigint NOT NULL,
    audience_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    PRIMARY KEY (workspace_id, audience_id, prospect_id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.audience_prospect', '');
COMMENT ON TABLE campaign.audience_prospect IS
    'Whose rows of a source matched when it was last read; audiences over prospects need no such list';

CREATE SEQUENCE campaign.audience_request_id_seq START 1000 CACHE 32;
SELECT pg_catalog.pg_extension_config_dump('campaign.audience_request_id_seq', '');
CREATE TABLE campaign.audience_request (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.audience_request_id_seq'),
    audience_id bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
) WITH (vacuum_truncate = off);
SELECT pg_catalog.pg_extension_config_dump('campaign.audience_request', '');
COMMENT ON TABLE campaign.audience_request IS
    'Audiences to be looked at since what they stand on has changed: left by the trigger function audience_changed(), and answered by the next look';

CREATE TABLE campaign.audience_reach (
    workspace_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    active bigint NOT NULL,
    matching bigint NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.audience_reach', '');
COMMENT ON TABLE campaign.audience_reach IS
    'How many were active in a campaign and how many matched its audience when that was last looked at (S3.9, D10)';

CREATE FUNCTION campaign.rest_code(a campaign.audience) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE pg_catalog."left"(a.slow_detail, 5) WHEN '54000' THEN 'source_slow' WHEN '55P03' THEN 'source_slow'
        WHEN '42501' THEN 'source_forbidden' ELSE 'source_failed' END
$$;
COMMENT ON FUNCTION campaign.rest_code(campaign.audience) IS
    'Internal. Why rounds leave the source of an audience alone, as the codes of faults have it';

CREATE FUNCTION campaign.in_campaign(workspace bigint, campaign bigint)
    RETURNS TABLE (active bigint, matching bigint, as_of timestamptz) LANGUAGE sql STABLE AS $$
    SELECT r.active, r.matching, r.as_of FROM campaign.audience_reach r
    WHERE r.workspace_id = $1 AND r.campaign_id = $2
$$;
COMMENT ON FUNCTION campaign.in_campaign(bigint, bigint) IS
    'Internal. How many were active in a campaign and how many matched its audience and were not suppressed, when that was last looked at; no row for a campaign without an audience (D10)';
