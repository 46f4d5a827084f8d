-- How the services are spoken to that a channel's adapter names: requests and what answers mean, as rows
-- (S2.17). Rows made here are built in, of workspace 0, which is nobody's; a workspace's own rows for
-- the same adapter and kind stand before them.

-- A variable that there is not is an error when the path is asked, which nobody would be there to see.
CREATE FUNCTION campaign.check_adapter_path(path jsonpath) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_known CONSTANT text[] := '{action_id,batch,campaign,content,kept,key,kind,prospect,result,sender}';
    v_unknown text;
BEGIN
    -- whatever stands in quotes, read from the left: a text may end in $
    SELECT m[2] INTO v_unknown FROM regexp_matches(path::text, '(\$?)"((?:[^"\\]|\\.)*)"', 'g') m
    WHERE m[1] = '$' AND m[2] <> ALL (v_known) LIMIT 1;
    IF v_unknown IS NOT NULL THEN
        RAISE EXCEPTION 'a path of an adapter has an unknown variable'
            USING ERRCODE = 'check_violation', DETAIL = format('It is $%s.', v_unknown),
                HINT = format('Variables are $%s.', array_to_string(v_known, ', $'));
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION campaign.check_adapter_path(jsonpath) IS
    'Internal. True, or an error that names a variable which no document of an adapter has';

CREATE FUNCTION campaign.check_adapter_item(paths jsonpath[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(bool_and(p.path IS NOT NULL AND campaign.check_adapter_path(p.path)), false) FROM unnest(paths) AS p (path)
$$;
COMMENT ON FUNCTION campaign.check_adapter_item(jsonpath[]) IS
    'Internal. True, false if there is no path or an empty one, or an error that names a variable which no document of an adapter has';

-- A request of one action is a batch of one: an array in its body has one item.
CREATE FUNCTION campaign.check_adapter_batch(batch jsonb, body jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT batch - '{most,array,unique}'::text[] = '{}' AND body @? '$.*'
        AND CASE jsonb_typeof(batch->'most') WHEN 'number' THEN (batch->>'most')::numeric BETWEEN 2 AND 1000 AND scale((batch->>'most')::numeric) = 0 ELSE false END
        AND COALESCE(CASE jsonb_typeof(body->(batch->>'array')) WHEN 'array' THEN jsonb_array_length(body->(batch->>'array')) = 1 END, false)
        AND (NOT batch ? 'unique' OR COALESCE(body->(batch->>'array')->0 ? (batch->>'unique'), false))
$$;
COMMENT ON FUNCTION campaign.check_adapter_batch(jsonb, jsonb) IS
    'Internal. Does the body have an array of one item under the name that the batch gives, with the member that no two items may share?';

CREATE FUNCTION campaign.check_adapter_takes(takes jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_take record;
    v_path jsonpath;
BEGIN
    FOR v_take IN SELECT t.key, t.value FROM jsonb_each(takes) t LOOP
        IF v_take.key !~ '^(result|kept|prospect|fact|relation)\.[A-Za-z_][A-Za-z0-9_]*$' OR jsonb_typeof(v_take.value) <> 'string'
            OR v_take.key ~ '^prospect\.(workspace_id|id|external_id|source|person|person_key|email|time_zone|attributes|opted_in|removed_at)$' THEN
            RAISE EXCEPTION 'what an adapter takes from an answer is not valid'
                USING ERRCODE = 'check_violation', DETAIL = format('It is %s: %s.', to_json(v_take.key), left(v_take.value::text, 100)),
                    HINT = 'As in {"result.provider_id": "$.body.provider_id"}; targets begin with result, kept, prospect, fact or relation; what a prospect is known by is not among them.';
        END IF;
        v_path := v_take.value #>> '{}';
        PERFORM campaign.check_adapter_path(v_path);
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION campaign.check_adapter_takes(jsonb) IS
    'Internal. True, or an error that says which value of an answer is taken wrongly';

CREATE TABLE campaign.adapter (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    name text NOT NULL CHECK (name <> ''),
    action_kind text NOT NULL DEFAULT '*',
    position smallint NOT NULL DEFAULT 1 CHECK (position BETWEEN 1 AND 20),
    role text NOT NULL DEFAULT 'send' CHECK (role IN ('send', 'lookup', 'poll', 'relations')),
    needed jsonpath CHECK (campaign.check_adapter_path(needed)),
    method text NOT NULL DEFAULT 'POST' CHECK (method IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')),
    path text NOT NULL DEFAULT '',
    headers jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(headers) = 'object' AND NOT headers @? '$.* ? (@.type() != "string")'),
    body jsonb,
    format text NOT NULL DEFAULT 'json' CHECK (format IN ('json', 'form', 'multipart')),
    finds jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(finds) = 'object'
        AND NOT finds @? '$.* ? (!(@.in.type() == "string" && @.match.type() == "string"))'),
    limits jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(limits) = 'object' AND NOT limits @? '$.* ? (@.type() != "number")'),
    repeatable boolean,
    takes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(takes) = 'object' AND campaign.check_adapter_takes(takes)),
    every interval CHECK (every BETWEEN interval '1 second' AND interval '1 year'),
    sign text CHECK (sign IN ('standard_webhooks')),
    item jsonpath[] CHECK (item IS NULL OR campaign.check_adapter_item(item)),
    batch jsonb,
    retry_after_header text CHECK (retry_after_header ~ '^[A-Za-z0-9-]{1,60}$'),
    built_in boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, name, action_kind, role, position),
    CHECK (built_in = (workspace_id = 0)),
    CHECK (format = 'json' OR body IS NULL OR jsonb_typeof(body) = 'object' AND NOT body @? '$.* ? (@.type() != "string")'),
    CHECK (role NOT IN ('poll', 'relations') OR every IS NOT NULL),
    CHECK (batch IS NULL OR role = 'send' AND method <> 'GET' AND format = 'json' AND item IS NOT NULL
        AND campaign.check_adapter_batch(batch, body)),
    CHECK (role <> 'relations' OR action_kind = '*' AND position = 1)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.adapter', 'WHERE NOT built_in');
COMMENT ON TABLE campaign.adapter IS
    'The requests by which a service is spoken to whose name a channel has as its adapter, for a kind of action or "*", any kind without rows of its own (S2.17). role send: the requests of an action in the order of their positions, each on disk before the next leaves; lookup: asked before the request of its position is repeated, when nobody knows whether that got through; poll: asked every so often while what became of it is pending; relations: asked for an account while invitations of it are pending, and takes as relation.NAME what the service calls those who are connected, which is compared with kept.NAME. needed: a predicate over the document; where it does not hold the request is left out. path is put behind the channel''s url. Texts in path, headers and body are templates; {{secret}} and {{secret.basic}} are of headers alone, and never kept. finds: values found in a text by a regular expression; limits: the longest that texts may be; repeatable: to repeat it does no harm; takes: what is kept of an answer';
COMMENT ON COLUMN campaign.adapter.body IS
    'Strings in it are templates. One that is a single variable becomes its JSON value; a member whose name ends in "?" is left out if a variable in it has no value';

CREATE TABLE campaign.adapter_answer (
    workspace_id bigint NOT NULL DEFAULT campaign.current_workspace(),
    name text NOT NULL CHECK (name <> ''),
    action_kind text NOT NULL DEFAULT '*',
    role text NOT NULL DEFAULT '*' CHECK (role IN ('*', 'send', 'lookup', 'poll', 'relations')),
    position smallint NOT NULL DEFAULT 0 CHECK (position BETWEEN 0 AND 20),
    rank integer NOT NULL,
    condition jsonpath NOT NULL CHECK (campaign.check_adapter_path(condition)),
    meaning text NOT NULL CHECK (meaning IN ('accepted', 'pending', 'refused', 'retry', 'defer', 'postpone', 'disconnected', 'held', 'unknown', 'absent', 'apart')),
    code text CHECK (code ~ '^[a-z][a-z0-9_]*$'),
    wait interval CHECK (wait > '0' AND wait <= '1 year'),
    fact text,
    repeated text CHECK (repeated IN ('accepted', 'refused', 'unknown')),
    built_in boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, name, action_kind, rank),
    CHECK (built_in = (workspace_id = 0)),
    CHECK (meaning NOT IN ('refused', 'held') OR code IS NOT NULL)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.adapter_answer', 'WHERE NOT built_in');
COMMENT ON COLUMN campaign.adapter.item IS
    'What of an answer is about the action: the first of these paths that finds anything. Conditions and takes see it as $.item, and no body beside it; where none finds anything they see the body';
COMMENT ON COLUMN campaign.adapter.batch IS
    '{"most": 100, "array": "inputs", "unique": "id"}: actions of one account whose requests are alike but for the one item of the array of this name in their bodies leave in one request, so many at most; no two of them with the same value of the member "unique", whatever its case. item says which part of the answer is whose: by a field that comes back, by $batch.unique, $batch.sent or $batch.index. Keys are those of the items: a request that may have got through is repeated where repeatable says that it does no harm';
COMMENT ON COLUMN campaign.adapter.retry_after_header IS
    'A header by which the service says how long to wait, in seconds or as a date, beside Retry-After';

COMMENT ON TABLE campaign.adapter_answer IS
    'What answers of a service mean: the first row, by rank, whose condition holds for {"status", "retry_after", "body"}; position 0 and role and kind "*" are any. What no row names is judged by its status alone. accepted; pending: taken on, a poll or report tells; refused: the run leaves in error with the code; retry: surely without effect; defer: nothing more of the account''s kind before wait, or what the service asks for; postpone: this action alone; disconnected: the account''s session has ended; held: for the code, until requeue(); unknown; absent, of a lookup: it has not got through, and may be repeated; apart: a batch is refused as a whole, and each of its actions goes by itself, which counts for no attempt; of a request of one action the row is passed over. fact: the kind of event that is reported with it. repeated: what it means instead where an attempt before may have got through';
