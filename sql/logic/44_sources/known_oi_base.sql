-- What ops.oi_base says of now, or NULL where analytics.oi_change refuses to look back so far.
CREATE FUNCTION ops.known_oi_base(p_symbol text, p_over interval) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT base.base_time
FROM fo.instrument AS instrument
CROSS JOIN LATERAL (SELECT ops.oi_base(p_symbol, NULL, p_over) AS base_time) AS base
WHERE
    instrument.symbol = p_symbol
    AND (p_over IS NULL OR instrument.oi_kind <> 'yesterday')
    AND ops.is_above_floor(p_symbol, base.base_time);
$$;
