-- Named queries of notes.db: what was said last between the gateway and its devices.

-- name: create
CREATE TABLE IF NOT EXISTS notes (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    used  INTEGER NOT NULL  -- order of last writing, for forgetting
) WITHOUT ROWID;

-- name: index
CREATE INDEX IF NOT EXISTS notes_used ON notes (used);

-- name: all
SELECT key, value FROM notes;

-- name: last
SELECT COALESCE(MAX(used), 0) FROM notes;

-- name: keep
INSERT INTO notes (key, value, used) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, used = excluded.used;

-- name: forget
DELETE FROM notes WHERE used <= (SELECT used FROM notes ORDER BY used DESC LIMIT 1 OFFSET ?)
RETURNING key;

-- name: forget_oldest
DELETE FROM notes WHERE used = (SELECT MIN(used) FROM notes) RETURNING key, value;

-- name: drop
DELETE FROM notes WHERE key = ?;
