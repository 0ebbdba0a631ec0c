-- Named queries of the PostgreSQL event store. Its tables are made by migrations/.

-- name: append
SELECT log.append(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[], %b::bigint) AS first;

-- name: read
-- Whole batches until so many bytes are reached. Lengths are known without fetching the frames.
SELECT notification_id, originator_id, originator_version, topic, state FROM (
    SELECT *, sum(octet_length(state)) OVER (ORDER BY notification_id) - octet_length(state) AS before
    FROM log.stored_events WHERE notification_id > %b ORDER BY notification_id LIMIT %b
) AS page WHERE before < %b ORDER BY notification_id;

-- name: frames
SELECT notification_id, state FROM (
    SELECT notification_id, state,
        sum(octet_length(state)) OVER (ORDER BY notification_id) - octet_length(state) AS before
    FROM log.stored_events WHERE notification_id > %b ORDER BY notification_id LIMIT %b
) AS page WHERE before < %b ORDER BY notification_id;

-- name: head
SELECT coalesce(max(notification_id), 0) FROM log.stored_events;

-- name: journals
-- The newest batch of every journal; the walk jumps from journal to journal along the key.
WITH RECURSIVE journal (id) AS (
    (SELECT originator_id FROM log.stored_events ORDER BY originator_id LIMIT 1)
    UNION ALL
    SELECT (SELECT originator_id FROM log.stored_events WHERE originator_id > id
            ORDER BY originator_id LIMIT 1)
    FROM journal WHERE id IS NOT NULL
)
SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state
FROM journal CROSS JOIN LATERAL (
    SELECT * FROM log.stored_events WHERE originator_id = journal.id
    ORDER BY originator_version DESC LIMIT 1
) AS e WHERE journal.id IS NOT NULL;

-- name: get
SELECT originator_id, originator_version, topic, state FROM log.stored_events
WHERE originator_id = %b AND originator_version = %b;

-- name: position_at
-- Walks back from the newest: clocks may have been stepped, positions are the order.
SELECT position FROM log.arrivals WHERE at_us <= %b ORDER BY position DESC LIMIT 1;

-- name: received_at
SELECT at_us FROM log.arrivals WHERE position = %b;
