-- The log: the event-sourcing library's own tables, and beside them when each batch was received.

CREATE SCHEMA log;

-- As the library makes them (eventsourcing 9.5, originator ids are UUIDs); a test compares.
CREATE TYPE log.stored_event_uuid AS (
    originator_id      uuid,
    originator_version bigint,
    topic              text,
    state              bytea
);
CREATE TABLE log.stored_events (
    originator_id      uuid   NOT NULL,  -- the journal
    originator_version bigint NOT NULL,  -- the batch's number in it
    topic              text,
    state              bytea,            -- the frame, signed and compressed
    notification_id    bigserial,        -- the position; given by log.append, never by the sequence
    PRIMARY KEY (originator_id, originator_version)
) WITH (
    autovacuum_enabled = true,
    autovacuum_vacuum_threshold = 100000000,
    autovacuum_vacuum_scale_factor = 0.5,
    autovacuum_analyze_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.01
);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON log.stored_events (notification_id ASC);

-- Frames are compressed already: trying again would cost time for nothing.
ALTER TABLE log.stored_events ALTER COLUMN state SET STORAGE EXTERNAL;

CREATE TABLE log.arrivals (
    position bigint PRIMARY KEY,  -- the batch's notification_id
    at_us    bigint NOT NULL      -- the hub's clock at commit, microseconds since 1970
);

-- Whose turn it is to append: who holds this table's lock. It has no rows. The log's own tables
-- cannot be locked by who may only insert there.
CREATE TABLE log.turn ();

-- All or none, at consecutive positions in the order of commits; gives the first. Each statement
-- of a function sees what was committed before it: the highest position is asked for when the
-- turn is ours. What is rolled back leaves no hole, because no sequence was drawn from.
CREATE FUNCTION log.append(
    ids uuid[], versions bigint[], topics text[], states bytea[], received_us bigint
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
BEGIN
    LOCK TABLE log.turn IN EXCLUSIVE MODE;
    SELECT coalesce(max(notification_id), 0) INTO before FROM log.stored_events;
    INSERT INTO log.stored_events
        (originator_id, originator_version, topic, state, notification_id)
    SELECT b.id, b.version, b.topic, b.state, before + b.n
    FROM unnest(ids, versions, topics, states) WITH ORDINALITY AS b (id, version, topic, state, n);
    IF received_us IS NOT NULL THEN
        INSERT INTO log.arrivals (position, at_us)
        SELECT before + n, received_us FROM generate_series(1, cardinality(ids)) AS n;
    END IF;
    RETURN before + 1;
END $$;

-- Append-only, for the owner too (I3). Statement triggers on what never happens cost nothing.
CREATE FUNCTION log.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on %.% is refused',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation',
              HINT = 'A correction is a new event; erasure is destroying a key.';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.arrivals
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();

-- Who appends may not change; who folds may only read; who looks at views has nothing to do here.
REVOKE ALL ON FUNCTION log.append FROM PUBLIC;
GRANT USAGE ON SCHEMA log TO menwei_ingest, menwei_project;
GRANT SELECT ON log.stored_events, log.arrivals TO menwei_ingest, menwei_project;
GRANT INSERT ON log.stored_events, log.arrivals TO menwei_ingest;
GRANT UPDATE ON log.turn TO menwei_ingest;  -- what taking its lock needs
GRANT EXECUTE ON FUNCTION log.append TO menwei_ingest;
