-- Bring in, of what is stored between two instants, the underlyings that the feed brought.
--
-- They go to pg_temp.batch_fed: of the symbols and sessions of pg_temp.batch_spot that are not
-- complete, but for the instants that the batch itself values. expiry is NULL where one is that of
-- the whole symbol.
CREATE FUNCTION ops.recall_fed(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    INSERT INTO pg_temp.batch_fed (
        symbol, quote_time, session, expiry, implied_spot, fed_underlying
    )
    SELECT
        stored.symbol, stored.quote_time, stored.session, fed.expiry, stored.implied_spot,
        fed.underlying
    FROM (
        SELECT
            spot.symbol, spot.session,
            min(spot.quote_time) - interval '15 minutes' AS from_time,
            max(spot.quote_time) AS to_time
        FROM pg_temp.batch_spot AS spot
        WHERE NOT spot.is_complete
        GROUP BY spot.symbol, spot.session
    ) AS wanted
    CROSS JOIN
        LATERAL (
            SELECT moment.*
            FROM fo.underlying_quote AS moment
            WHERE
                moment.symbol = wanted.symbol
                AND moment.quote_time BETWEEN wanted.from_time AND wanted.to_time
                AND moment.quote_time BETWEEN p_from AND p_to -- spares the other chunks
                AND moment.session = wanted.session
                AND moment.fed_underlying IS NOT NULL
            -- a symbol at a time, by the index
            OFFSET 0
        ) AS stored
    CROSS JOIN
        LATERAL (
            SELECT NULL::date AS expiry, stored.fed_underlying AS underlying
            WHERE stored.fed_by_expiry IS NULL
            UNION ALL
            SELECT kept.expiry::date, kept.underlying::double precision
            FROM jsonb_each_text(stored.fed_by_expiry) AS kept (expiry, underlying)
        ) AS fed
    WHERE (stored.symbol, stored.quote_time) NOT IN (
        SELECT spot.symbol, spot.quote_time
        FROM pg_temp.batch_spot AS spot
    );
END;
$$;
