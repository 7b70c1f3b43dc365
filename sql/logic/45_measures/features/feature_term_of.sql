-- What the changes of features are taken of, from the figures of two expiries at an instant.
CREATE FUNCTION ops.feature_term_of(p_front fo.expiry_metrics, p_next fo.expiry_metrics)
RETURNS ops.feature_term
LANGUAGE sql IMMUTABLE AS $$
SELECT
    ROW(
        p_front.as_of - p_front.age,
        p_next.as_of - p_next.age,
        p_front.atm_iv,
        p_next.atm_iv,
        p_front.skew_25,
        (p_next.atm_iv - p_front.atm_iv) / nullif(p_next.years - p_front.years, 0),
        ops.share(p_front.straddle, p_front.underlying)
    )::ops.feature_term;
$$;
