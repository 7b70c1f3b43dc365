-- Vanna of Black-76, of delta per 0.01 of IV, from what is stored: it needs no density.
--
-- With d2 = ln(F / K) / (vol sqrt(t)) - vol sqrt(t) / 2 and the gamma of the same model it is
-- -0.01 gamma F sqrt(t) d2, the same for both legs. NULL without time, IV or gamma.
CREATE FUNCTION ops.vanna(
    p_forward double precision,
    p_strike double precision,
    p_years double precision,
    p_iv double precision,
    p_gamma double precision
) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
SELECT
    CASE
        WHEN p_forward > 0 AND p_strike > 0 AND p_years > 0 AND p_iv > 0
            THEN -0.01 * p_gamma * p_forward
                * (ln(p_forward / p_strike) / p_iv - p_iv * p_years / 2)
    END;
$$;
