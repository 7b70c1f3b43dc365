-- The start of the bucket that an instant lies in: where every rollup's buckets begin.
--
-- The one place that has their origin, 09:15 IST: with another one each, rollups would not stack.
-- Plain SQL, so that it is inlined; a continuous aggregate gets TimescaleDB's time_bucket instead
-- (db/install/render.py).

CREATE FUNCTION fo.bucket_start(p_width interval, p_time timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT date_bin(p_width, p_time, timestamptz '2000-01-01 03:45:00+00');
$$;
