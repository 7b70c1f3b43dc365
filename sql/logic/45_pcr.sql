-- Put-call ratios of one expiry.
CREATE FUNCTION analytics.pcr(
    p_symbol text, p_expiry date, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    call_oi bigint,
    put_oi bigint,
    pcr_oi double precision,
    call_volume bigint,
    put_volume bigint,
    pcr_volume double precision
)
LANGUAGE sql STABLE AS $$
WITH chain AS (
    SELECT
        found.*,
        found.session = max(found.session) OVER () AS is_newest
    FROM analytics.chain(p_symbol, p_expiry, p_at) AS found
),
total AS (
    SELECT
        sum(chain.call_oi)::bigint AS call_oi,
        sum(chain.put_oi)::bigint AS put_oi,
        sum(chain.call_volume) FILTER (WHERE chain.is_newest)::bigint AS call_volume,
        sum(chain.put_volume) FILTER (WHERE chain.is_newest)::bigint AS put_volume
    FROM chain
    HAVING count(*) > 0
)

SELECT
    total.call_oi,
    total.put_oi,
    total.put_oi::double precision / nullif(total.call_oi, 0),
    total.call_volume,
    total.put_volume,
    total.put_volume::double precision / nullif(total.call_volume, 0)
FROM total;
$$;

COMMENT ON FUNCTION analytics.pcr IS
'Put-call ratios: the sum of put OI over the sum of call OI, and the same of the volume of the '
'newest session in the chain. Sums are in units of the underlying and leave out what is unknown; '
'NULL where all is unknown. A ratio is NULL where there is no call to divide by. No chain, no row.';
