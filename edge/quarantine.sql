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
    PRIMARY KEY (sha256, topic, reason)
);

-- name: again
UPDATE quarantine SET last = ?, count = count + 1 WHERE sha256 = ? AND topic = ? AND reason = ?;

-- name: insert
INSERT INTO quarantine (sha256, topic, adapter, reason, detail, first, last, count, size, raw)
VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?);

-- name: used
SELECT COALESCE(SUM(LENGTH(raw)), 0) FROM quarantine;

-- name: newest
SELECT sha256, topic, adapter, reason, detail, first, last, count, size, raw
FROM quarantine ORDER BY last DESC LIMIT ?;

-- name: rows
SELECT COUNT(*) FROM quarantine;
