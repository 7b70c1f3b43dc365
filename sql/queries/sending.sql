-- Whether the server can send to one more edge, and how much WAL it keeps for one. One row.
WITH slots AS (SELECT count(*) AS taken FROM pg_catalog.pg_replication_slots),

senders AS (SELECT count(*) AS taken FROM pg_stat_get_wal_senders())

SELECT
    current_setting('wal_level') AS wal_level,
    keep.setting AS keep,
    current_setting('max_replication_slots')::bigint - slots.taken AS slots,
    current_setting('max_wal_senders')::bigint - senders.taken AS senders
FROM pg_catalog.pg_settings AS keep
CROSS JOIN slots
CROSS JOIN senders
WHERE keep.name = 'max_slot_wal_keep_size';
