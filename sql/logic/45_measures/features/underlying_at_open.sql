-- The first underlying of a session; NULL where it is not known within 5 minutes of the opening.
CREATE FUNCTION ops.underlying_at_open(
    p_symbol text, p_opens_at timestamptz, p_at timestamptz
) RETURNS double precision
LANGUAGE sql STABLE AS $$
SELECT moment.underlying
FROM fo.underlying_quote AS moment
WHERE
    moment.symbol = p_symbol
    AND moment.quote_time >= p_opens_at
    AND moment.quote_time <= least(p_opens_at + interval '5 minutes', p_at)
    AND moment.in_session
    AND moment.underlying IS NOT NULL
ORDER BY moment.quote_time
LIMIT 1;
$$;
