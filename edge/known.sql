-- Named queries about the ids of recorded events, in the edge's journal files.

-- name: create_known
CREATE TABLE IF NOT EXISTS known (
    key    BLOB PRIMARY KEY,  -- of source and id, 16 bytes, local (edge/identity.py)
    digest BLOB NOT NULL      -- of the content, 16 bytes, to tell a resend from a conflict
) WITHOUT ROWID;

-- name: create_ages
-- Which keys came with which commit: the oldest are forgotten first.
CREATE TABLE IF NOT EXISTS ages (
    n    INTEGER PRIMARY KEY,
    day  INTEGER NOT NULL,  -- of the gateway's clock, since 1970
    keys BLOB NOT NULL      -- and behind them a sum of the row (edge/rowsum.py)
);

-- name: create_places
-- 0, 1, 2, …: to take a blob of many keys apart in one statement.
CREATE TABLE IF NOT EXISTS places (v INTEGER PRIMARY KEY);

-- name: fill_places
INSERT OR IGNORE INTO places (v)
WITH RECURSIVE up(v) AS (SELECT 0 UNION ALL SELECT v + 1 FROM up WHERE v < 1023)
SELECT v FROM up;

-- name: insert
INSERT OR IGNORE INTO known (key, digest)
SELECT substr(?1, v * 16 + 1, 16), substr(?2, v * 16 + 1, 16) FROM places WHERE v < ?3;

-- name: insert_age
INSERT INTO ages (day, keys) VALUES (?, ?);

-- name: select
SELECT known.key, known.digest FROM places CROSS JOIN known
ON known.key = substr(?1, places.v * 16 + 1, 16) WHERE places.v < ?2;

-- name: count
SELECT COUNT(*) FROM known;

-- name: oldest
SELECT n, day, keys FROM ages ORDER BY n LIMIT 1;

-- name: ages_up
SELECT n, day, keys FROM ages WHERE n > ? AND typeof(day) = 'integer' AND typeof(keys) = 'blob'
ORDER BY n LIMIT ?;

-- name: ages_down
SELECT n, day, keys FROM ages WHERE n < ? AND typeof(day) = 'integer' AND typeof(keys) = 'blob'
ORDER BY n DESC LIMIT ?;

-- name: forget
DELETE FROM known WHERE key IN (
    SELECT substr(?1, v * 16 + 1, 16) FROM places WHERE v < ?2
);

-- name: forget_age
DELETE FROM ages WHERE n = ?;

-- name: newest_day
SELECT day, keys FROM ages ORDER BY n DESC LIMIT 1;
