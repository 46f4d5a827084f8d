-- From 1.0 to 1.1: what changed in sql/ since, as test/t/048_upgrade.pl compares. See "A change of SQL after a
-- release" in docs/contributing.md.

DO $versions$
BEGIN
    -- a server that has not been restarted has the functions of 1.0 in memory
    IF campaign.library_version() <> '1.1' THEN
        RAISE EXCEPTION 'the library that is loaded is of version %', campaign.library_version()
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'The functions of version 1.1 are in the library of that version.',
                HINT = 'Restart the server with the files of version 1.1, then say ALTER EXTENSION campaign UPDATE again.';
    END IF;
END
$versions$;

-- ---- which versions meet ---------------------------------------------------------------------------------------

CREATE FUNCTION campaign.versions(OUT files text, OUT library text, OUT extension text, OUT remedy text) RETURNS record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.files, v.library, v.extension,
        CASE
            WHEN v.library <> v.files THEN 'restart the server: it has loaded another library than is installed'
            WHEN v.extension <> v.library THEN 'as a superuser: ALTER EXTENSION campaign UPDATE'
        END
    FROM (
        SELECT a.default_version AS files, campaign.library_version() AS library, e.extversion AS extension
        FROM pg_extension e
        JOIN pg_available_extensions a ON a.name = e.extname
        WHERE e.extname = 'campaign'
    ) v
$$;
COMMENT ON FUNCTION campaign.versions() IS
    'The version of the files that are installed, of the library that is loaded, and of the extension in this database; remedy is what makes them one, NULL where they are. Workers idle until then';

-- ---- rights: last, when all is there; who has the level is granted them at the commit -----------------------------

REVOKE ALL ON ALL ROUTINES IN SCHEMA campaign FROM PUBLIC;
INSERT INTO campaign.level_right (level, kind, name, privileges) VALUES ('viewer', 'routine', 'versions', 'EXECUTE');
