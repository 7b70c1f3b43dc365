-- Divide the series that have late quotes into runs, and find what each run starts from.
--
-- Only quotes in session count; those outside leave growths and volumes as they are.
-- A run is what the batch has of one contract and session between two stored quotes that follow
-- each other: run_after is the stored quote before it, and the seeds are that quote's figures.
-- A run that changes nothing behind the next stored quote is derived alone.
CREATE FUNCTION ops.find_runs(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE pg_temp.batch_series AS series
    SET
        in_run = TRUE,
        run_after = before.quote_time,
        seed_call_volume = before.call_volume,
        seed_put_volume = before.put_volume,
        seed_call_oi = before.call_oi,
        seed_put_oi = before.put_oi,
        seed_call_falls = NULL,
        seed_put_falls = NULL
    FROM (
        SELECT DISTINCT came.contract, came.session
        FROM pg_temp.batch_series AS came
        WHERE came.is_late AND came.in_session
    ) AS late
    INNER JOIN pg_temp.batch_series AS own
        ON late.contract = own.contract AND late.session = own.session AND own.in_session
    INNER JOIN pg_temp.batch_contract AS listed ON own.contract = listed.contract
    INNER JOIN pg_temp.batch_neighbour AS around
        ON listed.symbol = around.symbol AND own.quote_time = around.quote_time
    LEFT JOIN pg_temp.batch_neighbour_quote AS near
        ON own.contract = near.contract AND around.before_time = near.quote_time
    LEFT JOIN LATERAL (
        SELECT
            stored.quote_time, stored.session,
            stored.call_volume, stored.put_volume, stored.call_oi, stored.put_oi
        FROM fo.option_quote AS stored
        WHERE
            near.contract IS NULL
            AND stored.symbol = listed.symbol
            AND stored.expiry = listed.expiry
            AND stored.strike = listed.strike
            AND stored.quote_time >= p_from
            AND stored.quote_time < around.before_time
            AND stored.quote_time < p_to
            AND stored.in_session
        ORDER BY stored.quote_time DESC
        LIMIT 1
    ) AS far ON TRUE
    LEFT JOIN LATERAL (
        SELECT
            coalesce(near.quote_time, far.quote_time) AS quote_time,
            coalesce(near.call_volume, far.call_volume) AS call_volume,
            coalesce(near.put_volume, far.put_volume) AS put_volume,
            coalesce(near.call_oi, far.call_oi) AS call_oi,
            coalesce(near.put_oi, far.put_oi) AS put_oi
        WHERE coalesce(near.session, far.session) = own.session
    ) AS before ON TRUE
    WHERE series.row_no = own.row_no;
END;
$$;
