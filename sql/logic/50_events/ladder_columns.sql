-- The figures that a ladder shows beside those of a chain event, in the order of ops.ladder_row.
CREATE FUNCTION ops.ladder_columns() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
SELECT ARRAY[
    'quote_time', 'call_oi_change', 'call_oi_change_5min', 'call_oi_change_15min',
    'call_oi_change_60min', 'call_buildup', 'call_buildup_5min', 'call_buildup_15min',
    'call_buildup_60min', 'put_oi_change', 'put_oi_change_5min', 'put_oi_change_15min',
    'put_oi_change_60min', 'put_buildup', 'put_buildup_5min', 'put_buildup_15min',
    'put_buildup_60min'
];
$$;
