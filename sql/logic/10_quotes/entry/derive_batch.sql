-- Check the quotes that wait in pg_temp.quote_batch, and derive what their prices rest on.
--
-- The first half of storing a batch; ops.store_batch is the second, in the same transaction,
-- once the caller has filled pg_temp.batch_price. Before that only drop-outs are written, and the
-- rate.
-- Rejected rows are left in pg_temp.batch_reject for the caller, who has them as they came.
-- p_rate is the interest rate, continuously compounded, per year; quotes older than p_horizon
-- by the market clock are rejected, and so are those more than p_ahead ahead of the wall
-- clock. p_accept_ahead takes quotes far ahead of the market clock, which would wait else (see
-- ops.find_ahead). p_source_kind is real or simulated; quotes of a
-- symbol that has the other kind are rejected, and so they are where p_volume_kind or p_oi_kind,
-- what the feed says of its volume and OI, is not the symbol's; NULL where it says nothing.
-- p_exercise_style is what it says of the options: the newest word counts.
CREATE FUNCTION ops.derive_batch(
    p_symbols text[],
    p_rate double precision,
    p_horizon interval,
    p_ahead interval,
    p_source_kind text,
    p_accept_ahead boolean DEFAULT FALSE,
    p_volume_kind text DEFAULT NULL,
    p_oi_kind text DEFAULT NULL,
    p_exercise_style text DEFAULT NULL,
    OUT stored bigint,
    OUT corrected bigint,
    OUT unchanged bigint,
    OUT late bigint,
    OUT outside_session bigint,
    OUT dropouts bigint,
    OUT volumes_doubted bigint
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_superseded bigint;
    v_repairs boolean;
BEGIN
    PERFORM ops.lock_market(p_symbols, p_source_kind, p_volume_kind, p_oi_kind);
    UPDATE fo.instrument AS instrument
    SET
        rate = p_rate,
        exercise_style = coalesce(p_exercise_style, instrument.exercise_style)
    FROM pg_temp.batch_market AS market
    WHERE
        instrument.symbol = market.symbol
        AND market.other IS NULL
        AND (
            instrument.rate IS DISTINCT FROM p_rate
            OR instrument.exercise_style <> p_exercise_style
            OR (instrument.exercise_style IS NULL AND p_exercise_style IS NOT NULL)
        );
    PERFORM ops.list_chains(p_horizon, p_ahead);
    PERFORM ops.find_ahead(p_accept_ahead);
    PERFORM ops.list_contracts();
    PERFORM ops.accept_batch();
    /*timescaledb PERFORM ops.open_late_chunks(); */
    v_superseded := (SELECT count(*) FROM pg_temp.quote_batch)
        - (SELECT count(*) FROM pg_temp.batch_reject)
        - (SELECT count(*) FROM pg_temp.batch_series);
    unchanged := CASE WHEN v_superseded > 0 THEN ops.count_repeats() ELSE 0 END;
    corrected := v_superseded - unchanged;
    v_repairs := ops.batch_repairs();
    IF v_repairs THEN
        unchanged := unchanged + ops.match_batch();
    END IF;
    SELECT
        count(*) FILTER (WHERE series.arrival = 'new'),
        corrected + count(*) FILTER (WHERE series.arrival = 'correction'),
        count(*) FILTER (WHERE series.arrival = 'new' AND series.is_late),
        count(*) FILTER (WHERE series.arrival = 'new' AND NOT series.in_session)
    INTO stored, corrected, late, outside_session
    FROM pg_temp.batch_series AS series;
    dropouts := 0;
    volumes_doubted := 0;
    IF EXISTS (SELECT FROM pg_temp.batch_series) THEN
        IF v_repairs THEN
            PERFORM ops.join_stored();
        END IF;
        PERFORM ops.judge_batch();
        v_repairs := ops.batch_repairs();
        PERFORM ops.grow_batch();
        IF v_repairs THEN
            PERFORM ops.complete_batch();
        END IF;
        SELECT kept.dropouts, kept.doubted INTO dropouts, volumes_doubted
        FROM ops.keep_dropouts() AS kept;
        PERFORM ops.list_ladders();
        PERFORM ops.imply_forwards(p_rate);
        PERFORM ops.find_spots(p_rate);
        PERFORM ops.value_batch(p_rate);
        /*postgres PERFORM ops.ensure_partitions(); */
    END IF;
END;
$$;
