-- Note that snapshots had every listed contract of their symbols, and delist what three lack.
--
-- To be called after ops.store_batch, in its transaction. The arrays are parallel; a time is in
-- microseconds since 2000-01-01 UTC. A contract is delisted while it has no quote of a session
-- since the third newest whole chain of a session: a function of what is stored, whatever the order
-- in which it came.
CREATE FUNCTION ops.note_whole_chains(p_symbols text[], p_times bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_noted integer;
BEGIN
    WITH noted AS (
        UPDATE fo.underlying_quote AS moment
        SET is_whole = TRUE
        FROM (
            SELECT
                came.symbol,
                timestamptz '2000-01-01T00:00:00Z' + came.time * interval '1 microsecond'
                    AS quote_time
            FROM unnest(p_symbols, p_times) AS came (symbol, time)
        ) AS came
        WHERE
            moment.symbol = came.symbol
            AND moment.quote_time = came.quote_time
            AND moment.in_session
            AND NOT moment.is_whole
        RETURNING moment.symbol, moment.quote_time
    )

    INSERT INTO pg_temp.batch_whole (symbol, quote_time)
    SELECT noted.symbol, noted.quote_time
    FROM noted;
    GET DIAGNOSTICS v_noted = ROW_COUNT;
    IF v_noted > 0 THEN
        PERFORM ops.mark_relisted();
        PERFORM ops.delist_missing();
    END IF;
END;
$$;
