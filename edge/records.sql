-- Named queries for the table of devices' record counters, in the edge's journal files.

-- name: create
CREATE TABLE IF NOT EXISTS records (
    source  TEXT NOT NULL,
    counter TEXT NOT NULL,
    used    INTEGER NOT NULL,  -- order of last use, for forgetting
    open    INTEGER NOT NULL,  -- declared gaps that are not filled
    state   BLOB NOT NULL,     -- form, sum of the row, edge.track.Track as JSON
    PRIMARY KEY (source, counter)
) WITHOUT ROWID;

-- name: index
CREATE INDEX IF NOT EXISTS records_used ON records (used);

-- name: last_use
SELECT COALESCE(MAX(used), 0) FROM records;

-- name: select
SELECT source, counter, used, open, state FROM records WHERE source = ? AND counter = ?;

-- name: upsert
INSERT INTO records (source, counter, used, open, state) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (source, counter) DO UPDATE SET
    used = excluded.used, open = excluded.open, state = excluded.state;

-- name: forget_of_source
-- All but the newest counters of one device: a LoRaWAN sensor begins one with every join.
DELETE FROM records WHERE source = ?1 AND counter NOT IN
    (SELECT counter FROM records WHERE source = ?1 ORDER BY used DESC LIMIT ?2);

-- name: forget
DELETE FROM records WHERE used <= (SELECT used FROM records ORDER BY used DESC LIMIT 1 OFFSET ?);

-- name: open_gaps
SELECT COALESCE(SUM(open), 0) FROM records;

-- name: gaps_of
SELECT source, counter, used, open, state FROM records WHERE source = ? AND open > 0;
