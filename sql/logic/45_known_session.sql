-- When the newest session of which a symbol has bars began; NULL before the first bar.
--
-- By the bars and not by the calendar: quotes of a Sunday move the market clock, and the session
-- to be seen is then still Friday's.
CREATE FUNCTION ops.known_session(p_symbol text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT
    ((newest.bucket_time AT TIME ZONE exchange.time_zone)::date + exchange.opens_at)
    AT TIME ZONE exchange.time_zone
FROM fo.instrument AS instrument
INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
CROSS JOIN LATERAL (
    SELECT max(bar.bucket_time) AS bucket_time
    FROM fo.moneyness_bars_5min AS bar
    WHERE bar.symbol = instrument.symbol
) AS newest
WHERE instrument.symbol = p_symbol;
$$;
