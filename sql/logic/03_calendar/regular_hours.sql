-- The regular hours of an exchange on a date, whether it opens then or not.
--
-- is_day: whether it is one of the exchange's days of the week.
CREATE FUNCTION ops.regular_hours(p_exchange text, p_day date)
RETURNS TABLE (opens_at timestamptz, closes_at timestamptz, is_day boolean)
LANGUAGE sql STABLE AS $$
SELECT
    (p_day - (hours.opens_at >= hours.closes_at)::integer + hours.opens_at)
    AT TIME ZONE hours.time_zone,
    (p_day + hours.closes_at) AT TIME ZONE hours.time_zone,
    extract(ISODOW FROM p_day)::integer = ANY(hours.days)
FROM (
    SELECT
        exchange.time_zone,
        coalesce(newer.opens_at, exchange.opens_at) AS opens_at,
        coalesce(newer.closes_at, exchange.closes_at) AS closes_at,
        coalesce(newer.days, exchange.days) AS days
    FROM fo.exchange AS exchange
    LEFT JOIN fo.exchange_hours AS newer
        ON exchange.exchange = newer.exchange AND newer.since <= p_day
    WHERE exchange.exchange = p_exchange
    ORDER BY newer.since DESC NULLS LAST
    LIMIT 1
) AS hours;
$$;
