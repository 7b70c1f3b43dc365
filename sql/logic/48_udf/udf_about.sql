-- What a ticker is, in words: NIFTY 24500 call of 2025-09-02.
CREATE FUNCTION ops.udf_about(
    p_symbol text, p_expiry date, p_strike double precision, p_leg text, p_indicator text
) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT
    CASE
        WHEN p_leg IS NOT NULL
            THEN concat(p_symbol, ' ', p_strike, ' ', p_leg, ' of ', p_expiry)
        WHEN p_indicator IS NOT NULL
            THEN concat(
                p_symbol, ' ',
                (
                    SELECT known.about FROM ops.udf_indicator AS known
                    WHERE known.name = p_indicator
                ),
                ', ', coalesce('expiry ' || p_expiry, 'nearest expiry')
            )
        ELSE p_symbol || ' underlying'
    END;
$$;
