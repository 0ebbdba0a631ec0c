-- name: create_stand
CREATE TABLE IF NOT EXISTS stand (
    one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL,
    position INTEGER NOT NULL, leaf BLOB NOT NULL
) STRICT;

-- name: create_files
CREATE TABLE IF NOT EXISTS files (
    sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL, content TEXT NOT NULL,
    stored TEXT NOT NULL, position INTEGER NOT NULL,
    removed TEXT NOT NULL DEFAULT '', removed_by TEXT NOT NULL DEFAULT '',
    removed_why TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '',
    viewed INTEGER NOT NULL DEFAULT 0, exported INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- name: create_stored
CREATE INDEX IF NOT EXISTS files_stored ON files (stored) WHERE removed = '';

-- name: create_owners
CREATE TABLE IF NOT EXISTS owners (
    sha256 TEXT NOT NULL, compound TEXT NOT NULL, gateway TEXT NOT NULL, device TEXT NOT NULL,
    stored TEXT NOT NULL, PRIMARY KEY (sha256, compound, gateway, device)
) STRICT, WITHOUT ROWID;

-- name: create_owners_listed
CREATE INDEX IF NOT EXISTS owners_listed ON owners (compound, stored, sha256);

-- name: create_holds
CREATE TABLE IF NOT EXISTS holds (
    sha256 TEXT NOT NULL, name TEXT NOT NULL, until TEXT NOT NULL, actor TEXT NOT NULL,
    since TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (sha256, name)
) STRICT, WITHOUT ROWID;

-- name: create_named
CREATE TABLE IF NOT EXISTS named (
    sha256 TEXT NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL, compound TEXT NOT NULL,
    subject TEXT NOT NULL, device TEXT NOT NULL, type TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (sha256, position, event)
) STRICT, WITHOUT ROWID;

-- name: create_named_subject
CREATE INDEX IF NOT EXISTS named_subject ON named (compound, subject, position);

-- name: select_stand
SELECT version, position, leaf FROM stand WHERE one = 1;

-- name: put_stand
INSERT INTO stand (one, version, position, leaf) VALUES (1, ?, ?, ?)
ON CONFLICT (one) DO UPDATE SET version = excluded.version, position = excluded.position,
    leaf = excluded.leaf;

-- name: put_file
INSERT INTO files (sha256, bytes, content, stored, position) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (sha256) DO UPDATE SET
    stored = CASE WHEN removed = '' THEN stored ELSE excluded.stored END,
    bytes = excluded.bytes, content = excluded.content, position = excluded.position,
    removed = '', removed_by = '', removed_why = '', problem = '';

-- name: put_owner
INSERT OR IGNORE INTO owners (sha256, compound, gateway, device, stored) VALUES (?, ?, ?, ?, ?);

-- name: count_view
UPDATE files SET viewed = viewed + 1 WHERE sha256 = ?;

-- name: count_export
UPDATE files SET exported = exported + 1 WHERE sha256 = ?;

-- name: put_hold
INSERT OR REPLACE INTO holds (sha256, name, until, actor, since, position)
VALUES (?, ?, ?, ?, ?, ?);

-- name: drop_hold
DELETE FROM holds WHERE sha256 = ? AND name = ?;

-- name: remove_file
UPDATE files SET removed = ?, removed_by = ?, removed_why = ?, position = ?, problem = ''
WHERE sha256 = ?;

-- name: put_problem
UPDATE files SET problem = ? WHERE sha256 = ?;

-- name: put_name
INSERT OR IGNORE INTO named (sha256, position, event, compound, subject, device, type, at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: forget_files
DELETE FROM files;

-- name: forget_owners
DELETE FROM owners;

-- name: forget_holds
DELETE FROM holds;

-- name: forget_named
DELETE FROM named;

-- name: forget_stand
DELETE FROM stand;

-- name: select_file
SELECT sha256, bytes, content, stored, position, removed, removed_by, removed_why, problem, viewed,
    exported FROM files WHERE sha256 = ?;

-- name: select_owners
SELECT compound, gateway, device, stored FROM owners WHERE sha256 = ?
ORDER BY stored, compound, gateway, device;

-- name: select_holds
SELECT name, until, actor, since FROM holds WHERE sha256 = ? ORDER BY since, name;

-- name: select_named
SELECT position, event, compound, subject, device, type, at FROM named WHERE sha256 = ?
ORDER BY position LIMIT ?;

-- name: select_of_subject
SELECT sha256, event FROM named WHERE compound = ? AND subject IN (?, ?)
ORDER BY position DESC LIMIT ?;

-- name: select_listed
SELECT DISTINCT sha256, stored FROM owners WHERE compound = ? AND (stored, sha256) < (?, ?)
ORDER BY stored DESC, sha256 DESC LIMIT ?;

-- name: select_aged
SELECT sha256 FROM files WHERE removed = '' AND stored <= ? AND sha256 > ?
ORDER BY sha256 LIMIT ?;

-- name: select_removed
SELECT sha256, position FROM files WHERE removed <> '' AND position > ? ORDER BY position LIMIT ?;

-- name: select_walk
SELECT sha256, bytes FROM files WHERE removed = '' AND sha256 > ? ORDER BY sha256 LIMIT ?;

-- name: select_total
SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM files WHERE removed = '';
