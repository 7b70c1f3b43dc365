-- An instant as TradingView writes it in the session of a date: 0915; F for each day before it.
--
-- 2245F is on the day before, and 2530 is half past one on the day after.
CREATE FUNCTION ops.udf_clock(p_time timestamptz, p_zone text, p_session date) RETURNS text
LANGUAGE sql STABLE STRICT AS $$
SELECT
    CASE
        WHEN shown.days < 0
            THEN concat(
                to_char(shown.local, 'HH24MI'), 'F', CASE WHEN shown.days < -1 THEN -shown.days END
            )
        ELSE concat(
            lpad((extract(HOUR FROM shown.local)::integer + 24 * shown.days)::text, 2, '0'),
            to_char(shown.local, 'MI')
        )
    END
FROM (
    SELECT
        p_time AT TIME ZONE p_zone AS local,
        (p_time AT TIME ZONE p_zone)::date - p_session AS days
) AS shown;
$$;
