-- Make ready for a symbol's quotes to go over to its new name; jobs/ingest/rename.py moves them.
--
-- The new name is added where it is not there. The contracts under the old one are taken out, and
-- readers of live chains are told; what they are in is noted as stale. Returns how many quotes
-- both names have of the same contract and instant.
CREATE FUNCTION ops.rename_begins(p_old text, p_new text) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_expiries date[];
    v_strikes double precision[];
BEGIN
    INSERT INTO fo.instrument (
        symbol, exchange, rate, source_kind, tick, underlying_kind, volume_kind, oi_kind,
        exercise_style
    )
    SELECT
        p_new, old.exchange, old.rate, old.source_kind, old.tick, old.underlying_kind,
        old.volume_kind, old.oi_kind, old.exercise_style
    FROM fo.instrument AS old
    WHERE old.symbol = p_old
    ON CONFLICT (symbol) DO NOTHING;
    INSERT INTO fo.expiry (symbol, expiry, expires_at, is_given)
    SELECT p_new, old.expiry, old.expires_at, old.is_given
    FROM fo.expiry AS old
    WHERE old.symbol = p_old
    ON CONFLICT (symbol, expiry) DO NOTHING;
    DELETE FROM fo.expiry AS old
    WHERE old.symbol = p_old;
    PERFORM ops.mark_forgotten(p_old, '-infinity', 'infinity');
    WITH gone AS (
        DELETE FROM fo.contract AS contract
        WHERE contract.symbol = p_old
        RETURNING contract.expiry, contract.strike, contract.live_time
    )

    SELECT array_agg(gone.expiry), array_agg(gone.strike)
    INTO v_expiries, v_strikes
    FROM gone
    INNER JOIN fo.instrument AS instrument ON instrument.symbol = p_old
    WHERE
        gone.live_time IS NOT NULL
        AND gone.expiry >= (instrument.clock - interval '1 day')::date;
    PERFORM ops.announce_delisted(p_old, v_expiries, v_strikes);
    RETURN (
        SELECT count(*)
        FROM fo.option_quote AS old
        INNER JOIN fo.option_quote AS new
            ON
                old.expiry = new.expiry
                AND old.strike = new.strike
                AND old.quote_time = new.quote_time
        WHERE old.symbol = p_old AND new.symbol = p_new
    );
END;
$$;
