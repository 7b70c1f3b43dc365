-- The bodies of the events for a past that changed while the live chain did not.
--
-- One row per symbol of which the batch wrote quotes that are not ahead of its clock, but for those
-- that have an event already (p_moved). In the form of a clock that moved (ops.clock_body).
CREATE FUNCTION ops.late_body(p_moved text[]) RETURNS TABLE (symbol text, expiry date, body text)
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
BEGIN
    RETURN QUERY
    SELECT
        instrument.symbol, NULL::date,
        json_build_object(
            'topic', 'chain', 'symbol', instrument.symbol, 'expiry', NULL, 'clock', instrument.clock
        )::text
    FROM fo.instrument AS instrument
    WHERE
        instrument.symbol <> ALL(p_moved)
        AND instrument.symbol IN (SELECT written.symbol FROM pg_temp.batch_written AS written);
END;
$$;
