-- The figures of one quote, in the order of the columns of ops.chain_head.
CREATE FUNCTION ops.chain_row(p_quote fo.option_quote) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT json_build_array(
    p_quote.strike, p_quote.moneyness_level, p_quote.call_moneyness, p_quote.put_moneyness,
    p_quote.call_ltp, p_quote.call_bid, p_quote.call_ask, p_quote.call_bid_qty,
    p_quote.call_ask_qty, p_quote.call_volume, p_quote.call_oi, p_quote.call_iv, p_quote.call_delta,
    p_quote.call_gamma, p_quote.call_theta, p_quote.call_vega, p_quote.call_volume_growth,
    p_quote.call_oi_growth, p_quote.call_dropout, p_quote.call_volume_doubted, p_quote.put_ltp,
    p_quote.put_bid, p_quote.put_ask, p_quote.put_bid_qty, p_quote.put_ask_qty, p_quote.put_volume,
    p_quote.put_oi, p_quote.put_iv, p_quote.put_delta, p_quote.put_gamma, p_quote.put_theta,
    p_quote.put_vega, p_quote.put_volume_growth, p_quote.put_oi_growth, p_quote.put_dropout,
    p_quote.put_volume_doubted
)::text;
$$;
