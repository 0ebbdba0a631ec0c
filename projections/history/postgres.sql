-- Named queries of the history in PostgreSQL, with TimescaleDB or without.

-- name: select_stand
SELECT version, position, leaf FROM history.positions WHERE name = %s;

-- name: lock_stand
-- Waits for a transaction of ours that the server still works on after we lost the connection.
INSERT INTO history.positions (name, version, position, leaf) VALUES (%s, %s, 0, '')
ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING position;

-- name: update_stand
UPDATE history.positions SET position = %s, leaf = %s, at = now() WHERE name = %s;

-- name: make_months
SELECT history.make_months(%s::date[]);

-- name: insert_unread
INSERT INTO history.unread (position, idx, type, reason)
SELECT position, idx, type, reason
FROM json_to_recordset(%s::json) AS r(position bigint, idx integer, type text, reason text);

-- name: select_unread
SELECT DISTINCT position FROM history.unread
WHERE position > %s ORDER BY position LIMIT %s;

-- name: delete_unread
DELETE FROM history.unread u USING unnest(%s::bigint[], %s::integer[]) AS r(position, idx)
WHERE u.position = r.position AND u.idx = r.idx
RETURNING u.position, u.idx;

-- name: upsert_passages
INSERT INTO history.passages AS p (compound, subject, hour, granted, denied, taken, vehicles)
SELECT compound, subject, 'epoch'::timestamptz + hour * interval '1 hour',
       granted, denied, taken, vehicles
FROM json_to_recordset(%s::json) AS r(
    compound text, subject text, hour integer,
    granted bigint, denied bigint, taken bigint, vehicles bigint)
ON CONFLICT (compound, hour, subject) DO UPDATE
SET granted = p.granted + excluded.granted, denied = p.denied + excluded.denied,
    taken = p.taken + excluded.taken, vehicles = p.vehicles + excluded.vehicles;

-- name: upsert_deposits
INSERT INTO history.deposits AS p (compound, subject, hour, category, deposits, net_g, unweighed)
SELECT compound, subject, 'epoch'::timestamptz + hour * interval '1 hour', category,
       deposits, net_g, unweighed
FROM json_to_recordset(%s::json) AS r(
    compound text, subject text, hour integer, category text,
    deposits bigint, net_g bigint, unweighed bigint)
ON CONFLICT (compound, hour, subject, category) DO UPDATE
SET deposits = p.deposits + excluded.deposits, net_g = p.net_g + excluded.net_g,
    unweighed = p.unweighed + excluded.unweighed;

-- name: upsert_availability
INSERT INTO history.availability AS p
    (compound, gateway, device, day, events, lost, first, last, heard)
SELECT compound, gateway, device, '1970-01-01'::date + day, events, lost,
       'epoch'::timestamptz + nullif(first, 0) * interval '1 microsecond',
       'epoch'::timestamptz + nullif(last, 0) * interval '1 microsecond', heard
FROM json_to_recordset(%s::json) AS r(
    compound text, gateway text, device text, day integer,
    events bigint, lost bigint, first bigint, last bigint, heard bigint)
ON CONFLICT (compound, day, gateway, device) DO UPDATE
SET events = p.events + excluded.events, lost = p.lost + excluded.lost,
    first = least(p.first, excluded.first), last = greatest(p.last, excluded.last),
    heard = p.heard | excluded.heard;

-- name: forget
SELECT history.forget();

-- name: drop_months
SELECT history.drop_months(%s);

-- name: delete_old_passages
DELETE FROM history.passages WHERE hour < %s;

-- name: delete_old_deposits
DELETE FROM history.deposits WHERE hour < %s;

-- name: delete_old_availability
DELETE FROM history.availability WHERE day < %s;

-- name: passages
SELECT subject, hour, granted, denied, taken, vehicles FROM history.passages
WHERE compound = %(compound)s AND hour >= %(since)s AND hour < %(until)s
  AND (%(subject)s::text IS NULL OR subject = %(subject)s)
ORDER BY hour, subject COLLATE "C" LIMIT %(most)s;

-- name: deposits
SELECT subject, hour, category, deposits, net_g, unweighed FROM history.deposits
WHERE compound = %(compound)s AND hour >= %(since)s AND hour < %(until)s
  AND (%(subject)s::text IS NULL OR subject = %(subject)s)
ORDER BY hour, subject COLLATE "C", category COLLATE "C" LIMIT %(most)s;

-- name: availability
SELECT gateway, device, day, events, lost, first, last, heard FROM history.availability
WHERE compound = %(compound)s AND day >= %(since)s AND day < %(until)s
  AND (%(subject)s::text IS NULL OR device = %(subject)s)
ORDER BY day, gateway COLLATE "C", device COLLATE "C" LIMIT %(most)s;
