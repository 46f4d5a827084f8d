-- Slot occurrences: a slot on one date. Campaigns with cohorts have a row for each that has begun, and a
-- clock that tells when the next one does.

CREATE TABLE campaign.slot_occurrence (
    workspace_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    -- the local day of the campaign
    day date NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done', 'late', 'missed')),
    begun_at timestamptz,
    cohort_size integer NOT NULL,
    wanted integer NOT NULL DEFAULT 0,
    planned integer NOT NULL DEFAULT 0,
    admitted integer NOT NULL DEFAULT 0,
    fault text,
    PRIMARY KEY (workspace_id, campaign_id, starts_at),
    CHECK ((begun_at IS NULL) = (state = 'missed')),
    CHECK (admitted <= planned)
);
CREATE INDEX slot_occurrence_day ON campaign.slot_occurrence (workspace_id, campaign_id, day);
CREATE INDEX slot_occurrence_running ON campaign.slot_occurrence (workspace_id, campaign_id) WHERE state = 'running';
SELECT pg_catalog.pg_extension_config_dump('campaign.slot_occurrence', '');
COMMENT ON TABLE campaign.slot_occurrence IS
    'A slot of a campaign with cohorts on one date, from when it begins; the key makes it happen once. state: running; done, once it is over; late, begun more than a minute after its start, in progress or over; missed, since nothing ran before its end. cohort_size: what the setting said then; wanted: for how many of them the cap had places; planned: newcomers it was to let in, fewer where nobody else was found, admitted: those of them who came in, the others being duplicates (D16). fault: why the audience could not be asked';

CREATE TABLE campaign.slot_clock (
    workspace_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    begun_until timestamptz NOT NULL,
    due_at timestamptz,
    PRIMARY KEY (workspace_id, campaign_id)
);
CREATE INDEX slot_clock_due ON campaign.slot_clock (due_at, workspace_id) WHERE due_at IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('campaign.slot_clock', '');
COMMENT ON TABLE campaign.slot_clock IS
    'When to look at the slots of a campaign with cohorts: the next one begins, or one that runs ends. NULL: nothing of it, as in a pause in which no slot is in progress. Slots that began up to begun_until have been dealt with';
