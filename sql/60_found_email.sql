-- What finders of addresses found (S2.10): it is the professional address, which is written to before any other (S2.13).

CREATE FUNCTION campaign.store_found_email(workspace bigint, prospect bigint, detail jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    address text := $3 ->> 'email';
    fault text;
BEGIN
    IF address IS NULL THEN
        RETURN $3;
    END IF;
    fault := CASE WHEN jsonb_typeof($3 -> 'email') = 'string' THEN campaign.email_fault(address) ELSE 'is no text' END;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'what was found is no email address'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('%s %s.', to_json("left"(address, 100)), fault),
                HINT = 'In the detail of email_found, "email" is the address, as in {"email": "anna@example.com"}.';
    END IF;
    UPDATE campaign.prospect p SET professional_email = address
    WHERE p.workspace_id = $1 AND p.id = $2 AND p.professional_email IS DISTINCT FROM address;
    -- the address itself stands with the prospect alone, where it can be erased
    RETURN $3 - 'email';
END
$$;
COMMENT ON FUNCTION campaign.store_found_email(bigint, bigint, jsonb) IS
    'Internal. Keeps the address that the detail of an event email_found names as the professional one of the prospect; gives the rest of the detail';
