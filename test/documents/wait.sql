-- CALL pg_temp.wait_for('...'): until it is true, for what workers and mail servers do meanwhile on a page. Not longer than 20 s.
CREATE PROCEDURE pg_temp.wait_for(condition text) LANGUAGE plpgsql AS $$
DECLARE
    holds boolean;
BEGIN
    FOR i IN 1..400 LOOP
        EXECUTE 'SELECT ' || condition INTO holds;
        EXIT WHEN holds;
        PERFORM pg_sleep(0.05);
    END LOOP;
    IF holds IS NOT TRUE THEN
        RAISE EXCEPTION 'waited in vain for: %', condition;
    END IF;
END $$;
