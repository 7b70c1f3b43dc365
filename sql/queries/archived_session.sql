-- The archive of a session of a symbol.
SELECT
    archive.file,
    archive.columns,
    archive.quotes,
    archive.checksum,
    archive.bytes,
    archive.digest
FROM job.archive AS archive
WHERE archive.symbol = %s AND archive.session = %s;
