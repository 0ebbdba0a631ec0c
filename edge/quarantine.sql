-- Named queries of the edge's quarantine.db.

-- name: create
CREATE TABLE IF NOT EXISTS quarantine (
    sha256  BLOB NOT NULL,     -- of the raw payload
    topic   TEXT NOT NULL,
    adapter TEXT NOT NULL,
    reason  TEXT NOT NULL,
    detail  TEXT NOT NULL,
    first   TEXT NOT NULL,     -- RFC 3339, gateway time
    last    TEXT NOT NULL,
    count   INTEGER NOT NULL,
    size    INTEGER NOT NULL,  -- of the payload as it came
    raw     BLOB,              -- sealed; null when the budget was used up
    resolved TEXT NOT NULL DEFAULT '', -- RFC 3339: since then it is decoded; empty: it is not
    media   TEXT NOT NULL DEFAULT '',  -- the pictures that came with it, by hash: JSON; empty: none
    PRIMARY KEY (sha256, topic, reason)
);

-- name: columns
SELECT name FROM pragma_table_info('quarantine');

-- name: with_resolved
-- Files of before have no such column.
ALTER TABLE quarantine ADD COLUMN resolved TEXT NOT NULL DEFAULT '';

-- name: with_media
-- Nor this one.
ALTER TABLE quarantine ADD COLUMN media TEXT NOT NULL DEFAULT '';

-- name: again
-- What comes again and is set aside again was not mended after all.
UPDATE quarantine SET last = ?, count = count + 1, resolved = '' WHERE sha256 = ? AND topic = ? AND reason = ?;

-- name: insert
INSERT INTO quarantine (sha256, topic, adapter, reason, detail, first, last, count, size, raw, media)
VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?);

-- name: used
SELECT COALESCE(SUM(LENGTH(raw)), 0) FROM quarantine;

-- name: newest
SELECT sha256, topic, adapter, reason, detail, first, last, count, size, raw
FROM quarantine ORDER BY last DESC LIMIT ?;

-- name: rows
SELECT COUNT(*) FROM quarantine;

-- name: resolve
UPDATE quarantine SET resolved = ? WHERE rowid = ?;

-- name: page
-- Newest first; an empty reason or adapter is any.
SELECT rowid, sha256, topic, adapter, reason, detail, first, last, count, size,
       raw IS NOT NULL, resolved, media
FROM quarantine
WHERE rowid < ? AND (? = '' OR reason = ?) AND (? = '' OR adapter = ?) AND (? OR resolved = '')
ORDER BY rowid DESC LIMIT ?;

-- name: one
SELECT rowid, sha256, topic, adapter, reason, detail, first, last, count, size,
       raw IS NOT NULL, resolved, media
FROM quarantine WHERE rowid = ?;

-- name: raw
SELECT raw FROM quarantine WHERE rowid = ?;

-- name: sums
SELECT reason, adapter, COUNT(*), SUM(count), SUM(resolved <> '')
FROM quarantine GROUP BY reason, adapter ORDER BY 3 DESC;
