-- The expiries of a symbol that are live now, or were at an instant.
CREATE FUNCTION analytics.expiries(
    p_symbol text, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    expires_at timestamptz,
    lot integer,
    strike_gap double precision,
    strikes bigint,
    atm double precision,
    underlying double precision,
    forward double precision,
    forward_source text,
    quote_time timestamptz
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    v_at timestamptz := coalesce(
        p_at,
        (
            SELECT instrument.clock
            FROM fo.instrument AS instrument
            WHERE instrument.symbol = p_symbol
        )
    );
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, NULL, p_at IS NULL);
    PERFORM ops.check_above_floor(p_symbol, p_at);
    RETURN QUERY
    SELECT
        life.expiry, life.expires_at,
        ops.lot_at(life.symbol, life.expiry, v_at),
        chain.strike_gap, coalesce(chain.strikes, 0),
        CASE WHEN chain.underlying IS NOT NULL THEN chain.nearest END, chain.underlying,
        chain.forward, chain.forward_source, chain.quote_time
    FROM fo.expiry AS life
    LEFT JOIN ops.chain_money(p_symbol, NULL, p_at) AS chain ON life.expiry = chain.expiry
    WHERE
        life.symbol = p_symbol
        AND (
            chain.expiry IS NOT NULL
            OR (p_at IS NULL AND life.expiry = ANY(ops.known_expiries(p_symbol)))
        )
    ORDER BY life.expiry;
END;
$$;

COMMENT ON FUNCTION analytics.expiries IS
'The live expiries of a symbol, in order: the first is front, the second next. p_at NULL: now, by '
'the latest snapshot; else as known at that instant. expires_at is when its contracts expire; lot '
'the units of the underlying in a lot then (NULL where it is not known); strike_gap the usual step '
'between strikes near the money, strikes how many the chain has; atm the strike nearest the '
'underlying (a tie: the lower). underlying, forward and forward_source are those of '
'analytics.chain, and quote_time is its newest quote. Unknown is NULL.';
