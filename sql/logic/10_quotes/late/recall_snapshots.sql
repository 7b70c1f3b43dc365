-- Bring the stored quotes of the moments in pg_temp.batch_moment back into the batch, as they came.
--
-- They get rows of their own in pg_temp.quote_batch, and in pg_temp.batch_quote with the arrival
-- 'stored'. A moment is recalled once. Never by all of a day, of which the planner may know no more
-- than the first snapshot.
CREATE FUNCTION ops.recall_snapshots() RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
DECLARE
    v_last_row_no integer := (SELECT max(batch.row_no) FROM pg_temp.quote_batch AS batch);
    v_from timestamptz;
    v_to timestamptz;
BEGIN
    SELECT min(moment.quote_time), max(moment.quote_time) INTO v_from, v_to
    FROM pg_temp.batch_moment AS moment
    WHERE NOT moment.is_recalled;
    WITH recalled AS MATERIALIZED (
        SELECT v_last_row_no + row_number() OVER () AS row_no, market.symbol_no, stored.*
        FROM pg_temp.batch_moment AS moment
        INNER JOIN pg_temp.batch_market AS market ON moment.symbol = market.symbol
        CROSS JOIN
            LATERAL (
                SELECT raw.*
                FROM ops.raw_quote AS raw
                WHERE
                    raw.symbol = moment.symbol
                    AND raw.quote_time = moment.quote_time
                    AND raw.quote_time BETWEEN v_from AND v_to -- spares the other days
                -- keeps the planner to the index by time, moment by moment
                OFFSET 0
            ) AS stored
        WHERE NOT moment.is_recalled
    ),

    copied AS (
        INSERT INTO pg_temp.quote_batch (
            row_no, quote_time, exchange_time, symbol, expiry, strike, underlying, forward,
            call_ltp, call_bid, call_ask, call_iv, call_delta, call_gamma, call_theta, call_vega,
            put_ltp, put_bid, put_ask, put_iv, put_delta, put_gamma, put_theta, put_vega,
            call_bid_qty, call_ask_qty, call_volume, call_oi, call_prev_oi,
            put_bid_qty, put_ask_qty, put_volume, put_oi, put_prev_oi
        )
        SELECT
            recalled.row_no, recalled.quote_time, coalesce(recalled.exchange_time, '-infinity'),
            recalled.symbol_no, recalled.expiry, recalled.strike,
            coalesce(recalled.underlying, 'NaN'), coalesce(recalled.forward, 'NaN'),
            coalesce(recalled.call_ltp, 'NaN'),
            coalesce(recalled.call_bid, 'NaN'), coalesce(recalled.call_ask, 'NaN'),
            coalesce(recalled.call_iv, 'NaN'), coalesce(recalled.call_delta, 'NaN'),
            coalesce(recalled.call_gamma, 'NaN'), coalesce(recalled.call_theta, 'NaN'),
            coalesce(recalled.call_vega, 'NaN'), coalesce(recalled.put_ltp, 'NaN'),
            coalesce(recalled.put_bid, 'NaN'), coalesce(recalled.put_ask, 'NaN'),
            coalesce(recalled.put_iv, 'NaN'), coalesce(recalled.put_delta, 'NaN'),
            coalesce(recalled.put_gamma, 'NaN'), coalesce(recalled.put_theta, 'NaN'),
            coalesce(recalled.put_vega, 'NaN'), coalesce(recalled.call_bid_qty, unknown.n),
            coalesce(recalled.call_ask_qty, unknown.n), coalesce(recalled.call_volume, unknown.n),
            coalesce(recalled.call_oi, unknown.n), coalesce(recalled.call_prev_oi, unknown.n),
            coalesce(recalled.put_bid_qty, unknown.n),
            coalesce(recalled.put_ask_qty, unknown.n), coalesce(recalled.put_volume, unknown.n),
            coalesce(recalled.put_oi, unknown.n), coalesce(recalled.put_prev_oi, unknown.n)
        FROM recalled
        CROSS JOIN (VALUES (-9223372036854775808)) AS unknown (n)
    )

    INSERT INTO pg_temp.batch_stored (
        row_no, in_session, call_dropout, put_dropout, call_doubted, put_doubted,
        call_volume, put_volume,
        call_volume_growth, put_volume_growth, call_oi_growth, put_oi_growth
    )
    SELECT
        recalled.row_no, recalled.in_session, recalled.call_dropout, recalled.put_dropout,
        recalled.call_volume_doubted, recalled.put_volume_doubted,
        recalled.call_held, recalled.put_held,
        recalled.call_volume_growth, recalled.put_volume_growth,
        recalled.call_oi_growth, recalled.put_oi_growth
    FROM recalled;
    UPDATE pg_temp.batch_moment SET is_recalled = TRUE
    WHERE NOT is_recalled;
    PERFORM ops.list_stored(v_last_row_no);
END;
$$;
