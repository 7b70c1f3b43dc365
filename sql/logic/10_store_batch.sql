-- Store the quotes that wait in pg_temp.quote_batch, and everything that follows from them.
--
-- One transaction: quotes, drop-outs, contracts, clocks, stale buckets and events. Rejected rows
-- are left in pg_temp.batch_reject for the caller, who has them as they came. The same quotes
-- again change nothing. p_rate is the interest rate, continuously compounded, per year; quotes
-- older than p_horizon by the market clock are rejected, and those of a live feed more than
-- p_ahead ahead of the wall clock.
CREATE FUNCTION ops.store_batch(
    p_symbols text[],
    p_rate double precision,
    p_horizon interval,
    p_is_live boolean,
    p_ahead interval DEFAULT '60 seconds',
    OUT stored bigint,
    OUT corrected bigint,
    OUT unchanged bigint,
    OUT late bigint,
    OUT outside_session bigint,
    OUT dropouts bigint,
    OUT event_id bigint
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_superseded bigint;
BEGIN
    PERFORM ops.lock_market(p_symbols);
    PERFORM ops.list_chains(p_horizon, p_is_live, p_ahead);
    PERFORM ops.list_contracts();
    PERFORM ops.accept_batch();
    v_superseded := (SELECT count(*) FROM pg_temp.quote_batch)
        - (SELECT count(*) FROM pg_temp.batch_reject)
        - (SELECT count(*) FROM pg_temp.batch_series);
    unchanged := CASE WHEN v_superseded > 0 THEN ops.count_repeats() ELSE 0 END;
    corrected := v_superseded - unchanged;
    IF EXISTS (
            SELECT FROM pg_temp.batch_chain AS chain WHERE chain.is_behind AND chain.reason IS NULL
        ) THEN
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
    IF EXISTS (SELECT FROM pg_temp.batch_series) THEN
        dropouts := ops.derive_and_write(p_rate);
    END IF;
    event_id := ops.announce_batch();
END;
$$;
