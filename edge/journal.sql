-- Named queries of the edge's journal.db. The batches' own table is the library's.

-- name: create_meta
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

-- name: create_seen
-- Identities of recorded events, for telling duplicates: bounded, oldest forgotten first.
CREATE TABLE IF NOT EXISTS seen (
    n      INTEGER PRIMARY KEY,   -- order of arrival
    key    BLOB NOT NULL UNIQUE,  -- SHA-256 of source and id, first 16 bytes
    digest BLOB NOT NULL          -- of the content, to tell a resend from a conflict
);

-- name: select_meta
SELECT value FROM meta WHERE name = ?;

-- name: upsert_meta
INSERT INTO meta (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: select_seen
SELECT digest FROM seen WHERE key = ?;

-- name: insert_seen
INSERT INTO seen (key, digest) VALUES (?, ?);

-- name: forget_seen
DELETE FROM seen WHERE n <= (SELECT MAX(n) FROM seen) - ?;
