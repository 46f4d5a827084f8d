-- What each level may use, and, first, that nobody else may use anything. A higher level has what the
-- lower ones have: see included_levels(). A new public object gets its line here; one that is to be
-- called by superusers alone gets level superuser. Names that several functions share are one line.

-- the server gives EXECUTE to PUBLIC by default; whom the schema is opened to is not PUBLIC
REVOKE ALL ON ALL ROUTINES IN SCHEMA campaign FROM PUBLIC;

-- ---- tables ------------------------------------------------------------------------------------

INSERT INTO campaign.level_right (level, kind, name, privileges)
SELECT 'viewer', 'table', t, 'SELECT'
FROM pg_catalog.unnest('{plan,action_kind,event_kind,provider_limit,workspace,workspace_setting,member,
    account,quota,prospect,list,list_prospect,relation,suppression,sequence,campaign,campaign_account,
    campaign_fact,step,step_revision,outbox,channel,agreement,credit,slot,holiday}'::text[]) AS t;

-- views that look after the rights of who reads them
INSERT INTO campaign.level_right (level, kind, name, privileges)
SELECT 'viewer', 'table', c.relname, 'SELECT'
FROM pg_catalog.pg_class c
WHERE c.relnamespace = 'campaign'::pg_catalog.regnamespace AND c.relkind = 'v'
  AND 'security_barrier=true' = ANY (c.reloptions);

-- those that show an agent his own
INSERT INTO campaign.level_right (level, kind, name, privileges) VALUES
    ('agent', 'table', 'queue', 'SELECT'),
    ('agent', 'table', 'sessions', 'SELECT');

INSERT INTO campaign.level_right (level, kind, name, privileges)
SELECT 'operator', 'table', t, 'INSERT, UPDATE, DELETE'
FROM pg_catalog.unnest('{member,account,quota,prospect,list,list_prospect,agreement,slot,holiday}'::text[]) AS t;

-- where and how things leave the server, and what the workspace may use
INSERT INTO campaign.level_right (level, kind, name, privileges) VALUES
    ('admin', 'table', 'channel', 'INSERT, UPDATE, DELETE'),
    ('admin', 'table', 'access', 'SELECT');

INSERT INTO campaign.level_right (level, kind, name, privileges)
SELECT CASE s WHEN 'channel' THEN 'admin' ELSE 'operator' END, 'sequence', s || '_id_seq', 'USAGE'
FROM pg_catalog.unnest('{member,account,quota,prospect,list,channel,agreement,slot,holiday}'::text[]) AS s;

-- ---- routines ----------------------------------------------------------------------------------

INSERT INTO campaign.level_right (level, kind, name, privileges)
SELECT l.level, 'routine', r, 'EXECUTE'
FROM (VALUES
    ('viewer', '{library_version,clock,my_workspaces,current_workspace,
        campaign_id,account_id,list_id,prospect_id,agreement_id,list_sessions,session_detail,
        my_members,validate_sequence,candidates,explain,events_since,preloaded,worker_slots,ramp_step}'::text[]),
    ('operator', '{new_id,create_sequence,create_campaign,alter_campaign,
        import_prospects,import_relations,import_batch,import_relation_batch,
        prospect_item,source_columns,source_query,json_object_or_null,instant_or_infinity,
        suppress,unsuppress,is_ramp,enroll,enroll_list,launch,pause,resume,stop,archive,requeue,requeue_prospects,
        pause_prospects,resume_prospects,remove_prospects,continue_batch,copy_campaign,edit_step,edit_steps,
        resolve,wake}'),
    ('agent', '{clock,current_workspace,my_workspaces,my_members,account_id,take,extend_lease,report,open_session}'),
    ('callback', '{clock,current_workspace,record_event}'),
    ('admin', '{choose_plan,grant_access,revoke_access,set_secret,add_credits,check_channel_options,check_interval_option}'),
    ('superuser', '{virtual_time,tick,run_until,run_to}')
) AS l (level, routines), pg_catalog.unnest(l.routines) AS r;
