-- What dealers hold at one strike of a chain, in currency, if they are long calls and short puts.
--
-- Vanna and charm are those of Black-76 (Haug, 2007), made of what is stored, so that no density
-- is needed: with gamma = D n(d1) / (F v sqrt(t)) they are -0.01 gamma F (ln(F/K) / v - v t / 2)
-- and (r delta + gamma F (ln(F/K) - v^2 t / 2) / (2 t)) / 365. t is the quote's own time to
-- expiry, since its gamma is. Plain SQL, so that it is inlined. NULL where an input is unknown.
--
-- Greeks come last in each product: PostgreSQL raises an error where one of figures that are not
-- 0 vanishes.
CREATE FUNCTION ops.strike_exposure(
    p_strike analytics.chain_strike, p_rate double precision
) RETURNS TABLE (
    call_gex double precision,
    put_gex double precision,
    call_dex double precision,
    put_dex double precision,
    call_vanna double precision,
    put_vanna double precision,
    call_charm double precision,
    put_charm double precision
)
LANGUAGE sql IMMUTABLE AS $$
SELECT
    scale.calls * p_strike.forward * 0.01 * p_strike.call_gamma,
    scale.puts * p_strike.forward * 0.01 * p_strike.put_gamma,
    scale.calls * p_strike.call_delta,
    scale.puts * p_strike.put_delta,
    scale.calls * p_strike.forward * 0.01
    * (input.call_iv * input.years / 2 - input.log_moneyness / input.call_iv)
    * p_strike.call_gamma,
    scale.puts * p_strike.forward * 0.01
    * (input.put_iv * input.years / 2 - input.log_moneyness / input.put_iv)
    * p_strike.put_gamma,
    scale.calls / 365 * p_rate * p_strike.call_delta
    + scale.calls * p_strike.forward / 730
    * (input.log_moneyness / input.years - input.call_iv ^ 2 / 2) * p_strike.call_gamma,
    scale.puts / 365 * p_rate * p_strike.put_delta
    + scale.puts * p_strike.forward / 730
    * (input.log_moneyness / input.years - input.put_iv ^ 2 / 2) * p_strike.put_gamma
FROM (
    SELECT
        CASE
            WHEN p_strike.forward > 0 AND p_strike.strike > 0
                THEN ln(p_strike.forward / p_strike.strike)
        END AS log_moneyness,
        ops.known_iv(p_strike.call_iv) AS call_iv,
        ops.known_iv(p_strike.put_iv) AS put_iv,
        nullif(p_strike.years + ops.years(p_strike.age), 0) AS years
) AS input
CROSS JOIN LATERAL (
    SELECT
        p_strike.call_oi * p_strike.forward AS calls,
        -p_strike.put_oi * p_strike.forward AS puts
) AS scale;
$$;
