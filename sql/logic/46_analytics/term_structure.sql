-- The IV at the money by expiry, and what it says of the time between two of them.
CREATE FUNCTION analytics.term_structure(
    p_symbol text, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    years double precision,
    atm_iv double precision,
    total_variance double precision,
    forward_iv double precision,
    slope double precision
)
LANGUAGE sql STABLE AS $$
WITH term AS (
    SELECT
        metrics.expiry, metrics.years, metrics.atm_iv,
        metrics.atm_iv ^ 2 * metrics.years AS total_variance
    FROM analytics.expiry_metrics(p_symbol, NULL, p_at) AS metrics
),

step AS (
    SELECT
        term.*,
        term.years - lag(term.years) OVER upwards AS more_years,
        term.atm_iv - lag(term.atm_iv) OVER upwards AS more_iv,
        term.total_variance - lag(term.total_variance) OVER upwards AS more_variance
    FROM term
    -- The expiry before is the last one with an IV.
    WINDOW upwards AS (PARTITION BY term.atm_iv IS NULL ORDER BY term.years)
)

SELECT
    step.expiry, step.years, step.atm_iv, step.total_variance,
    CASE WHEN step.more_variance >= 0 THEN sqrt(step.more_variance / step.more_years) END,
    step.more_iv / step.more_years
FROM step
ORDER BY step.expiry;
$$;

COMMENT ON FUNCTION analytics.term_structure IS
'The term structure: one row per live expiry. atm_iv as in analytics.atm; total_variance = '
'atm_iv^2 * years. forward_iv is the IV of the time between the expiry before (the last one that '
'has an IV) and this one: sqrt((atm_iv^2 * years - that of the one before) / (years - years '
'before)) (Hull, Options, Futures, and Other Derivatives); NULL where that is negative, which is '
'calendar arbitrage or a bad quote, and of the first. slope = (atm_iv - atm_iv before) / (years - '
'years before), per year: positive in contango.';
