-- Join runs that only a quote divides which the batch corrects.
--
-- Such a quote is not what is stored of it any more, so the run goes on from the one before.
CREATE FUNCTION ops.join_runs() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    WITH begun AS (
        SELECT
            series.*,
            lag(series.quote_time) OVER course IS NULL
            OR coalesce(series.run_after > lag(series.quote_time) OVER course, FALSE) AS begins
        FROM pg_temp.batch_series AS series
        WHERE series.in_run
        WINDOW course AS (PARTITION BY series.contract, series.session ORDER BY series.quote_time)
    ),

    numbered AS (
        SELECT
            begun.*,
            count(*) FILTER (WHERE begun.begins) OVER (
                PARTITION BY begun.contract, begun.session ORDER BY begun.quote_time
            ) AS run
        FROM begun
    )

    UPDATE pg_temp.batch_series AS series
    SET
        run_after = first.run_after,
        seed_call_volume = first.seed_call_volume,
        seed_put_volume = first.seed_put_volume,
        seed_call_oi = first.seed_call_oi,
        seed_put_oi = first.seed_put_oi
    FROM numbered AS first
    INNER JOIN numbered AS later
        ON
            first.contract = later.contract
            AND first.session = later.session
            AND first.run = later.run
    WHERE
        first.begins
        AND series.row_no = later.row_no
        AND series.run_after IS DISTINCT FROM first.run_after;
END;
$$;
