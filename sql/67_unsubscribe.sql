-- Opting out by the link of a mail, and what a report says of an address.

CREATE FUNCTION campaign.read_token(token text, key bytea) RETURNS bigint[]
    LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_read_token';
COMMENT ON FUNCTION campaign.read_token(text, bytea) IS
    'Internal. The ids of workspace, prospect and action that a token of this key names; NULL if it is none';

CREATE FUNCTION campaign.same_bytes(one bytea, other bytea) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME', 'campaign_api_same_bytes';
COMMENT ON FUNCTION campaign.same_bytes(bytea, bytea) IS
    'Internal. Whether they are the same, in a time that does not tell where they differ';

CREATE FUNCTION campaign.reported_address(workspace bigint, prospect bigint, action bigint, detail jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT lower(a.address)
    FROM (
        SELECT 1 AS place, $4 ->> 'address' AS address
        UNION ALL
        SELECT 2, l.address FROM campaign.action o
        JOIN campaign.letter l ON l.workspace_id = $1 AND l.enrollment_id = o.enrollment_id AND l.action_id = o.id
        WHERE o.workspace_id = $1 AND o.id = $3
        UNION ALL
        SELECT 3, unnest(ARRAY[p.professional_email, p.email]) FROM campaign.prospect p
        WHERE p.workspace_id = $1 AND p.id = $2
          -- an old mail is known to have been one, but not any more whither it went
          AND ($3 IS NULL OR EXISTS (SELECT FROM campaign.action o
                                     JOIN campaign.action_kind k ON k.name = o.action_kind AND k.channel_class = 'email'
                                     WHERE o.workspace_id = $1 AND o.id = $3))
    ) a
    WHERE a.address <> '' AND campaign.email_fault(a.address) IS NULL
    ORDER BY a.place LIMIT 1
$$;
COMMENT ON FUNCTION campaign.reported_address(bigint, bigint, bigint, jsonb) IS
    'Internal. The address that a report is about: the one that it names, else that to which the mail of the action went, else the prospect''s';

CREATE FUNCTION campaign.stop_address(workspace bigint, address text, reason text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO campaign.suppression (workspace_id, kind, value, reason, created_at)
    VALUES ($1, 'email', $2, $3, campaign.clock())
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION campaign.stop_address(bigint, text, text) IS
    'Internal. Puts an address on the stop list, and tells whether it was not there; the caller has locked the persons that it is of, and reports why';

CREATE FUNCTION campaign.unsubscribe(token text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ids bigint[] := campaign.read_token($1, (SELECT i.link_key FROM campaign.instance i));
    -- the token says in which workspace, so that one role can serve the links of all that have granted it that
    workspace bigint := campaign.acting_workspace('callback',
        COALESCE((SELECT w.name FROM campaign.workspace w WHERE w.id = ids[1]), NULLIF(current_setting('campaign.workspace', true), ''), 'default'));
    mail_action bigint;
    address text;
    person text;
    is_new boolean;
BEGIN
    IF ids IS NULL THEN
        RAISE EXCEPTION 'the token is not valid'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'No mail of this instance has a link with it.',
                HINT = 'Give all of what stands in the place of {token} in the link, and nothing else.';
    END IF;
    SELECT p.person_key INTO person FROM campaign.prospect p WHERE p.workspace_id = workspace AND p.id = ids[2];
    SELECT a.id INTO mail_action FROM campaign.action a WHERE a.workspace_id = workspace AND a.id = ids[3] AND a.prospect_id = ids[2];
    address := campaign.reported_address(workspace, ids[2], mail_action, NULL);
    -- all at once and in order, as whoever starts or stops something does
    PERFORM campaign.lock_persons(workspace, ARRAY(
        SELECT k.key FROM (SELECT person AS key UNION SELECT campaign.suppressed_persons(workspace, 'email', address)) k
        WHERE k.key IS NOT NULL));
    IF address IS NOT NULL THEN
        is_new := campaign.stop_address(workspace, address, 'unsubscribed');
    END IF;
    -- who has left the database altogether is known by the address alone
    IF person IS NULL THEN
        RETURN COALESCE(is_new, false);
    END IF;
    is_new := NULL;
    INSERT INTO campaign.suppression AS s (workspace_id, kind, value, reason, created_at)
    VALUES (workspace, 'person', person, 'unsubscribed', campaign.clock())
    ON CONFLICT (workspace_id, kind, value) DO UPDATE SET reason = excluded.reason
        WHERE s.reason IS DISTINCT FROM excluded.reason
    RETURNING true INTO is_new;
    IF is_new IS NULL THEN
        RETURN false;
    END IF;
    PERFORM campaign.report_fact(workspace, 'unsubscribed', ids[2], NULL, NULL, '{"by": "link"}', NULL, mail_action);
    RETURN true;
END
$$;
COMMENT ON FUNCTION campaign.unsubscribe(text) IS
    'Opts the person out to whom a mail with this token in its link went, by person and by address: nothing more is started for him from the commit on. False if he had done so before. Level callback in the workspace of the token. Call it for a POST alone: programs that look at mails follow links (RFC 8058)';
