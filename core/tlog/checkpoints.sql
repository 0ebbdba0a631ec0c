-- Named queries of a log's own checkpoints.

-- name: create
CREATE TABLE IF NOT EXISTS checkpoints (
    size     INTEGER PRIMARY KEY,  -- leaves; one checkpoint each, with whatever signatures came
    at_us    INTEGER NOT NULL,     -- the hub's clock when it was signed, microseconds since 1970
    cosigned INTEGER NOT NULL,     -- 1: somebody else's signature stands under it
    note     BLOB    NOT NULL      -- as it is published
);

-- name: put
INSERT INTO checkpoints (size, at_us, cosigned, note) VALUES (?, ?, ?, ?)
ON CONFLICT (size) DO UPDATE SET cosigned = excluded.cosigned, note = excluded.note;

-- name: newest
SELECT at_us, note FROM checkpoints ORDER BY size DESC LIMIT 1;

-- name: of
SELECT at_us, note FROM checkpoints WHERE size = ?;

-- name: since
SELECT at_us, note FROM checkpoints WHERE at_us >= ? ORDER BY size;

-- name: thin
-- Kept of what is older than the first time: the newest of each minute; of what is older than the
-- second: the newest of each hour; and always the first and the last of a day that were cosigned.
DELETE FROM checkpoints WHERE at_us < :all AND size NOT IN (
    SELECT max(size) FROM checkpoints WHERE at_us >= :minutes GROUP BY at_us / 60000000
    UNION SELECT max(size) FROM checkpoints GROUP BY at_us / 3600000000
    UNION SELECT min(size) FROM checkpoints WHERE cosigned GROUP BY at_us / 86400000000
    UNION SELECT max(size) FROM checkpoints WHERE cosigned GROUP BY at_us / 86400000000
);
