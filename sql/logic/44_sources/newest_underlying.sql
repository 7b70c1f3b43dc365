-- The newest known price of a symbol's underlying from one instant to another, both included.
CREATE FUNCTION ops.newest_underlying(
    p_symbol text, p_from timestamptz, p_until timestamptz
) RETURNS double precision
LANGUAGE sql STABLE AS $$
SELECT quoted.underlying
FROM fo.underlying_quote AS quoted
WHERE
    quoted.symbol = p_symbol
    AND quoted.quote_time >= p_from
    AND quoted.quote_time <= p_until
    AND quoted.in_session
    AND quoted.underlying > 0
ORDER BY quoted.quote_time DESC
LIMIT 1;
$$;
