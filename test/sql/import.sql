-- What \copy put into a temporary table, taken over row by row (S2.3). Everything happens in one
-- transaction that is rolled back.

\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset null '-'
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
BEGIN;
INSERT INTO campaign.workspace (id, name) VALUES (531, 'import'), (532, 'import elsewhere');
SET campaign.workspace = 'import';

-- ---- columns by name, others as attributes; accents, empty fields, duplicates, bad rows -------------------

CREATE TEMPORARY TABLE leads ("External ID" text, "Email" text, first_name text, "Last-Name" text, "LinkedIn URL" text,
    company text, time_zone text, opted_in text, "Team size" text, id integer);
COPY leads FROM stdin WITH (FORMAT csv);
1,rené@münchen.example,René,Müller,,"Łódź & Söhne",Europe/Berlin,yes,12,
2," ada@example.com ",Ada,,https://linkedin.com/in/ada,,,,"",7
3,ADA@example.com,Ada,Invoice 3,,,,,,
2,other@example.com,Twice,,,,,,,
,ada@example.com,Again,,,,,,,
,,Nobody,,,,,,,
,grace@example.com,Grace,Hopper,,,,,,
,Grace@Example.com,Grace,,,,,,,
9,,Linus,,https://linkedin.com/in/linus,,,off,,
,,Linus,,HTTPS://linkedin.com/in/LINUS,,,,,
,not an address,Bad,,,,,,,
,two@at@example.com,Bad,,,,,,,
,nodomain@localhost,Bad,,,,,,,
,@example.com,Bad,,,,,,,
,dot.@example.com,Bad,,,,,,,
,ok@-bad.example.com,Bad,,,,,,,
13,,Bad,,,,Mars/Olympus,,,
14,,Bad,,,,,perhaps,,
15,,Bad,,,,CET+1,,,
\.
INSERT INTO leads ("External ID", "Email") VALUES
    ('16', E'line\nbreak@example.com'), ('17', repeat('x', 65) || '@example.com'),
    ('18', 'x@' || repeat('y', 250) || '.example'), (repeat('9', 1001), NULL), (E'a\tb', NULL);
INSERT INTO leads ("External ID", first_name) VALUES ('19', repeat('z', 1001));
SELECT line, result, prospect_id IS NOT NULL AS has_id, left(detail, 120) AS detail
FROM campaign.import_prospects('leads', list => 'fair') ORDER BY line;
SELECT external_id, source, email, first_name, last_name, linkedin_url, company, time_zone, opted_in, attributes, person_key = lower(email) AS by_email
FROM campaign.prospect WHERE workspace_id = 531 ORDER BY external_id, email;
SELECT l.name, count(*) FROM campaign.list l JOIN campaign.list_prospect p ON p.list_id = l.id
WHERE l.workspace_id = 531 GROUP BY l.name;

-- ---- known already: merge, skip, error --------------------------------------------------------------------

CREATE TEMPORARY TABLE more (external_id text, email text, first_name text, last_name text, opted_in boolean, attributes text);
INSERT INTO more VALUES
    ('1', NULL, 'Renate', '', true, '{"tier": "gold"}'),
    ('9', NULL, NULL, 'Torvalds', true, ''),
    ('20', 'GRACE@example.com', NULL, NULL, NULL, NULL),
    ('21', 'new@example.com', 'New', NULL, false, '[1]'),
    (NULL, 'ada@example.com', 'Ada', NULL, NULL, NULL),
    ('22', 'new@example.com', 'New', NULL, false, '{"a": {"b": 1}}');
SELECT line, result, detail FROM campaign.import_prospects('more', on_duplicate => 'skip') ORDER BY line;
SELECT line, result, detail FROM campaign.import_prospects('more') ORDER BY line;
-- empty leaves what is known; nobody is opted in again by a file; grace has got an external_id
SELECT external_id, email, first_name, last_name, opted_in, attributes
FROM campaign.prospect WHERE workspace_id = 531 ORDER BY external_id;
SELECT line FROM campaign.import_prospects('more', on_duplicate => 'error');
DELETE FROM more WHERE external_id = '21';
SELECT line FROM campaign.import_prospects('more', on_duplicate => 'error');

-- another workspace knows nothing of them
SET campaign.workspace = 'import elsewhere';
SELECT line, result, detail FROM campaign.import_prospects('more', on_duplicate => 'error') ORDER BY line;
SET campaign.workspace = 'import';

-- ---- more rows than a batch: a duplicate is one wherever it stands -----------------------------------------

CREATE TEMPORARY TABLE many AS
    SELECT 'm' || n AS external_id, 'm' || n || '@example.com' AS email FROM generate_series(1, 40100) n
    UNION ALL SELECT 'm1', NULL UNION ALL SELECT NULL, 'M40100@example.com';
SELECT result, count(*), min(detail), max(detail) FROM campaign.import_prospects('many') GROUP BY result ORDER BY result;
SELECT count(*), count(DISTINCT id), count(DISTINCT external_id) FROM campaign.prospect WHERE source = '' AND external_id LIKE 'm%';

-- ---- wrong calls ---------------------------------------------------------------------------------------------

SELECT campaign.import_prospects('no_such_table');
SELECT campaign.import_prospects(NULL);
SELECT campaign.import_prospects('leads', on_duplicate => 'replace');
SELECT campaign.import_prospects('leads', list => '');
CREATE TEMPORARY TABLE keyless (name text);
SELECT campaign.import_prospects('keyless');
CREATE TEMPORARY TABLE twice (email text, "E-mail" text, "EMAIL" text, "Email" text);
SELECT campaign.import_prospects('twice');
CREATE TEMPORARY TABLE empty (email text);
SELECT count(*) FROM campaign.import_prospects('empty');
-- a call takes at most 100 arguments, a file any number of columns
DO $$ BEGIN EXECUTE 'CREATE TEMPORARY TABLE wide AS SELECT ''w1'' AS external_id, '
    || (SELECT string_agg(n || ' AS column_' || n, ', ') FROM generate_series(1, 150) n); END $$;
SELECT result FROM campaign.import_prospects('wide');
SELECT count(*) FROM campaign.prospect p, jsonb_each(p.attributes) WHERE p.external_id = 'w1';

-- ---- the source is read with the caller's rights, whatever stands behind it -------------------------------------

CREATE ROLE regress_importer;
CREATE ROLE regress_neighbour;
SELECT campaign.grant_access('regress_importer', 'import', 'operator');
SELECT campaign.grant_access('regress_neighbour', 'import elsewhere', 'operator');
CREATE SCHEMA regress_import;
GRANT USAGE, CREATE ON SCHEMA regress_import TO regress_importer;
CREATE TABLE regress_import.secret AS SELECT 'secret@example.com' AS email;
SET ROLE regress_importer;
SELECT campaign.import_prospects('regress_import.secret');
CREATE FUNCTION regress_import.who() RETURNS text LANGUAGE sql AS $$ SELECT current_user || '@example.com' $$;
CREATE VIEW regress_import.trap AS SELECT regress_import.who() AS email;
SELECT result FROM campaign.import_prospects('regress_import.trap');
SELECT email FROM campaign.prospect WHERE email LIKE 'regress%';
-- the part behind it checks rights by itself
SELECT result FROM campaign.import_batch('[{"email": "direct@example.com"}]', 0, NULL, 'merge', '{}', '{}');
SET campaign.workspace = 'import elsewhere';
SELECT campaign.import_batch('[{"email": "direct@example.com"}]', 0, NULL, 'merge', '{}', '{}');
SET campaign.workspace = 'import';
SET ROLE regress_neighbour;
SELECT campaign.import_prospects('regress_import.trap');
RESET ROLE;

-- ---- relations ------------------------------------------------------------------------------------------------------

INSERT INTO campaign.channel (workspace_id, id, name, transport) VALUES (531, 531, 'box', 'outbox'), (531, 532, 'mail', 'outbox'), (532, 533, 'box', 'outbox');
INSERT INTO campaign.member (workspace_id, id, name) VALUES (531, 531, 'Ann'), (532, 532, 'Bob');
INSERT INTO campaign.account (workspace_id, id, member_id, channel_id, address) VALUES
    (531, 531, 531, 531, 'ann@example.com'), (531, 532, 531, 532, 'ann@example.com'),
    (531, 533, 531, 531, 'eve@example.com'), (532, 534, 532, 533, 'bob@example.com');
CREATE TEMPORARY TABLE known (account text, channel text, external_id text, email text, state text, since text);
COPY known FROM stdin WITH (FORMAT csv);
Eve@example.com,,1,,connected,2026-01-02
eve@example.com,,9,,Pending,2026-01-02 10:00+01
ann@example.com,mail,1,,connected,2026-01-01
ann@example.com,,1,,connected,2026-01-01
eve@example.com,,,grace@example.com,pending,2026-01-03
eve@example.com,,,GRACE@example.com,connected,2026-01-05
bob@example.com,,1,,connected,2026-01-01
,,1,,connected,2026-01-01
eve@example.com,,404,,connected,2026-01-01
eve@example.com,,,,connected,2026-01-01
eve@example.com,,1,,friends,2026-01-01
eve@example.com,,1,,,2026-01-01
eve@example.com,,1,,connected,yesterday noonish
eve@example.com,,1,,connected,2999-01-01
eve@example.com,,,new@example.com,connected,2026-01-01
\.
SELECT line, result, account_id, prospect_id IS NOT NULL AS has_prospect, detail FROM campaign.import_relations('known') ORDER BY line;
SELECT p.external_id, r.account_id, r.state, r.since
FROM campaign.relation r JOIN campaign.prospect p ON p.id = r.prospect_id WHERE r.workspace_id = 531 ORDER BY 1, 2;
-- what is later stays, and the same again is nothing new
DELETE FROM known;
INSERT INTO known VALUES ('eve@example.com', NULL, '1', NULL, 'none', '2026-01-01'), ('eve@example.com', NULL, '9', NULL, 'pending', '2026-01-02 09:00+00'),
    ('ann@example.com', 'mail', '1', NULL, 'none', '2026-01-04');
SELECT line, result, account_id, detail FROM campaign.import_relations('known') ORDER BY line;
SELECT campaign.import_relations('leads');
SELECT campaign.import_relations('keyless');

-- ---- the stop list ----------------------------------------------------------------------------------------------------

SELECT campaign.suppress('email', ' GRACE@Example.com ', 'asked') AS first \gset
SELECT campaign.suppress('email', 'grace@example.com') = :first AS said_again;
SELECT campaign.suppress('domain', 'Example.ORG') IS NOT NULL AS made, campaign.suppress('linkedin', 'https://linkedin.com/in/LINUS') IS NOT NULL AS made,
    campaign.suppress('person', 'CUST-7') IS NOT NULL AS made;
SELECT kind, value, reason FROM campaign.suppression WHERE workspace_id = 531 ORDER BY kind;
-- each person concerned has a row to lock, also one who is no prospect yet
SELECT count(*) FROM campaign.person WHERE workspace_id = 531 AND key IN ('grace@example.com', 'CUST-7');
SELECT count(*) FROM campaign.person k JOIN campaign.prospect p ON p.workspace_id = k.workspace_id AND p.person_key = k.key
WHERE p.linkedin_url = 'https://linkedin.com/in/linus';
-- events tell no address
SELECT kind, detail - 'suppression_id' AS detail FROM campaign.event WHERE workspace_id = 531 ORDER BY id;
SELECT campaign.unsuppress('domain', 'EXAMPLE.org'), campaign.unsuppress('domain', 'example.org');
SELECT campaign.suppress('phone', '+331234');
SELECT campaign.suppress('email', 'nobody');
SELECT campaign.suppress('domain', 'example');
SELECT campaign.suppress('email', '');
SELECT campaign.unsuppress('person', NULL);

ROLLBACK;
