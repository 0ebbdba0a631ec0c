-- The history on TimescaleDB: a hypertable, and continuous aggregates for the rollups.
-- The same names and columns as on plain PostgreSQL (migrations/plain).

CREATE SCHEMA IF NOT EXISTS history;

CREATE TABLE history.positions (
    name     text        PRIMARY KEY,
    version  integer     NOT NULL,
    position bigint      NOT NULL,
    leaf     bytea       NOT NULL,
    at       timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE history.events (
    time            timestamptz NOT NULL,  -- when it happened, by the believable clock
    position        bigint      NOT NULL,  -- of its batch in the log
    idx             integer     NOT NULL,  -- in the batch
    distance_mm     integer,
    net_g           bigint,
    count           bigint,
    purity          double precision,
    temperature_cel double precision,
    battery_pct     double precision,
    duration_s      double precision,
    confidence      double precision,
    lat             double precision,
    lon             double precision,
    speed_kmh       double precision,
    compound        text NOT NULL,
    gateway         text NOT NULL,
    device          text NOT NULL,
    type            text NOT NULL,
    subject         text NOT NULL,
    origin          text NOT NULL,
    category        text,
    rest            jsonb NOT NULL          -- what has no column, but for the sealed part
);

SELECT create_hypertable('history.events', by_range('time', INTERVAL '1 day'),
                         create_default_indexes => false);

-- A device's facts of a day side by side and in order: what is asked for together.
ALTER TABLE history.events SET (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'compound, device',
    timescaledb.orderby = 'time, position, idx'
);

CREATE TABLE history.unread (
    position bigint  NOT NULL,
    idx      integer NOT NULL,
    type     text    NOT NULL,
    reason   text    NOT NULL,
    PRIMARY KEY (position, idx)
);

CREATE TABLE history.kept (settings text NOT NULL);  -- the policies as they were set last

CREATE MATERIALIZED VIEW history.passages_hourly
    WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT compound, subject, time_bucket(INTERVAL '1 hour', time) AS hour,
       count(*) FILTER (WHERE type = 'access.granted.v1') AS granted,
       count(*) FILTER (WHERE type IN ('access.denied.v1', 'vehicle.denied.v1')) AS denied,
       count(*) FILTER (WHERE type = 'access.taken.v1') AS taken,
       count(*) FILTER (WHERE type = 'vehicle.passed.v1') AS vehicles
FROM history.events
WHERE type IN ('access.granted.v1', 'access.denied.v1', 'vehicle.denied.v1', 'access.taken.v1',
               'vehicle.passed.v1')
GROUP BY 1, 2, 3
WITH NO DATA;

CREATE MATERIALIZED VIEW history.deposits_hourly
    WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT compound, subject, time_bucket(INTERVAL '1 hour', time) AS hour, category,
       count(*) AS deposits,
       coalesce(sum(net_g), 0)::bigint AS net_g,
       count(*) FILTER (WHERE net_g IS NULL) AS unweighed
FROM history.events
WHERE type = 'waste.deposit.recorded.v1'
GROUP BY 1, 2, 3, 4
WITH NO DATA;

-- Days of China begin at 16:00 UTC. The hub's own acts are no device's.
CREATE MATERIALIZED VIEW history.availability_daily
    WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT compound, gateway, device,
       time_bucket(INTERVAL '1 day', time, "offset" => INTERVAL '16 hours') AS begins,
       count(*) FILTER (WHERE type <> 'device.lost.v1') AS events,
       count(*) FILTER (WHERE type = 'device.lost.v1') AS lost,
       min(time) FILTER (WHERE type <> 'device.lost.v1') AS first,
       max(time) FILTER (WHERE type <> 'device.lost.v1') AS last,
       bit_or(1::bigint << (
           (extract(hour FROM time AT TIME ZONE 'UTC')::integer + 8) % 24 * 2
           + extract(minute FROM time AT TIME ZONE 'UTC')::integer / 30
       )) FILTER (WHERE type <> 'device.lost.v1') AS heard
FROM history.events
WHERE gateway <> 'hub'
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE VIEW history.passages AS
SELECT compound, subject, hour, granted, denied, taken, vehicles FROM history.passages_hourly;

CREATE VIEW history.deposits AS
SELECT compound, subject, hour, category, deposits, net_g, unweighed FROM history.deposits_hourly;

CREATE VIEW history.availability AS
SELECT compound, gateway, device, (begins AT TIME ZONE 'UTC' + interval '8 hours')::date AS day,
       events, lost, first, last, coalesce(heard, 0) AS heard,
       bit_count(coalesce(heard, 0)::bit(48)) / 48.0::double precision AS availability
FROM history.availability_daily;

-- What was aggregated goes too: it would be shown until the next refresh, and hide what comes.
-- Old rows that are loaded again now are left for a day, so that they can be aggregated.
CREATE FUNCTION history.forget() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    TRUNCATE history.events, history.unread, history.positions;
    TRUNCATE history.passages_hourly;
    TRUNCATE history.deposits_hourly;
    TRUNCATE history.availability_daily;
    EXECUTE format(
        'SELECT %I.alter_job(job_id, next_start => now() + interval ''1 day'') '
        'FROM timescaledb_information.jobs WHERE proc_name = ''policy_retention'' '
        'AND hypertable_schema = ''history'' AND hypertable_name = ''events''',
        (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
         WHERE e.extname = 'timescaledb'));
END
$$;

REVOKE ALL ON FUNCTION history.forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION history.forget TO menwei_project;
GRANT USAGE ON SCHEMA history TO menwei_project, menwei_read;
GRANT SELECT, INSERT ON history.events TO menwei_project;
GRANT SELECT, INSERT, UPDATE ON history.positions TO menwei_project;
GRANT SELECT, INSERT, DELETE ON history.unread TO menwei_project;
GRANT SELECT ON ALL TABLES IN SCHEMA history TO menwei_read, menwei_project;
