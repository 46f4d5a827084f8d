-- Whether the stop list names a person: one predicate for enrolment, conditions and starts.

CREATE FUNCTION campaign.is_suppressed(workspace bigint, person text, email text, professional_email text, linkedin_url text)
    RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM campaign.suppression s
        WHERE s.workspace_id = $1
          AND (s.kind = 'person' AND s.value = $2
            OR s.kind = 'email' AND s.value IN (lower($3), lower($4))
            OR s.kind = 'domain' AND s.value IN (lower(split_part($3, '@', 2)), lower(split_part($4, '@', 2)))
            OR s.kind = 'linkedin' AND s.value = lower($5)))
$$;
COMMENT ON FUNCTION campaign.is_suppressed(bigint, text, text, text, text) IS
    'Internal. Whether the stop list of a workspace names this person, one of the addresses, its domain, or the profile';
