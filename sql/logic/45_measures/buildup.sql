-- The build-up that a change of price and a change of OI show; NULL where one of them is 0.
CREATE FUNCTION ops.buildup(
    p_price_change double precision, p_oi_change bigint
) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
SELECT
    CASE
        WHEN p_price_change > 0 AND p_oi_change > 0 THEN 'long_buildup'
        WHEN p_price_change < 0 AND p_oi_change > 0 THEN 'short_buildup'
        WHEN p_price_change < 0 AND p_oi_change < 0 THEN 'long_unwinding'
        WHEN p_price_change > 0 AND p_oi_change < 0 THEN 'short_covering'
    END;
$$;
