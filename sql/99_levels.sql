-- What each level may use, and, first, that nobody else may use anything. A higher level has what the
-- lower ones have: see included_levels(). A new public object gets its line here; one that is to be
-- called by superusers alone gets level superuser. Names that several functions share are one line.

-- the server gives EXECUTE to PUBLIC by default; whom the schema is opened to is not PUBLIC
REVOKE ALL ON ALL ROUTINES IN SCHEMA campaign FROM PUBLIC;

-- ---- tables ------------------------------------------------------------------------------------

INSERT INTO campaign.level_right (level, kind, name, privileges)
SELECT 'viewer', 'table', t, 'SELECT'
FROM (VALUES
    ('account'),
    ('action_kind'),
    ('adapter'),
    ('adapter_answer'),
    ('agreement'),
    ('alert_subscription'),
    ('audience'),
    ('campaign'),
    ('campaign_account'),
    ('campaign_fact'),
    ('channel'),
    ('credit'),
    ('deliverable'),
    ('event_kind'),
    ('holiday'),
    ('incentive'),
    ('list'),
    ('list_prospect'),
    ('mailbox'),
    ('member'),
    ('message_template'),
    ('outbox'),
    ('plan'),
    ('prospect'),
    ('provider_limit'),
    ('quota'),
    ('relation'),
    ('sequence'),
    ('slot'),
    ('stage_template'),
    ('step'),
    ('step_revision'),
    ('suppression'),
    ('workspace'),
    ('workspace_setting')
) AS v (t);

-- views that look after the rights of who reads them
INSERT INTO campaign.level_right (level, kind, name, privileges)
SELECT 'viewer', 'table', c.relname, 'SELECT'
FROM pg_catalog.pg_class c
WHERE c.relnamespace = 'campaign'::pg_catalog.regnamespace AND c.relkind = 'v'
  AND 'security_barrier=true' = ANY (c.reloptions);

-- those that show an agent his own
INSERT INTO campaign.level_right (level, kind, name, privileges) VALUES
    ('agent', 'table', 'agents', 'SELECT'),
    ('agent', 'table', 'queue', 'SELECT'),
    ('agent', 'table', 'sessions', 'SELECT');

INSERT INTO campaign.level_right (level, kind, name, privileges)
SELECT 'operator', 'table', t, 'INSERT, UPDATE, DELETE'
FROM (VALUES
    ('account'),
    ('agreement'),
    ('alert_subscription'),
    ('deliverable'),
    ('holiday'),
    ('incentive'),
    ('list'),
    ('list_prospect'),
    ('member'),
    ('message_template'),
    ('prospect'),
    ('quota'),
    ('slot')
) AS v (t);

-- where and how things leave the server, and what the workspace may use
INSERT INTO campaign.level_right (level, kind, name, privileges) VALUES
    ('admin', 'table', 'adapter', 'INSERT, UPDATE, DELETE'),
    ('admin', 'table', 'adapter_answer', 'INSERT, UPDATE, DELETE'),
    ('admin', 'table', 'channel', 'INSERT, UPDATE, DELETE'),
    ('admin', 'table', 'mailbox', 'INSERT, UPDATE, DELETE'),
    ('admin', 'table', 'access', 'SELECT'),
    ('admin', 'table', 'ingested', 'SELECT');

INSERT INTO campaign.level_right (level, kind, name, privileges)
SELECT s.level, 'sequence', s.name || '_id_seq', 'USAGE'
FROM (VALUES
    ('operator', 'account'),
    ('operator', 'agreement'),
    ('operator', 'alert_subscription'),
    ('admin', 'channel'),
    ('operator', 'deliverable'),
    ('operator', 'holiday'),
    ('operator', 'incentive'),
    ('operator', 'list'),
    ('admin', 'mailbox'),
    ('operator', 'member'),
    ('operator', 'message_template'),
    ('operator', 'prospect'),
    ('operator', 'quota'),
    ('operator', 'slot')
) AS s (level, name);

-- ---- routines ----------------------------------------------------------------------------------

-- one to a line, in the order of their names
INSERT INTO campaign.level_right (level, kind, name, privileges)
SELECT r.level, 'routine', r.name, 'EXECUTE'
FROM (VALUES
    ('viewer', 'account_id'),
    ('viewer', 'agreement_id'),
    ('viewer', 'arming_fault'),
    ('viewer', 'audience_id'),
    ('viewer', 'campaign_id'),
    ('viewer', 'candidates'),
    ('viewer', 'clock'),
    ('viewer', 'current_workspace'),
    ('viewer', 'dry_run'),
    ('viewer', 'events_since'),
    ('viewer', 'explain'),
    ('viewer', 'forecast'),
    ('viewer', 'deliverable_id'),
    ('viewer', 'has_secret_file'),
    ('viewer', 'incentive_id'),
    ('viewer', 'library_version'),
    ('viewer', 'list_id'),
    ('viewer', 'list_sessions'),
    ('viewer', 'matches'),
    ('viewer', 'matching_audiences'),
    ('viewer', 'metrics_text'),
    ('viewer', 'my_members'),
    ('viewer', 'my_workspaces'),
    ('viewer', 'node_id'),
    ('viewer', 'preflight'),
    ('viewer', 'preloaded'),
    ('viewer', 'progress_rows'),
    ('viewer', 'prospect_id'),
    ('viewer', 'prospect_page'),
    ('viewer', 'ramp_step'),
    ('viewer', 'render'),
    ('viewer', 'report_html'),
    ('viewer', 'sequence_diagram'),
    ('viewer', 'session_detail'),
    ('viewer', 'slot_position'),
    ('viewer', 'validate_sequence'),
    ('viewer', 'versions'),
    ('viewer', 'worker_slots'),
    ('viewer', 'workspace_list'),
    ('operator', 'add_stage'),
    ('operator', 'alter_audience'),
    ('operator', 'alter_campaign'),
    ('operator', 'archive'),
    ('operator', 'audience_changed'),
    ('operator', 'bind_content'),
    ('operator', 'continue_batch'),
    ('operator', 'copy_campaign'),
    ('operator', 'create_audience'),
    ('operator', 'create_campaign'),
    ('operator', 'create_sequence'),
    ('operator', 'disable_stage'),
    ('operator', 'drop_out'),
    ('operator', 'edit_step'),
    ('operator', 'edit_steps'),
    ('operator', 'enable_stage'),
    ('operator', 'enroll'),
    ('operator', 'enroll_audience'),
    ('operator', 'enroll_list'),
    ('operator', 'fulfil_incentive'),
    ('operator', 'import_batch'),
    ('operator', 'import_prospects'),
    ('operator', 'import_relation_batch'),
    ('operator', 'import_relations'),
    ('operator', 'instant_or_infinity'),
    ('operator', 'is_ramp'),
    ('operator', 'json_object_or_null'),
    ('operator', 'launch'),
    ('operator', 'merge_prospects'),
    ('operator', 'message_prospects'),
    ('operator', 'move_stage'),
    ('operator', 'new_id'),
    ('operator', 'pause'),
    ('operator', 'pause_prospects'),
    ('operator', 'promote'),
    ('operator', 'prospect_item'),
    ('operator', 'record_event'),
    ('operator', 'remove_prospects'),
    ('operator', 'requeue'),
    ('operator', 'requeue_prospects'),
    ('operator', 'resolve'),
    ('operator', 'resume'),
    ('operator', 'resume_prospects'),
    ('operator', 'send_test'),
    ('operator', 'review_deliverable'),
    ('operator', 'source_columns'),
    ('operator', 'source_query'),
    ('operator', 'stop'),
    ('operator', 'submit_deliverable'),
    ('operator', 'suppress'),
    ('operator', 'unsuppress'),
    ('operator', 'wake'),
    ('agent', 'account_id'),
    ('agent', 'approve'),
    ('agent', 'block'),
    ('agent', 'clock'),
    ('agent', 'current_workspace'),
    ('agent', 'dequeue'),
    ('agent', 'extend_lease'),
    ('agent', 'my_members'),
    ('agent', 'my_workspaces'),
    ('agent', 'open_session'),
    ('agent', 'report'),
    ('agent', 'take'),
    ('agent', 'workspace_list'),
    ('callback', 'clock'),
    ('callback', 'current_workspace'),
    ('callback', 'ingest'),
    ('callback', 'unsubscribe'),
    ('admin', 'add_credits'),
    ('admin', 'check_adapter_batch'),
    ('admin', 'check_adapter_item'),
    ('admin', 'check_adapter_path'),
    ('admin', 'check_adapter_takes'),
    ('admin', 'check_channel_options'),
    ('admin', 'check_interval_option'),
    ('admin', 'check_mailbox_options'),
    ('admin', 'choose_plan'),
    ('admin', 'erase_prospect'),
    ('admin', 'grant_access'),
    ('admin', 'revoke_access'),
    ('admin', 'set_secret'),
    ('admin', 'set_secret_file'),
    ('superuser', 'arm'),
    ('superuser', 'disarm'),
    ('superuser', 'distribute'),
    ('superuser', 'local_workspaces'),
    ('superuser', 'run_to'),
    ('superuser', 'run_until'),
    ('superuser', 'tick'),
    ('superuser', 'virtual_time')
) AS r (level, name);
