-- List the chains of pg_temp.quote_batch in pg_temp.batch_chain: when they expire, their
-- session, and the reason where the quotes of a chain cannot be right.
--
-- is_behind is true where the chain is not ahead of the market clock, so that its snapshot may
-- be stored already, or later ones of it.
CREATE FUNCTION ops.list_chains(
    p_horizon interval, p_ahead interval
) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_chain (
        chain, symbol_no, symbol, quote_time, expiry, expires_at, session, in_session,
        is_behind, reason
    )
    SELECT
        row_number() OVER (ORDER BY came.symbol, came.quote_time, came.expiry)
        + (SELECT count(*) FROM pg_temp.batch_chain),
        came.symbol,
        market.symbol,
        came.quote_time,
        came.expiry,
        local.expires_at,
        local.quote_time::date,
        local.quote_time::time BETWEEN market.opens_at AND market.closes_at
        AND extract(ISODOW FROM local.quote_time) < 6
        AND holiday.day IS NULL,
        coalesce(came.quote_time <= market.clock, FALSE),
        CASE
            WHEN market.symbol IS NULL THEN 'unknown_symbol'
            WHEN market.is_other THEN 'other_source'
            WHEN local.expires_at < came.quote_time THEN 'expired'
            WHEN came.quote_time < market.clock - p_horizon THEN 'too_old'
            WHEN came.quote_time > clock_timestamp() + p_ahead THEN 'ahead_of_clock'
        END
    FROM (
        SELECT batch.symbol, batch.quote_time, batch.expiry
        FROM pg_temp.quote_batch AS batch
        EXCEPT
        SELECT chain.symbol_no, chain.quote_time, chain.expiry
        FROM pg_temp.batch_chain AS chain
    ) AS came
    LEFT JOIN pg_temp.batch_market AS market ON came.symbol = market.symbol_no
    CROSS JOIN
        LATERAL (
            SELECT
                came.quote_time AT TIME ZONE market.time_zone AS quote_time,
                fo.expires_at(came.expiry, market.closes_at, market.time_zone) AS expires_at
        ) AS local
    LEFT JOIN fo.holiday AS holiday
        ON market.exchange = holiday.exchange AND local.quote_time::date = holiday.day;
END;
$$;
