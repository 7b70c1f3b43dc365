-- The unit of a column of analytics.features that no other metric has; NULL for any other.
CREATE FUNCTION ops.feature_unit(p_name text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
SELECT CASE
    WHEN p_name ~ '^((next_)?atm_iv|skew_25)_change_' OR p_name = 'session_volatility'
        THEN 'volatility of a year, as a decimal'
    WHEN p_name ~ '^term_slope' THEN 'volatility of a year, per year'
    WHEN p_name ~ '^(call|put)_oi_change_' THEN 'share of the OI before'
    WHEN p_name ~ '_distance$' OR p_name ~ '^straddle_ratio' THEN 'share of the underlying'
    WHEN p_name = 'net_gex_ratio' THEN 'delta per unit of OI, per 1 % of the forward'
    WHEN p_name = 'spread_near' THEN 'share of the middle'
    WHEN p_name ~ '^return_' THEN 'natural logarithm'
    WHEN p_name ~ '^minutes_' THEN 'minutes'
END;
$$;
