-- The two expiries of a symbol between which a maturity falls, counted from an instant.
--
-- The last one that expires before it, if that is live then, and the first that does not. Either
-- may be missing; neither need have been quoted by then. Two steps into the index.
CREATE FUNCTION ops.expiries_around(p_symbol text, p_at timestamptz, p_days integer)
RETURNS date[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_end timestamptz := p_at + make_interval(hours => 24 * p_days);
    -- Whatever the time zone, and however early on its day.
    v_day date := (v_end AT TIME ZONE 'UTC')::date;
BEGIN
    RETURN ARRAY[
        (
            SELECT life.expiry
            FROM fo.expiry AS life
            WHERE
                life.symbol = p_symbol
                AND life.expiry <= v_day + 2
                AND life.expires_at < v_end
            ORDER BY life.expiry DESC
            LIMIT 1
        ),
        (
            SELECT life.expiry
            FROM fo.expiry AS life
            WHERE
                life.symbol = p_symbol
                AND life.expiry >= v_day - 2
                AND life.expires_at >= v_end
            ORDER BY life.expiry
            LIMIT 1
        )
    ];
END;
$$;
