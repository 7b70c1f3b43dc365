-- A figure as a share of a positive one; NULL where that is not positive, or the two are so far
-- apart that the share is no figure.
--
-- Their logarithms are compared, because PostgreSQL raises an error where a quotient of figures
-- that are not 0 vanishes, or has no end.
CREATE FUNCTION ops.share(p_part double precision, p_whole double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT
    CASE
        WHEN p_whole > 0 AND p_part = 0 THEN 0
        WHEN p_whole > 0 AND abs(ln(abs(p_part)) - ln(p_whole)) < 200 THEN p_part / p_whole
    END;
$$;
