-- The unit of a column of a metric's answer; NULL for texts, flags, dates and instants.
CREATE FUNCTION ops.column_unit(p_metric text, p_name text, p_type regtype) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
SELECT CASE
    WHEN p_type = 'interval'::regtype THEN 'seconds'
    WHEN
        p_type <> ALL('{smallint,integer,bigint,numeric,real,double precision}'::regtype[])
        THEN NULL
    WHEN p_metric = 'features' AND ops.feature_unit(p_name) IS NOT NULL
        THEN ops.feature_unit(p_name)
    WHEN p_metric = 'surface' AND p_name = 'delta' THEN 'percent of delta'
    WHEN
        p_name ~ '(^|_)iv$'
        OR p_name ~ '^(realised|parkinson|intraday|implied|premium)(_then)?$'
        OR p_name IN ('skew_25', 'butterfly_25')
        OR (p_metric = 'iv_rank' AND p_name IN ('low', 'high'))
        THEN 'volatility of a year, as a decimal'
    WHEN p_metric IN ('predictions', 'calibration') AND p_name = 'value'
        THEN 'probability, 0 to 1'
    WHEN p_name = 'outcome' THEN '1 or 0'
    WHEN p_name IN ('version', 'outcomes') THEN 'count'
    WHEN p_name ~ '(^|_)log_loss$' THEN 'nats'
    WHEN p_name = 'threshold' THEN 'share, 0 to 1'
    WHEN p_name IN ('value', 'call', 'put') THEN 'that of the indicator'
    WHEN p_name ~ '(^|_)z$' THEN 'standard deviations'
    WHEN p_name ~ '_percent$' THEN 'percent'
    WHEN p_name ~ '(_share|_percentile)$' THEN 'share, 0 to 1'
    WHEN p_name ~ '(^|_)(score|weight|turnover|unusualness)$' THEN 'score, 0 to 1'
    WHEN p_name ~ '^(pcr_|volume_to_oi)' OR p_name = 'iv_rank' THEN 'ratio'
    WHEN p_name ~ '(^|_)(legs|sessions|strikes|quotes|returns)$' THEN 'count'
    WHEN p_name = 'moneyness_level' THEN 'strikes from the money'
    WHEN p_name = 'log_moneyness' THEN 'natural logarithm'
    WHEN p_name = 'total_variance' THEN 'volatility of a year, squared, times years'
    WHEN p_name = 'slope' THEN 'volatility of a year, per year'
    WHEN p_name = 'years' THEN 'years of 365 days'
    WHEN p_name ~ '(^|_)gex$' THEN 'currency per 1 % of the forward'
    WHEN p_name ~ '(^|_)vanna$' THEN 'currency per 0.01 of IV'
    WHEN p_name ~ '(^|_)charm$' THEN 'currency per day'
    WHEN p_name ~ '(^|_)(dex|payout|premium|premium_running)$' THEN 'currency'
    WHEN p_name ~ '(^|_)delta$' THEN 'price per 1.0 of the underlying'
    WHEN p_name ~ '(^|_)gamma$' THEN 'delta per 1.0 of the underlying'
    WHEN p_name ~ '(^|_)theta$' THEN 'price per day'
    WHEN p_name ~ '(^|_)vega$' THEN 'price per 0.01 of IV'
    WHEN
        p_name ~ '(^|_)(open|high|low|close|ltp|bid|ask|price|price_change|straddle)$'
        OR p_name ~ '(^|_)(strike|wall|underlying|forward|atm|max_pain|support|resistance)$'
        OR p_name ~ '^(basis|distance|realised_move|gex_flip|straddle_change|strike_gap)$'
        OR p_name ~ '^(straddle|expected_move)(_at_first)?$'
        THEN 'price'
    WHEN p_name ~ '(^|_)(oi|volume|lot|qty)(_|$)' THEN 'units of the underlying'
END;
$$;
