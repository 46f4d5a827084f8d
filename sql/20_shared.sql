-- Small tables that all workspaces share. Rows made here are built in and never updated: an own row
-- of the same name stands before the built-in one, which is why built_in is part of each key.

CREATE TABLE campaign.plan (
    name text NOT NULL CHECK (name <> ''),
    channel_classes text[] NOT NULL,
    included_credits integer NOT NULL DEFAULT 0 CHECK (included_credits >= 0),
    built_in boolean NOT NULL DEFAULT false,
    PRIMARY KEY (name, built_in)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.plan', 'WHERE NOT built_in');
COMMENT ON TABLE campaign.plan IS 'What a workspace may use: channel classes and enrichment credits (S2.11, S2.49)';
INSERT INTO campaign.plan (name, channel_classes, included_credits, built_in) VALUES
    ('trial', '{linkedin,email,enrichment,crm,person}', 0, true),
    ('freemium', '{linkedin,person}', 0, true),
    ('advanced', '{linkedin,crm,person}', 0, true),
    ('business', '{linkedin,email,enrichment,crm,person}', 500, true);

CREATE TABLE campaign.action_kind (
    name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]*$'
        AND name NOT IN ('name', 'if', 'payload', 'max_lateness', 'retries', 'on_precondition',
            'only_if', 'action', 'delay', 'wait', 'branch', 'split', 'stage', 'set', 'enroll', 'goto', 'end')),
    channel_class text NOT NULL,
    intention text NOT NULL,
    requires text CHECK (requires IN ('connected', 'not_connected', 'email')),
    contact text CHECK (contact IN ('requires', 'creates')),
    credits integer NOT NULL DEFAULT 0 CHECK (credits >= 0),
    options jsonb NOT NULL DEFAULT '{}',
    built_in boolean NOT NULL DEFAULT false,
    PRIMARY KEY (name, built_in)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.action_kind', 'WHERE NOT built_in');
COMMENT ON TABLE campaign.action_kind IS
    'What a step can do: its channel class, what it requires of the prospect, and in options "contents" (the texts that a step of it has), "relation" (the state that it leaves behind), "reaches" (it is a contact of the person, which gaps and caps count); for sessions contact (whether it is about a known contact, or makes a new one), and in options "agreement" (required), "agreement_status" (that it leaves behind), "expires_after" (an interval, 24 hours if absent)';
INSERT INTO campaign.action_kind (name, channel_class, intention, requires, contact, credits, options, built_in) VALUES
    ('visit', 'linkedin', 'visit the profile', NULL, NULL, 0, '{}', true),
    ('follow', 'linkedin', 'follow the profile', NULL, NULL, 0, '{}', true),
    ('invite', 'linkedin', 'invite to connect', 'not_connected', NULL, 0, '{"contents": {"note": "optional"}, "relation": "pending", "reaches": true}', true),
    ('message', 'linkedin', 'send a message', 'connected', NULL, 0, '{"contents": {"body": "required"}, "reaches": true}', true),
    ('email', 'email', 'send an email', 'email', NULL, 0, '{"contents": {"subject": "first", "body": "required", "html": "optional"}, "reaches": true}', true),
    ('find_email', 'enrichment', 'find the email address', NULL, NULL, 1, '{}', true),
    ('crm_sync', 'crm', 'hand over to the CRM', NULL, NULL, 0, '{"contents": {"channel": "name"}}', true),
    ('task', 'person', 'do a task', NULL, NULL, 0, '{"contents": {"title": "required", "within": "interval"}}', true),
    ('like_post', 'linkedin', 'like the latest post', NULL, NULL, 0, '{}', true),
    ('endorse', 'linkedin', 'endorse the skills', 'connected', NULL, 0, '{}', true),
    ('inmail', 'linkedin', 'send an InMail', NULL, NULL, 0, '{"contents": {"subject": "required", "body": "required"}, "reaches": true}', true),
    ('invite_to_group', 'linkedin', 'invite to a group', 'connected', NULL, 0, '{"contents": {"group": "required"}, "reaches": true}', true),
    ('invite_to_page', 'linkedin', 'invite to follow a page', 'connected', NULL, 0, '{"contents": {"page": "required"}, "reaches": true}', true),
    ('disconnect', 'linkedin', 'remove the connection', 'connected', NULL, 0, '{}', true),
    ('sign_up', 'person', 'sign up', NULL, 'creates', 0, '{}', true),
    ('upgrade', 'person', 'upgrade the agreement', NULL, 'requires', 0, '{}', true),
    ('pause_agreement', 'person', 'pause the agreement', NULL, 'requires', 0, '{"agreement": "required", "agreement_status": "paused"}', true),
    ('change_payment_method', 'person', 'change payment method', NULL, 'requires', 0, '{"agreement": "required"}', true);

CREATE TABLE campaign.event_kind (
    name text NOT NULL CHECK (name <> ''),
    notify boolean NOT NULL DEFAULT false,
    stops boolean NOT NULL DEFAULT false,
    reported boolean NOT NULL DEFAULT true,
    description text NOT NULL DEFAULT '',
    built_in boolean NOT NULL DEFAULT false,
    PRIMARY KEY (name, built_in)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.event_kind', 'WHERE NOT built_in');
COMMENT ON TABLE campaign.event_kind IS
    'Kinds of event: notify = announced one by one on channel campaign_event; stops = while one waits to be applied, nothing is started for that person; reported = told from outside, by record_event(), so that conditions can ask about it: the others are written by the system alone';
INSERT INTO campaign.event_kind (name, notify, stops, reported, description, built_in) VALUES
    ('enrolled', false, false, false, 'a run began', true),
    ('audience_failed', true, false, false, 'the audience of a campaign could not be read', true),
    ('audience_recovered', false, false, false, 'the audience of a campaign can be read again', true),
    ('merged', false, false, false, 'prospects were found to be the same and put together', true),
    ('blocked', false, false, false, 'there was no place for a run that had not begun', true),
    ('unblocked', false, false, false, 'a run that waited over the cap, or for a slot, came in', true),
    ('slot_begun', false, false, false, 'a slot of a campaign with cohorts began', true),
    ('slot_missed', true, false, false, 'a slot of a campaign with cohorts was over before anything could begin it', true),
    ('action_queued', false, false, false, 'an action of a step was queued', true),
    ('validation_requested', true, false, false, 'actions of a campaign were put up for its owner to approve or block', true),
    ('action_approved', false, false, false, 'the owner approved an action', true),
    ('action_blocked', false, false, false, 'the owner blocked an action', true),
    ('approval_withdrawn', false, false, false, 'the text of an action that was put up was edited, so that it is put up anew', true),
    ('action_pending', false, false, false, 'a gateway took an action on and is to report what became of it', true),
    ('action_executed', false, false, false, 'a gateway accepted an action', true),
    ('action_retried', false, false, false, 'an action was surely not accepted and will be tried again', true),
    ('action_requeued', false, false, false, 'an action was put back into the queue, or before the owner', true),
    ('action_failed', false, false, false, 'an action ended without being accepted', true),
    ('action_held', true, false, false, 'an action waits for a decision', true),
    ('action_withdrawn', false, false, false, 'an open action was taken out of the queue', true),
    ('action_skipped', false, false, false, 'the condition of an action did not hold when it would have been sent', true),
    ('action_prevented', false, false, false, 'what an action requires did not hold, and the run went on by its other way', true),
    ('note_left_out', false, false, false, 'an invitation leaves without its note, since its account cannot send one', true),
    ('split_drawn', false, false, false, 'a run was given its way at a split', true),
    ('attributes_set', false, false, false, 'a step wrote attributes of the prospect', true),
    ('enrolled_elsewhere', false, false, false, 'a step took the prospect to another campaign', true),
    ('delay_started', false, false, false, 'a delay began', true),
    ('delay_overdue', false, false, false, 'the date of a delay had passed, and what was to follow was left out', true),
    ('wait_started', false, false, false, 'a wait began', true),
    ('wait_timed_out', false, false, false, 'a wait ended by its else', true),
    ('erased', false, false, false, 'everything personal of a prospect was erased', true),
    ('ended', true, false, false, 'a run ended', true),
    ('held', true, false, false, 'a run was held because it failed by itself', true),
    ('released', false, false, false, 'a run that was held may go on', true),
    ('stage_entered', false, false, false, 'a run entered a stage', true),
    ('promoted', false, false, false, 'a run was let go on from a stage', true),
    ('dropped', true, false, false, 'a run was dropped', true),
    ('side_action_queued', false, false, false, 'a message or a payment was queued beside a run', true),
    ('deliverable_submitted', true, false, false, 'a participant delivered something', true),
    ('deliverable_reviewed', false, false, false, 'a submission was approved, or sent back', true),
    ('content_bound', false, false, false, 'published content was bound to a participant', true),
    ('incentive_fulfilled', false, false, false, 'an incentive was fulfilled', true),
    ('incentive_failed', true, false, false, 'the action that was to fulfil an incentive failed', true),
    ('applied', false, false, true, 'the prospect applied for a campaign', true),
    ('confirmed', false, false, true, 'the prospect confirmed that he takes part', true),
    ('replied', true, true, true, 'the prospect replied', true),
    ('auto_replied', false, false, true, 'an automatic reply came, which is not a reply', true),
    ('connected', true, false, true, 'the prospect accepted an invitation, or connected otherwise', true),
    ('invited', false, false, true, 'the prospect was invited by hand or by another system', true),
    ('invited_us', true, false, true, 'the prospect invited the account, by which they are connected', true),
    ('disconnected', false, false, true, 'the prospect is no longer connected', true),
    ('bounced', true, true, true, 'a message came back as undeliverable', true),
    ('report_unproven', false, false, true, 'a report on a mail came that returns the id of none that was sent, so that anybody can have written it', true),
    ('delivery_delayed', false, false, true, 'a message is on its way for longer than usual', true),
    ('complained', true, true, true, 'the prospect complained', true),
    ('unsubscribed', true, true, true, 'the prospect opted out', true),
    ('delivered', false, false, true, 'a message reached its recipient''s server', true),
    ('opened', false, false, true, 'a message was opened', true),
    ('clicked', false, false, true, 'a link was followed', true),
    ('email_found', false, false, true, 'an address of the prospect was found', true),
    ('created', false, false, false, 'a campaign was created', true),
    ('altered', false, false, false, 'a campaign was altered', true),
    ('edited', false, false, false, 'the steps of a campaign were edited', true),
    ('armed', true, false, false, 'the database may send where it is, and a campaign goes on', true),
    ('disarmed', true, false, false, 'nothing leaves the database any more', true),
    ('launched', true, false, false, 'a campaign went live', true),
    ('paused', true, false, false, 'a campaign was paused', true),
    ('resumed', true, false, false, 'a campaign was resumed', true),
    ('batch_continued', true, false, false, 'those who waited behind the first batch of a campaign were let go', true),
    ('plan_chosen', true, false, false, 'another plan was taken for the workspace', true),
    ('prospect_paused', false, false, false, 'a run was paused by itself', true),
    ('prospect_resumed', false, false, false, 'a run that was paused by itself goes on', true),
    ('stopped', true, false, false, 'a campaign takes nobody new any more', true),
    ('archived', true, false, false, 'a campaign was archived', true),
    ('suppressed', false, false, false, 'an address or a person was added to the stop list', true),
    ('unsuppressed', false, false, false, 'an address or a person was taken off the stop list', true),
    ('session_opened', false, false, false, 'a person opened a session', true),
    ('session_handed_on', false, false, false, 'a session was handed on to its gateway', true),
    ('session_retried', false, false, false, 'a session is tried again', true),
    ('session_ended', true, false, false, 'a session is complete, rejected, failed or expired', true);

CREATE TABLE campaign.provider_limit (
    provider text NOT NULL CHECK (provider <> ''),
    action_kind text NOT NULL,
    period text NOT NULL CHECK (period IN ('hour', 'day', 'week', 'month')),
    max_actions integer NOT NULL CHECK (max_actions >= 0),
    built_in boolean NOT NULL DEFAULT false,
    PRIMARY KEY (provider, action_kind, period, built_in)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.provider_limit', 'WHERE NOT built_in');
COMMENT ON TABLE campaign.provider_limit IS
    'What providers allow each account (S2.14, S2.24); provider "*" is any other. An account''s own quota, or one for each account, stands before it';
INSERT INTO campaign.provider_limit (provider, action_kind, period, max_actions, built_in) VALUES
    ('linkedin', 'invite', 'week', 200, true),
    ('outlook', 'email', 'week', 100, true),
    ('office365', 'email', 'week', 10000, true),
    ('aol', 'email', 'week', 100, true),
    ('godaddy', 'email', 'week', 250, true),
    ('rackspace', 'email', 'week', 10000, true),
    ('yandex', 'email', 'week', 500, true),
    ('gmail', 'email', 'week', 2500, true),
    ('*', 'email', 'week', 500, true);
