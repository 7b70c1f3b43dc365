-- The parameters of one metric, by a plan that is kept: every answer asks for them several times.
CREATE FUNCTION ops.metric_parameters_of(p_metric text) RETURNS SETOF ops.metric_parameter
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT *
    FROM ops.metric_parameter AS known
    WHERE known.metric = p_metric;
END;
$$;
