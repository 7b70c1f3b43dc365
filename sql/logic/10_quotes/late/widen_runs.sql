-- Derive the contracts' sessions of pg_temp.batch_session whole: bring in all their stored quotes.
CREATE FUNCTION ops.widen_runs(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    DELETE FROM pg_temp.batch_series AS series
    USING pg_temp.batch_session AS wide
    WHERE
        series.arrival = 'regrown'
        AND NOT wide.is_whole
        AND series.contract = wide.contract
        AND series.session = wide.session;
    UPDATE pg_temp.batch_series AS series
    SET
        in_run = FALSE, run_after = NULL,
        seed_call_volume = NULL, seed_put_volume = NULL, seed_call_oi = NULL, seed_put_oi = NULL,
        seed_call_falls = NULL, seed_put_falls = NULL
    FROM pg_temp.batch_session AS wide
    WHERE
        NOT wide.is_whole
        AND series.contract = wide.contract
        AND series.session = wide.session;
    INSERT INTO pg_temp.batch_series (
        contract, has_volume_growth, has_oi_growth,
        session, in_run, quote_time, in_session, arrival, is_late,
        was_in_session, was_call_dropout, was_put_dropout, was_call_doubted, was_put_doubted,
        call_volume, put_volume, call_oi, put_oi
    )
    SELECT
        wide.contract, listed.has_volume_growth, listed.has_oi_growth,
        wide.session, FALSE, stored.quote_time, TRUE, 'regrown', FALSE,
        TRUE, stored.call_dropout, stored.put_dropout,
        stored.call_volume_doubted, stored.put_volume_doubted,
        stored.call_volume, stored.put_volume, stored.call_oi, stored.put_oi
    FROM pg_temp.batch_session AS wide
    INNER JOIN pg_temp.batch_contract AS listed ON wide.contract = listed.contract
    CROSS JOIN
        LATERAL (
            SELECT
                raw.quote_time, raw.call_dropout, raw.put_dropout,
                raw.call_volume_doubted, raw.put_volume_doubted,
                raw.call_volume, raw.put_volume, raw.call_oi, raw.put_oi
            FROM ops.raw_quote AS raw
            WHERE
                raw.symbol = listed.symbol
                AND raw.expiry = listed.expiry
                AND raw.strike = listed.strike
                AND raw.session = wide.session
                AND raw.in_session
                AND raw.quote_time >= p_from
                AND raw.quote_time < p_to
            -- keeps the planner to the index by contract
            OFFSET 0
        ) AS stored
    -- NOT IN is hashed: what one batch corrects fits.
    WHERE NOT wide.is_whole AND (wide.contract, stored.quote_time) NOT IN (
        SELECT series.contract, series.quote_time
        FROM pg_temp.batch_series AS series
        WHERE series.arrival = 'correction'
    );
    UPDATE pg_temp.batch_session SET is_whole = TRUE
    WHERE NOT is_whole;
END;
$$;
