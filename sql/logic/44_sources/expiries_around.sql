-- The two expiries of a symbol between which a maturity falls, counted from an instant.
--
-- The one that closes last before it, if that is live then, and the first that does not. Either
-- may be missing; neither need have been quoted by then, and neither was delisted by then. Two
-- steps into the index.
CREATE FUNCTION ops.expiries_around(p_symbol text, p_at timestamptz, p_days integer)
RETURNS date[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
    v_end timestamp := (p_at + make_interval(hours => 24 * p_days))
        AT TIME ZONE v_exchange.time_zone;
    v_since timestamptz := ops.listed_since(p_symbol, p_at);
    v_day date := v_end::date + (v_end::time > v_exchange.closes_at)::integer;
BEGIN
    RETURN ARRAY[
        (
            SELECT max(contract.expiry)
            FROM fo.contract AS contract
            WHERE contract.symbol = p_symbol
                AND contract.expiry < v_day
                AND (contract.delisted_at IS NULL OR contract.delisted_at > p_at)
                AND coalesce(contract.live_time >= v_since, TRUE)
        ),
        (
            SELECT min(contract.expiry)
            FROM fo.contract AS contract
            WHERE contract.symbol = p_symbol
                AND contract.expiry >= v_day
                AND (contract.delisted_at IS NULL OR contract.delisted_at > p_at)
                AND coalesce(contract.live_time >= v_since, TRUE)
        )
    ];
END;
$$;
