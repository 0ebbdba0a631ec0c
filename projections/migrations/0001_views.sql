-- Views: rows and positions, and what is kept so that little has to be folded again. All of it can
-- be folded again from the log.

CREATE SCHEMA views;

CREATE TABLE views.positions (
    view     text    PRIMARY KEY,
    version  integer NOT NULL,
    position bigint  NOT NULL,
    leaf     bytea   NOT NULL  -- hash of the batch there; empty at 0
) WITH (fillfactor = 50);

-- Collated by bytes: sorted as SQLite and Python sort, whatever the server's language.
CREATE TABLE views.rows (
    view     text   COLLATE "C" NOT NULL,
    compound text   COLLATE "C" NOT NULL,
    kind     text   COLLATE "C" NOT NULL,
    key      text   COLLATE "C" NOT NULL,
    value    json   NOT NULL,  -- json, not jsonb: the text is kept byte for byte
    position bigint NOT NULL,  -- of the batch that changed it last
    PRIMARY KEY (view, compound, kind, key)
) WITH (fillfactor = 70);

CREATE TABLE views.unread (
    view      text    COLLATE "C" NOT NULL,
    compound  text    COLLATE "C" NOT NULL,  -- empty: nobody can say whose
    type      text    COLLATE "C" NOT NULL,
    position  bigint  NOT NULL,  -- of the first event of that type the view skipped
    count     bigint  NOT NULL,
    catalogue text    NOT NULL,  -- fingerprint of the catalogue that could not read it
    PRIMARY KEY (view, compound, type)
);

CREATE TABLE views.snapshots (
    view     text    COLLATE "C" NOT NULL,
    compound text    COLLATE "C" NOT NULL,
    position bigint  NOT NULL,
    version  integer NOT NULL,  -- of the view
    leaf     bytea   NOT NULL,  -- hash of the batch there
    rows     bytea   NOT NULL,  -- zstd of msgpack: kind, key, value, position
    PRIMARY KEY (view, compound, position)
);

-- Compressed already: trying again would cost time for nothing.
ALTER TABLE views.snapshots ALTER COLUMN rows SET STORAGE EXTERNAL;

GRANT USAGE ON SCHEMA views TO menwei_project, menwei_read;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON views.positions, views.rows, views.unread, views.snapshots TO menwei_project;
GRANT SELECT ON views.positions, views.rows, views.unread TO menwei_read;
