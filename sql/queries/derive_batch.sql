SELECT
    batch.stored,
    batch.corrected,
    batch.unchanged,
    batch.late,
    batch.outside_session,
    batch.dropouts,
    batch.volumes_doubted
FROM ops.derive_batch(%s, %s, %s, %s, %s, %s, %s, %s, %s) AS batch;
