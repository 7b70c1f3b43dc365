-- List in pg_temp.batch_fall the runs of pg_temp.batch_series in which a volume falls.
--
-- A run is what is derived together (see ops.find_runs). Only quotes in session count, and only
-- volumes of the session: another volume may fall.
CREATE FUNCTION ops.list_falls() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    DELETE FROM pg_temp.batch_fall;
    INSERT INTO pg_temp.batch_fall (contract, session, run_after, leg, most, highest)
    WITH course AS (
        SELECT
            series.contract, series.session, series.run_after, series.quote_time,
            series.call_volume, series.put_volume,
            series.seed_call_falls, series.seed_put_falls,
            coalesce(
                series.call_volume
                < greatest(series.seed_call_volume, max(series.call_volume) OVER before),
                FALSE
            ) AS call_fell,
            coalesce(
                series.put_volume
                < greatest(series.seed_put_volume, max(series.put_volume) OVER before),
                FALSE
            ) AS put_fell
        FROM pg_temp.batch_series AS series
        WHERE series.in_session AND series.has_volume_growth
        WINDOW before AS (
            PARTITION BY series.contract, series.session, series.run_after
            ORDER BY series.quote_time ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    ),

    fallen AS (
        SELECT DISTINCT course.contract, course.session
        FROM course
        WHERE course.call_fell OR course.put_fell
    ),

    known AS (
        SELECT
            course.contract, course.session, course.run_after, leg.leg, leg.fell,
            leg.volume,
            coalesce(leg.seed_falls, 0) AS seed_falls,
            count(*) FILTER (WHERE NOT leg.fell) OVER (
                PARTITION BY course.contract, course.session, course.run_after, leg.leg
                ORDER BY course.quote_time
            ) AS believed
        FROM course
        INNER JOIN fallen
            ON course.contract = fallen.contract AND course.session = fallen.session
        CROSS JOIN
            LATERAL (
                VALUES
                ('call', course.call_volume, course.call_fell, course.seed_call_falls),
                ('put', course.put_volume, course.put_fell, course.seed_put_falls)
            ) AS leg (leg, volume, fell, seed_falls)
        WHERE leg.volume IS NOT NULL
    ),

    counted AS (
        SELECT
            known.contract, known.session, known.run_after, known.leg,
            count(*) FILTER (WHERE known.fell) AS falls,
            max(known.volume) FILTER (WHERE known.fell) AS highest,
            CASE WHEN known.believed = 0 THEN max(known.seed_falls) ELSE 0 END AS seed_falls
        FROM known
        GROUP BY known.contract, known.session, known.run_after, known.leg, known.believed
    )

    SELECT
        counted.contract, counted.session, counted.run_after, counted.leg,
        max(counted.falls + counted.seed_falls), max(counted.highest)
    FROM counted
    WHERE counted.falls > 0
    GROUP BY counted.contract, counted.session, counted.run_after, counted.leg;
END;
$$;
