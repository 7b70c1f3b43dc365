-- The Parquet file that has the raw quotes of a symbol and session.
--
-- file is its name within the folder of PGSTRIKE_ARCHIVE_DIR, digest the SHA-256 of its bytes.
-- quotes and checksum are those of ops.quotes_checksum over the file's columns; the row is written
-- after the file was read back and compared by them.

CREATE TABLE job.archive (
    symbol text NOT NULL,
    session date NOT NULL,
    file text NOT NULL,
    columns text[] NOT NULL,
    quotes bigint NOT NULL,
    checksum numeric NOT NULL,
    bytes bigint NOT NULL,
    digest text NOT NULL,
    archived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT archive_pkey PRIMARY KEY (symbol, session)
);
