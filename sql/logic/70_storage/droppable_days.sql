-- The parts of fo.option_quote whose quotes may go, the oldest first.
CREATE FUNCTION ops.droppable_days()
RETURNS TABLE (relation regclass, from_time timestamptz, to_time timestamptz)
LANGUAGE sql STABLE AS $$
SELECT day.relation, day.from_time, day.to_time
FROM ops.quote_days() AS day
WHERE
    day.from_time < (SELECT max(instrument.raw_floor) FROM fo.instrument AS instrument)
    AND ops.is_droppable(day.from_time, day.to_time)
ORDER BY day.from_time;
$$;
