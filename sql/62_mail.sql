-- What came back by mail: whom a message is about, and what it reports. Read by a dispatcher; a
-- message that is about nobody we wrote to leaves no trace but a number.

CREATE FUNCTION campaign.mailbox_accounts(workspace bigint, mailbox bigint) RETURNS bigint[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT COALESCE(array_agg(a.id ORDER BY a.id), '{}')
    FROM campaign.mailbox m
    JOIN campaign.account a ON a.workspace_id = $1 AND (a.id = m.account_id OR a.channel_id = m.channel_id)
    WHERE m.workspace_id = $1 AND m.id = $2
$$;
COMMENT ON FUNCTION campaign.mailbox_accounts(bigint, bigint) IS
    'Internal. The accounts to whose mails a mailbox gets the answers';

CREATE FUNCTION campaign.match_mail(workspace bigint, accounts bigint[], ids text[], addresses text[], at timestamptz,
        OUT prospect bigint, OUT enrollment bigint, OUT account bigint, OUT action bigint, OUT since timestamptz, OUT matched_by text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    -- the mail that it names; the first of the ids is the nearest
    SELECT l.prospect_id, l.enrollment_id, l.account_id, l.action_id, l.at, 'message'
    INTO prospect, enrollment, account, action, since, matched_by
    FROM unnest($3) WITH ORDINALITY AS v(message_id, i)
    CROSS JOIN LATERAL (SELECT * FROM campaign.letter o
                        WHERE o.workspace_id = $1 AND o.message_id = v.message_id OFFSET 0) l
    -- one whose prospect was erased is about nobody
    WHERE EXISTS (SELECT FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.id = l.prospect_id)
    ORDER BY v.i LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    -- else the person, if he has a run that writes from an account of this mailbox: the one inside, and the latest
    SELECT e.prospect_id, e.id, r.account_id, w.action_id, COALESCE(w.at, e.started_at), 'address'
    INTO prospect, enrollment, account, action, since, matched_by
    FROM (SELECT p.id FROM unnest($4) AS v(address)
          JOIN campaign.prospect p ON p.workspace_id = $1 AND lower(p.email) = lower(v.address)
          UNION
          SELECT p.id FROM unnest($4) AS v(address)
          JOIN campaign.prospect p ON p.workspace_id = $1 AND p.professional_email IS NOT NULL
              AND lower(p.professional_email) = lower(v.address)
          UNION
          SELECT p.id FROM unnest($4) AS v(address)
          JOIN campaign.prospect p ON p.workspace_id = $1 AND p.person_key = lower(v.address)) p
    CROSS JOIN (SELECT DISTINCT c.campaign_id FROM campaign.campaign_account c
                WHERE c.workspace_id = $1 AND c.account_id = ANY ($2)) c
    CROSS JOIN LATERAL (SELECT * FROM campaign.enrollment o
                        WHERE o.workspace_id = $1 AND o.campaign_id = c.campaign_id AND o.prospect_id = p.id OFFSET 0) e
    JOIN campaign.enrollment_account r ON r.workspace_id = $1 AND r.enrollment_id = e.id AND r.account_id = ANY ($2)
    LEFT JOIN LATERAL (SELECT o.action_id, o.at FROM campaign.letter o
                       WHERE o.workspace_id = $1 AND o.enrollment_id = e.id ORDER BY o.at DESC LIMIT 1) w ON true
    -- what was written before we wrote is no answer; clocks may differ
    WHERE COALESCE(w.at, e.started_at) <= $5 + interval '1 hour'
    ORDER BY e.ended_at IS NULL DESC, e.started_at DESC, e.id DESC LIMIT 1;
END
$$;
COMMENT ON FUNCTION campaign.match_mail(bigint, bigint[], text[], text[], timestamptz) IS
    'Internal. Whom a message is about: by the ids that it names, else by address among those whom the accounts of the mailbox write to; NULL: nobody';

CREATE FUNCTION campaign.is_own_address(workspace bigint, accounts bigint[], address text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT EXISTS (SELECT FROM campaign.account a WHERE a.workspace_id = $1 AND a.id = ANY ($2)
                   AND lower($3) IN (lower(a.address), lower(a.reply_to)))
        OR EXISTS (SELECT FROM campaign.member m WHERE m.workspace_id = $1 AND lower(m.email) = lower($3))
$$;
COMMENT ON FUNCTION campaign.is_own_address(bigint, bigint[], text) IS
    'Internal. Whether we wrote this ourselves: what our own people write in a conversation is no reply';

CREATE FUNCTION campaign.opt_out_address(workspace bigint, address text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    persons text[] := ARRAY(SELECT p.person_key FROM campaign.prospect p WHERE p.workspace_id = $1 AND lower(p.email) = $2
        UNION SELECT p.person_key FROM campaign.prospect p WHERE p.workspace_id = $1 AND lower(p.professional_email) = $2);
BEGIN
    IF cardinality(persons) > 0 THEN
        PERFORM campaign.lock_persons($1, persons);
        PERFORM campaign.stop_address($1, $2, 'unsubscribed');
        PERFORM campaign.wake();
    END IF;
    RETURN cardinality(persons) > 0;
END
$$;
COMMENT ON FUNCTION campaign.opt_out_address(bigint, text) IS
    'Internal. Puts the address of somebody whom we know on the stop list, whether or not he has a run; false: nobody has it';

-- class: reply, list (the same, sent to many), automatic, bulk (the same, sent to many), hard, soft, delayed, delivered, complaint, opt_out
CREATE FUNCTION campaign.take_mail(workspace bigint, mailbox bigint, class text, sender text, recipients text[], ids text[],
        sent_at timestamptz, key text, detail jsonb, away_until timestamptz, excerpt text)
    RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now timestamptz := campaign.clock();
    box campaign.mailbox;
    accounts bigint[] := campaign.mailbox_accounts(workspace, mailbox);
    by_sender boolean := take_mail.class IN ('reply', 'list', 'automatic', 'bulk');
    match record;
    kind text;
    facts jsonb := take_mail.detail;
    pause interval;
    until timestamptz;
    known boolean := false;
BEGIN
    SELECT * INTO box FROM campaign.mailbox m WHERE m.workspace_id = $1 AND m.id = $2;
    IF by_sender AND campaign.is_own_address($1, accounts, take_mail.sender) THEN
        RETURN 'own';
    END IF;
    -- what is written to the address that List-Unsubscribe names is an opt-out, whoever wrote it
    IF by_sender AND EXISTS (SELECT FROM campaign.account a
            JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = a.channel_id
            JOIN unnest(take_mail.recipients) AS r(address) ON lower(r.address) = lower(c.options ->> 'unsubscribe_mailto')
            WHERE a.workspace_id = $1 AND a.id = ANY (accounts)) THEN
        take_mail.class := 'opt_out';
        known := campaign.opt_out_address($1, lower(take_mail.sender));
    END IF;
    -- a newsletter says nothing, except in the thread of ours
    SELECT * INTO match FROM campaign.match_mail($1, accounts, take_mail.ids,
        CASE WHEN take_mail.class IN ('list', 'bulk') THEN '{}' WHEN by_sender THEN ARRAY[take_mail.sender] ELSE take_mail.recipients END,
        COALESCE(take_mail.sent_at, now));
    IF match.prospect IS NULL THEN
        RETURN CASE WHEN known THEN 'unsubscribed' ELSE 'unmatched' END;
    END IF;
    kind := CASE take_mail.class WHEN 'reply' THEN 'replied' WHEN 'list' THEN 'replied' WHEN 'automatic' THEN 'auto_replied' WHEN 'bulk' THEN 'auto_replied'
        WHEN 'hard' THEN 'bounced' WHEN 'soft' THEN 'bounced' WHEN 'delayed' THEN 'delivery_delayed'
        WHEN 'delivered' THEN 'delivered' WHEN 'complaint' THEN 'complained' WHEN 'opt_out' THEN 'unsubscribed' END;
    facts := facts || jsonb_build_object('mailbox_id', box.id, 'matched_by', match.matched_by);
    IF kind = 'bounced' THEN
        facts := facts || jsonb_build_object('type', take_mail.class);
    END IF;
    -- Anybody can write a report about an address. One counts of the mail whose id it returns, which is known to
    -- those alone who had that mail in their hands; any other is noted, and nothing follows from it.
    IF NOT by_sender AND match.matched_by <> 'message' THEN
        facts := facts || jsonb_build_object('report', kind);
        kind := 'report_unproven';
    END IF;
    IF kind = 'replied' AND COALESCE((box.options ->> 'keep_text')::boolean, false) AND take_mail.excerpt <> '' THEN
        facts := facts || jsonb_build_object('text', left(take_mail.excerpt, 500));
    END IF;
    pause := (box.options ->> 'pause_on_auto_reply')::interval;
    IF kind = 'auto_replied' AND pause IS NOT NULL AND NOT COALESCE(facts ->> 'sign' IN ('receipt', 'sender'), false) THEN
        until := COALESCE(take_mail.away_until, now + pause);
        facts := facts || jsonb_build_object('away_until', until);
    END IF;
    PERFORM set_config('campaign.actor', 'mailbox ' || box.name, true);
    -- the clock of who wrote it may go wrong: it came after our mail had left
    IF NOT campaign.report_fact($1, kind, match.prospect, match.account,
            LEAST(GREATEST(COALESCE(take_mail.sent_at, now), match.since), now), facts, 'mail:' || take_mail.key, match.action) THEN
        RETURN 'known';
    END IF;
    IF until > now THEN
        INSERT INTO campaign.person AS o (workspace_id, key, since, away_until)
        SELECT p.workspace_id, p.person_key, now, until FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.id = match.prospect
        ON CONFLICT ON CONSTRAINT person_pkey DO UPDATE SET away_until = excluded.away_until;
    END IF;
    RETURN kind;
END
$$;
COMMENT ON FUNCTION campaign.take_mail(bigint, bigint, text, text, text[], text[], timestamptz, text, jsonb, timestamptz, text) IS
    'Internal. Reports what a message that was read says of whom it is about: the kind of event, or unmatched, own, known';

CREATE FUNCTION campaign.mailbox_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- another mailbox begins anew
    DELETE FROM campaign.mailbox_state s USING former o, latter n
    WHERE o.workspace_id = n.workspace_id AND o.id = n.id AND s.workspace_id = n.workspace_id AND s.mailbox_id = n.id
      AND (o.url, o.login, o.folder) IS DISTINCT FROM (n.url, n.login, n.folder);
    -- and whatever failed is tried at once
    UPDATE campaign.mailbox_state s SET next_at = campaign.clock(), failures = 0
    FROM latter n WHERE s.workspace_id = n.workspace_id AND s.mailbox_id = n.id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.mailbox_changed() IS
    'Internal. Trigger of mailboxes: one that names another server, user or folder is read from the beginning';
CREATE TRIGGER mailbox_changed AFTER UPDATE ON campaign.mailbox
    REFERENCING OLD TABLE AS former NEW TABLE AS latter FOR EACH STATEMENT EXECUTE FUNCTION campaign.mailbox_changed();
CREATE TRIGGER limits_changed AFTER INSERT OR UPDATE OR DELETE ON campaign.mailbox
    FOR EACH STATEMENT EXECUTE FUNCTION campaign.limits_changed();
