SELECT
    key.name,
    coalesce(array_to_string(key.symbols, ','), 'all') AS symbols,
    coalesce(array_to_string(key.topics, ','), 'all') AS topics,
    CASE WHEN key.is_admin THEN 'admin' ELSE '' END AS admin,
    CASE
        WHEN key.ingest_symbols <> '{}'
            THEN 'ingests ' || array_to_string(key.ingest_symbols, ',')
        ELSE ''
    END AS ingests,
    key.created_at::date::text AS created,
    coalesce('revoked ' || key.revoked_at::date, '') AS revoked
FROM job.api_key AS key
ORDER BY key.name;
