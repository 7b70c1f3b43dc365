-- After a change of fo.session, change what depends on it.
--
-- A row replaces those of its date that rank lower (ops.session_rank). Expiries of that date are
-- set again, unless they were given. Stored quotes that were judged by the old rows are listed in
-- job.stale_session. It runs when the transaction ends, because a correction deletes rows before it
-- inserts others.
CREATE FUNCTION ops.keep_calendar() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_exchange text := CASE WHEN tg_op = 'DELETE' THEN old.exchange ELSE new.exchange END;
    v_session date := CASE WHEN tg_op = 'DELETE' THEN old.session ELSE new.session END;
BEGIN
    IF tg_op <> 'DELETE' AND ops.session_rank(new.source) > 0 THEN
        DELETE FROM fo.session AS other
        WHERE
            other.exchange = v_exchange
            AND other.session = v_session
            AND ops.session_rank(other.source) < ops.session_rank(new.source);
    END IF;
    -- A year of dates comes before the first quote: nothing rests on them yet.
    IF
        NOT EXISTS (
            SELECT FROM fo.instrument AS instrument
            WHERE
                instrument.exchange = v_exchange
                AND (
                    instrument.clock IS NOT NULL
                    OR EXISTS (
                        SELECT FROM fo.expiry AS life
                        WHERE life.symbol = instrument.symbol
                    )
                )
        )
        AND NOT EXISTS (SELECT FROM job.calendar_doubt)
    THEN
        RETURN NULL;
    END IF;
    WITH moved AS (
        UPDATE fo.expiry AS life
        SET expires_at = ops.expires_at(v_exchange, life.expiry)
        FROM fo.instrument AS instrument
        WHERE
            instrument.exchange = v_exchange
            AND life.symbol = instrument.symbol
            AND life.expiry = v_session
            AND NOT life.is_given
            AND life.expires_at <> ops.expires_at(v_exchange, life.expiry)
        RETURNING life.symbol, life.expiry
    )

    -- Forwards, IV and Greeks rest on the time to expiry.
    INSERT INTO job.stale_session (symbol, session)
    SELECT DISTINCT moved.symbol, quote.session
    FROM moved
    INNER JOIN fo.option_quote AS quote
        ON moved.symbol = quote.symbol AND moved.expiry = quote.expiry
    ON CONFLICT DO NOTHING;
    INSERT INTO job.stale_session (symbol, session)
    SELECT instrument.symbol, v_session
    FROM fo.instrument AS instrument
    CROSS JOIN LATERAL ops.session_span(v_exchange, v_session) AS span
    WHERE
        instrument.exchange = v_exchange
        AND instrument.clock >= span.from_time
        AND EXISTS (
            SELECT FROM fo.underlying_quote AS moment
            WHERE
                moment.symbol = instrument.symbol
                AND moment.quote_time >= span.from_time
                AND moment.quote_time < span.to_time
        )
    ON CONFLICT DO NOTHING;
    DELETE FROM job.calendar_doubt AS doubt
    USING fo.instrument AS instrument
    WHERE
        instrument.exchange = v_exchange
        AND doubt.symbol = instrument.symbol
        AND doubt.session = v_session;
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER keep_calendar AFTER INSERT OR UPDATE OR DELETE ON fo.session
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ops.keep_calendar();
