-- The quotes within a time that are the newest of a contract which has not expired.
--
-- fo.latest_snapshot shows them, however old they are: so they stay when their day is dropped.
CREATE FUNCTION ops.newest_quotes(
    p_from timestamptz, p_to timestamptz
) RETURNS SETOF fo.option_quote
LANGUAGE sql STABLE AS $$
SELECT quote.*
FROM fo.instrument AS instrument
INNER JOIN fo.expiry AS life
    ON instrument.symbol = life.symbol AND instrument.clock < life.expires_at
INNER JOIN fo.contract AS contract
    ON
        life.symbol = contract.symbol
        AND life.expiry = contract.expiry
        AND contract.delisted_at IS NULL
        AND contract.live_time >= p_from
        AND contract.live_time < p_to
INNER JOIN fo.option_quote AS quote
    ON
        contract.symbol = quote.symbol
        AND contract.expiry = quote.expiry
        AND contract.strike = quote.strike
        AND contract.live_time = quote.quote_time
WHERE quote.quote_time >= p_from AND quote.quote_time < p_to;
$$;
