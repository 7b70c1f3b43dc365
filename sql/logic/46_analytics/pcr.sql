-- Put-call ratios of an expiry, or of each and of all together.
CREATE FUNCTION analytics.pcr(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    call_oi bigint,
    put_oi bigint,
    pcr_oi double precision,
    call_volume bigint,
    put_volume bigint,
    pcr_volume double precision,
    known_legs bigint,
    known_volume_legs bigint,
    legs bigint
)
LANGUAGE sql STABLE AS $$
WITH metrics AS (
    SELECT own.*, day.day = max(day.day) OVER () AS is_newest
    FROM analytics.expiry_metrics(p_symbol, p_expiry, p_at) AS own
    CROSS JOIN LATERAL (SELECT fo.bucket_start('1 day', own.as_of - own.age) AS day) AS day
),

total AS (
    SELECT
        metrics.expiry,
        sum(metrics.call_oi)::bigint AS call_oi,
        sum(metrics.put_oi)::bigint AS put_oi,
        sum(metrics.call_volume) FILTER (WHERE metrics.is_newest)::bigint AS newest_call_volume,
        sum(metrics.put_volume) FILTER (WHERE metrics.is_newest)::bigint AS newest_put_volume,
        sum(metrics.call_volume)::bigint AS own_call_volume,
        sum(metrics.put_volume)::bigint AS own_put_volume,
        sum(metrics.known_oi_legs)::bigint AS known_legs,
        sum(metrics.known_volume_legs)::bigint AS known_volume_legs,
        sum(metrics.legs)::bigint AS legs
    FROM metrics
    GROUP BY GROUPING SETS ((metrics.expiry), ())
    HAVING metrics.expiry IS NOT NULL OR (p_expiry IS NULL AND count(*) > 0)
)

SELECT
    total.expiry,
    total.call_oi,
    total.put_oi,
    total.put_oi::double precision / nullif(total.call_oi, 0),
    volume.calls,
    volume.puts,
    volume.puts::double precision / nullif(volume.calls, 0),
    total.known_legs,
    total.known_volume_legs,
    total.legs
FROM total
CROSS JOIN
    LATERAL (
        SELECT
            CASE
                WHEN total.expiry IS NULL THEN total.newest_call_volume
                ELSE total.own_call_volume
            END AS calls,
            CASE
                WHEN total.expiry IS NULL THEN total.newest_put_volume
                ELSE total.own_put_volume
            END AS puts
    ) AS volume
ORDER BY total.expiry NULLS LAST;
$$;

COMMENT ON FUNCTION analytics.pcr IS
'Put-call ratios: the sum of put OI over the sum of call OI, and the same of the volume of the '
'newest session in the chain. One row per expiry; p_expiry NULL means every live expiry, and '
'adds a row with no expiry for all of them together, with the volumes of the newest session '
'among them. Sums are in units of the underlying and leave out what is unknown: of the chain''s '
'legs known_legs are in those of OI, known_volume_legs in those of volume; NULL where all is '
'unknown. A ratio is NULL where there is no call to divide by. No chain, no row.';
