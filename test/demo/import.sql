-- The people: a file into a temporary table, and from there into the workspace.
\pset footer off
\pset null '-'
\set ECHO queries
CREATE TEMPORARY TABLE leads ("Email" text, "First Name" text, "Last Name" text, "Company" text,
    "Job Title" text, "LinkedIn URL" text, "Country" text);
\set ECHO none
\echo '\\copy leads FROM ''test/data/leads.csv'' WITH (FORMAT csv, HEADER)'
\copy leads FROM 'test/data/leads.csv' WITH (FORMAT csv, HEADER)
\set ECHO queries
CREATE TEMPORARY TABLE report AS
    SELECT * FROM campaign.import_prospects('leads', list => 'spring');
\set ECHO none
\echo
SELECT result, count(*) AS lines,
    (array_agg(concat_ws(': ', 'line ' || line, detail) ORDER BY line))[1] AS "the first of them"
    FROM report GROUP BY result ORDER BY lines DESC;
SELECT regexp_replace(detail, ' \d+$', ' ...') AS "why not", count(*) AS lines
    FROM report WHERE result <> 'inserted' GROUP BY 1 ORDER BY 2 DESC, 1;
