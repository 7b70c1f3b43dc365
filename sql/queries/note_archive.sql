INSERT INTO job.archive AS known (
    symbol, session, file, columns, quotes, checksum, bytes, digest
)
VALUES (
    %(symbol)s, %(session)s, %(file)s, %(columns)s, %(quotes)s, %(checksum)s, %(bytes)s, %(digest)s
)
ON CONFLICT (symbol, session) DO UPDATE
    SET
        file = excluded.file,
        columns = excluded.columns,
        quotes = excluded.quotes,
        checksum = excluded.checksum,
        bytes = excluded.bytes,
        digest = excluded.digest,
        archived_at = excluded.archived_at;
