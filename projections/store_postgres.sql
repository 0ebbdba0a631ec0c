-- Named queries of the schema `views`.

-- name: commit
-- Rows and position at once, and only from where the commit begins.
WITH stood AS (
    UPDATE views.positions SET position = %(position)s, leaf = %(leaf)s
    WHERE view = %(view)s AND version = %(version)s AND position = %(base)s
    RETURNING view
), gone AS (
    DELETE FROM views.rows AS r
    USING stood, unnest(%(gone_compounds)b::text[], %(gone_kinds)b::text[], %(gone_keys)b::text[])
        AS g (compound, kind, key)
    WHERE r.view = stood.view AND (r.compound, r.kind, r.key) = (g.compound, g.kind, g.key)
), put AS (
    INSERT INTO views.rows (view, compound, kind, key, value, position)
    SELECT stood.view, p.compound, p.kind, p.key, p.value::json, p.position
    FROM stood, unnest(
        %(compounds)b::text[], %(kinds)b::text[], %(keys)b::text[], %(values)b::text[],
        %(positions)b::bigint[]
    ) AS p (compound, kind, key, value, position)
    ON CONFLICT (view, compound, kind, key)
    DO UPDATE SET value = excluded.value, position = excluded.position
)
SELECT count(*) FROM stood;

-- name: lock_stand
SELECT position FROM views.positions WHERE view = %s AND version = %s FOR UPDATE;

-- name: select_stand
SELECT version, position, leaf FROM views.positions WHERE view = %s;

-- name: put_stand
INSERT INTO views.positions (view, version, position, leaf) VALUES (%s, %s, %s, %s)
ON CONFLICT (view) DO UPDATE
SET version = excluded.version, position = excluded.position, leaf = excluded.leaf;

-- name: select_rows
SELECT compound, kind, key, value::text, position FROM views.rows WHERE view = %s
ORDER BY compound, kind, key;

-- name: copy_rows
COPY views.rows (view, compound, kind, key, value, position) FROM STDIN;

-- name: delete_rows
DELETE FROM views.rows WHERE view = %s;

-- name: delete_rows_of
DELETE FROM views.rows WHERE view = %s AND compound = %s;

-- name: select_marks
SELECT compound, type, position, count, catalogue FROM views.unread WHERE view = %s
ORDER BY compound, type;

-- name: upsert_mark
INSERT INTO views.unread (view, compound, type, position, count, catalogue)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (view, compound, type) DO UPDATE SET count = unread.count + excluded.count;

-- name: delete_marks
DELETE FROM views.unread WHERE view = %s;

-- name: delete_marks_of
DELETE FROM views.unread WHERE view = %s AND compound = %s;

-- name: select_shelf
SELECT compound, position FROM views.snapshots WHERE view = %s AND version = %s
ORDER BY compound, position;

-- name: nearest_snapshot
SELECT compound, position, leaf, rows FROM views.snapshots
WHERE view = %s AND compound = %s AND position <= %s AND version = %s
ORDER BY position DESC LIMIT 1;

-- name: put_snapshot
INSERT INTO views.snapshots (view, version, compound, position, leaf, rows)
VALUES (%s, %s, %s, %s, %s, %b)
ON CONFLICT (view, compound, position) DO UPDATE
SET version = excluded.version, leaf = excluded.leaf, rows = excluded.rows;

-- name: delete_snapshot
DELETE FROM views.snapshots WHERE view = %s AND compound = %s AND position = %s;

-- name: delete_snapshots
DELETE FROM views.snapshots WHERE view = %s;

-- name: delete_snapshots_from
DELETE FROM views.snapshots WHERE view = %s AND compound = %s AND position >= %s;
