-- The minutes of a time for which a symbol has features: those that end with a quote in them.
--
-- A minute is named by its end, and is over at p_until.
CREATE FUNCTION ops.quoted_minutes(
    p_symbol text, p_from timestamptz, p_until timestamptz
) RETURNS SETOF timestamptz
LANGUAGE sql STABLE AS $$
SELECT DISTINCT minute.ends_at
FROM fo.underlying_quote AS quoted
CROSS JOIN
    LATERAL (
        SELECT
            date_trunc('minute', quoted.quote_time - interval '1 microsecond')
            + interval '1 minute' AS ends_at
    ) AS minute
WHERE
    quoted.symbol = p_symbol
    AND quoted.quote_time > p_from - interval '1 minute'
    AND quoted.quote_time <= p_until
    AND quoted.in_session
    AND minute.ends_at >= p_from
    AND minute.ends_at <= p_until
ORDER BY minute.ends_at;
$$;
