-- The oldest minute of each symbol whose features are to be logged, by the symbol's market clock.
CREATE FUNCTION ops.minutes_to_log() RETURNS TABLE (symbol text, at timestamptz)
LANGUAGE sql STABLE AS $$
SELECT
    instrument.symbol,
    min(minute.ends_at)
FROM fo.instrument AS instrument
CROSS JOIN
    LATERAL ops.quoted_minutes(
        instrument.symbol, instrument.clock - ops.logged_reach(), instrument.clock
    ) AS minute (ends_at)
LEFT JOIN fo.feature AS known
    ON instrument.symbol = known.symbol AND minute.ends_at = known.at
WHERE known.id IS NULL
GROUP BY instrument.symbol
ORDER BY instrument.symbol;
$$;
