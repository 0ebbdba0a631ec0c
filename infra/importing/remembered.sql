-- Which files were taken in, and the ids of what was in them. Owner: who holds the imports' folder
-- or, for what is staged, the hub's.

-- name: create_files
CREATE TABLE IF NOT EXISTS files (
    n       INTEGER PRIMARY KEY,
    run     TEXT NOT NULL UNIQUE,  -- of which file, and how it was read
    journal TEXT NOT NULL,    -- of the batch that says the file is taken in: its last one
    number  INTEGER NOT NULL,
    hash    TEXT NOT NULL
);

-- name: create_known
-- By day first: a file is of few days, and touches few pages of a table of years.
CREATE TABLE IF NOT EXISTS known (
    day    INTEGER NOT NULL,  -- on which it happened, since 1970
    key    BLOB NOT NULL,     -- of source and id, 16 bytes, keyed
    digest BLOB NOT NULL,     -- of the content, 8 bytes, keyed
    n      INTEGER NOT NULL,  -- the file's
    PRIMARY KEY (day, key)
) WITHOUT ROWID;

-- name: create_ids
-- What is staged.
CREATE TABLE ids (
    key    BLOB PRIMARY KEY,
    day    INTEGER NOT NULL,
    digest BLOB NOT NULL,
    row    INTEGER NOT NULL   -- of the file, where it stands first
) WITHOUT ROWID;

-- name: files
SELECT n, run, journal, number, hash FROM files ORDER BY n;

-- name: forget_known
DELETE FROM known WHERE n = ?;

-- name: forget_file
DELETE FROM files WHERE n = ?;

-- name: add_file
INSERT OR IGNORE INTO files (run, journal, number, hash) VALUES (?, ?, ?, ?);

-- name: has_file
SELECT 1 FROM files WHERE run = ? AND journal = ? AND number = ? AND hash = ?;

-- name: number_of
SELECT n FROM files WHERE run = ?;

-- name: add_known
INSERT OR IGNORE INTO known (day, key, digest, n)
SELECT day, key, digest, ? FROM staged.ids ORDER BY day, key;

-- name: any_known
SELECT EXISTS (SELECT 1 FROM known);

-- name: known
SELECT digest FROM known WHERE day = ? AND key = ?;

-- name: add_id
INSERT OR IGNORE INTO ids (key, day, digest, row) VALUES (?, ?, ?, ?);

-- name: id
SELECT digest, row FROM ids WHERE key = ?;
