-- Named queries for TimescaleDB alone, run by the owner.

-- name: extension
SELECT default_version, installed_version FROM pg_available_extensions WHERE name = 'timescaledb';

-- name: create_extension
CREATE EXTENSION IF NOT EXISTS timescaledb;

-- name: licence
SELECT current_setting('timescaledb.license', true);

-- name: select_kept
SELECT settings FROM history.kept;

-- name: lock_kept
LOCK TABLE history.kept IN EXCLUSIVE MODE;

-- name: delete_kept
DELETE FROM history.kept;

-- name: insert_kept
INSERT INTO history.kept (settings) VALUES (%s);

-- name: drop_row_retention
SELECT remove_retention_policy('history.events', if_exists => true);

-- name: add_row_retention
-- Not at once: a log that is loaded for the first time is aggregated before.
SELECT add_retention_policy('history.events', %(rows)s::interval,
                            initial_start => now() + interval '1 day');

-- name: drop_compression
CALL remove_columnstore_policy('history.events', if_exists => true);

-- name: add_compression
CALL add_columnstore_policy('history.events', after => %(compress)s::interval);

-- name: drop_refresh
SELECT remove_continuous_aggregate_policy(%(name)s::regclass, if_exists => true);

-- name: add_refresh
SELECT add_continuous_aggregate_policy(
    %(name)s::regclass, start_offset => %(window)s::interval, end_offset => %(ends)s::interval,
    schedule_interval => %(every)s::interval,
    initial_start => now() + %(every)s::interval);

-- name: drop_retention
SELECT remove_retention_policy(%(name)s::regclass, if_exists => true);

-- name: add_retention
SELECT add_retention_policy(%(name)s::regclass, %(rollups)s::interval);

-- name: refresh
CALL refresh_continuous_aggregate(%s, NULL, NULL);
