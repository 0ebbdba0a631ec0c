-- Named queries of views.db.

-- name: create_rows
CREATE TABLE IF NOT EXISTS rows (
    view     TEXT NOT NULL,
    compound TEXT NOT NULL,
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL,
    value    BLOB NOT NULL,     -- JSON
    position INTEGER NOT NULL,  -- of the batch that changed it last
    PRIMARY KEY (view, compound, kind, key)
) WITHOUT ROWID;

-- name: create_positions
CREATE TABLE IF NOT EXISTS positions (
    view     TEXT PRIMARY KEY,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    leaf     BLOB NOT NULL DEFAULT x''  -- hash of the batch there; empty: written before it was kept
) WITHOUT ROWID;

-- name: create_unread
CREATE TABLE unread (
    view      TEXT NOT NULL,
    compound  TEXT NOT NULL,     -- empty: nobody can say whose
    type      TEXT NOT NULL,
    position  INTEGER NOT NULL,  -- of the first event of that type the view skipped
    count     INTEGER NOT NULL,
    catalogue TEXT NOT NULL,     -- fingerprint of the catalogue that could not read it
    PRIMARY KEY (view, compound, type)
) WITHOUT ROWID;

-- name: suspect_all
-- A file of 0.2.0 kept no marks: whatever it skipped is found by folding again, behind the screens.
INSERT INTO unread SELECT view, '', '', 1, 0, '' FROM positions WHERE position > 0;

-- name: create_snapshots
CREATE TABLE IF NOT EXISTS snapshots (
    view     TEXT NOT NULL,
    compound TEXT NOT NULL,
    position INTEGER NOT NULL,
    version  INTEGER NOT NULL,  -- of the view
    leaf     BLOB NOT NULL,     -- hash of the batch there
    rows     BLOB NOT NULL,     -- as projections/snapshot_rows.py packs them
    PRIMARY KEY (view, compound, position)
);

-- name: select_columns
SELECT name FROM pragma_table_info('positions');

-- name: select_tables
SELECT name FROM sqlite_schema WHERE type = 'table';

-- name: add_leaf
ALTER TABLE positions ADD COLUMN leaf BLOB NOT NULL DEFAULT x'';

-- name: select_stand
SELECT version, position, leaf FROM positions WHERE view = ?;

-- name: move
UPDATE positions SET position = ?, leaf = ? WHERE view = ? AND version = ? AND position = ?;

-- name: put_stand
INSERT OR REPLACE INTO positions (view, version, position, leaf) VALUES (?, ?, ?, ?);

-- name: delete_stand
DELETE FROM positions WHERE view = ?;

-- name: select_rows
SELECT compound, kind, key, value, position FROM rows WHERE view = ?;

-- name: dump_rows
-- What a hand has put there instead of our bytes may be of any type.
SELECT compound, kind, key, CAST(value AS BLOB), position FROM rows WHERE view = ?
ORDER BY compound, kind, key;

-- name: upsert_row
INSERT INTO rows (compound, kind, key, value, position, view) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (view, compound, kind, key)
DO UPDATE SET value = excluded.value, position = excluded.position;

-- name: delete_row
DELETE FROM rows WHERE compound = ? AND kind = ? AND key = ? AND view = ?;

-- name: delete_rows
DELETE FROM rows WHERE view = ?;

-- name: delete_rows_of
DELETE FROM rows WHERE view = ? AND compound = ?;

-- name: select_marks
SELECT compound, type, position, count, catalogue FROM unread WHERE view = ?
ORDER BY compound, type;

-- name: upsert_mark
INSERT INTO unread (view, compound, type, position, count, catalogue) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (view, compound, type) DO UPDATE SET count = count + excluded.count;

-- name: delete_marks
DELETE FROM unread WHERE view = ?;

-- name: delete_marks_of
DELETE FROM unread WHERE view = ? AND compound = ?;

-- name: select_shelf
SELECT compound, position FROM snapshots WHERE view = ? AND version = ?
ORDER BY compound, position;

-- name: nearest_snapshot
SELECT compound, position, leaf, rows FROM snapshots
WHERE view = ? AND compound = ? AND position <= ? AND version = ?
ORDER BY position DESC LIMIT 1;

-- name: put_snapshot
INSERT OR REPLACE INTO snapshots (view, version, compound, position, leaf, rows)
VALUES (?, ?, ?, ?, ?, ?);

-- name: delete_snapshot
DELETE FROM snapshots WHERE compound = ? AND position = ? AND view = ?;

-- name: delete_snapshots
DELETE FROM snapshots WHERE view = ?;

-- name: delete_snapshots_from
DELETE FROM snapshots WHERE view = ? AND compound = ? AND position >= ?;
