-- The state of a check whose figure is better the lower it is; unknown is ok.
CREATE FUNCTION ops.state_of(
    p_value double precision, p_warn_at double precision, p_bad_at double precision
) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
SELECT CASE
    WHEN p_value > p_bad_at THEN 'bad'
    WHEN p_value > p_warn_at THEN 'warn'
    ELSE 'ok'
END;
$$;
