-- Derive volumes and growths of pg_temp.batch_series, into pg_temp.batch_quote.
--
-- Run by run, from what the seeds say was reached before it, as ops.judge_batch has judged the
-- volumes. What is held never falls, so the greatest is the last. A quote outside the session is
-- left as it came: it has no growth, and nothing of it counts as reached; it is of no run, and what
-- was reached before it is what fo.contract says. So is a volume that is no session's, and
-- yesterday's OI has no growth.
CREATE FUNCTION ops.grow_batch() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_quote (
        row_no, chain, contract, session, in_run, quote_time, in_session, arrival, is_last,
        live_time, was_in_session,
        was_call_dropout, was_put_dropout, was_call_doubted, was_put_doubted,
        call_dropout, put_dropout, call_doubted, put_doubted,
        call_said, put_said, call_volume, put_volume,
        call_volume_growth, put_volume_growth, call_oi_growth, put_oi_growth,
        call_volume_reached, put_volume_reached, call_oi_known, put_oi_known,
        call_falls, put_falls
    )
    WITH judged AS (
        SELECT
            series.*,
            coalesce(call.dropout, FALSE) AS call_dropout,
            coalesce(put.dropout, FALSE) AS put_dropout,
            coalesce(call.doubted, FALSE) AS call_doubted,
            coalesce(put.doubted, FALSE) AS put_doubted,
            CASE WHEN call.leg IS NULL THEN series.call_volume ELSE call.held END AS call_held,
            CASE WHEN put.leg IS NULL THEN series.put_volume ELSE put.held END AS put_held,
            CASE WHEN call.dropout IS NOT TRUE AND series.in_session THEN series.call_oi END
                AS call_oi_now,
            CASE WHEN put.dropout IS NOT TRUE AND series.in_session THEN series.put_oi END
                AS put_oi_now
        FROM pg_temp.batch_series AS series
        LEFT JOIN pg_temp.batch_verdict AS call
            ON
                series.contract = call.contract
                AND series.quote_time = call.quote_time
                AND call.leg = 'call'
        LEFT JOIN pg_temp.batch_verdict AS put
            ON
                series.contract = put.contract
                AND series.quote_time = put.quote_time
                AND put.leg = 'put'
    ),

    reached AS (
        SELECT
            judged.*,
            greatest(
                judged.seed_call_volume, max(judged.call_held) FILTER (WHERE judged.in_session)
                    OVER before
            ) AS call_reached,
            greatest(
                judged.seed_put_volume, max(judged.put_held) FILTER (WHERE judged.in_session)
                    OVER before
            ) AS put_reached,
            count(judged.call_volume) FILTER (WHERE judged.in_session) OVER before AS call_known,
            count(judged.put_volume) FILTER (WHERE judged.in_session) OVER before AS put_known,
            ops.last_known(judged.call_oi_now) OVER before AS call_oi_before,
            ops.last_known(judged.put_oi_now) OVER before AS put_oi_before,
            max(judged.quote_time) FILTER (WHERE judged.in_session) OVER before AS live_before,
            lead(FALSE, 1, TRUE) OVER before AS is_last
        FROM judged
        WINDOW before AS (
            PARTITION BY judged.contract, judged.session, judged.in_run, judged.run_after
            ORDER BY judged.quote_time ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    )

    SELECT
        reached.row_no, reached.chain, reached.contract, reached.session, reached.in_run,
        reached.quote_time, reached.in_session, reached.arrival, reached.is_last,
        CASE WHEN reached.in_session THEN reached.quote_time ELSE reached.live_before END,
        reached.was_in_session,
        reached.was_call_dropout, reached.was_put_dropout,
        reached.was_call_doubted, reached.was_put_doubted,
        reached.call_dropout, reached.put_dropout, reached.call_doubted, reached.put_doubted,
        reached.call_volume, reached.put_volume, reached.call_held, reached.put_held,
        CASE
            WHEN reached.in_session AND reached.has_volume_growth
                THEN reached.call_held - coalesce(reached.call_reached, 0)
        END,
        CASE
            WHEN reached.in_session AND reached.has_volume_growth
                THEN reached.put_held - coalesce(reached.put_reached, 0)
        END,
        CASE
            WHEN reached.has_oi_growth
                THEN
                    reached.call_oi_now
                    - coalesce(reached.call_oi_before, reached.seed_call_oi, reached.call_oi_now)
        END,
        CASE
            WHEN reached.has_oi_growth
                THEN
                    reached.put_oi_now
                    - coalesce(reached.put_oi_before, reached.seed_put_oi, reached.put_oi_now)
        END,
        CASE
            WHEN reached.has_volume_growth
                THEN
                    greatest(
                        reached.call_reached,
                        CASE WHEN reached.in_session THEN reached.call_held END
                    )
        END,
        CASE
            WHEN reached.has_volume_growth
                THEN
                    greatest(
                        reached.put_reached,
                        CASE WHEN reached.in_session THEN reached.put_held END
                    )
        END,
        coalesce(reached.call_oi_now, reached.call_oi_before, reached.seed_call_oi),
        coalesce(reached.put_oi_now, reached.put_oi_before, reached.seed_put_oi),
        CASE
            WHEN reached.call_known > 0 OR (reached.in_session AND reached.call_volume IS NOT NULL)
                THEN 0
            ELSE coalesce(reached.seed_call_falls, 0)
        END,
        CASE
            WHEN reached.put_known > 0 OR (reached.in_session AND reached.put_volume IS NOT NULL)
                THEN 0
            ELSE coalesce(reached.seed_put_falls, 0)
        END
    FROM reached;
    IF EXISTS (SELECT FROM pg_temp.batch_fall) THEN
        PERFORM ops.count_falls();
    END IF;
END;
$$;
