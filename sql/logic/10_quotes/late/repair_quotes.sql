-- Overwrite the stored quotes that pg_temp.batch_repair has, where anything changes.
--
-- One by one by the primary key, whatever the planner knows of a young day.
CREATE FUNCTION ops.repair_quotes(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    WITH repaired AS (
        UPDATE fo.option_quote AS stored
        SET
            (/*columns option_quote but key, session*/)
            = (/*columns option_quote of final but key, session*/)
        FROM pg_temp.batch_repair AS final
        WHERE
            stored.symbol = final.symbol
            AND stored.expiry = final.expiry
            AND stored.strike = final.strike
            AND stored.quote_time = final.quote_time
            AND stored.quote_time BETWEEN p_from AND p_to
            AND (/*columns option_quote of stored but key, session*/)
            IS DISTINCT FROM (/*columns option_quote of final but key, session*/)
        RETURNING
            stored.symbol, stored.expiry, stored.strike, stored.quote_time,
            stored.in_session OR final.was_in_session AS in_session
    )

    INSERT INTO pg_temp.batch_written (symbol, expiry, strike, quote_time, in_session)
    SELECT
        repaired.symbol, repaired.expiry, repaired.strike, repaired.quote_time,
        repaired.in_session
    FROM repaired;
END;
$$;
