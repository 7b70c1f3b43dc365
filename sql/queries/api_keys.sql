-- The keys that are in force, and what each may read.
SELECT
    key.name,
    key.key_hash,
    key.symbols,
    key.topics,
    key.is_admin,
    key.streams
FROM ops.api_keys() AS key;
