-- Derive drop-outs and growths of the batch, into pg_temp.batch_growth.
--
-- Where the batch only adds to the end of a contract's session, they follow from what the
-- contract had reached. Else the whole session is derived again, from its stored quotes and the
-- batch's together. Known volumes that are not drop-outs never fall, so the greatest is the last.
CREATE FUNCTION ops.grow_batch() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO pg_temp.batch_growth
    WITH late_session AS MATERIALIZED (
        SELECT DISTINCT quote.symbol, quote.expiry, quote.strike, quote.session
        FROM pg_temp.batch_quote AS quote
        WHERE quote.late
    ),
    every AS (
        SELECT
            quote.symbol, quote.expiry, quote.strike, quote.session, quote.quote_time, FALSE AS is_stored,
            quote.call_volume, quote.call_oi, quote.put_volume, quote.put_oi,
            CASE WHEN seeded.is_seeded THEN quote.seed_call_volume END AS seed_call_volume,
            CASE WHEN seeded.is_seeded THEN quote.seed_put_volume END AS seed_put_volume,
            CASE WHEN seeded.is_seeded THEN quote.seed_call_oi END AS seed_call_oi,
            CASE WHEN seeded.is_seeded THEN quote.seed_put_oi END AS seed_put_oi
        FROM pg_temp.batch_quote AS quote
        LEFT JOIN late_session USING (symbol, expiry, strike, session)
        CROSS JOIN LATERAL (SELECT late_session.symbol IS NULL AS is_seeded) AS seeded
        UNION ALL
        SELECT
            stored.symbol, stored.expiry, stored.strike, stored.session, stored.quote_time, TRUE,
            stored.call_volume, stored.call_oi, stored.put_volume, stored.put_oi,
            NULL, NULL, NULL, NULL
        FROM late_session
        CROSS JOIN LATERAL (
            SELECT raw.*
            FROM ops.raw_quote AS raw
            WHERE raw.symbol = late_session.symbol
                AND raw.expiry = late_session.expiry
                AND raw.strike = late_session.strike
                AND raw.session = late_session.session
                AND raw.quote_time >= late_session.session - 1
                AND raw.quote_time < late_session.session + 2
            OFFSET 0 -- keeps the planner to the index, contract by contract
        ) AS stored
    ),
    known AS (
        SELECT DISTINCT ON (every.symbol, every.expiry, every.strike, every.session, every.quote_time)
            every.*
        FROM every
        ORDER BY
            every.symbol, every.expiry, every.strike, every.session, every.quote_time,
            every.is_stored -- a correction comes before what it corrects
    ),
    reached AS (
        SELECT
            known.*,
            greatest(known.seed_call_volume, max(known.call_volume) OVER before) AS call_reached,
            greatest(known.seed_put_volume, max(known.put_volume) OVER before) AS put_reached
        FROM known
        WINDOW before AS (
            PARTITION BY known.symbol, known.expiry, known.strike, known.session
            ORDER BY known.quote_time ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    ),
    marked AS (
        SELECT
            reached.*,
            coalesce(reached.call_volume < reached.call_reached, FALSE) AS call_dropout,
            coalesce(reached.put_volume < reached.put_reached, FALSE) AS put_dropout
        FROM reached
    ),
    counted AS (
        SELECT
            marked.symbol, marked.expiry, marked.strike, marked.quote_time, marked.session,
            marked.is_stored, marked.call_dropout, marked.put_dropout,
            marked.call_reached, marked.put_reached,
            CASE WHEN NOT marked.call_dropout THEN marked.call_volume END AS call_volume,
            CASE WHEN NOT marked.put_dropout THEN marked.put_volume END AS put_volume,
            CASE WHEN NOT marked.call_dropout THEN marked.call_oi END AS call_oi,
            CASE WHEN NOT marked.put_dropout THEN marked.put_oi END AS put_oi,
            coalesce(ops.last_known(CASE WHEN NOT marked.call_dropout THEN marked.call_oi END) OVER before, marked.seed_call_oi) AS call_oi_before,
            coalesce(ops.last_known(CASE WHEN NOT marked.put_dropout THEN marked.put_oi END) OVER before, marked.seed_put_oi) AS put_oi_before
        FROM marked
        WINDOW before AS (
            PARTITION BY marked.symbol, marked.expiry, marked.strike, marked.session
            ORDER BY marked.quote_time ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    )
    SELECT
        counted.symbol, counted.expiry, counted.strike, counted.quote_time, counted.session,
        counted.is_stored, counted.call_dropout, counted.put_dropout,
        counted.call_volume - coalesce(counted.call_reached, 0),
        counted.put_volume - coalesce(counted.put_reached, 0),
        counted.call_oi - coalesce(counted.call_oi_before, counted.call_oi),
        counted.put_oi - coalesce(counted.put_oi_before, counted.put_oi),
        coalesce(counted.call_volume, counted.call_reached),
        coalesce(counted.put_volume, counted.put_reached),
        coalesce(counted.call_oi, counted.call_oi_before),
        coalesce(counted.put_oi, counted.put_oi_before)
    FROM counted;
    ANALYZE pg_temp.batch_growth (symbol, expiry, strike, quote_time);
END;
$$;
