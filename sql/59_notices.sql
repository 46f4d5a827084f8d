-- Telling members something over the channel that they chose for it: into the outbox, or to the
-- dispatcher, which sends it as it sends actions (src/engine/notice.h).

CREATE FUNCTION campaign.one_line(words text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT left(regexp_replace($1, '[[:cntrl:]]+', ' ', 'g'), 200)
$$;
COMMENT ON FUNCTION campaign.one_line(text) IS 'Internal. A text as it can stand in the header of a mail';

CREATE FUNCTION campaign.notice_mail(workspace bigint, member campaign.member, channel bigint, content jsonb, at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('content', jsonb_build_object('subject', $4 -> 'subject', 'body', $4 -> 'body'),
        'mail', jsonb_build_object('from', jsonb_strip_nulls(jsonb_build_object('address', f.address, 'name', f.name)),
            'to', jsonb_build_object('address', $2.email, 'name', campaign.one_line($2.name)),
            'message_id', format('%s@%s', $4 ->> 'key', COALESCE(substring(f.address FROM '@([A-Za-z0-9.-]+)$'), 'localhost')),
            'date', EXTRACT(epoch FROM $5)::bigint))
    FROM (SELECT) one
    -- an account of the channel says who sends, the member's own first
    LEFT JOIN LATERAL (
        SELECT a.address, a.display_name FROM campaign.account a
        WHERE a.workspace_id = $1 AND a.channel_id = $3
        ORDER BY a.member_id <> $2.id, a.id LIMIT 1) a ON true
    CROSS JOIN LATERAL (SELECT COALESCE(a.address, $2.email) AS address, campaign.one_line(a.display_name) AS name) f
$$;
COMMENT ON FUNCTION campaign.notice_mail(bigint, campaign.member, bigint, jsonb, timestamptz) IS
    'Internal. What a mail to a member has beside what he is told';

CREATE FUNCTION campaign.notify_members(workspace bigint, members bigint[], keys text[], contents jsonb[], at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_variable
DECLARE
    instance text := campaign.instance_uuid();
BEGIN
    INSERT INTO campaign.outbox (workspace_id, channel_id, action_kind, key, content, at)
    SELECT $1, h.id, 'notify', v.key, v.content || jsonb_build_object('member',
        jsonb_strip_nulls(jsonb_build_object('id', m.id::text, 'name', m.name, 'email', m.email))), $5
    FROM unnest($2, $3, $4) AS v(member, key, content)
    JOIN campaign.member m ON m.workspace_id = $1 AND m.id = v.member
    JOIN campaign.channel h ON h.workspace_id = $1 AND h.id = m.notify_channel_id
    WHERE h.transport = 'outbox'
    ON CONFLICT DO NOTHING;

    -- without an address there is nobody to mail to
    INSERT INTO campaign.notice (workspace_id, campaign_id, member_id, channel_id, kind, key, content, queued_at, not_before,
        state, finished_at, outcome)
    SELECT $1, (v.content #>> '{campaign,id}')::bigint, m.id, h.id, v.content ->> 'kind', v.key,
        c.content || CASE h.transport WHEN 'smtp' THEN campaign.notice_mail($1, m, h.id, c.content, $5) ELSE '{}' END, $5, $5,
        CASE WHEN n.nobody THEN 'failed' ELSE 'queued' END, CASE WHEN n.nobody THEN $5 END,
        CASE WHEN n.nobody THEN jsonb_build_object('detail', 'the member has no email address') END
    FROM unnest($2, $3, $4) AS v(member, key, content)
    JOIN campaign.member m ON m.workspace_id = $1 AND m.id = v.member
    JOIN campaign.channel h ON h.workspace_id = $1 AND h.id = m.notify_channel_id
    CROSS JOIN LATERAL (SELECT h.transport = 'smtp' AND COALESCE(m.email, '') = '' AS nobody) n
    CROSS JOIN LATERAL (SELECT v.content || jsonb_build_object(
        'key', left(encode(sha256(convert_to(format('%s:notice:%s', instance, v.key), 'UTF8')), 'hex'), 32),
        'member', jsonb_strip_nulls(jsonb_build_object('id', m.id::text, 'name', m.name, 'email', m.email))) AS content) c
    WHERE h.transport IN ('http', 'smtp')
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM campaign.wake();
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.notify_members(bigint, bigint[], text[], jsonb[], timestamptz) IS
    'Internal. Tells each of these members a thing, whose key makes it happen once, over his notify_channel_id, if he has one that is not of transport agent';
