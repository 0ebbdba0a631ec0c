-- Named queries of accounts.db.

-- name: create_accounts
CREATE TABLE IF NOT EXISTS accounts (
    name   TEXT PRIMARY KEY,
    role   TEXT NOT NULL,
    salt   BLOB NOT NULL,
    digest BLOB NOT NULL  -- scrypt
) WITHOUT ROWID;

-- name: create_secrets
CREATE TABLE IF NOT EXISTS secrets (
    hash    BLOB PRIMARY KEY,  -- SHA-256 of a session cookie or an API token
    kind    TEXT NOT NULL,     -- session | token
    name    TEXT NOT NULL,
    role    TEXT NOT NULL,
    expires REAL               -- Unix seconds; null: never
) WITHOUT ROWID;

-- name: any_account
SELECT 1 FROM accounts LIMIT 1;

-- name: upsert_account
INSERT INTO accounts (name, role, salt, digest) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET role = excluded.role, salt = excluded.salt,
    digest = excluded.digest;

-- name: select_account
SELECT role, salt, digest FROM accounts WHERE name = ?;

-- name: insert_secret
INSERT INTO secrets (hash, kind, name, role, expires) VALUES (?, ?, ?, ?, ?);

-- name: select_secret
SELECT name, role FROM secrets
WHERE hash = ? AND kind = ? AND (expires IS NULL OR expires > ?);

-- name: delete_secret
DELETE FROM secrets WHERE hash = ?;

-- name: delete_expired
DELETE FROM secrets WHERE expires <= ?;

-- name: delete_sessions
DELETE FROM secrets WHERE kind = 'session' AND name = ?;
