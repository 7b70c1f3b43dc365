SELECT
    day.relation::text,
    day.from_time,
    day.to_time
FROM ops.droppable_days() AS day;
