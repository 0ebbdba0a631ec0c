-- The history on plain PostgreSQL: rows by month, rollups as tables that are added to.
-- The same names and columns as with TimescaleDB (migrations/timescale).

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
) PARTITION BY RANGE (time);

-- Clocks that were never set: what is outside 2015..2100.
CREATE TABLE history.events_other PARTITION OF history.events DEFAULT;

-- Loading is what counts: an index of a few pages, which finds a time or a position quickly
-- because rows mostly come in their order.
CREATE INDEX events_time ON history.events
    USING brin (time, position) WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE history.unread (
    position bigint  NOT NULL,
    idx      integer NOT NULL,
    type     text    NOT NULL,
    reason   text    NOT NULL,
    PRIMARY KEY (position, idx)
);

CREATE TABLE history.passages (
    compound text        NOT NULL,
    subject  text        NOT NULL,
    hour     timestamptz NOT NULL,
    granted  bigint      NOT NULL,
    denied   bigint      NOT NULL,
    taken    bigint      NOT NULL,
    vehicles bigint      NOT NULL,
    PRIMARY KEY (compound, hour, subject)
) WITH (fillfactor = 80);

CREATE TABLE history.deposits (
    compound  text        NOT NULL,
    subject   text        NOT NULL,
    hour      timestamptz NOT NULL,
    category  text        NOT NULL,
    deposits  bigint      NOT NULL,
    net_g     bigint      NOT NULL,
    unweighed bigint      NOT NULL,
    PRIMARY KEY (compound, hour, subject, category)
) WITH (fillfactor = 80);

CREATE TABLE history.availability (
    compound     text   NOT NULL,
    gateway      text   NOT NULL,
    device       text   NOT NULL,
    day          date   NOT NULL,           -- of China
    events       bigint NOT NULL,
    lost         bigint NOT NULL,
    first        timestamptz,
    last         timestamptz,
    heard        bigint NOT NULL,           -- a bit for each half hour of the day
    availability double precision NOT NULL
                 GENERATED ALWAYS AS (bit_count(heard::bit(48)) / 48.0::double precision) STORED,
    PRIMARY KEY (compound, day, gateway, device)
) WITH (fillfactor = 80);

-- What a writer without the owner's rights may have done, and no more.

CREATE FUNCTION history.make_months(months date[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    month date;
    part  text;
BEGIN
    FOREACH month IN ARRAY months LOOP
        month := date_trunc('month', month);
        part := 'events_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN month < '2015-01-01' OR month >= '2100-01-01'
            OR to_regclass('history.' || part) IS NOT NULL;
        -- Attached, not created in place: readers are not held up.
        EXECUTE format('CREATE TABLE history.%I (LIKE history.events INCLUDING DEFAULTS '
                       'INCLUDING STORAGE INCLUDING COMPRESSION)', part);
        EXECUTE format('ALTER TABLE history.events ATTACH PARTITION history.%I '
                       'FOR VALUES FROM (%L) TO (%L)', part,
                       month::timestamp AT TIME ZONE 'UTC',
                       (month + interval '1 month') AT TIME ZONE 'UTC');
    END LOOP;
END
$$;

-- Gives up after a while when somebody reads: it can wait for the next time, readers can not.
CREATE FUNCTION history.drop_months(before timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    part    text;
    dropped integer := 0;
BEGIN
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'history.events'::regclass AND c.relname ~ '^events_\d{4}_\d\d$'
          AND (to_date(substr(c.relname, 8), 'YYYY_MM') + interval '1 month')
              AT TIME ZONE 'UTC' <= before
        ORDER BY 1
    LOOP
        EXECUTE format('DROP TABLE history.%I', part);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM history.events_other WHERE time < before;
    RETURN dropped;
END
$$;

CREATE FUNCTION history.forget() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    TRUNCATE history.events, history.unread, history.passages, history.deposits,
             history.availability, history.positions;
$$;

REVOKE ALL ON FUNCTION history.make_months, history.drop_months, history.forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION history.make_months, history.drop_months, history.forget
    TO menwei_project;
GRANT USAGE ON SCHEMA history TO menwei_project, menwei_read;
GRANT SELECT, INSERT ON history.events TO menwei_project;
GRANT SELECT, INSERT, UPDATE ON history.positions TO menwei_project;
GRANT SELECT, INSERT, DELETE ON history.unread TO menwei_project;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON history.passages, history.deposits, history.availability TO menwei_project;
GRANT SELECT ON ALL TABLES IN SCHEMA history TO menwei_read;
