-- The timeframe of a resolution, as TradingView writes it: minutes, or D for days.
CREATE FUNCTION ops.udf_timeframe(p_resolution text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM ops.check_known('resolution', p_resolution, '{1,5,15,60,1D,D}');
    RETURN CASE p_resolution
        WHEN '60' THEN '1h' WHEN '1D' THEN '1d' WHEN 'D' THEN '1d' ELSE p_resolution || 'min'
    END;
END;
$$;
