-- Every symbol, its clock, and how many of its live expiries and contracts are listed.
SELECT
    instrument.symbol,
    instrument.exchange,
    instrument.clock,
    cardinality(ops.known_expiries(instrument.symbol)) AS expiries,
    counted.contracts,
    counted.delisted
FROM fo.instrument AS instrument
LEFT JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE NOT gone.is_gone) AS contracts,
        count(*) FILTER (WHERE gone.is_gone) AS delisted
    FROM fo.contract AS contract
    LEFT JOIN LATERAL (
        SELECT
            contract.delisted_at IS NOT NULL
            OR coalesce(contract.live_time < instrument.listed_since, FALSE) AS is_gone
    ) AS gone ON TRUE
    WHERE
        contract.symbol = instrument.symbol
        AND contract.expiry >= (instrument.clock - interval '12 hours')::date
) AS counted ON TRUE
ORDER BY instrument.symbol;
