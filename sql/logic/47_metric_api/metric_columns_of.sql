-- The columns of one metric's answer, by a plan that is kept, as that of ops.metric_parameters_of.
CREATE FUNCTION ops.metric_columns_of(p_metric text) RETURNS SETOF ops.metric_column
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT *
    FROM ops.metric_column AS answered
    WHERE answered.metric = p_metric;
END;
$$;
