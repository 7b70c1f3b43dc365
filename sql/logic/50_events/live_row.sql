-- The newest quote of every live contract of a symbol, in the form of chain events.
--
-- One row per (expiry, strike): what fo.latest_snapshot has with timeframe live, but as of now.
CREATE FUNCTION ops.live_row(p_symbol text)
RETURNS TABLE (head text, strike double precision, figures text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
SELECT
    ops.chain_head(newest.quote, live.clock),
    live.strike,
    ops.chain_row(newest.quote)
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
