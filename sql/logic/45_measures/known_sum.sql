-- The sum of what is known of two figures; NULL where neither is.
CREATE FUNCTION ops.known_sum(p_one double precision, p_other double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
SELECT
    CASE
        WHEN p_one IS NULL THEN p_other
        ELSE p_one + coalesce(p_other, 0)
    END;
$$;
