-- A computed figure as the market writes one: 212.6 and not 212.60000000000002.
--
-- Of 15 significant digits, as many as a double always has. What is stored as it came needs none of
-- it: the mean of prices does, and their sum; for a difference see ops.minus.
CREATE FUNCTION ops.as_written(p_figure double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT p_figure::numeric::double precision;
$$;
