-- Overwrite volumes and growths of the stored quotes of pg_temp.batch_regrowth that change.
--
-- One by one by the primary key, whatever the planner knows of a young day.
CREATE FUNCTION ops.repair_growths(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    WITH repaired AS (
        UPDATE fo.option_quote AS stored
        SET
            call_volume = regrowth.call_volume,
            put_volume = regrowth.put_volume,
            call_volume_doubted = regrowth.call_doubted,
            put_volume_doubted = regrowth.put_doubted,
            call_volume_growth = regrowth.call_volume_growth,
            put_volume_growth = regrowth.put_volume_growth,
            call_oi_growth = regrowth.call_oi_growth,
            put_oi_growth = regrowth.put_oi_growth
        FROM pg_temp.batch_regrowth AS regrowth
        WHERE
            stored.symbol = regrowth.symbol
            AND stored.expiry = regrowth.expiry
            AND stored.strike = regrowth.strike
            AND stored.quote_time = regrowth.quote_time
            AND stored.quote_time BETWEEN p_from AND p_to
            AND (
                stored.call_volume, stored.put_volume,
                stored.call_volume_doubted, stored.put_volume_doubted,
                stored.call_volume_growth, stored.put_volume_growth,
                stored.call_oi_growth, stored.put_oi_growth
            ) IS DISTINCT FROM (
                regrowth.call_volume, regrowth.put_volume,
                regrowth.call_doubted, regrowth.put_doubted,
                regrowth.call_volume_growth, regrowth.put_volume_growth,
                regrowth.call_oi_growth, regrowth.put_oi_growth
            )
        RETURNING
            stored.symbol, stored.expiry, stored.strike, stored.quote_time, stored.in_session,
            regrowth.is_volume_same
    )

    INSERT INTO pg_temp.batch_written (
        symbol, expiry, strike, quote_time, in_session, is_regrown
    )
    SELECT
        repaired.symbol, repaired.expiry, repaired.strike, repaired.quote_time,
        repaired.in_session, repaired.is_volume_same
    FROM repaired;
END;
$$;
