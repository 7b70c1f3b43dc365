-- Find what each snapshot of the batch says of the underlying, into pg_temp.batch_spot.
--
-- implied_spot is the forward of the earliest expiry whose prices imply one, discounted to the
-- instant. fed_underlying is the feed's, of the earliest expiry that has one in session. A snapshot
-- is complete where each chain in session has the feed's; others carry it (see ops.carry_spots).
CREATE FUNCTION ops.find_spots(p_rate double precision) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    v_from timestamptz;
    v_to timestamptz;
BEGIN
    INSERT INTO pg_temp.batch_spot (
        symbol, quote_time, session, in_session, is_complete, implied_spot, fed_underlying,
        fed_by_expiry
    )
    SELECT
        moment.symbol, moment.quote_time, moment.session, moment.in_session, moment.is_complete,
        moment.spots[1], moment.underlyings[1], moment.by_expiry
    FROM (
        SELECT
            chain.symbol, chain.quote_time,
            min(chain.session) AS session,
            bool_or(ladder.in_session) AS in_session,
            bool_and(NOT ladder.in_session OR ladder.fed_underlying IS NOT NULL) AS is_complete,
            array_agg(forward.forward * exp(-p_rate * chain.years) ORDER BY chain.expiry)
            FILTER (WHERE forward.chain IS NOT NULL) AS spots,
            array_agg(ladder.fed_underlying ORDER BY chain.expiry)
            FILTER (WHERE ladder.in_session AND ladder.fed_underlying IS NOT NULL)
                AS underlyings,
            jsonb_object_agg(chain.expiry, ladder.fed_underlying)
            FILTER (
                WHERE ladder.in_session
                AND ladder.fed_underlying IS NOT NULL
                AND market.underlying_kind = 'expiry'
            ) AS by_expiry
        FROM pg_temp.batch_ladder AS ladder
        INNER JOIN pg_temp.batch_chain AS chain ON ladder.chain = chain.chain
        INNER JOIN pg_temp.batch_market AS market ON chain.symbol_no = market.symbol_no
        LEFT JOIN pg_temp.batch_forward AS forward ON ladder.chain = forward.chain
        GROUP BY chain.symbol, chain.quote_time
    ) AS moment;
    SELECT min(spot.quote_time) - interval '15 minutes', max(spot.quote_time)
    INTO v_from, v_to
    FROM pg_temp.batch_spot AS spot
    WHERE NOT spot.is_complete;
    IF v_from IS NOT NULL THEN
        PERFORM ops.recall_fed(v_from, v_to);
        PERFORM ops.carry_spots();
    END IF;
END;
$$;
