-- Named queries of the edge's journal files. The batches' own table is the library's.

-- name: create_meta
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

-- name: create_lanes
-- How far the hub has each journal: this file's own lanes, and older files' that still drain.
CREATE TABLE IF NOT EXISTS lanes (
    journal TEXT PRIMARY KEY,           -- UUID hex
    epoch   INTEGER NOT NULL,
    lane    INTEGER NOT NULL,
    receipt BLOB NOT NULL DEFAULT x'',  -- the hub's newest, signed: what the cursor rests on
    pruned  INTEGER NOT NULL DEFAULT 0, -- batches up to here were receipted and made room
    carried INTEGER NOT NULL DEFAULT 0, -- up to here events were written again in this file
    closed  INTEGER NOT NULL DEFAULT 0, -- 1: nothing of it is left to deliver
    sum     BLOB NOT NULL               -- of the columns before: what is believed unseen is checked
) WITHOUT ROWID;

-- name: create_refused
-- What was refused and is not declared by an event yet.
CREATE TABLE IF NOT EXISTS refused (
    reason TEXT NOT NULL,
    lane   INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    count  INTEGER NOT NULL,
    since  TEXT NOT NULL,
    until  TEXT NOT NULL,
    PRIMARY KEY (reason, lane, kind)
) WITHOUT ROWID;

-- name: select_meta
SELECT value FROM meta WHERE name = ?;

-- name: upsert_meta
INSERT INTO meta (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: select_lane
SELECT receipt, pruned, carried, closed FROM lanes WHERE journal = ?;

-- name: upsert_lane
INSERT INTO lanes (journal, epoch, lane, receipt, pruned, carried, closed, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (journal) DO UPDATE SET
    receipt = excluded.receipt, pruned = excluded.pruned,
    carried = excluded.carried, closed = excluded.closed, sum = excluded.sum;

-- name: every_lane
SELECT CAST(journal AS BLOB), epoch, lane, receipt, pruned, carried, closed, sum FROM lanes;

-- name: select_refused
SELECT reason, lane, kind, count, since, until FROM refused ORDER BY reason, lane, kind;

-- name: upsert_refused
INSERT INTO refused (reason, lane, kind, count, since, until) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (reason, lane, kind) DO UPDATE SET
    count = count + excluded.count, until = excluded.until;

-- name: delete_refused
DELETE FROM refused;

-- name: prune
DELETE FROM stored_events WHERE originator_id = ? AND originator_version <= ?;

-- name: versions
SELECT originator_version FROM stored_events
WHERE originator_id = ? AND originator_version > ? AND typeof(originator_version) = 'integer'
ORDER BY originator_version;

-- name: versions_down
SELECT originator_version FROM stored_events
WHERE originator_id = ? AND originator_version > ? AND typeof(originator_version) = 'integer'
ORDER BY originator_version DESC;

-- name: state
SELECT state FROM stored_events WHERE originator_id = ? AND originator_version = ?;

-- name: writers
-- One step of the index for each name, however many batches there are of it.
WITH RECURSIVE names(name) AS (
    SELECT MIN(originator_id) FROM stored_events
    UNION ALL
    SELECT (SELECT MIN(originator_id) FROM stored_events WHERE originator_id > name)
    FROM names WHERE name IS NOT NULL
)
SELECT CAST(name AS BLOB) FROM names WHERE name IS NOT NULL;

-- name: oldest
SELECT MIN(originator_version) FROM stored_events WHERE originator_id = ?;

-- name: newest
SELECT state FROM stored_events WHERE originator_id = CAST(? AS TEXT)
ORDER BY originator_version DESC LIMIT 1;
