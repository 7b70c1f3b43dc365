-- The strike of a chain at which its options would pay out least at expiry (a tie: the lowest).
CREATE FUNCTION ops.chain_max_pain(p_strikes ops.measured_strike[])
RETURNS TABLE (strike double precision, payout double precision)
LANGUAGE sql IMMUTABLE AS $$
SELECT settled.strike, settled.payout
FROM (
    SELECT
        chain.strike,
        chain.strike * sum(chain.calls) OVER below - sum(chain.calls * chain.strike) OVER below
        + sum(chain.puts * chain.strike) OVER () - sum(chain.puts * chain.strike) OVER below
        - chain.strike * (sum(chain.puts) OVER () - sum(chain.puts) OVER below) AS payout
    FROM unnest(p_strikes) AS chain
    WINDOW below AS (ORDER BY chain.strike)
) AS settled
ORDER BY settled.payout, settled.strike
LIMIT 1;
$$;
