-- Whether the stop list names a person: one predicate for enrolment, conditions and starts. Those who were
-- erased are asked about where somebody comes in: what they come in with is a digest in the stop list.

CREATE FUNCTION campaign.hmac(key bytea, message bytea) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_hmac';
COMMENT ON FUNCTION campaign.hmac(bytea, bytea) IS
    'Internal. HMAC-SHA-256';

CREATE FUNCTION campaign.erased_digest(kind text, value text) RETURNS text
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(campaign.hmac(i.link_key, convert_to('campaign erased 1:' || $1 || ':' || lower($2), 'UTF8')), 'hex') FROM campaign.instance i
$$;
COMMENT ON FUNCTION campaign.erased_digest(text, text) IS
    'Internal. By what an erased email, linkedin profile or person is known again; keyed, so that it tells nobody else of whom it is';

CREATE FUNCTION campaign.was_erased(workspace bigint, person text, email text, professional_email text, linkedin_url text)
    RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM campaign.suppression s
        WHERE s.workspace_id = $1 AND s.kind = 'erased' AND s.value IN (campaign.erased_digest('person', $2),
            campaign.erased_digest('email', $3), campaign.erased_digest('email', $4), campaign.erased_digest('linkedin', $5)))
$$;
COMMENT ON FUNCTION campaign.was_erased(bigint, text, text, text, text) IS
    'Internal. Whether one who comes in with this was erased before, and so is not written to';

CREATE FUNCTION campaign.is_suppressed(workspace bigint, person text, email text, professional_email text, linkedin_url text)
    RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM campaign.suppression s
        WHERE s.workspace_id = $1
          AND (s.kind = 'person' AND s.value = $2
            OR s.kind = 'email' AND s.value IN (lower($3), lower($4))
            OR s.kind = 'domain' AND s.value IN (lower(split_part($3, '@', 2)), lower(split_part($4, '@', 2)))
            OR s.kind = 'linkedin' AND s.value = lower($5)))
        OR (SELECT EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = $1 AND s.kind = 'erased'))
            AND campaign.was_erased($1, $2, $3, $4, $5)
$$;
COMMENT ON FUNCTION campaign.is_suppressed(bigint, text, text, text, text) IS
    'Internal. Whether the stop list of a workspace names this person, one of the addresses, its domain, or the profile';
