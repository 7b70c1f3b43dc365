-- What the bars of a ticker are read from, as SQL text with $1, its symbol, and $2, its expiry.
--
-- Columns bucket_time, open, high, low, close and volume. An indicator has a close alone. Without
-- an expiry it is of the nearest one at each time: of those that had been quoted by then, by day.
CREATE FUNCTION ops.udf_source(p_ticker text, p_timeframe text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_parts record := ops.udf_parts(p_ticker);
    v_column text := (
        SELECT known.column_name FROM ops.udf_indicator AS known
        WHERE known.name = v_parts.indicator
    );
BEGIN
    IF v_parts.strike IS NOT NULL THEN
        RETURN format(
            'SELECT bar.bucket_time, bar.%1$s_open AS open, bar.%1$s_high AS high,'
            ' bar.%1$s_low AS low, bar.%1$s_close AS close, bar.%1$s_volume AS volume'
            ' FROM fo.option_strike_bars_%2$s AS bar'
            ' WHERE bar.symbol = $1 AND bar.expiry = $2 AND bar.strike = %3$L',
            v_parts.leg, p_timeframe, v_parts.strike
        );
    ELSIF v_parts.indicator IS NULL THEN
        RETURN format(
            'SELECT bar.bucket_time, bar.open, bar.high, bar.low, bar.close,'
            ' NULL::bigint AS volume'
            ' FROM fo.underlying_bars_%s AS bar WHERE bar.symbol = $1 AND $2::date IS NULL',
            p_timeframe
        );
    END IF;
    RETURN format(
        'SELECT bar.bucket_time, NULL::float8 AS open, NULL::float8 AS high,'
        ' NULL::float8 AS low, bar.%1$I::float8 AS close, NULL::bigint AS volume'
        ' FROM fo.expiry_metrics%2$s AS bar WHERE bar.symbol = $1 AND %3$s',
        v_column,
        CASE WHEN p_timeframe <> '1min' THEN '_' || p_timeframe ELSE '' END,
        CASE
            WHEN v_parts.expiry IS NOT NULL THEN 'bar.expiry = $2'
            ELSE '$2::date IS NULL AND bar.expiry = ('
                'SELECT min(life.expiry) FROM life'
                ' WHERE life.since <= bar.bucket_time AND life.expires_at > bar.bucket_time)'
        END
    );
END;
$$;
