-- The IV at a maturity from those of its two neighbours, linear in total variance.
--
-- p_near and p_far are {years, iv}, p_near of at most p_years and p_far of at least that. With
-- one of them NULL it is the other's; with both NULL it is NULL.
CREATE FUNCTION ops.iv_at_maturity(
    p_near double precision[], p_far double precision[], p_years double precision
) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
SELECT
    CASE
        WHEN p_far IS NULL OR p_far[1] = p_near[1] THEN p_near[2]
        WHEN p_near IS NULL THEN p_far[2]
        ELSE sqrt(
            (
                p_near[2] ^ 2 * p_near[1] * (p_far[1] - p_years)
                + p_far[2] ^ 2 * p_far[1] * (p_years - p_near[1])
            ) / (p_far[1] - p_near[1]) / p_years
        )
    END;
$$;
