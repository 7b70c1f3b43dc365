-- The start of the bucket that an instant lies in: where every rollup's buckets begin.
--
-- The one place that has their origin, 22:45 UTC: with another one each, rollups would not stack.
-- Up to an hour that is the grid of 09:15 IST, and no session of NSE, BSE, MCX, CDS or New York
-- crosses it: a day's bucket holds one session. Plain SQL, so that it is inlined; a continuous
-- aggregate gets TimescaleDB's time_bucket instead (db/install/render.py).

CREATE FUNCTION fo.bucket_start(p_width interval, p_time timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT date_bin(p_width, p_time, timestamptz '2000-01-01 22:45:00+00');
$$;
