-- The difference of two figures as the market writes them: 0.1 of 24600.1 and 24600, no tail of
-- doubles.
CREATE FUNCTION ops.minus(
    p_figure double precision, p_other double precision
) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (p_figure::numeric - p_other::numeric)::double precision;
$$;
