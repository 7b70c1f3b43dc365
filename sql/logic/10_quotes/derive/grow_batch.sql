-- Derive drop-outs and growths of pg_temp.batch_series, into pg_temp.batch_quote.
--
-- Run by run, from what the seeds say was reached before it. Known volumes that are not
-- drop-outs never fall, so the greatest is the last.
CREATE FUNCTION ops.grow_batch() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_quote (
        row_no, chain, contract, session, in_run, quote_time, in_session, arrival, is_last,
        live_time,
        was_call_dropout, was_put_dropout, call_dropout, put_dropout,
        call_volume_growth, put_volume_growth, call_oi_growth, put_oi_growth,
        call_volume_reached, put_volume_reached, call_oi_known, put_oi_known
    )
    WITH reached AS (
        SELECT
            series.*,
            greatest(series.seed_call_volume, max(series.call_volume) OVER before) AS call_reached,
            greatest(series.seed_put_volume, max(series.put_volume) OVER before) AS put_reached,
            max(series.quote_time) FILTER (WHERE series.in_session) OVER before AS live_before,
            lead(FALSE, 1, TRUE) OVER before AS is_last
        FROM pg_temp.batch_series AS series
        WINDOW before AS (
            PARTITION BY series.contract, series.session, series.run_after
            ORDER BY series.quote_time ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    ),

    marked AS (
        SELECT
            reached.*,
            coalesce(reached.call_volume < reached.call_reached, FALSE) AS call_dropout,
            coalesce(reached.put_volume < reached.put_reached, FALSE) AS put_dropout
        FROM reached
    ),

    known AS (
        SELECT
            marked.*,
            ops.last_known(marked.call_oi) FILTER (WHERE NOT marked.call_dropout) OVER before
                AS call_oi_before,
            ops.last_known(marked.put_oi) FILTER (WHERE NOT marked.put_dropout) OVER before
                AS put_oi_before,
            CASE WHEN NOT marked.call_dropout THEN marked.call_volume END AS call_volume_now,
            CASE WHEN NOT marked.put_dropout THEN marked.put_volume END AS put_volume_now,
            CASE WHEN NOT marked.call_dropout THEN marked.call_oi END AS call_oi_now,
            CASE WHEN NOT marked.put_dropout THEN marked.put_oi END AS put_oi_now
        FROM marked
        WINDOW before AS (
            PARTITION BY marked.contract, marked.session, marked.run_after
            ORDER BY marked.quote_time ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    )

    SELECT
        known.row_no, known.chain, known.contract, known.session, known.in_run,
        known.quote_time, known.in_session, known.arrival, known.is_last,
        CASE WHEN known.in_session THEN known.quote_time ELSE known.live_before END,
        known.was_call_dropout, known.was_put_dropout,
        known.call_dropout, known.put_dropout,
        known.call_volume_now - coalesce(known.call_reached, 0),
        known.put_volume_now - coalesce(known.put_reached, 0),
        known.call_oi_now - coalesce(known.call_oi_before, known.seed_call_oi, known.call_oi_now),
        known.put_oi_now - coalesce(known.put_oi_before, known.seed_put_oi, known.put_oi_now),
        greatest(known.call_reached, known.call_volume),
        greatest(known.put_reached, known.put_volume),
        coalesce(known.call_oi_now, known.call_oi_before, known.seed_call_oi),
        coalesce(known.put_oi_now, known.put_oi_before, known.seed_put_oi)
    FROM known;
END;
$$;
