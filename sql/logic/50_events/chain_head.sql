-- The beginning of a quote's chain events, before their rows.
--
-- rows hold the figures in the order of columns. Quotes of one snapshot and expiry have one head.
CREATE FUNCTION ops.chain_head(p_quote fo.option_quote, p_clock timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT json_build_object(
    'topic', 'chain',
    'symbol', p_quote.symbol,
    'expiry', p_quote.expiry,
    'clock', p_clock,
    'quote_time', p_quote.quote_time,
    'exchange_time', p_quote.exchange_time,
    'session', p_quote.session,
    'underlying', p_quote.underlying,
    'underlying_source', p_quote.underlying_source,
    'forward', p_quote.forward,
    'forward_source', p_quote.forward_source,
    'strike_gap', p_quote.strike_gap,
    'columns', ARRAY[
        'strike', 'moneyness_level', 'call_moneyness', 'put_moneyness', 'call_ltp', 'call_bid',
        'call_ask', 'call_bid_qty', 'call_ask_qty', 'call_volume', 'call_oi', 'call_iv',
        'call_delta', 'call_gamma', 'call_theta', 'call_vega', 'call_volume_growth',
        'call_oi_growth', 'call_dropout', 'call_volume_doubted', 'put_ltp', 'put_bid', 'put_ask',
        'put_bid_qty', 'put_ask_qty', 'put_volume', 'put_oi', 'put_iv', 'put_delta', 'put_gamma',
        'put_theta', 'put_vega', 'put_volume_growth', 'put_oi_growth', 'put_dropout',
        'put_volume_doubted'
    ]
)::text;
$$;
