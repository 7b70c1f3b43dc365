-- How many standard deviations a figure lies above its mean.
--
-- NULL with fewer than three sessions, and where they do not deviate: what is left of a constant
-- in a sum of doubles is no deviation.
CREATE FUNCTION ops.z_score(p_figure double precision, p_past ops.spread) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
SELECT
    CASE
        WHEN (p_past).sessions >= 3 AND (p_past).deviation > 1e-9 * abs((p_past).mean)
            THEN (p_figure - (p_past).mean) / (p_past).deviation
    END;
$$;
