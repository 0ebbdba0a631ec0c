-- Where everything that follows the log stands, for who may look at figures but not at the log.
-- Log and views are looked for: they may be in another database.

CREATE FUNCTION history.standing()
    RETURNS TABLE (name text, "position" bigint, head bigint, lag bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    newest bigint;
BEGIN
    IF to_regclass('log.stored_events') IS NOT NULL THEN
        EXECUTE 'SELECT coalesce(max(notification_id), 0) FROM log.stored_events' INTO newest;
    END IF;
    RETURN QUERY SELECT p.name, p.position, newest, greatest(newest - p.position, 0)
                 FROM history.positions p;
    IF EXISTS (SELECT FROM pg_attribute
               WHERE attrelid = to_regclass('views.positions') AND attname = 'view') THEN
        RETURN QUERY EXECUTE
            'SELECT p.view::text, p.position::bigint, $1, greatest($1 - p.position, 0) '
            'FROM views.positions p' USING newest;
    END IF;
END
$$;

REVOKE ALL ON FUNCTION history.standing FROM PUBLIC;
GRANT EXECUTE ON FUNCTION history.standing TO menwei_read, menwei_project;
