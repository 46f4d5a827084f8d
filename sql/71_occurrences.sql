-- The slots of campaigns with cohorts, as they happened.

CREATE VIEW campaign.slot_occurrences WITH (security_barrier) AS
    SELECT c.id AS campaign_id, c.name AS campaign, o.day, o.starts_at, o.ends_at, o.state,
        o.begun_at IS NOT NULL AND campaign.clock() >= o.begun_at AND campaign.clock() < o.ends_at AS in_progress,
        o.begun_at, o.cohort_size, o.planned, o.admitted, o.planned - o.admitted AS duplicates, o.fault
    FROM campaign.slot_occurrence o
    JOIN campaign.campaign c ON c.workspace_id = o.workspace_id AND c.id = o.campaign_id
    WHERE o.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.slot_occurrences IS
    'The slots of campaigns with a cohort_size that have begun, one row for each date: running, done, late (begun more than a minute after its start) or missed (over before anything could begin it); planned newcomers, of whom admitted came in and the others were duplicates (D16)';
