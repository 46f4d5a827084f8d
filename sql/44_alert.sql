-- Alerts: what was found wrong, from when until when. A row is written when a cause first appears and
-- closed when it has gone (src/engine/alerts.c), so that everybody is told once.

CREATE SEQUENCE campaign.alert_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.alert_id_seq', '');
CREATE TABLE campaign.alert (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.alert_id_seq'),
    campaign_id bigint NOT NULL,
    code text NOT NULL,
    -- of what: the id of an account, a member, a quota, the name of a secret; empty = of the campaign
    subject text NOT NULL DEFAULT '',
    severity text NOT NULL CHECK (severity IN ('hint', 'warning', 'error', 'fatal')),
    message text NOT NULL,
    remedy text,
    raised_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX alert_open ON campaign.alert (workspace_id, campaign_id, code, subject) WHERE closed_at IS NULL;
CREATE INDEX alert_raised ON campaign.alert (workspace_id, raised_at DESC, id DESC);
SELECT pg_catalog.pg_extension_config_dump('campaign.alert', '');
COMMENT ON TABLE campaign.alert IS
    'What was found wrong with a campaign: one row from the first time it was seen until it had gone; closed_at NULL = it is so still. severity as it was at worst';

-- What may have become better or worse: left by triggers of definition tables, answered by the next round.
CREATE SEQUENCE campaign.alert_request_id_seq START 1000 CACHE 32;
SELECT pg_catalog.pg_extension_config_dump('campaign.alert_request_id_seq', '');
CREATE TABLE campaign.alert_request (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.alert_request_id_seq'),
    campaign_id bigint,
    PRIMARY KEY (workspace_id, id)
) WITH (vacuum_truncate = off);
SELECT pg_catalog.pg_extension_config_dump('campaign.alert_request', '');
COMMENT ON TABLE campaign.alert_request IS
    'Campaigns of which what health depends on was changed, NULL = all of the workspace: the next round looks at it, and raises and closes alerts';

CREATE SEQUENCE campaign.alert_subscription_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.alert_subscription_id_seq', '');
CREATE TABLE campaign.alert_subscription (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.alert_subscription_id_seq'),
    member_id bigint NOT NULL,
    campaign_id bigint,
    code text,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES campaign.member (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign.campaign (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.alert_subscription', '');
COMMENT ON TABLE campaign.alert_subscription IS
    'Which members are told of which alerts, over their notify_channel_id: of one campaign or of all, of one code or of all';

-- What members are told belongs to no action.
ALTER TABLE campaign.outbox
    ALTER COLUMN account_id DROP NOT NULL, ALTER COLUMN action_id DROP NOT NULL, ALTER COLUMN prospect_id DROP NOT NULL;

ALTER TABLE campaign.workspace_setting
    ADD COLUMN expected_in_campaign numeric CHECK (expected_in_campaign BETWEEN 0 AND 1),
    ADD COLUMN hint_share numeric CHECK (hint_share BETWEEN 0 AND 1);
COMMENT ON COLUMN campaign.workspace_setting.expected_in_campaign IS
    'How much of an audience is expected to be in its campaign: below it an alert is raised (S3.9); NULL = 0.90. A campaign''s own setting stands before it';
COMMENT ON COLUMN campaign.workspace_setting.hint_share IS
    'A bucket of the day with a larger share of what was decided gives a hint (S1.20); NULL = 0.20';

INSERT INTO campaign.event_kind (name, notify, stops, reported, description, built_in) VALUES
    ('alert_raised', true, false, false, 'something was found wrong with a campaign', true),
    ('alert_closed', true, false, false, 'it had gone', true);

CREATE FUNCTION campaign.request_alerts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    INSERT INTO campaign.alert_request (workspace_id)
    SELECT DISTINCT w.workspace_id FROM written w
    WHERE EXISTS (SELECT FROM campaign.campaign c WHERE c.workspace_id = w.workspace_id AND c.state = 'live');
    IF FOUND THEN
        PERFORM campaign.wake();
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.request_alerts() IS
    'Internal. Trigger of tables that health depends on: has it looked at after commit, where campaigns are live';

CREATE FUNCTION campaign.request_alerts_of_theirs() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    INSERT INTO campaign.alert_request (workspace_id, campaign_id)
    SELECT DISTINCT w.workspace_id, w.campaign_id FROM written w
    WHERE EXISTS (SELECT FROM campaign.campaign c WHERE c.workspace_id = w.workspace_id AND c.id = w.campaign_id AND c.state = 'live');
    IF FOUND THEN
        PERFORM campaign.wake();
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.request_alerts_of_theirs() IS
    'Internal. The same of tables whose rows belong to one campaign';

DO $triggers$
DECLARE
    t text;
    f text;
BEGIN
    FOREACH t IN ARRAY '{account,member,channel,quota,slot,secret_entry,campaign_account}'::text[] LOOP
        f := CASE WHEN t IN ('slot', 'campaign_account') THEN 'request_alerts_of_theirs' ELSE 'request_alerts' END;
        EXECUTE pg_catalog.format('CREATE TRIGGER request_alerts_insert AFTER INSERT ON campaign.%I REFERENCING NEW TABLE AS written
            FOR EACH STATEMENT EXECUTE FUNCTION campaign.%I()', t, f);
        EXECUTE pg_catalog.format('CREATE TRIGGER request_alerts_update AFTER UPDATE ON campaign.%I REFERENCING NEW TABLE AS written
            FOR EACH STATEMENT EXECUTE FUNCTION campaign.%I()', t, f);
        EXECUTE pg_catalog.format('CREATE TRIGGER request_alerts_delete AFTER DELETE ON campaign.%I REFERENCING OLD TABLE AS written
            FOR EACH STATEMENT EXECUTE FUNCTION campaign.%I()', t, f);
    END LOOP;
END
$triggers$;

-- A change of state is rare; the columns that rounds write are none of these.
CREATE FUNCTION campaign.request_alerts_of() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO campaign.alert_request (workspace_id, campaign_id) VALUES (NEW.workspace_id, NEW.id);
    PERFORM campaign.wake();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.request_alerts_of() IS
    'Internal. Trigger of campaigns: has the health of one looked at whose state or settings have changed';
CREATE TRIGGER request_alerts AFTER UPDATE ON campaign.campaign
    FOR EACH ROW WHEN ((OLD.state = 'live' OR NEW.state = 'live')
        AND (OLD.state, OLD.settings, OLD.owner_id) IS DISTINCT FROM (NEW.state, NEW.settings, NEW.owner_id))
    EXECUTE FUNCTION campaign.request_alerts_of();
