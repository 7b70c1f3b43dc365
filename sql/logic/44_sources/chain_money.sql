-- Where the money of a symbol's chains is, now or as it was known at an instant.
--
-- One row per expiry that has quotes; p_expiries NULL: all that are live, or were. nearest is the
-- strike nearest the underlying (a tie: the lower), whatever the underlying.
CREATE FUNCTION ops.chain_money(
    p_symbol text, p_expiries date[], p_at timestamptz
) RETURNS TABLE (
    expiry date,
    strikes bigint,
    strike_gap double precision,
    nearest double precision,
    underlying double precision,
    forward double precision,
    forward_source text,
    quote_time timestamptz
)
LANGUAGE sql STABLE AS $$
WITH quote AS MATERIALIZED (
    SELECT
        each.expiry, each.strike, each.strike_gap, each.underlying, each.forward,
        each.forward_source, each.quote_time
    FROM
        ops.chain_quotes(
            p_symbol, p_expiries, CASE WHEN p_at IS NOT NULL THEN ARRAY[p_at] END
        ) AS each
)

SELECT
    newest.expiry,
    count(*),
    min(newest.strike_gap),
    (array_agg(quote.strike ORDER BY abs(quote.strike - newest.underlying), quote.strike))[1],
    min(newest.underlying),
    min(newest.forward),
    min(newest.forward_source),
    max(quote.quote_time)
FROM quote
INNER JOIN (
    SELECT DISTINCT ON (each.expiry) each.*
    FROM quote AS each
    ORDER BY each.expiry ASC, each.quote_time DESC, each.strike ASC
) AS newest ON quote.expiry = newest.expiry
GROUP BY newest.expiry;
$$;
