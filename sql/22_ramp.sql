-- Quotas that grow: {"from": "2026-03-02", "steps": [{"after": "0 days", "max": 20}, {"after": "7 days",
-- "max": 50}]}, or the steps alone, which count from the first use of what the quota limits.

CREATE FUNCTION campaign.is_ramp(ramp jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_steps jsonb := CASE jsonb_typeof(is_ramp.ramp) WHEN 'object' THEN is_ramp.ramp -> 'steps' ELSE is_ramp.ramp END;
    v_step jsonb;
BEGIN
    IF jsonb_typeof(v_steps) IS DISTINCT FROM 'array' OR jsonb_array_length(v_steps) = 0 THEN
        RETURN false;
    ELSIF jsonb_typeof(is_ramp.ramp) = 'object' AND ((is_ramp.ramp - '{steps,from}'::text[]) <> '{}'
        OR is_ramp.ramp ? 'from' AND (is_ramp.ramp ->> 'from') !~ '^\d{4}-\d{2}-\d{2}$'
        OR (is_ramp.ramp ->> 'from')::date IS NULL AND is_ramp.ramp ? 'from') THEN
        RETURN false;
    END IF;
    FOR v_step IN SELECT s.value FROM jsonb_array_elements(v_steps) s LOOP
        IF jsonb_typeof(v_step) <> 'object' OR (v_step - '{after,max}'::text[]) <> '{}'
            OR jsonb_typeof(v_step -> 'after') IS DISTINCT FROM 'string'
            OR jsonb_typeof(v_step -> 'max') IS DISTINCT FROM 'number'
            OR (v_step ->> 'after')::interval NOT BETWEEN '0' AND '100 years' OR (v_step ->> 'max')::integer < 0 THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
EXCEPTION WHEN data_exception THEN
    RETURN false;
END
$$;
COMMENT ON FUNCTION campaign.is_ramp(jsonb) IS
    'Internal. Whether this says how a quota grows, as [{"after": "0 days", "max": 20}, {"after": "7 days", "max": 50}] or {"from": "2026-03-02", "steps": [...]}';

CREATE FUNCTION campaign.ramp_step(ramp jsonb, since timestamptz, time_zone text, at timestamptz)
    RETURNS TABLE (max_actions integer, until timestamptz)
    LANGUAGE sql STABLE AS $$
    SELECT COALESCE(
            (pg_catalog.array_agg(t.max ORDER BY t.begins DESC, t.max) FILTER (WHERE t.begins <= $4))[1],
            (pg_catalog.array_agg(t.max ORDER BY t.begins, t.max))[1]),
        min(t.begins) FILTER (WHERE t.begins > $4)
    FROM (
        SELECT (s.value ->> 'max')::integer AS max,
            COALESCE(($1 ->> 'from')::date::timestamp AT TIME ZONE $3, $2, $4) + (s.value ->> 'after')::interval AS begins
        FROM pg_catalog.jsonb_array_elements(CASE pg_catalog.jsonb_typeof($1) WHEN 'object' THEN $1 -> 'steps' ELSE $1 END) s
    ) t
$$;
COMMENT ON FUNCTION campaign.ramp_step(jsonb, timestamptz, text, timestamptz) IS
    'Internal. What a ramp allows at an instant, and when it allows something else next; since: the first use; before its first step, what that allows';
