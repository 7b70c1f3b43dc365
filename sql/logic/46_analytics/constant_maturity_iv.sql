-- The IV at the money of a maturity that no expiry need have.
--
-- As a rule two expiries tell it; where one of these has no IV, all are looked at.
CREATE FUNCTION analytics.constant_maturity_iv(
    p_symbol text, p_at timestamptz DEFAULT NULL, p_days integer DEFAULT 30
) RETURNS TABLE (
    iv double precision,
    is_bracketed boolean,
    near_expiry date,
    near_iv double precision,
    far_expiry date,
    far_iv double precision
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_around date[];
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, NULL, FALSE);
    PERFORM ops.check_above_floor(p_symbol, p_at);
    PERFORM ops.check_count('days', p_days, 1, 3650);
    v_around := ops.expiries_around(
        p_symbol,
        coalesce(
            p_at,
            (
                SELECT instrument.clock
                FROM fo.instrument AS instrument
                WHERE instrument.symbol = p_symbol
            )
        ),
        p_days
    );
    IF array_position(v_around, NULL) IS NULL THEN
        RETURN QUERY
        SELECT maturity.*
        FROM ops.constant_maturity(p_symbol, v_around, p_at, p_days) AS maturity
        WHERE maturity.is_bracketed;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
    SELECT maturity.* FROM ops.constant_maturity(p_symbol, NULL, p_at, p_days) AS maturity;
END;
$$;

COMMENT ON FUNCTION analytics.constant_maturity_iv IS
'The IV at the money at a maturity of p_days calendar days: between the last expiry of at most so '
'many days (near) and the first of at least so many (far), of those that have an IV (atm_iv of '
'analytics.atm), linear in total variance iv^2 * years, as in the VIX (Cboe, 2003). is_bracketed '
'is false where all expiries lie on one side: then it is the nearest one''s IV as it is, and '
'nothing is extrapolated. One row, with NULLs where no expiry has an IV; none without a chain.';
