-- Named queries for what the gate remembers, in the edge's journal files.

-- name: create
CREATE TABLE IF NOT EXISTS gate (
    name  TEXT PRIMARY KEY,   -- policy, told, standing/{field}/{key}, watch/{part}/{key}
    value BLOB NOT NULL,      -- JSON
    sum   BLOB NOT NULL       -- of the row (edge/rowsum.py)
) WITHOUT ROWID;

-- name: create_decisions
-- Grants by a policy, the newest: a later policy is held against them.
CREATE TABLE IF NOT EXISTS decisions (
    n     INTEGER PRIMARY KEY,
    value BLOB NOT NULL,
    sum   BLOB NOT NULL
);

-- name: create_orders
-- Commands that were answered, the newest: none is obeyed twice.
CREATE TABLE IF NOT EXISTS orders (
    id  TEXT PRIMARY KEY,
    n   INTEGER NOT NULL,
    sum BLOB NOT NULL
) WITHOUT ROWID;

-- name: every
SELECT name, value, sum FROM gate;

-- name: every_decision
SELECT n, value, sum FROM decisions ORDER BY n;

-- name: every_order
SELECT id, n, sum FROM orders ORDER BY n;

-- name: upsert
INSERT INTO gate (name, value, sum) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, sum = excluded.sum;

-- name: delete
DELETE FROM gate WHERE name = ?;

-- name: insert_decision
INSERT INTO decisions (n, value, sum) VALUES (?, ?, ?);

-- name: forget_decisions
DELETE FROM decisions WHERE n <= ?;

-- name: insert_order
INSERT INTO orders (id, n, sum) VALUES (?, ?, ?);

-- name: forget_orders
DELETE FROM orders WHERE n <= ?;
