-- Bring fo.instrument.listed_since up to the chains of pg_temp.batch_whole, and say who is gone.
CREATE FUNCTION ops.delist_missing() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_moved record;
    v_expiries date[];
    v_strikes double precision[];
BEGIN
    FOR v_moved IN
        UPDATE fo.instrument AS instrument
        SET listed_since = newest.listed_since
        FROM (
            SELECT old.symbol, old.listed_since AS before, third.quote_time AS listed_since
            FROM fo.instrument AS old
            CROSS JOIN LATERAL (
                SELECT moment.quote_time
                FROM fo.underlying_quote AS moment
                WHERE
                    moment.symbol = old.symbol
                    AND moment.quote_time <= old.clock
                    AND moment.is_whole
                    AND moment.in_session
                ORDER BY moment.quote_time DESC
                LIMIT 1 OFFSET 2
            ) AS third
            WHERE old.symbol IN (SELECT whole.symbol FROM pg_temp.batch_whole AS whole)
        ) AS newest
        WHERE
            instrument.symbol = newest.symbol
            AND instrument.listed_since IS DISTINCT FROM newest.listed_since
        RETURNING
            instrument.symbol, instrument.clock, newest.before, instrument.listed_since
    LOOP
        SELECT array_agg(contract.expiry), array_agg(contract.strike)
        INTO v_expiries, v_strikes
        FROM fo.contract AS contract
        WHERE
            contract.symbol = v_moved.symbol
            AND contract.expiry >= (v_moved.clock - interval '1 day')::date
            AND contract.delisted_at IS NULL
            AND contract.live_time < v_moved.listed_since
            AND (v_moved.before IS NULL OR contract.live_time >= v_moved.before);
        PERFORM ops.announce_delisted(v_moved.symbol, v_expiries, v_strikes);
    END LOOP;
END;
$$;
