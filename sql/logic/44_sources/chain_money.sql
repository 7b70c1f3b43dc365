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
SELECT
    quote.expiry,
    count(*),
    (array_agg(quote.strike_gap ORDER BY quote.age ASC, quote.strike ASC))[1],
    (array_agg(quote.strike ORDER BY quote.distance, quote.strike))[1],
    min(quote.underlying),
    min(quote.forward),
    min(quote.forward_source),
    max(quote.quote_time)
FROM (
    SELECT each.*, abs(each.strike - each.underlying) AS distance
    FROM
        ops.chains(
            p_symbol, p_expiries, CASE WHEN p_at IS NOT NULL THEN ARRAY[p_at] END
        ) AS each
) AS quote
GROUP BY quote.expiry;
$$;
