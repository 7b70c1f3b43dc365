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
    PERFORM ops.accept_batch(p_symbols, p_is_live, p_horizon, p_ahead);
    v_superseded := (SELECT count(*) FROM pg_temp.quote_batch)
        - (SELECT count(*) FROM pg_temp.batch_reject)
        - (SELECT count(*) FROM pg_temp.batch_quote);
    unchanged := CASE WHEN v_superseded > 0 THEN ops.count_repeats() ELSE 0 END;
    corrected := v_superseded - unchanged;
    IF EXISTS (SELECT FROM pg_temp.batch_quote AS quote WHERE quote.late) THEN
        unchanged := unchanged + ops.match_batch();
    END IF;
    SELECT
        count(*) FILTER (WHERE quote.arrival = 'new'),
        corrected + count(*) FILTER (WHERE quote.arrival = 'correction'),
        count(*) FILTER (WHERE quote.arrival = 'new' AND quote.late),
        count(*) FILTER (WHERE quote.arrival = 'new' AND NOT quote.in_session)
    INTO stored, corrected, late, outside_session
    FROM pg_temp.batch_quote AS quote;
    dropouts := 0;
    IF EXISTS (SELECT FROM pg_temp.batch_quote) THEN
        dropouts := ops.derive_and_write(p_rate);
    END IF;
    event_id := ops.announce_batch();
END;
$$;
