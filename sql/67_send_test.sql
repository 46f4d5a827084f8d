-- Sending the text of a step to an address of one's own (S3.5, S3.6): by the dispatcher and the channel
-- that would send it in earnest, beside quotas, statistics and runs.

CREATE FUNCTION campaign.test_content(workspace bigint, content jsonb, kind text, id bigint, key text, to_address text) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- no address of the prospect is left, by which a gateway could reach him
    SELECT $2 || jsonb_build_object('action_id', $4::text, 'key', $5, 'test', true, 'to_address', $6, 'prospect',
        ($2 -> 'prospect') - '{email,professional_email,phone,linkedin_url}'::text[] || jsonb_build_object(
            CASE (SELECT k.channel_class FROM campaign.action_kind k WHERE k.name = $3 ORDER BY k.built_in LIMIT 1)
                WHEN 'linkedin' THEN 'linkedin_url' WHEN 'sms' THEN 'phone' WHEN 'call' THEN 'phone' ELSE 'email' END, $6))
        || CASE WHEN $2 ? 'mail' THEN jsonb_build_object('mail',
            ($2 -> 'mail') - '{in_reply_to,references,unsubscribe_url,unsubscribe_mailto}'::text[] || jsonb_build_object('to', jsonb_build_object('address', $6),
                'message_id', format('%s@%s', $5, COALESCE(substring($2 -> 'mail' -> 'from' ->> 'address' FROM '@(.+)$'), 'localhost'))))
            ELSE '{}' END
$$;
COMMENT ON FUNCTION campaign.test_content(bigint, jsonb, text, bigint, text, text) IS
    'Internal. A content as it is sent for trial: marked, and with this address instead of all that the prospect has';

CREATE FUNCTION campaign.send_test(campaign bigint, step text, prospect bigint, to_address text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    workspace bigint := campaign.acting_workspace('operator');
    c campaign.campaign := campaign.read_campaign(workspace, $1);
    content jsonb := campaign.render($1, $2, $3);
    account bigint := (content -> 'sender' ->> 'account_id')::bigint;
    key text;
    id bigint;
    h campaign.channel;
BEGIN
    IF COALESCE($4, '') !~ '\S' OR $4 ~ '[[:cntrl:]]' THEN
        RAISE EXCEPTION 'a test needs an address to go to'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', quote_nullable($4)),
                HINT = 'Give one of your own, in the form that the channel sends to.';
    ELSIF EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = workspace
                  AND (s.kind IN ('email', 'linkedin') AND s.value = lower($4) OR s.kind = 'domain' AND s.value = lower(split_part($4, '@', 2)))) THEN
        RAISE EXCEPTION 'address "%" is on the stop list', $4
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Nothing is sent to it, not for trial either.',
                HINT = 'Give another one; unsuppress() takes it off the list.';
    ELSIF c.state = 'archived' THEN
        PERFORM campaign.refuse_state(c, 'be tested');
    END IF;
    SELECT x.* INTO h FROM campaign.channel x
    JOIN campaign.account a ON a.workspace_id = workspace AND a.id = account AND a.channel_id = x.id
    WHERE x.workspace_id = workspace;
    IF h.transport NOT IN ('outbox', 'http', 'smtp') THEN
        RAISE EXCEPTION 'channel "%" takes no tests', h.name
            USING ERRCODE = 'feature_not_supported', DETAIL = format('Its transport is %s.', h.transport),
                HINT = 'render() shows what would be given to it.';
    END IF;
    id := campaign.new_id('campaign.action_id_seq');
    key := left(encode(sha256(convert_to(format('%s:test:%s', campaign.instance_uuid(), id), 'UTF8')), 'hex'), 32);
    INSERT INTO campaign.test_send (workspace_id, id, campaign_id, revision, step, action_kind, prospect_id, account_id, to_address, key, content, actor, requested_at)
    VALUES (workspace, id, c.id, c.revision, $2, content ->> 'kind', $3, account, $4, key,
        campaign.test_content(workspace, content, content ->> 'kind', id, key, $4), campaign.acting_name(), campaign.clock());
    PERFORM campaign.wake();
    RETURN id;
END
$$;
COMMENT ON FUNCTION campaign.send_test(bigint, text, bigint, text) IS
    'Sends what a step would say to a prospect to another address, by the channel that would send it, marked as a test; beside quotas, statistics and exclusivity, also in a draft, and no run is moved. The id that it has in the view test_sends (S3.6)';

CREATE VIEW campaign.test_sends WITH (security_barrier) AS
    SELECT t.campaign_id, c.name AS campaign, t.prospect_id, p.external_id, t.id AS test_id, t.step, t.action_kind AS kind, o.address AS account,
        t.to_address, t.state, t.requested_at, t.started_at, t.finished_at, t.actor, t.key, t.content, t.outcome,
        t.revision = c.revision AS up_to_date
    FROM campaign.test_send t
    JOIN campaign.campaign c ON c.workspace_id = t.workspace_id AND c.id = t.campaign_id
    LEFT JOIN campaign.prospect p ON p.workspace_id = t.workspace_id AND p.id = t.prospect_id
    LEFT JOIN campaign.account o ON o.workspace_id = t.workspace_id AND o.id = t.account_id
    WHERE t.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.test_sends IS
    'What send_test() sent, and what came of it: queued, processing, complete, failed, or unknown (the dispatcher ended before the answer came); up_to_date: the steps have not changed since';
