-- The chain of one expiry as it was known at an instant.
CREATE FUNCTION analytics.chain_at(
    p_symbol text, p_expiry date, p_at timestamptz
) RETURNS TABLE (
    strike double precision,
    quote_time timestamptz,
    age interval,
    session date,
    underlying double precision,
    forward double precision,
    years double precision,
    strike_gap double precision,
    moneyness_level integer,
    call_moneyness text,
    put_moneyness text,
    call_ltp double precision,
    call_bid double precision,
    call_ask double precision,
    call_volume bigint,
    call_oi bigint,
    call_iv double precision,
    call_iv_status text,
    call_delta double precision,
    call_gamma double precision,
    call_theta double precision,
    call_vega double precision,
    put_ltp double precision,
    put_bid double precision,
    put_ask double precision,
    put_volume bigint,
    put_oi bigint,
    put_iv double precision,
    put_iv_status text,
    put_delta double precision,
    put_gamma double precision,
    put_theta double precision,
    put_vega double precision
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_at IS NULL THEN
        RAISE EXCEPTION 'no instant to look back to'
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'no_instant',
                HINT = 'Send one, or ask analytics.chain for the latest.';
    END IF;
    RETURN QUERY SELECT chain.* FROM analytics.chain(p_symbol, p_expiry, p_at) AS chain;
END;
$$;

COMMENT ON FUNCTION analytics.chain_at IS
'analytics.chain at an instant, which must be given: the last quote of a session that each '
'contract had at p_at, with its age.';
