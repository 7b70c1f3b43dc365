-- What the changes of features are taken of, as of an instant; p_expiries are front and next.
CREATE FUNCTION ops.feature_term_at(p_symbol text, p_expiries date[], p_at timestamptz)
RETURNS ops.feature_term
LANGUAGE sql STABLE AS $$
SELECT
    ops.feature_term_of(
        (array_agg(metrics) FILTER (WHERE metrics.expiry = p_expiries[1]))[1],
        (array_agg(metrics) FILTER (WHERE metrics.expiry = p_expiries[2]))[1]
    )
FROM ops.measure_chains(p_symbol, p_expiries, ARRAY[p_at]) AS metrics;
$$;
