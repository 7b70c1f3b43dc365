-- The timeframes that a metric has, as a reader may send them.
CREATE FUNCTION ops.timeframes_of(p_metric text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
SELECT CASE p_metric
    WHEN 'strike_distribution' THEN '{live,1min,5min,15min}'::text[]
    WHEN 'moneyness_series' THEN '{5min}'
    ELSE '{1min,5min,15min,1h,1d}'
END;
$$;
