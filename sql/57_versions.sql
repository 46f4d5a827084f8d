-- Which versions meet here: of the files on disk, of the library in memory, of the objects of the database.

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
