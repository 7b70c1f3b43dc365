-- The newest stored snapshot of a symbol that has another one within 7 days before it, or NULL.
CREATE FUNCTION ops.clock_with_company(p_symbol text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT moment.quote_time
FROM (
    SELECT
        each.quote_time,
        each.quote_time - lag(each.quote_time) OVER (ORDER BY each.quote_time) AS gap
    FROM fo.underlying_quote AS each
    WHERE each.symbol = p_symbol
) AS moment
WHERE moment.gap <= ops.market_reach()
ORDER BY moment.quote_time DESC
LIMIT 1;
$$;
