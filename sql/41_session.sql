-- Attempts that people open: see docs/architecture.md for why they are no actions. Their ids come from
-- the sequence of actions, so that an id names one attempt, whoever began it.

CREATE TABLE campaign.session (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.action_id_seq'),
    campaign_id bigint NOT NULL,
    action_kind text NOT NULL,
    status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'processing', 'complete', 'rejected', 'failed', 'expired')),
    attempt integer NOT NULL DEFAULT 0,
    member_id bigint,
    external_lead_id text,
    lead_key text,
    prospect_id bigint,
    agreement_id bigint,
    payment_type text CHECK (payment_type IN ('single', 'recurring')),
    contact jsonb NOT NULL DEFAULT '{}',
    contact_created boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    completed_at timestamptz,
    expires_at timestamptz NOT NULL,
    outcome jsonb,
    PRIMARY KEY (workspace_id, id),
    CHECK ((completed_at IS NOT NULL) = (status IN ('complete', 'rejected', 'failed', 'expired')))
);
CREATE INDEX session_created ON campaign.session (workspace_id, campaign_id, created_at DESC, id DESC);
CREATE INDEX session_expiry ON campaign.session (expires_at, workspace_id) WHERE status IN ('new', 'processing');
-- one's own, and who else has some, however many others have
CREATE INDEX session_turn ON campaign.session (workspace_id, expires_at) WHERE status IN ('new', 'processing');
SELECT pg_catalog.pg_extension_config_dump('campaign.session', '');
COMMENT ON TABLE campaign.session IS
    'Attempts that people opened by open_session(), also for leads that are no prospects yet. lead_key is what attempts to reach the same lead have in common (S4.2); expires_at: when one that was never completed expires';

CREATE FUNCTION campaign.keep_transition() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.status = 'new' AND NEW.status IN ('processing', 'failed', 'expired')
        OR OLD.status = 'processing' AND NEW.status IN ('complete', 'rejected', 'failed', 'expired') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a session that is % cannot become %', OLD.status, NEW.status
        USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('The session is %s.', OLD.id),
            HINT = CASE OLD.status
                WHEN 'new' THEN 'report(id, ''processing'') says that it was handed on; it can have an answer then.'
                WHEN 'processing' THEN 'It can become complete, rejected, failed or expired.'
                ELSE 'What has ended stays as it is; open_session() begins the next attempt.'
            END;
END
$$;
COMMENT ON FUNCTION campaign.keep_transition() IS
    'Internal. Trigger: new leads to processing, failed or expired, processing to complete, rejected, failed or expired, and these to nothing (S4.4)';
CREATE TRIGGER keep_transition BEFORE UPDATE OF status ON campaign.session
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION campaign.keep_transition();
