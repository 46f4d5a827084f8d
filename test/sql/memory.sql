-- What a process keeps of campaigns is bounded by a setting, however many there are and were. In bytes as the server counts them.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
CREATE DATABASE memory;
\c memory
SET client_min_messages = warning;
CREATE EXTENSION campaign;
SET campaign.now = '2026-01-05 09:00+00';
SELECT campaign.virtual_time(true) \gset
INSERT INTO campaign.member (name) VALUES ('Ann') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) SELECT :member, 1, 'ann' RETURNING id AS account \gset
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || n, 'p' || n || '@example.com' FROM generate_series(1, 2) n;
SELECT campaign.create_sequence('six', '[{"visit": {}}, {"delay": "1 day"}, {"follow": {}}, {"delay": "1 day"}, {"visit": {}}, {"message": {"body": "Hello {{first_name|you}}, how are things?"}}]') \gset
CREATE TABLE campaigns AS SELECT campaign.create_campaign('c' || n, 'six', :member, ARRAY[:account]::bigint[], settings => '{"active_cap": 100000, "exclusivity": "none"}') AS id FROM generate_series(1, 60) n;
\set ECHO queries
\set QUIET off
\t on
-- Compiled steps of sixty campaigns, a transaction each, in the least memory that may be set.
SET campaign.compiled_memory = '64kB';
CREATE PROCEDURE live() LANGUAGE plpgsql AS $$
DECLARE c bigint;
BEGIN
    FOR c IN SELECT id FROM campaigns ORDER BY id LOOP
        PERFORM campaign.launch(c);
        PERFORM count(*) FROM campaign.enroll(c, ARRAY(SELECT id FROM campaign.prospect));
        PERFORM campaign.tick();
        COMMIT;
    END LOOP;
END $$;
CALL live();
SELECT count(*) AS runs FROM campaign.enrollment WHERE halt <> 0;
-- those of the last transaction, which looks at all campaigns that have something due, stay until another one asks
SELECT campaign.archive((SELECT min(id) FROM campaigns));
SELECT sum(total_bytes) <= 64 * 1024 AS within, count(*) > 0 AS kept FROM pg_catalog.pg_backend_memory_contexts WHERE name = 'campaign definition';
-- With room enough all are kept.
SET campaign.compiled_memory = '32MB';
SET campaign.now = '2026-01-07 09:00+00';
SELECT campaign.tick() > 0 AS moved;
SELECT count(*) >= 59 AS all_of_them FROM pg_catalog.pg_backend_memory_contexts WHERE name = 'campaign definition';
\t off
\c postgres
DROP DATABASE memory;
