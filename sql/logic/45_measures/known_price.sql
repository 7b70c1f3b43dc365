-- The price of a leg in every metric: the middle of its market, else the last traded price.
CREATE FUNCTION ops.known_price(
    p_bid double precision, p_ask double precision, p_ltp double precision,
    p_tick double precision
) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(ops.market_price(p_bid, p_ask, p_tick), p_ltp);
$$;
