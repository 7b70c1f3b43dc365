SELECT
    batch.stored,
    batch.corrected,
    batch.unchanged,
    batch.late,
    batch.outside_session,
    batch.dropouts,
    batch.event_id
FROM ops.store_batch(%s, %s, %s, %s) AS batch;
