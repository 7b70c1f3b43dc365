-- Seal a session of a symbol: its bars can no longer change, and its raw quotes may go.
--
-- The caller has locked the symbol. It is refused while something of it is still to be refreshed
-- or judged, or while it is the newest. The bars get checksums.
CREATE FUNCTION ops.seal_session(p_symbol text, p_session date) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NOT EXISTS (
            SELECT FROM fo.instrument AS instrument
            WHERE
                instrument.symbol = p_symbol
                AND instrument.clock >= ops.session_from(p_session + 1)
        ) THEN
        RAISE EXCEPTION '% of % is not over by the market clock', p_session, p_symbol
            USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Seal an earlier session.';
    END IF;
    IF EXISTS (
            SELECT FROM job.stale_bucket AS stale
            WHERE
                stale.symbol = p_symbol
                AND stale.bucket_time >= ops.session_from(p_session)
                AND stale.bucket_time < ops.session_from(p_session + 1)
        ) OR EXISTS (
            SELECT FROM job.stale_session AS stale
            WHERE stale.symbol = p_symbol AND stale.session = p_session
        ) THEN
        RAISE EXCEPTION '% of % waits to be refreshed', p_session, p_symbol
            USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Run `pgstrike refresh`, then try again.';
    END IF;
    INSERT INTO job.sealed_session AS sealed (symbol, session)
    VALUES (p_symbol, p_session)
    ON CONFLICT (symbol, session) DO UPDATE
        SET
            is_open = FALSE,
            is_corrected = FALSE,
            sealed_at = clock_timestamp(),
            checked_at = NULL,
            problem = NULL;
    DELETE FROM job.sealed_bars AS bars
    WHERE bars.symbol = p_symbol AND bars.session = p_session;
    INSERT INTO job.sealed_bars (symbol, session, rollup, columns, rows, checksum)
    SELECT p_symbol, p_session, rollup.rollup, names.columns, now.rows, now.checksum
    FROM job.rollup AS rollup
    CROSS JOIN
        LATERAL ops.column_names(format('fo.%I', rollup.rollup)::regclass) AS names (columns)
    CROSS JOIN
        LATERAL ops.bars_checksum(p_symbol, p_session, rollup.rollup, names.columns) AS now;
    PERFORM ops.guard_sealed();
END;
$$;
