-- Add to each run the stored quote that follows it, whose growth the run changes.
--
-- Where a leg of the session has a drop-out or a doubted volume, the session is derived whole
-- instead (see ops.list_wide_runs).
CREATE FUNCTION ops.end_runs(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_series (
        contract, has_volume_growth, has_oi_growth,
        session, in_run, run_after, quote_time, in_session, arrival, is_late,
        was_in_session, was_call_dropout, was_put_dropout, was_call_doubted, was_put_doubted,
        call_volume, put_volume, call_oi, put_oi,
        seed_call_volume, seed_put_volume, seed_call_oi, seed_put_oi
    )
    SELECT
        last.contract, last.has_volume_growth, last.has_oi_growth,
        last.session, TRUE, last.run_after,
        next.quote_time, TRUE, 'regrown', FALSE,
        TRUE, FALSE, FALSE, FALSE, FALSE,
        next.call_volume, next.put_volume, next.call_oi, next.put_oi,
        last.seed_call_volume, last.seed_put_volume, last.seed_call_oi, last.seed_put_oi
    FROM (
        SELECT DISTINCT ON (series.contract, series.session, series.run_after)
            series.*
        FROM pg_temp.batch_series AS series
        WHERE series.in_run
        ORDER BY
            series.contract ASC, series.session ASC, series.run_after ASC, series.quote_time DESC
    ) AS last
    INNER JOIN pg_temp.batch_contract AS listed ON last.contract = listed.contract
    INNER JOIN pg_temp.batch_neighbour AS around
        ON listed.symbol = around.symbol AND last.quote_time = around.quote_time
    LEFT JOIN pg_temp.batch_neighbour_quote AS near
        ON last.contract = near.contract AND around.after_time = near.quote_time
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
            AND stored.quote_time > around.after_time
            AND stored.quote_time < p_to
            AND stored.in_session
        ORDER BY stored.quote_time
        LIMIT 1
    ) AS far ON TRUE
    CROSS JOIN
        LATERAL (
            SELECT
                coalesce(near.quote_time, far.quote_time) AS quote_time,
                coalesce(near.session, far.session) AS session,
                coalesce(near.call_volume, far.call_volume) AS call_volume,
                coalesce(near.put_volume, far.put_volume) AS put_volume,
                coalesce(near.call_oi, far.call_oi) AS call_oi,
                coalesce(near.put_oi, far.put_oi) AS put_oi
        ) AS next
    WHERE last.session = next.session;
END;
$$;
