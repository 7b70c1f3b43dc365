-- List in pg_temp.batch_session the contracts' sessions that have to be derived whole.
--
-- A run can be derived alone where it starts from what is known and ends in what holds whatever
-- was before: where of each figure either both the quote before the run (or nothing at all) and
-- the one after it are known, and of volumes the latter is none smaller than the run's; or where
-- neither the run, nor what it corrects, nor the quote after it knows the figure, and it is
-- not to be stored in fo.contract. Whole also where a volume of the session once fell, as what is
-- late may change the verdict, and where a correction takes a quote out of its session.
CREATE FUNCTION ops.list_wide_runs(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_session (contract, session, is_whole)
    WITH course AS (
        SELECT series.*, series.arrival = 'regrown' AS is_next
        FROM pg_temp.batch_series AS series
        WHERE series.in_run
    ),

    run AS (
        SELECT
            course.contract, course.session,
            bool_or(course.is_next) AS is_followed,
            count(course.run_after) = 0 AS starts_empty,
            max(course.seed_call_volume) AS seed_call_volume,
            max(course.seed_put_volume) AS seed_put_volume,
            max(course.seed_call_oi) AS seed_call_oi,
            max(course.seed_put_oi) AS seed_put_oi,
            max(greatest(course.call_volume, old.call_volume)) FILTER (WHERE NOT course.is_next)
                AS call_volume,
            max(greatest(course.put_volume, old.put_volume)) FILTER (WHERE NOT course.is_next)
                AS put_volume,
            max(greatest(course.call_oi, old.call_oi)) FILTER (WHERE NOT course.is_next)
                AS call_oi,
            max(greatest(course.put_oi, old.put_oi)) FILTER (WHERE NOT course.is_next)
                AS put_oi,
            max(course.call_volume) FILTER (WHERE course.is_next) AS next_call_volume,
            max(course.put_volume) FILTER (WHERE course.is_next) AS next_put_volume,
            max(course.call_oi) FILTER (WHERE course.is_next) AS next_call_oi,
            max(course.put_oi) FILTER (WHERE course.is_next) AS next_put_oi
        FROM course
        LEFT JOIN pg_temp.quote_batch AS old ON course.old_row_no = old.row_no
        GROUP BY course.contract, course.session, course.run_after
    )

    SELECT DISTINCT run.contract, run.session, FALSE
    FROM run
    INNER JOIN pg_temp.batch_contract AS listed ON run.contract = listed.contract
    CROSS JOIN
        LATERAL (
            VALUES
            (
                listed.has_volume_growth, run.seed_call_volume, listed.call_volume,
                run.call_volume, run.next_call_volume
            ),
            (
                listed.has_volume_growth, run.seed_put_volume, listed.put_volume,
                run.put_volume, run.next_put_volume
            ),
            (FALSE, run.seed_call_oi, listed.call_oi, run.call_oi, run.next_call_oi),
            (FALSE, run.seed_put_oi, listed.put_oi, run.put_oi, run.next_put_oi)
        ) AS figure (never_falls, seed, reached, own, next)
    CROSS JOIN
        LATERAL (
            SELECT
                run.starts_empty OR figure.seed IS NOT NULL
                OR (listed.session = run.session AND figure.reached IS NULL) AS is_known
        ) AS start
    WHERE NOT CASE
        WHEN coalesce(figure.own, -1) < 0 AND figure.next IS NULL -- unknown is negative
            THEN start.is_known OR run.is_followed OR listed.session > run.session
        WHEN NOT start.is_known OR NOT run.is_followed THEN start.is_known
        ELSE
            figure.next IS NOT NULL
            AND NOT (figure.never_falls AND coalesce(figure.next < figure.own, FALSE))
    END;
    INSERT INTO pg_temp.batch_session (contract, session, is_whole)
    SELECT series.contract, series.session, FALSE
    FROM pg_temp.batch_series AS series
    INNER JOIN pg_temp.batch_contract AS listed ON series.contract = listed.contract
    INNER JOIN fo.quote_dropout AS kept
        ON
            listed.symbol = kept.symbol
            AND listed.expiry = kept.expiry
            AND listed.strike = kept.strike
            AND kept.quote_time >= p_from
            AND kept.quote_time < p_to
    WHERE series.in_run
    UNION
    SELECT series.contract, series.session, FALSE
    FROM pg_temp.batch_series AS series
    WHERE series.was_in_session AND NOT series.in_session
    EXCEPT
    SELECT wide.contract, wide.session, FALSE
    FROM pg_temp.batch_session AS wide;
END;
$$;
