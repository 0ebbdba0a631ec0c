-- Named queries of the SQLite event store. The batches' own table is the library's.

-- name: create_arrivals
CREATE TABLE IF NOT EXISTS arrivals (
    position INTEGER PRIMARY KEY,  -- the batch's notification id
    at_us    INTEGER NOT NULL      -- the hub's clock at commit, microseconds since 1970
);

-- name: insert_arrival
INSERT INTO arrivals (position, at_us) VALUES (?, ?);

-- name: frames
SELECT rowid, state FROM stored_events WHERE rowid > ? ORDER BY rowid LIMIT ?;

-- name: position_at
-- Walks back from the newest: clocks may have been stepped, positions are the order.
SELECT position FROM arrivals WHERE at_us <= ? ORDER BY position DESC LIMIT 1;

-- name: received_at
SELECT at_us FROM arrivals WHERE position = ?;

-- name: journals
-- The newest batch of every journal; the walk jumps from journal to journal along the key.
WITH RECURSIVE journal(id) AS (
    SELECT MIN(originator_id) FROM stored_events
    UNION ALL
    SELECT (SELECT MIN(originator_id) FROM stored_events WHERE originator_id > id)
    FROM journal WHERE id IS NOT NULL
)
SELECT e.rowid, e.* FROM journal
JOIN stored_events e ON e.originator_id = journal.id AND e.originator_version =
    (SELECT MAX(originator_version) FROM stored_events WHERE originator_id = journal.id)
WHERE journal.id IS NOT NULL;
