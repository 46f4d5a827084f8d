-- Channels that could not be reached: a row from the first attempt that did not get through to the server
-- of a channel until one does, or until somebody writes the channel. While all is well there is none.

CREATE TABLE campaign.channel_fault (
    workspace_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    since timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    failures integer NOT NULL,
    detail text,
    PRIMARY KEY (workspace_id, channel_id),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES campaign.channel (workspace_id, id) ON DELETE CASCADE
);
SELECT pg_catalog.pg_extension_config_dump('campaign.channel_fault', '');
COMMENT ON TABLE campaign.channel_fault IS
    'Channels whose server was not reached by the last attempts: since the first of them, so many (failures), the last one why (detail). After three the health of campaigns says so';

CREATE FUNCTION campaign.note_unreachable(workspace bigint, channels bigint[], failures integer[], details text[], at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    INSERT INTO campaign.channel_fault AS f (workspace_id, channel_id, since, last_at, failures, detail)
    SELECT $1, v.id, $5, $5, v.n, v.detail
    FROM unnest($2, $3, $4) AS v(id, n, detail)
    WHERE EXISTS (SELECT FROM campaign.channel h WHERE h.workspace_id = $1 AND h.id = v.id)
    ORDER BY v.id
    ON CONFLICT (workspace_id, channel_id) DO UPDATE
        SET last_at = EXCLUDED.last_at, failures = LEAST(f.failures + EXCLUDED.failures, 1000000), detail = EXCLUDED.detail;
    -- those that have just become known for it
    IF EXISTS (SELECT FROM campaign.channel_fault f JOIN unnest($2, $3) AS v(id, n) ON v.id = f.channel_id
               WHERE f.workspace_id = $1 AND f.failures >= 3 AND f.failures - v.n < 3) THEN
        INSERT INTO campaign.alert_request (workspace_id) VALUES ($1);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.note_unreachable(bigint, bigint[], integer[], text[], timestamptz) IS
    'Internal. So many attempts did not get through to the servers of these channels';

CREATE FUNCTION campaign.note_reached(workspace bigint, channels bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    DELETE FROM campaign.channel_fault f WHERE f.workspace_id = $1 AND f.channel_id = ANY ($2);
    IF FOUND THEN
        INSERT INTO campaign.alert_request (workspace_id) VALUES ($1);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.note_reached(bigint, bigint[]) IS
    'Internal. The servers of these channels, which had not been reached, were';
