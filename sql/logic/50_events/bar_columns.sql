-- The figures of a bar that panels show, in the order of ops.bar_row: columns of
-- fo.latest_snapshot.
CREATE FUNCTION ops.bar_columns() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
SELECT ARRAY[
    'strike', 'moneyness_level', 'quotes', 'call_ltp', 'call_open', 'call_high', 'call_low',
    'call_close', 'call_bid', 'call_ask', 'call_volume', 'call_oi', 'call_iv', 'call_oi_change',
    'put_ltp', 'put_open', 'put_high', 'put_low', 'put_close', 'put_bid', 'put_ask', 'put_volume',
    'put_oi', 'put_iv', 'put_oi_change'
];
$$;
