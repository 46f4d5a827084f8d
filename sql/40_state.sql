-- State: written by the engine alone, granted to nobody. Hot tables have no foreign keys, few
-- indexes, and typed columns; see docs/architecture.md.

CREATE TABLE campaign.person (
    workspace_id bigint NOT NULL,
    key text NOT NULL,
    since timestamptz NOT NULL,
    contacts timestamptz[],
    away_until timestamptz,
    PRIMARY KEY (workspace_id, key)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.person', '');
COMMENT ON TABLE campaign.person IS 'The row that opt-outs, replies and starts lock, so that none of them misses another. contacts: when they were reached last, at most 50, in workspaces where a gap or cap asks for it. away_until: an automatic reply said so, and nothing is sent before';

CREATE SEQUENCE campaign.enrollment_id_seq START 1000 CACHE 32;
SELECT pg_catalog.pg_extension_config_dump('campaign.enrollment_id_seq', '');
CREATE TABLE campaign.enrollment (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.enrollment_id_seq'),
    campaign_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    run integer NOT NULL DEFAULT 1,
    -- by the campaign's exclusivity: 0, minus its id (exclusive_only) or its id (none); see sql/64_admission.sql
    exclusion bigint NOT NULL DEFAULT 0,
    status text NOT NULL DEFAULT 'in_progress' CHECK (status IN ('in_progress', 'paused', 'blocked', 'finished', 'replied')),
    -- RunHalt of core/machine: 0 at entry, 1 on an action, 2 on a delay, 3 on a condition, 4 ended
    halt smallint NOT NULL DEFAULT 0,
    step integer NOT NULL DEFAULT 0,
    lap integer NOT NULL DEFAULT 1,
    due_at timestamptz,
    parked_due_at timestamptz,
    base_at timestamptz NOT NULL,
    step_at timestamptz NOT NULL,
    action_id bigint,
    facts bigint NOT NULL DEFAULT 0,
    held text,
    held_detail text,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_kind text CHECK (end_kind IN ('success', 'failure', 'end', 'error', 'removed', 'archived')),
    code text,
    payload jsonb,
    approved boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, id),
    CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
    CHECK ((ended_at IS NULL) = (status IN ('in_progress', 'paused', 'blocked')))
) WITH (fillfactor = 80);
-- when there is work next, and whose is the earliest; one's own work, and who else has some, however much others have
CREATE INDEX enrollment_due ON campaign.enrollment (due_at, workspace_id) WHERE due_at IS NOT NULL;
CREATE INDEX enrollment_turn ON campaign.enrollment (workspace_id, due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX enrollment_active ON campaign.enrollment (workspace_id, prospect_id, exclusion) WHERE ended_at IS NULL;
CREATE INDEX enrollment_campaign ON campaign.enrollment (workspace_id, campaign_id, prospect_id);
-- who waits over the cap, in the order in which they come in (S2.24)
CREATE INDEX enrollment_blocked ON campaign.enrollment (workspace_id, campaign_id, started_at, id) WHERE status = 'blocked';
SELECT pg_catalog.pg_extension_config_dump('campaign.enrollment', '');
COMMENT ON TABLE campaign.enrollment IS
    'One prospect''s run through one campaign: the state machine''s row. due_at NULL = nothing to do until something is reported; parked_due_at keeps the timer while the run or its campaign is paused, and while it is to be looked at before that. Due while halted on an action: it is to be looked at, or a pause took that out of the queue, and it is to be queued again. action_id is the open action, or that whose failure ended the run. approved: the owner has approved an action of it';
COMMENT ON COLUMN campaign.enrollment.exclusion IS
    'One active run per prospect among exclusive campaigns (0), and one in each other campaign (its id, negative for exclusive_only): one unique index serves all, and finds the active runs of a prospect (S2.40, D14)';

CREATE TABLE campaign.enrollment_account (
    workspace_id bigint NOT NULL,
    enrollment_id bigint NOT NULL,
    channel_class text NOT NULL,
    account_id bigint NOT NULL,
    PRIMARY KEY (workspace_id, enrollment_id, channel_class)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.enrollment_account', '');
COMMENT ON TABLE campaign.enrollment_account IS 'The account that a run uses for a channel class, chosen on first need and kept';

CREATE SEQUENCE campaign.lane_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.lane_id_seq', '');
CREATE TABLE campaign.lane (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.lane_id_seq'),
    account_id bigint NOT NULL,
    action_kind text NOT NULL,
    ready_at timestamptz,
    deferred_until timestamptz,
    pulled boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, account_id, action_kind)
);
CREATE INDEX lane_ready ON campaign.lane (ready_at, workspace_id) WHERE ready_at IS NOT NULL;
CREATE INDEX lane_turn ON campaign.lane (workspace_id, ready_at) WHERE ready_at IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('campaign.lane', '');
COMMENT ON TABLE campaign.lane IS
    'One account''s queue for one kind of action. ready_at: when to look at it, NULL = nothing queued; deferred_until: a quota is used up until then. pulled: agents take from it, so that ready_at stays NULL and no dispatcher looks at it';

CREATE SEQUENCE campaign.usage_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.usage_id_seq', '');
CREATE TABLE campaign.usage (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.usage_id_seq'),
    scope text NOT NULL CHECK (scope IN ('account', 'channel', 'workspace')),
    scope_id bigint NOT NULL,
    action_kind text NOT NULL,
    period text NOT NULL CHECK (period IN ('hour', 'day', 'week', 'month', 'pace', 'rate')),
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    used integer NOT NULL DEFAULT 0,
    since timestamptz NOT NULL,
    recent_at timestamptz[],
    recent_n integer[],
    dropped_at timestamptz,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, scope, scope_id, action_kind, period)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.usage', '');
COMMENT ON TABLE campaign.usage IS
    'How much of a quota the present window has used; debited in the transaction that starts an action. action_kind empty = all kinds; since: the first use, which ramps count from. recent_at, recent_n: how many started when, for rolling quotas, paces and rates; dropped_at: the latest time that is no longer among them';

CREATE SEQUENCE campaign.incarnation_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.incarnation_id_seq', '');
CREATE SEQUENCE campaign.action_id_seq START 1000 CACHE 32;
SELECT pg_catalog.pg_extension_config_dump('campaign.action_id_seq', '');
CREATE TABLE campaign.action (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.action_id_seq'),
    campaign_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    enrollment_id bigint NOT NULL,
    lane_id bigint NOT NULL,
    step integer NOT NULL,
    occurrence integer NOT NULL,
    attempt integer NOT NULL DEFAULT 0,
    crashes integer NOT NULL DEFAULT 0,
    maybe_sent boolean NOT NULL DEFAULT false,
    action_kind text NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'awaiting_approval', 'withdrawn', 'processing', 'held', 'complete', 'skipped', 'failed', 'cancelled')),
    reason text,
    queued_at timestamptz NOT NULL,
    not_before timestamptz NOT NULL,
    begun_at timestamptz,
    started_at timestamptz,
    executed_at timestamptz,
    finished_at timestamptz,
    incarnation bigint,
    expires_at timestamptz,
    poll_at timestamptz,
    deadline_at timestamptz,
    dot_at timestamptz,
    key text,
    key_since timestamptz,
    content jsonb,
    outcome jsonb,
    put_up_at timestamptz,
    approved_at timestamptz,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 85);
-- with what views count the queue by, so that they need not read the rows
CREATE INDEX action_queued ON campaign.action (workspace_id, lane_id, not_before, id) INCLUDE (campaign_id, step) WHERE state = 'queued';
CREATE INDEX action_awaiting ON campaign.action (expires_at, workspace_id) WHERE state = 'processing' AND incarnation IS NULL;
-- one's own, and who else has some, however many others have
CREATE INDEX action_awaiting_turn ON campaign.action (workspace_id, expires_at) WHERE state = 'processing' AND incarnation IS NULL;
CREATE INDEX action_polled ON campaign.action (poll_at, workspace_id)
    WHERE state = 'processing' AND incarnation IS NULL AND poll_at IS NOT NULL;
CREATE INDEX action_deadline ON campaign.action (deadline_at, workspace_id)
    WHERE deadline_at IS NOT NULL AND state IN ('queued', 'withdrawn');
CREATE INDEX action_deadline_turn ON campaign.action (workspace_id, deadline_at)
    WHERE deadline_at IS NOT NULL AND state IN ('queued', 'withdrawn');
CREATE INDEX action_repeat ON campaign.action (workspace_id, lane_id, not_before) WHERE state = 'queued' AND maybe_sent;
CREATE INDEX action_open ON campaign.action (workspace_id, campaign_id, state) WHERE state IN ('withdrawn', 'awaiting_approval', 'processing', 'held');
CREATE INDEX action_begun ON campaign.action (workspace_id, campaign_id, begun_at DESC, id DESC) WHERE begun_at IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('campaign.action', '');
COMMENT ON TABLE campaign.action IS
    'One occurrence of one step for one run. Queued until started, then processing under an incarnation of the dispatcher; attempts are a number, the key and the frozen content stay. maybe_sent: an attempt was ambiguous, so a later one that surely failed does not mean that nothing was sent. begun_at is the start of the first attempt, started_at of the last. withdrawn: taken out of the queue by a pause, to be queued again. Processing without an incarnation: the gateway took it on and is to report what became of it until expires_at; it is asked at poll_at. For reason leased that is an agent, whose lease ends then. deadline_at: a task that is to be done by then. key_since: when the key first left. crashes: how many dispatchers died with it under way. dot_at, of a mail by SMTP: since then the dot that ends it may have left, and nobody knows unless an answer came; a mail without it was surely not sent; put_up_at: when it was last put up for the owner to approve, NULL = it needs no approval; approved_at: when he did';

CREATE SEQUENCE campaign.inbox_id_seq START 1000 CACHE 32;
SELECT pg_catalog.pg_extension_config_dump('campaign.inbox_id_seq', '');
-- Never cut off while it is empty for a moment: the planner takes a table without pages for one row.
CREATE TABLE campaign.inbox (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.inbox_id_seq'),
    kind text NOT NULL,
    person text NOT NULL,
    prospect_id bigint NOT NULL,
    account_id bigint,
    enrollment_id bigint,
    action_id bigint,
    outcome text CHECK (outcome IN ('complete', 'skipped', 'failed', 'refused', 'expired')),
    code text,
    occurred_at timestamptz NOT NULL,
    actor text,
    detail jsonb,
    held text,
    PRIMARY KEY (workspace_id, id)
) WITH (vacuum_truncate = off);
-- Without the workspace: of a table that is mostly empty the planner takes an index that begins with it for as
-- good as any other to find a row by, and one that leads through all that is dead is none.
CREATE INDEX inbox_waiting ON campaign.inbox (id) WHERE held IS NULL;
CREATE INDEX inbox_prospect ON campaign.inbox (prospect_id);
SELECT pg_catalog.pg_extension_config_dump('campaign.inbox', '');
COMMENT ON TABLE campaign.inbox IS
    'What was reported and is not yet applied: facts from outside, and outcomes of actions (outcome is set). A row goes in the transaction that has applied it to every active run of the person. held: it could not be applied, and why; left alone until requeue_prospects()';

CREATE TABLE campaign.dedup (
    workspace_id bigint NOT NULL,
    key text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, key)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.dedup', '');
COMMENT ON TABLE campaign.dedup IS 'Keys of recorded events, for 30 days: a repeated one does nothing';

CREATE SEQUENCE campaign.counter_id_seq START 1000 CACHE 32;
SELECT pg_catalog.pg_extension_config_dump('campaign.counter_id_seq', '');
CREATE TABLE campaign.counter (
    workspace_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.counter_id_seq'),
    step integer NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, id)
);
-- how many places of a campaign are taken: see src/store/places.h
CREATE INDEX counter_place ON campaign.counter (workspace_id, campaign_id) WHERE kind = 'place';
SELECT pg_catalog.pg_extension_config_dump('campaign.counter', '');
COMMENT ON TABLE campaign.counter IS
    'Deltas of what happened, by campaign, step (-1 = none), local day and kind; appended by whoever makes the change, folded by upkeep, summed by views';

CREATE SEQUENCE campaign.place_request_id_seq START 1000 CACHE 32;
SELECT pg_catalog.pg_extension_config_dump('campaign.place_request_id_seq', '');
CREATE TABLE campaign.place_request (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.place_request_id_seq'),
    campaign_id bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
) WITH (vacuum_truncate = off);
SELECT pg_catalog.pg_extension_config_dump('campaign.place_request', '');
COMMENT ON TABLE campaign.place_request IS
    'Campaigns in which places may be free while somebody waits over the cap: left by commands that end runs or put somebody on the waiting list, and answered by the next round';

-- Without a cache: a batch that was caused by another has the higher id.
CREATE SEQUENCE campaign.batch_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.batch_id_seq', '');
CREATE SEQUENCE campaign.batch_position_seq START 1;
SELECT pg_catalog.pg_extension_config_dump('campaign.batch_position_seq', '');
CREATE TABLE campaign.batch (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.batch_id_seq'),
    position bigint,
    first_event bigint NOT NULL,
    last_event bigint NOT NULL,
    events integer NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX batch_unsealed ON campaign.batch (workspace_id, id) WHERE position IS NULL;
CREATE UNIQUE INDEX batch_position ON campaign.batch (workspace_id, position) WHERE position IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('campaign.batch', '');
COMMENT ON TABLE campaign.batch IS
    'One row for each transaction and workspace that wrote events; the sealer numbers committed ones, so that reading by position skips nothing';

CREATE SEQUENCE campaign.event_id_seq START 1000 CACHE 32;
SELECT pg_catalog.pg_extension_config_dump('campaign.event_id_seq', '');
CREATE TABLE campaign.event (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.event_id_seq'),
    era smallint NOT NULL,
    batch_id bigint NOT NULL,
    kind text NOT NULL,
    campaign_id bigint,
    prospect_id bigint,
    enrollment_id bigint,
    action_id bigint,
    step integer,
    at timestamptz NOT NULL,
    actor text,
    detail jsonb,
    PRIMARY KEY (workspace_id, id, era)
) PARTITION BY LIST (era);
COMMENT ON TABLE campaign.event IS
    'What happened, append-only, in a ring of eight partitions by era: retention empties the oldest. Read it in commit order by events_since()';
-- which runs took which way: there are few of this kind
CREATE INDEX event_split ON campaign.event (workspace_id, campaign_id, step) WHERE kind = 'split_drawn';
CREATE TABLE campaign.event_0 PARTITION OF campaign.event FOR VALUES IN (0);
SELECT pg_catalog.pg_extension_config_dump('campaign.event_0', '');
CREATE TABLE campaign.event_1 PARTITION OF campaign.event FOR VALUES IN (1);
SELECT pg_catalog.pg_extension_config_dump('campaign.event_1', '');
CREATE TABLE campaign.event_2 PARTITION OF campaign.event FOR VALUES IN (2);
SELECT pg_catalog.pg_extension_config_dump('campaign.event_2', '');
CREATE TABLE campaign.event_3 PARTITION OF campaign.event FOR VALUES IN (3);
SELECT pg_catalog.pg_extension_config_dump('campaign.event_3', '');
CREATE TABLE campaign.event_4 PARTITION OF campaign.event FOR VALUES IN (4);
SELECT pg_catalog.pg_extension_config_dump('campaign.event_4', '');
CREATE TABLE campaign.event_5 PARTITION OF campaign.event FOR VALUES IN (5);
SELECT pg_catalog.pg_extension_config_dump('campaign.event_5', '');
CREATE TABLE campaign.event_6 PARTITION OF campaign.event FOR VALUES IN (6);
SELECT pg_catalog.pg_extension_config_dump('campaign.event_6', '');
CREATE TABLE campaign.event_7 PARTITION OF campaign.event FOR VALUES IN (7);
SELECT pg_catalog.pg_extension_config_dump('campaign.event_7', '');

CREATE SEQUENCE campaign.outbox_id_seq START 1000 CACHE 32;
SELECT pg_catalog.pg_extension_config_dump('campaign.outbox_id_seq', '');
CREATE TABLE campaign.outbox (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.outbox_id_seq'),
    channel_id bigint NOT NULL,
    account_id bigint,
    action_id bigint,
    prospect_id bigint,
    action_kind text NOT NULL,
    key text NOT NULL,
    content jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, key)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.outbox', '');
COMMENT ON TABLE campaign.outbox IS 'What channels of transport outbox were given: the embedded default, read by your own programs. Of kind notify are messages to members, which come of no account, action or prospect';
