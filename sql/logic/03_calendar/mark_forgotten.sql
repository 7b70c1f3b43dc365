-- Mark as stale the buckets of a symbol's quotes between two instants, before they are deleted.
--
-- A chain has the newest quote of each contract. So later minutes of fo.expiry_metrics change as
-- well, until each contract is quoted again or has expired.
CREATE FUNCTION ops.mark_forgotten(
    p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)
    SELECT DISTINCT rollup.rollup, p_symbol, fo.bucket_start(rollup.width, moment.quote_time)
    FROM fo.underlying_quote AS moment
    CROSS JOIN job.rollup AS rollup
    WHERE
        moment.symbol = p_symbol
        AND moment.quote_time >= p_from
        AND moment.quote_time < p_to
        AND moment.in_session
        AND rollup.source IN ('option_quote', 'underlying_quote');
    INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)
    SELECT DISTINCT 'expiry_metrics', p_symbol, fo.bucket_start('1 minute', moment.quote_time)
    FROM fo.underlying_quote AS moment
    WHERE
        moment.symbol = p_symbol
        AND moment.quote_time >= p_to
        AND moment.in_session
        AND moment.quote_time < (
            SELECT max(least(coalesce(next.quote_time, 'infinity'), life.expires_at))
            FROM (
                SELECT DISTINCT quote.expiry, quote.strike
                FROM fo.option_quote AS quote
                WHERE
                    quote.symbol = p_symbol
                    AND quote.quote_time >= p_from
                    AND quote.quote_time < p_to
            ) AS touched
            INNER JOIN fo.expiry AS life
                ON life.symbol = p_symbol AND touched.expiry = life.expiry
            LEFT JOIN LATERAL (
                SELECT later.quote_time
                FROM fo.option_quote AS later
                WHERE
                    later.symbol = p_symbol
                    AND later.expiry = touched.expiry
                    AND later.strike = touched.strike
                    AND later.quote_time >= p_to
                    AND later.in_session
                ORDER BY later.quote_time
                LIMIT 1
            ) AS next ON TRUE
        );
END;
$$;
