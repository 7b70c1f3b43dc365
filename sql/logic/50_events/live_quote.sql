-- The newest quote of every live contract of a symbol, and the market clock.
CREATE FUNCTION ops.live_quote(p_symbol text)
RETURNS TABLE (clock timestamptz, quote fo.option_quote)
LANGUAGE sql STABLE AS $$
SELECT live.clock, newest.quote
FROM (
    SELECT
        instrument.clock,
        contract.symbol,
        contract.expiry,
        contract.strike,
        contract.live_time
    FROM fo.instrument AS instrument
    INNER JOIN fo.expiry AS life
        ON
            instrument.symbol = life.symbol
            AND instrument.clock < life.expires_at
            AND life.expiry >= (instrument.clock AT TIME ZONE 'UTC')::date - 1
    INNER JOIN fo.contract AS contract
        ON life.symbol = contract.symbol AND life.expiry = contract.expiry
    WHERE
        instrument.symbol = p_symbol
        AND contract.live_time IS NOT NULL
        AND contract.delisted_at IS NULL
        AND coalesce(contract.live_time >= instrument.listed_since, TRUE)
) AS live
CROSS JOIN LATERAL (
    SELECT source AS quote
    FROM fo.option_quote AS source
    WHERE
        source.symbol = live.symbol
        AND source.expiry = live.expiry
        AND source.strike = live.strike
        AND source.quote_time = live.live_time
    LIMIT 1
) AS newest;
$$;
