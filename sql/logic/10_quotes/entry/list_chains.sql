-- List the chains of pg_temp.quote_batch in pg_temp.batch_chain: when they expire, their
-- session, and the reason where the quotes of a chain cannot be right.
--
-- opens_at and closes_at are those of the opening that a chain was read in, or up to 15 minutes
-- after; outside they are NULL, and session is the exchange's date. A quote of the opening is not
-- stamped before earliest_stamp. Until 15 minutes after expires_at the stamp of a quote decides
-- (ops.accept_batch). is_behind is true where the chain is not ahead of the market clock, so that
-- its snapshot may be stored already, or later ones of it.
CREATE FUNCTION ops.list_chains(
    p_horizon interval, p_ahead interval
) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_chain (
        chain, symbol_no, symbol, quote_time, expiry, expires_at, session,
        opens_at, closes_at, earliest_stamp, is_behind, reason
    )
    SELECT
        row_number() OVER (ORDER BY came.symbol, came.quote_time, came.expiry)
        + (SELECT count(*) FROM pg_temp.batch_chain),
        came.symbol,
        market.symbol,
        came.quote_time,
        came.expiry,
        expiring.at,
        coalesce(opening.session, (came.quote_time AT TIME ZONE market.time_zone)::date),
        opening.opens_at,
        opening.closes_at,
        CASE
            WHEN market.is_continuous THEN '-infinity'
            ELSE
                date_trunc('day', opening.opens_at AT TIME ZONE market.time_zone)
                AT TIME ZONE market.time_zone
        END,
        coalesce(came.quote_time <= market.clock, FALSE),
        CASE
            WHEN market.symbol IS NULL THEN 'unknown_symbol'
            WHEN market.other IS NOT NULL THEN market.other
            WHEN expiring.at + interval '15 minutes' < came.quote_time THEN 'expired'
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
    LEFT JOIN fo.expiry AS life ON market.symbol = life.symbol AND came.expiry = life.expiry
    LEFT JOIN LATERAL (
        SELECT session.session, session.opens_at, session.closes_at
        FROM fo.session AS session
        WHERE session.exchange = market.exchange AND session.opens_at <= came.quote_time
        ORDER BY session.opens_at DESC
        LIMIT 1
    ) AS opening ON came.quote_time <= opening.closes_at + interval '15 minutes'
    CROSS JOIN
        LATERAL (
            SELECT
                coalesce(life.expires_at, ops.expires_at(market.exchange, came.expiry)) AS at
        ) AS expiring;
END;
$$;
