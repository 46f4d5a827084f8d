-- What upkeep has made of the deltas of counter: sums by local day, and sums of all days. Views read them
-- together with the deltas that are not folded yet, in one statement, so that a number is complete at every
-- instant. Places stay among the deltas: src/store/places.h folds them by itself.

CREATE TABLE campaign.counter_day (
    workspace_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    day date NOT NULL,
    step integer NOT NULL,
    kind text NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, day, step, kind)
) WITH (fillfactor = 80);
-- what is looked at most: what was decided on the present day, of all campaigns
CREATE INDEX counter_day_decided ON campaign.counter_day (workspace_id, day)
    WHERE kind IN ('executed', 'blocked_by_owner', 'duplicate', 'failed', 'refused', 'skipped', 'already_invited');
SELECT pg_catalog.pg_extension_config_dump('campaign.counter_day', '');
COMMENT ON TABLE campaign.counter_day IS
    'Sums of deltas, by campaign, local day, step (-1 = none) and kind; written by upkeep alone';

CREATE TABLE campaign.counter_total (
    workspace_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    step integer NOT NULL,
    kind text NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, step, kind)
) WITH (fillfactor = 80);
SELECT pg_catalog.pg_extension_config_dump('campaign.counter_total', '');
COMMENT ON TABLE campaign.counter_total IS
    'Sums of the same deltas over all days, so that a campaign of a year costs what one of a day does; written by upkeep alone';

CREATE VIEW campaign.counted AS
    SELECT k.workspace_id, k.campaign_id, k.step, k.day, k.kind, k.n FROM campaign.counter k
    UNION ALL
    SELECT d.workspace_id, d.campaign_id, d.step, d.day, d.kind, d.n FROM campaign.counter_day d;
COMMENT ON VIEW campaign.counted IS
    'Internal. All that was counted, by day: deltas and what they were folded into';

CREATE VIEW campaign.counted_total AS
    SELECT k.workspace_id, k.campaign_id, k.step, k.kind, k.n FROM campaign.counter k
    UNION ALL
    SELECT t.workspace_id, t.campaign_id, t.step, t.kind, t.n FROM campaign.counter_total t;
COMMENT ON VIEW campaign.counted_total IS
    'Internal. All that was counted, whatever the day: deltas and what they were folded into';
