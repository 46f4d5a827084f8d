-- Trials that are still to end, so that whoever looks for work finds them by an index. The rows follow
-- from plan and trial_ends_at of the workspaces, by triggers, and so are not dumped.

CREATE TABLE campaign.trial (
    workspace_id bigint NOT NULL PRIMARY KEY,
    ends_at timestamptz NOT NULL,
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id) ON DELETE CASCADE
);
CREATE INDEX trial_ends ON campaign.trial (ends_at);
COMMENT ON TABLE campaign.trial IS
    'Workspaces on trial until ends_at: then their campaigns are paused and the row goes; made from plan and trial_ends_at of workspace and workspace_setting (S2.48)';

CREATE FUNCTION campaign.workspace_plan(workspace bigint, OUT plan text, OUT trial_ends_at timestamptz)
    LANGUAGE sql STABLE AS $$
    SELECT COALESCE(s.plan, w.plan), COALESCE(s.trial_ends_at, w.trial_ends_at)
    FROM campaign.workspace w
    LEFT JOIN campaign.workspace_setting s ON s.workspace_id = w.id
    WHERE w.id = $1
$$;
COMMENT ON FUNCTION campaign.workspace_plan(bigint) IS
    'Internal. The plan of a workspace, NULL = no restriction, and when a trial ends';

CREATE FUNCTION campaign.note_trial() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    workspace bigint := (to_jsonb(COALESCE(NEW, OLD)) ->> TG_ARGV[0])::bigint;
BEGIN
    DELETE FROM campaign.trial t WHERE t.workspace_id = workspace;
    INSERT INTO campaign.trial (workspace_id, ends_at)
    SELECT workspace, p.trial_ends_at FROM campaign.workspace_plan(workspace) p
    WHERE p.plan = 'trial' AND isfinite(p.trial_ends_at);
    PERFORM campaign.wake();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION campaign.note_trial() IS
    'Internal. Trigger: the plan of a workspace, or the end of its trial, may have changed';
CREATE TRIGGER note_trial AFTER INSERT OR UPDATE ON campaign.workspace
    FOR EACH ROW EXECUTE FUNCTION campaign.note_trial('id');
CREATE TRIGGER note_trial AFTER INSERT OR UPDATE OR DELETE ON campaign.workspace_setting
    FOR EACH ROW EXECUTE FUNCTION campaign.note_trial('workspace_id');
