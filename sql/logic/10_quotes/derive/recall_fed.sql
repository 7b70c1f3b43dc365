-- Bring in, of what is stored between two instants, the underlyings that the feed brought.
--
-- They go to pg_temp.batch_fed: of the symbols and sessions of pg_temp.batch_spot that are not
-- complete, but for the instants that the batch itself values.
CREATE FUNCTION ops.recall_fed(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    INSERT INTO pg_temp.batch_fed (symbol, quote_time, session, implied_spot, fed_underlying)
    SELECT
        stored.symbol, stored.quote_time, stored.session, stored.implied_spot,
        stored.fed_underlying
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
            OFFSET 0 -- a symbol at a time, by the index
        ) AS stored
    WHERE (stored.symbol, stored.quote_time) NOT IN (
        SELECT spot.symbol, spot.quote_time
        FROM pg_temp.batch_spot AS spot
    );
END;
$$;
