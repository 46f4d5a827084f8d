-- Stage workflows: what users fill (templates of messages, deliverables, incentives), and what came of it.

CREATE SEQUENCE campaign.message_template_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.message_template_id_seq', '');
CREATE TABLE campaign.message_template (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.message_template_id_seq'),
    name text NOT NULL CHECK (name <> ''),
    channel_class text NOT NULL DEFAULT 'email',
    subject text,
    body text,
    html text,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.message_template', '');
COMMENT ON TABLE campaign.message_template IS
    'Texts with a name: {"template": NAME} stands wherever contents do. What waits to be sent gets the texts of the moment at which it is sent';

CREATE SEQUENCE campaign.deliverable_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.deliverable_id_seq', '');
CREATE TABLE campaign.deliverable (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.deliverable_id_seq'),
    campaign_id bigint NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    kind text NOT NULL DEFAULT 'final' CHECK (kind IN ('draft', 'final')),
    count integer NOT NULL DEFAULT 1 CHECK (count > 0),
    due_after interval CHECK (due_after > '0'),
    due_on date,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, campaign_id, name),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign.campaign (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.deliverable', '');
COMMENT ON TABLE campaign.deliverable IS
    'What each participant of a campaign is to deliver: a draft, or a final piece of content, count times; due so long after he became a participant, or on a day';

CREATE SEQUENCE campaign.incentive_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.incentive_id_seq', '');
CREATE TABLE campaign.incentive (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.incentive_id_seq'),
    campaign_id bigint NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    timing text NOT NULL DEFAULT 'post' CHECK (timing IN ('pre', 'post')),
    amount numeric CHECK (amount >= 0),
    currency text,
    action_kind text,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, campaign_id, name),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign.campaign (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.incentive', '');
COMMENT ON TABLE campaign.incentive IS
    'What each participant of a campaign gets, before he delivers (pre) or after (post); by an action of this kind, or, NULL, by hand';

CREATE SEQUENCE campaign.submission_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.submission_id_seq', '');
CREATE TABLE campaign.submission (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.submission_id_seq'),
    campaign_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    deliverable_id bigint,
    state text NOT NULL DEFAULT 'submitted' CHECK (state IN ('submitted', 'approved', 'needs_revision')),
    content jsonb,
    url text,
    note text,
    submitted_at timestamptz NOT NULL,
    reviewed_at timestamptz,
    reviewed_by text,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX submission_prospect ON campaign.submission (workspace_id, campaign_id, prospect_id);
SELECT pg_catalog.pg_extension_config_dump('campaign.submission', '');
COMMENT ON TABLE campaign.submission IS
    'What participants delivered, and what came of its review; deliverable_id NULL: content that was bound to none. What is sent back stays, and the next one is another row';

CREATE SEQUENCE campaign.payment_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.payment_id_seq', '');
CREATE TABLE campaign.payment (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.payment_id_seq'),
    campaign_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    incentive_id bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'fulfilled', 'failed')),
    action_id bigint,
    at timestamptz NOT NULL,
    by_whom text,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX payment_once ON campaign.payment (workspace_id, incentive_id, prospect_id) WHERE state <> 'failed';
CREATE INDEX payment_prospect ON campaign.payment (workspace_id, incentive_id, prospect_id);
CREATE INDEX payment_action ON campaign.payment (workspace_id, action_id) WHERE state = 'queued';
SELECT pg_catalog.pg_extension_config_dump('campaign.payment', '');
COMMENT ON TABLE campaign.payment IS
    'Incentives that were fulfilled for prospects, or are about to be, by an action. One for each, unless it failed';

CREATE TABLE campaign.stage_entry (
    workspace_id bigint NOT NULL,
    enrollment_id bigint NOT NULL,
    step integer NOT NULL,
    campaign_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, enrollment_id, step)
);
CREATE INDEX stage_entry_campaign ON campaign.stage_entry (workspace_id, campaign_id, step, prospect_id);
SELECT pg_catalog.pg_extension_config_dump('campaign.stage_entry', '');
COMMENT ON TABLE campaign.stage_entry IS
    'Which runs have ever entered which stages, and when last: "ever contained" (S5.4), the phase of a prospect, and what due dates count from';

CREATE TABLE campaign.side_action (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    enrollment_id bigint NOT NULL,
    step integer NOT NULL,
    stage integer,
    action_kind text NOT NULL,
    requires text,
    content jsonb,
    wanted_at timestamptz,
    parked_at timestamptz,
    held text,
    cause text CHECK (cause = 'reply_goal'),
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX side_action_goal ON campaign.side_action (workspace_id, enrollment_id) WHERE cause = 'reply_goal';
CREATE INDEX side_action_wanted ON campaign.side_action (wanted_at, workspace_id) WHERE wanted_at IS NOT NULL;
CREATE INDEX side_action_turn ON campaign.side_action (workspace_id, wanted_at) WHERE wanted_at IS NOT NULL;
CREATE INDEX side_action_run ON campaign.side_action (workspace_id, enrollment_id);
CREATE INDEX side_action_held ON campaign.side_action (workspace_id) WHERE held IS NOT NULL;
CREATE INDEX side_action_campaign ON campaign.side_action (workspace_id, campaign_id);
SELECT pg_catalog.pg_extension_config_dump('campaign.side_action', '');
COMMENT ON TABLE campaign.side_action IS
    'What is sent beside runs: messages of stages, messages by hand, payments, what a CRM is told of a reply. id is that of the action which it becomes when wanted_at has come. step: that of a message of a stage, with its texts, else where the run stood; stage: the message is only for who stands there then; content: its own texts; parked_at: wanted_at, while the run or its campaign is paused, or it is held, since it could not be queued; cause: reply_goal, once for each run, leaves at once';
