-- The expiries of a symbol that are alive by its market clock, in order; NULL where none is.
--
-- One step into the index per expiry, whatever the number of contracts.
CREATE FUNCTION ops.known_expiries(p_symbol text) RETURNS date[]
LANGUAGE sql STABLE AS $$
WITH RECURSIVE market AS (
    SELECT
        instrument.clock, exchange.closes_at, exchange.time_zone,
        (instrument.clock AT TIME ZONE exchange.time_zone)::date AS today
    FROM fo.instrument AS instrument
    INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
    WHERE instrument.symbol = p_symbol
),
step (expiry) AS (
    SELECT (
        SELECT min(contract.expiry)
        FROM fo.contract AS contract
        WHERE contract.symbol = p_symbol AND contract.expiry >= market.today
    )
    FROM market
    UNION ALL
    SELECT (
        SELECT min(contract.expiry)
        FROM fo.contract AS contract
        WHERE contract.symbol = p_symbol AND contract.expiry > step.expiry
    )
    FROM step
    WHERE step.expiry IS NOT NULL
)
SELECT array_agg(step.expiry ORDER BY step.expiry)
FROM step
CROSS JOIN market
WHERE (step.expiry + market.closes_at) AT TIME ZONE market.time_zone > market.clock;
$$;
