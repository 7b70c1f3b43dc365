-- How prices of a ticker are written: a step is minmov / pricescale.
--
-- Options by the tick of their symbol, an underlying by the decimals of its newest daily bar where
-- a feed brought it.
CREATE FUNCTION ops.udf_price_scale(
    p_ticker text, OUT pricescale integer, OUT minmov integer
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_parts record := ops.udf_parts(p_ticker);
    v_tick numeric;
    v_decimals integer;
BEGIN
    IF v_parts.indicator IS NOT NULL THEN
        SELECT known.decimals INTO v_decimals
        FROM ops.udf_indicator AS known
        WHERE known.name = v_parts.indicator;
    ELSIF v_parts.strike IS NOT NULL THEN
        SELECT instrument.tick::numeric INTO v_tick
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = v_parts.symbol;
        v_decimals := greatest(2, min_scale(v_tick));
    ELSE
        SELECT least(6, greatest(2, min_scale(bar.high::numeric), min_scale(bar.close::numeric)))
        INTO v_decimals
        FROM fo.underlying_bars_1d AS bar
        WHERE bar.symbol = v_parts.symbol AND bar.underlying_source = 'feed'
        ORDER BY bar.bucket_time DESC
        LIMIT 1;
        v_decimals := coalesce(v_decimals, 2);
    END IF;
    pricescale := (10::numeric ^ least(v_decimals, 9))::integer;
    minmov := greatest(1, round(coalesce(v_tick, 0) * pricescale));
END;
$$;
