-- The row of analytics.constant_maturity_iv, from some expiries; NULL means all live ones.
CREATE FUNCTION ops.constant_maturity(
    p_symbol text, p_expiries date[], p_at timestamptz, p_days integer
) RETURNS TABLE (
    iv double precision,
    is_bracketed boolean,
    near_expiry date,
    near_iv double precision,
    far_expiry date,
    far_iv double precision
)
LANGUAGE sql STABLE AS $$
WITH term AS (
    SELECT
        metrics.expiry, metrics.years, metrics.atm_iv,
        metrics.years <= p_days / double precision '365' AS is_near,
        metrics.years >= p_days / double precision '365' AS is_far
    FROM ops.measure_chains(
        p_symbol, p_expiries, CASE WHEN p_at IS NOT NULL THEN ARRAY[p_at] END
    ) AS metrics
),

around AS (
    SELECT
        count(*) AS expiries,
        -- Arrays are compared by their first elements.
        max(ARRAY[term.years, term.atm_iv]) FILTER (WHERE term.is_near) AS near,
        min(ARRAY[term.years, term.atm_iv]) FILTER (WHERE term.is_far) AS far,
        max(term.expiry) FILTER (WHERE term.is_near) AS near_expiry,
        min(term.expiry) FILTER (WHERE term.is_far) AS far_expiry
    FROM term
    WHERE term.atm_iv IS NOT NULL
)

SELECT
    ops.iv_at_maturity(around.near, around.far, p_days / double precision '365'),
    around.near IS NOT NULL AND around.far IS NOT NULL,
    around.near_expiry, around.near[2], around.far_expiry, around.far[2]
FROM around
WHERE EXISTS (SELECT FROM term);
$$;
