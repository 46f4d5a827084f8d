-- Members, channels, accounts, quotas, prospects: what users fill.

CREATE SEQUENCE campaign.member_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.member_id_seq', '');
CREATE SEQUENCE campaign.channel_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.channel_id_seq', '');
CREATE TABLE campaign.channel (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.channel_id_seq'),
    name text NOT NULL CHECK (name <> ''),
    transport text NOT NULL CHECK (transport IN ('outbox', 'http', 'smtp', 'agent')),
    adapter text,
    url text,
    secret text,
    options jsonb NOT NULL DEFAULT '{}' CHECK (campaign.check_channel_options(options)),
    built_in boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id),
    CHECK (transport NOT IN ('http', 'smtp') OR url IS NOT NULL),
    CONSTRAINT channel_adapter_is_http CHECK (adapter IS NULL OR transport = 'http' AND adapter <> ''),
    CONSTRAINT channel_url_without_blanks CHECK (url !~ '[[:cntrl:][:space:]]'),
    CONSTRAINT channel_smtp_url CHECK (transport <> 'smtp' OR url ~* '^smtps?://[a-z0-9.:[\]-]+$'),
    CONSTRAINT channel_smtp_knows_no_keys CHECK (transport <> 'smtp' OR NOT options ? 'idempotent')
);
SELECT pg_catalog.pg_extension_config_dump('campaign.channel', 'WHERE NOT built_in');
COMMENT ON TABLE campaign.channel IS
    'How things leave. Transport outbox keeps what it is given in the table outbox and always accepts; http posts JSON to url, with the value of the named secret (set_secret) as Authorization, or, with an adapter, makes the requests that the rows of that name in the table adapter say; smtp sends the emails of class email to the mail server smtp://host[:port] (STARTTLS) or smtps://host[:port] (TLS from the start), with the named secret user:password as its login; agent waits for programs or people that take() work and report() on it. Options: classes (text array: the channel classes it serves; all if absent), idempotent (bool: the gateway honours Idempotency-Key), idempotency_ttl (interval from the first start: past it the gateway may not know the key, and what may have been accepted is held as unknown_outcome instead of repeated; for ever if absent), 5xx_means_not_accepted (bool), places (requests in flight, default 16), allow_http, allow_private (bool: plain http, private addresses), timeout_ms (default 30000; 300000 with smtp, for each answer but the last), retries (attempts in all, default 8), retry_first_ms (wait after the first attempt, doubled after each further one, default 30000), retry_cap_ms (that wait is never longer, default 4 hours), pending_expires (interval: what the gateway takes on by status 202 expires unless reported on, default 1 day), status_url (address with {key} in it: asked by GET what became of that), poll_every (interval, default 1 minute), pace (interval between two actions of one of its accounts), pace_jitter (interval: up to so much is added to each gap), rate_per_second (number: starts of all its accounts together), on_lease_end ("requeue" or "unknown": what becomes of work that an agent took and did not report on in time; requeue if absent for kinds of class person and where the channel is idempotent), silent_after (interval: work that waits for so long while no agent is heard of is a warning, default 1 day), and for smtp dot_timeout_ms (for the answer to a whole message, default 600000), session_messages (messages of one connection, default 100), hello (the name given to the server, default the machine''s own), allow_clear (bool: mail and login without TLS where the server offers none). A secret named with {address} in it stands for one of each account: the address of the account is put in. For kinds of class email: unsubscribe_url (https address with {token} in it: {{unsubscribe_url}} in contents and the List-Unsubscribe header), unsubscribe_mailto (a mail address beside it), footer (template, put below the text and, as HTML, at the end of the html), footer_html (the same for html alone)';
INSERT INTO campaign.channel (workspace_id, id, name, transport, built_in) VALUES (1, 1, 'outbox', 'outbox', true);

CREATE TABLE campaign.member (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.member_id_seq'),
    name text NOT NULL CHECK (name <> ''),
    email text,
    time_zone text NOT NULL DEFAULT 'UTC',
    agency text,
    is_active boolean NOT NULL DEFAULT true,
    notify_channel_id bigint,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id),
    FOREIGN KEY (workspace_id, notify_channel_id) REFERENCES campaign.channel (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.member', '');
COMMENT ON TABLE campaign.member IS 'A user of a workspace: an owner of campaigns, a caller, an agent''s user';

CREATE SEQUENCE campaign.account_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.account_id_seq', '');
CREATE TABLE campaign.account (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.account_id_seq'),
    member_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    address text NOT NULL CHECK (address <> ''),
    display_name text,
    reply_to text CHECK (reply_to ~ '^[^][:cntrl:][:space:]@"(),:;<>[\\]+@[^][:cntrl:][:space:]@"(),:;<>[\\]+$'),
    provider text,
    session_state text NOT NULL DEFAULT 'connected' CHECK (session_state IN ('connected', 'disconnected')),
    identity_active boolean NOT NULL DEFAULT true,
    can_send_note boolean NOT NULL DEFAULT true,
    max_note_length integer CHECK (max_note_length > 0),
    pace interval CHECK (pace BETWEEN '0' AND '1 year'),
    pace_jitter interval CHECK (pace_jitter BETWEEN '0' AND '1 year'),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, channel_id, address),
    FOREIGN KEY (workspace_id, member_id) REFERENCES campaign.member (workspace_id, id),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES campaign.channel (workspace_id, id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.account', '');
COMMENT ON TABLE campaign.account IS 'A member''s login on a channel: what sends, and what quotas and sessions belong to. pace: the least time between two of its actions, of whatever kind, with up to pace_jitter more, before what its channel''s options say';

CREATE SEQUENCE campaign.quota_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.quota_id_seq', '');
CREATE TABLE campaign.quota (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.quota_id_seq'),
    scope text NOT NULL CHECK (scope IN ('account', 'each_account', 'channel', 'workspace')),
    account_id bigint,
    channel_id bigint,
    action_kind text,
    period text NOT NULL CHECK (period IN ('hour', 'day', 'week', 'month')),
    max_actions integer NOT NULL CHECK (max_actions >= 0),
    mode text NOT NULL DEFAULT 'calendar' CHECK (mode IN ('calendar', 'rolling')),
    ramp jsonb CHECK (campaign.is_ramp(ramp)),
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id),
    FOREIGN KEY (workspace_id, account_id) REFERENCES campaign.account (workspace_id, id),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES campaign.channel (workspace_id, id),
    CHECK ((scope = 'account') = (account_id IS NOT NULL)),
    CHECK ((scope = 'channel') = (channel_id IS NOT NULL))
);
CREATE UNIQUE INDEX quota_once ON campaign.quota (workspace_id, scope, (COALESCE(account_id, channel_id, 0)), (COALESCE(action_kind, '')), period);
SELECT pg_catalog.pg_extension_config_dump('campaign.quota', '');
COMMENT ON TABLE campaign.quota IS
    'How many actions may start in a calendar window of the account''s time zone (weeks begin on Monday 00:00), or, mode rolling, in any window of that length (a month being 31 days). action_kind NULL counts all kinds. ramp: less than max_actions at first, as [{"after": "0 days", "max": 20}, {"after": "7 days", "max": 50}] from the first use on, or from a day on as {"from": "2026-03-02", "steps": [...]}. All that apply hold at once';

CREATE SEQUENCE campaign.prospect_id_seq START 1000 CACHE 32;
SELECT pg_catalog.pg_extension_config_dump('campaign.prospect_id_seq', '');
CREATE TABLE campaign.prospect (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.prospect_id_seq'),
    external_id text,
    source text NOT NULL DEFAULT '',
    person text,
    email text,
    professional_email text,
    phone text,
    linkedin_url text,
    first_name text,
    last_name text,
    company text,
    job_title text,
    country text,
    time_zone text,
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(attributes) = 'object'),
    -- what is compressed to less can hold half of it at most
    CONSTRAINT prospect_attributes_at_most_1_mb
        CHECK (pg_catalog.pg_column_size(attributes) < 2000 OR pg_catalog.octet_length(attributes::text) <= 1000000),
    opted_in boolean NOT NULL DEFAULT true,
    removed_at timestamptz,
    merged_into bigint,
    person_key text NOT NULL GENERATED ALWAYS AS (COALESCE(person, pg_catalog.lower(email), id::text)) STORED,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, source, external_id),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id)
);
CREATE INDEX prospect_person ON campaign.prospect (workspace_id, person_key);
CREATE INDEX prospect_email ON campaign.prospect (workspace_id, pg_catalog.lower(email));
CREATE INDEX prospect_linkedin ON campaign.prospect (workspace_id, pg_catalog.lower(linkedin_url)) WHERE linkedin_url IS NOT NULL;
CREATE INDEX prospect_professional_email ON campaign.prospect (workspace_id, pg_catalog.lower(professional_email)) WHERE professional_email IS NOT NULL;
CREATE INDEX prospect_merged ON campaign.prospect (workspace_id, merged_into) WHERE merged_into IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('campaign.prospect', '');
COMMENT ON TABLE campaign.prospect IS
    'What is enrolled: a person, or a business object reached through one. person_key is whom opt-outs, replies and gaps go by: person, else the lower-case email, else the id. merged_into: another prospect stands for this one since merge_prospects()';

CREATE SEQUENCE campaign.list_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.list_id_seq', '');
CREATE TABLE campaign.list (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.list_id_seq'),
    name text NOT NULL CHECK (name <> ''),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name),
    FOREIGN KEY (workspace_id) REFERENCES campaign.workspace (id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.list', '');
COMMENT ON TABLE campaign.list IS 'A named set of prospects';

CREATE TABLE campaign.list_prospect (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    list_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    PRIMARY KEY (workspace_id, list_id, prospect_id),
    FOREIGN KEY (workspace_id, list_id) REFERENCES campaign.list (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, prospect_id) REFERENCES campaign.prospect (workspace_id, id) ON DELETE CASCADE
);
SELECT pg_catalog.pg_extension_config_dump('campaign.list_prospect', '');
COMMENT ON TABLE campaign.list_prospect IS 'Which prospect is on which list';

CREATE TABLE campaign.relation (
    workspace_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    account_id bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('none', 'pending', 'connected')),
    since timestamptz NOT NULL,
    origin bigint,
    PRIMARY KEY (workspace_id, prospect_id, account_id)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.relation', '');
COMMENT ON TABLE campaign.relation IS
    'How an account stands to a prospect; origin is the action by which it was invited, NULL = by hand or through another system; written by import_relations(), by record_event() and by what actions leave behind';

CREATE SEQUENCE campaign.suppression_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('campaign.suppression_id_seq', '');
CREATE TABLE campaign.suppression (
    workspace_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT campaign.new_id('campaign.suppression_id_seq'),
    kind text NOT NULL CHECK (kind IN ('email', 'domain', 'linkedin', 'person', 'erased')),
    value text NOT NULL CHECK (value <> ''),
    reason text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, kind, value)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.suppression', '');
COMMENT ON TABLE campaign.suppression IS 'The stop list: nothing is sent to what it names; written by suppress() and unsuppress(). erased: the keyed digest of an address, a profile or a person that erase_prospect() has forgotten';
