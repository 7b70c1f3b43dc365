-- Whether an expiry had a quote of a session by an instant, and was not delisted then.
--
-- Where the quotes themselves are gone, its bars tell.
CREATE FUNCTION ops.was_quoted(p_symbol text, p_expiry date, p_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT
    EXISTS (SELECT FROM ops.quotes_at(p_symbol, ARRAY[p_expiry], ARRAY[p_at]))
    OR EXISTS (
        SELECT
        FROM fo.instrument AS instrument
        INNER JOIN fo.option_strike_bars_1d AS bar ON instrument.symbol = bar.symbol
        WHERE
            instrument.symbol = p_symbol
            AND p_at < instrument.raw_floor
            AND bar.expiry = p_expiry
            AND bar.bucket_time <= p_at
            AND bar.bucket_time > p_at - interval '30 days'
    );
$$;
