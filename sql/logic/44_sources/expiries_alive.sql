-- The expiries of a symbol that had not expired at an instant, the first one first.
CREATE FUNCTION ops.expiries_alive(p_symbol text, p_at timestamptz) RETURNS SETOF date
LANGUAGE sql STABLE AS $$
SELECT life.expiry
FROM fo.expiry AS life
WHERE
    life.symbol = p_symbol
    AND life.expires_at > p_at
    -- In no time zone earlier.
    AND life.expiry >= (p_at AT TIME ZONE 'UTC')::date - 1
ORDER BY life.expiry;
$$;
