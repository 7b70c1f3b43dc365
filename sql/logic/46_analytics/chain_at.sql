-- The chain of one expiry, or of all, as it was known at an instant.
CREATE FUNCTION analytics.chain_at(
    p_symbol text, p_expiry date, p_at timestamptz
) RETURNS SETOF analytics.chain_strike
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
