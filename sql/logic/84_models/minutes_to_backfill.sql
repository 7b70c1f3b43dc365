-- The minutes of a time that have no features yet, and that the job will log no more.
CREATE FUNCTION ops.minutes_to_backfill(
    p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS SETOF timestamptz
LANGUAGE sql STABLE AS $$
SELECT minute.ends_at
FROM fo.instrument AS instrument
CROSS JOIN
    LATERAL ops.quoted_minutes(
        p_symbol, p_from,
        least(p_to, instrument.clock - ops.logged_reach()) - interval '1 microsecond'
    ) AS minute (ends_at)
LEFT JOIN fo.feature AS known
    ON instrument.symbol = known.symbol AND minute.ends_at = known.at
WHERE instrument.symbol = p_symbol AND known.id IS NULL
ORDER BY minute.ends_at;
$$;
