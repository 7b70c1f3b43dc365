-- The symbols that have data: where each is traded, its clock, its pace and its sessions.
CREATE FUNCTION analytics.market(p_symbol text DEFAULT NULL) RETURNS TABLE (
    symbol text,
    exchange text,
    currency text,
    zone text,
    source_kind text,
    is_simulated boolean,
    quote_source text,
    exercise_style text,
    clock timestamptz,
    committed_at timestamptz,
    wall_pace interval,
    market_pace interval,
    underlying double precision,
    underlying_source text,
    first timestamptz,
    last timestamptz,
    session date,
    opens_at timestamptz,
    closes_at timestamptz,
    previous_session date,
    previous_opens_at timestamptz,
    previous_closes_at timestamptz
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    PERFORM ops.check_readable_topic('chain');
    IF p_symbol IS NOT NULL THEN
        PERFORM ops.check_known('symbol', p_symbol, ops.readable_symbols());
    END IF;
    RETURN QUERY
    SELECT
        instrument.symbol,
        instrument.exchange,
        coalesce(
            (
                SELECT terms.currency
                FROM fo.contract_terms AS terms
                WHERE terms.symbol = instrument.symbol AND terms.currency IS NOT NULL
                ORDER BY terms.expiry DESC, terms.since DESC
                LIMIT 1
            ),
            exchange.currency
        ),
        exchange.time_zone,
        instrument.source_kind,
        instrument.source_kind = 'simulated',
        ops.source_at(instrument.symbol, NULL),
        instrument.exercise_style,
        instrument.clock,
        newest.committed_at,
        ops.usual_gap(newest.recent),
        ops.usual_gap(ops.newest_moments(instrument.symbol)),
        spot.underlying,
        spot.underlying_source,
        (
            SELECT oldest.quote_time
            FROM fo.underlying_quote AS oldest
            WHERE oldest.symbol = instrument.symbol
            ORDER BY oldest.quote_time
            LIMIT 1
        ),
        (
            SELECT latest.quote_time
            FROM fo.underlying_quote AS latest
            WHERE latest.symbol = instrument.symbol
            ORDER BY latest.quote_time DESC
            LIMIT 1
        ),
        opening.session, opening.opens_at, opening.closes_at,
        previous.session, previous.opens_at, previous.closes_at
    FROM fo.instrument AS instrument
    INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
    LEFT JOIN fo.market_commit AS newest ON instrument.symbol = newest.symbol
    LEFT JOIN LATERAL (
        SELECT source.underlying, source.underlying_source
        FROM fo.underlying_quote AS source
        WHERE source.symbol = instrument.symbol AND source.in_session
        ORDER BY source.quote_time DESC
        LIMIT 1
    ) AS spot ON TRUE
    CROSS JOIN LATERAL ops.newest_opening(instrument.exchange, instrument.clock) AS opening
    CROSS JOIN
        LATERAL ops.newest_opening(
            instrument.exchange, opening.opens_at - interval '1 microsecond'
        ) AS previous
    WHERE
        instrument.clock IS NOT NULL
        AND instrument.symbol = ANY(
            CASE WHEN p_symbol IS NULL THEN ops.readable_symbols() ELSE ARRAY[p_symbol] END
        )
    ORDER BY instrument.symbol;
END;
$$;

COMMENT ON FUNCTION analytics.market IS
'The symbols that have data; p_symbol NULL means every one. zone is the time zone of the '
'exchange; quote_source the live feed that its quotes are of, NULL is none; exercise_style that of '
'the options, NULL where nobody has said it: a solved IV or Greek takes american ones for '
'european. clock is the market clock; committed_at when its newest '
'change was committed, by the wall clock. wall_pace and market_pace are the usual time between '
'its newest 17 commits and between its newest 17 chains of a session, by the wall clock and by '
'the market clock: at 60 times its speed a recording has 1 s and 60 s. underlying is the newest '
'of a session. first and last are the first and the last instant that is stored; what is before '
'raw_floor of analytics.instrument has bars only. session is the newest session that had opened '
'by the clock, with its first opening and its last close, and previous_session the one before it; '
'by the regular hours where the calendar knows of none.';
