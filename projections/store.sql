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

-- name: select_columns
SELECT name FROM pragma_table_info('positions');

-- name: add_leaf
ALTER TABLE positions ADD COLUMN leaf BLOB NOT NULL DEFAULT x'';

-- name: select_leaf
SELECT leaf FROM positions WHERE view = ?;

-- name: select_position
SELECT position, version FROM positions WHERE view = ?;

-- name: upsert_position
INSERT INTO positions (view, version, position, leaf) VALUES (?, ?, ?, ?)
ON CONFLICT (view) DO UPDATE
SET version = excluded.version, position = excluded.position, leaf = excluded.leaf;

-- name: delete_position
DELETE FROM positions WHERE view = ?;

-- name: select_rows
SELECT compound, kind, key, value FROM rows WHERE view = ?;

-- name: dump_rows
-- What a hand has put there instead of our bytes may be of any type.
SELECT compound, kind, key, CAST(value AS BLOB), position FROM rows WHERE view = ?
ORDER BY compound, kind, key;

-- name: upsert_row
INSERT INTO rows (view, compound, kind, key, value, position) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (view, compound, kind, key)
DO UPDATE SET value = excluded.value, position = excluded.position;

-- name: delete_row
DELETE FROM rows WHERE view = ? AND compound = ? AND kind = ? AND key = ?;

-- name: delete_rows
DELETE FROM rows WHERE view = ?;
