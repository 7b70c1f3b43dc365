-- Judge the volumes of pg_temp.batch_series that fall, into pg_temp.batch_verdict.
--
-- A fall that stands alone changes nothing before it. Where more in a row may outvote what is
-- stored, the contract's session is judged whole.
CREATE FUNCTION ops.judge_batch() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    v_from timestamptz;
    v_to timestamptz;
BEGIN
    PERFORM ops.list_falls();
    IF NOT EXISTS (SELECT FROM pg_temp.batch_fall) THEN
        RETURN;
    END IF;
    PERFORM ops.count_votes();
    INSERT INTO pg_temp.batch_session (contract, session, is_whole)
    SELECT DISTINCT fall.contract, fall.session, FALSE
    FROM pg_temp.batch_fall AS fall
    INNER JOIN pg_temp.batch_contract AS listed ON fall.contract = listed.contract
    WHERE
        (fall.most > fall.votes OR (fall.most >= 20 AND fall.highest > 0))
        AND fall.most > 1
        AND (fall.run_after IS NOT NULL OR fall.session <= listed.session)
        AND (fall.contract, fall.session) NOT IN (
            SELECT wide.contract, wide.session
            FROM pg_temp.batch_session AS wide
        );
    IF FOUND THEN
        SELECT min(wide.session) - 1, max(wide.session) + 2 INTO v_from, v_to
        FROM pg_temp.batch_session AS wide
        WHERE NOT wide.is_whole;
        PERFORM ops.widen_runs(v_from, v_to);
        PERFORM ops.list_falls();
        PERFORM ops.count_votes();
    END IF;
    INSERT INTO pg_temp.batch_verdict (
        contract, session, run_after, quote_time, leg, held, dropout, doubted, falls
    )
    WITH course AS (
        SELECT
            series.contract, series.session, series.run_after, fall.leg,
            array_agg(series.quote_time ORDER BY series.quote_time) AS quote_times,
            array_agg(leg.volume ORDER BY series.quote_time) AS volumes,
            array_agg(leg.oi ORDER BY series.quote_time) AS ois,
            max(leg.seed) AS seed, max(fall.votes) AS votes,
            max(coalesce(leg.seed_falls, 0)) AS seed_falls
        FROM pg_temp.batch_fall AS fall
        INNER JOIN pg_temp.batch_series AS series
            ON fall.contract = series.contract AND fall.session = series.session
        CROSS JOIN
            LATERAL (
                VALUES
                (
                    'call', series.call_volume, series.call_oi,
                    series.seed_call_volume, series.seed_call_falls
                ),
                (
                    'put', series.put_volume, series.put_oi,
                    series.seed_put_volume, series.seed_put_falls
                )
            ) AS leg (leg, volume, oi, seed, seed_falls)
        WHERE
            series.in_session
            AND series.run_after IS NOT DISTINCT FROM fall.run_after
            AND leg.leg = fall.leg
            AND leg.volume IS NOT NULL
        GROUP BY series.contract, series.session, series.run_after, fall.leg
    ),

    judged AS (
        SELECT
            course.*, each.quote_time, each.held, each.dropout, each.doubted,
            count(*) FILTER (WHERE NOT (each.dropout OR each.doubted)) OVER (
                PARTITION BY course.contract, course.session, course.run_after, course.leg
                ORDER BY each.quote_time
            ) AS believed
        FROM course
        CROSS JOIN
            LATERAL ops.judge_volumes(
                course.volumes, course.ois, course.seed, course.votes
            ) AS verdict
        CROSS JOIN LATERAL unnest(
            course.quote_times, verdict.held, verdict.dropout, verdict.doubted
        ) AS each (quote_time, held, dropout, doubted)
    )

    SELECT
        judged.contract, judged.session, judged.run_after, judged.quote_time, judged.leg,
        judged.held, judged.dropout, judged.doubted,
        count(*) FILTER (WHERE judged.dropout OR judged.doubted) OVER (
            PARTITION BY
                judged.contract, judged.session, judged.run_after, judged.leg, judged.believed
            ORDER BY judged.quote_time
        ) + CASE WHEN judged.believed = 0 THEN judged.seed_falls ELSE 0 END
    FROM judged;
END;
$$;
