-- Passages per door and hour, from the rows and from the rollup.

-- name: postgres_rows
SELECT compound, subject, date_trunc('hour', time) AS hour,
       count(*) FILTER (WHERE type = 'access.granted.v1') AS granted,
       count(*) FILTER (WHERE type IN ('access.denied.v1', 'vehicle.denied.v1')) AS denied,
       count(*) FILTER (WHERE type = 'access.taken.v1') AS taken,
       count(*) FILTER (WHERE type = 'vehicle.passed.v1') AS vehicles
FROM history.events
WHERE time >= %(since)s AND time < %(until)s
  AND type IN ('access.granted.v1', 'access.denied.v1', 'vehicle.denied.v1', 'access.taken.v1',
               'vehicle.passed.v1')
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- name: postgres_rollup
SELECT compound, subject, hour, granted, denied, taken, vehicles FROM history.passages
WHERE hour >= %(since)s AND hour < %(until)s ORDER BY 1, 2, 3;

-- name: sqlite_rows
SELECT t.compound, t.subject, r.time / 3600000000 * 3600000000 AS hour,
       sum(t.type = 'access.granted.v1'), sum(t.type IN ('access.denied.v1', 'vehicle.denied.v1')),
       sum(t.type = 'access.taken.v1'), sum(t.type = 'vehicle.passed.v1')
FROM rows r JOIN things t ON t.id = r.thing
WHERE t.type IN ('access.granted.v1', 'access.denied.v1', 'vehicle.denied.v1', 'access.taken.v1',
                 'vehicle.passed.v1')
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- name: sqlite_rollup
SELECT compound, subject, hour, granted, denied, taken, vehicles FROM passages ORDER BY 1, 2, 3;
