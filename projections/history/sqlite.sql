-- Named queries of history.db. Times are microseconds since 1970, days China days since 1970.

-- name: create_positions
CREATE TABLE IF NOT EXISTS positions (
    name     TEXT PRIMARY KEY,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    leaf     BLOB NOT NULL
) WITHOUT ROWID;

-- name: create_things
-- Who spoke about what: said once, not in every row.
CREATE TABLE IF NOT EXISTS things (
    id       INTEGER PRIMARY KEY,
    compound TEXT NOT NULL,
    gateway  TEXT NOT NULL,
    device   TEXT NOT NULL,
    type     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    origin   TEXT NOT NULL,
    UNIQUE (device, type, subject, gateway, compound, origin)
);

-- name: create_rows
CREATE TABLE IF NOT EXISTS rows (
    time            INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    idx             INTEGER NOT NULL,
    thing           INTEGER NOT NULL,
    rest            BLOB NOT NULL,
    category        TEXT,
    net_g           INTEGER,
    purity          REAL,
    distance_mm     INTEGER,
    temperature_cel REAL,
    battery_pct     REAL,
    duration_s      REAL,
    confidence      REAL,
    count           INTEGER,
    lat             REAL,
    lon             REAL,
    speed_kmh       REAL
);

-- name: create_events
-- What people ask: the same columns as in PostgreSQL.
CREATE VIEW IF NOT EXISTS events AS
SELECT strftime('%Y-%m-%dT%H:%M:', r.time / 1000000, 'unixepoch')
       || printf('%02d.%03dZ', r.time / 1000000 % 60, r.time / 1000 % 1000) AS time,
       r.position, r.idx, t.compound, t.gateway, t.device, t.type, t.subject, t.origin,
       r.category, r.net_g, r.purity, r.distance_mm, r.temperature_cel, r.battery_pct,
       r.duration_s, r.confidence, r.count, r.lat, r.lon, r.speed_kmh,
       CAST(r.rest AS TEXT) AS rest
FROM rows r JOIN things t ON t.id = r.thing;

-- name: create_pages
-- Which rows came together, and the newest of their times: what retention goes by.
CREATE TABLE IF NOT EXISTS pages (
    last_row INTEGER PRIMARY KEY,
    newest   INTEGER NOT NULL
);

-- name: create_unread
CREATE TABLE IF NOT EXISTS unread (
    position INTEGER NOT NULL,
    idx      INTEGER NOT NULL,
    type     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (position, idx)
) WITHOUT ROWID;

-- name: create_passages
CREATE TABLE IF NOT EXISTS passages (
    compound TEXT NOT NULL,
    subject  TEXT NOT NULL,
    hour     INTEGER NOT NULL,
    granted  INTEGER NOT NULL,
    denied   INTEGER NOT NULL,
    taken    INTEGER NOT NULL,
    vehicles INTEGER NOT NULL,
    PRIMARY KEY (compound, hour, subject)
) WITHOUT ROWID;

-- name: create_deposits
CREATE TABLE IF NOT EXISTS deposits (
    compound  TEXT NOT NULL,
    subject   TEXT NOT NULL,
    hour      INTEGER NOT NULL,
    category  TEXT NOT NULL,
    deposits  INTEGER NOT NULL,
    net_g     INTEGER NOT NULL,
    unweighed INTEGER NOT NULL,
    PRIMARY KEY (compound, hour, subject, category)
) WITHOUT ROWID;

-- name: create_availability
CREATE TABLE IF NOT EXISTS availability (
    compound TEXT NOT NULL,
    gateway  TEXT NOT NULL,
    device   TEXT NOT NULL,
    day      INTEGER NOT NULL,
    events   INTEGER NOT NULL,
    lost     INTEGER NOT NULL,
    first    INTEGER,
    last     INTEGER,
    heard    INTEGER NOT NULL,
    PRIMARY KEY (compound, day, gateway, device)
) WITHOUT ROWID;

-- name: select_stand
SELECT version, position, leaf FROM positions WHERE name = ?;

-- name: upsert_stand
INSERT INTO positions (name, version, position, leaf) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE
SET version = excluded.version, position = excluded.position, leaf = excluded.leaf;

-- name: select_thing
SELECT id FROM things
WHERE device = ? AND type = ? AND subject = ? AND gateway = ? AND compound = ? AND origin = ?;

-- name: insert_thing
INSERT INTO things (device, type, subject, gateway, compound, origin) VALUES (?, ?, ?, ?, ?, ?);

-- name: insert_bare
INSERT INTO rows (thing, time, position, idx, rest) VALUES (?, ?, ?, ?, ?);

-- name: extend_page
-- The last page, while it is small.
UPDATE pages SET last_row = (SELECT max(rowid) FROM rows), newest = max(newest, ?)
WHERE last_row = (SELECT max(last_row) FROM pages)
  AND last_row - coalesce((SELECT max(last_row) FROM pages
                           WHERE last_row < (SELECT max(last_row) FROM pages)), 0) < 20000;

-- name: insert_page
INSERT INTO pages (last_row, newest) SELECT max(rowid), ? FROM rows;

-- name: insert_unread
INSERT INTO unread (position, idx, type, reason) VALUES (?, ?, ?, ?);

-- name: select_unread
SELECT DISTINCT position FROM unread
WHERE position > ? ORDER BY position LIMIT ?;

-- name: delete_unread
DELETE FROM unread WHERE position = ? AND idx = ?;

-- name: upsert_passage
INSERT INTO passages (compound, subject, hour, granted, denied, taken, vehicles)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (compound, hour, subject) DO UPDATE
SET granted = granted + excluded.granted, denied = denied + excluded.denied,
    taken = taken + excluded.taken, vehicles = vehicles + excluded.vehicles;

-- name: upsert_deposit
INSERT INTO deposits (compound, subject, hour, category, deposits, net_g, unweighed)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (compound, hour, subject, category) DO UPDATE
SET deposits = deposits + excluded.deposits, net_g = net_g + excluded.net_g,
    unweighed = unweighed + excluded.unweighed;

-- name: upsert_device
INSERT INTO availability (compound, gateway, device, day, events, lost, first, last, heard)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (compound, day, gateway, device) DO UPDATE
SET events = events + excluded.events, lost = lost + excluded.lost,
    first = min(coalesce(first, excluded.first), coalesce(excluded.first, first)),
    last = max(coalesce(last, excluded.last), coalesce(excluded.last, last)),
    heard = heard | excluded.heard;

-- name: select_old_page
SELECT p.last_row,
       coalesce((SELECT max(b.last_row) FROM pages b WHERE b.last_row < p.last_row), 0)
FROM pages p WHERE p.newest < ? ORDER BY p.last_row LIMIT 1;

-- name: delete_rows
DELETE FROM rows WHERE rowid > ? AND rowid <= ?;

-- name: delete_page
DELETE FROM pages WHERE last_row = ?;

-- name: delete_old_passages
DELETE FROM passages WHERE hour < ?;

-- name: delete_old_deposits
DELETE FROM deposits WHERE hour < ?;

-- name: delete_old_availability
DELETE FROM availability WHERE day < ?;

-- name: passages
SELECT subject, hour, granted, denied, taken, vehicles FROM passages
WHERE compound = :compound AND hour >= :since AND hour < :until
  AND (:subject IS NULL OR subject = :subject)
ORDER BY hour, subject LIMIT :most;

-- name: deposits
SELECT subject, hour, category, deposits, net_g, unweighed FROM deposits
WHERE compound = :compound AND hour >= :since AND hour < :until
  AND (:subject IS NULL OR subject = :subject)
ORDER BY hour, subject, category LIMIT :most;

-- name: availability
SELECT gateway, device, day, events, lost, first, last, heard FROM availability
WHERE compound = :compound AND day >= :since AND day < :until
  AND (:subject IS NULL OR device = :subject)
ORDER BY day, gateway, device LIMIT :most;
