-- The level at which a chain's net GEX, summed up from the lowest strike, changes its sign.
--
-- Linear between two strikes; of several the one nearest the forward (a tie: the lower). No row
-- where there is none.
CREATE FUNCTION ops.chain_flip(p_strikes ops.measured_strike[])
RETURNS TABLE (level double precision)
LANGUAGE sql IMMUTABLE AS $$
WITH gex AS (
    SELECT
        chain.forward, chain.strike,
        sum(chain.net_gex) OVER upwards AS sum,
        lead(chain.strike) OVER upwards AS next_strike,
        lead(chain.net_gex) OVER upwards AS next_gex
    FROM unnest(p_strikes) AS chain
    WHERE chain.net_gex IS NOT NULL
    WINDOW upwards AS (ORDER BY chain.strike)
),

turn AS (
    SELECT
        gex.forward, gex.sum AS sum_after,
        lag(gex.sum) OVER upwards AS sum,
        lag(gex.strike) OVER upwards AS strike,
        lag(gex.next_strike) OVER upwards AS next_strike,
        lag(gex.next_gex) OVER upwards AS next_gex
    FROM gex
    WHERE gex.sum <> 0
    WINDOW upwards AS (ORDER BY gex.strike)
)

SELECT crossing.level
FROM turn
CROSS JOIN
    LATERAL (
        SELECT
            -- A sum that is lost in the next one would vanish in the quotient: an error.
            CASE
                WHEN turn.sum + turn.next_gex = turn.next_gex THEN turn.strike
                ELSE
                    turn.strike
                    - (turn.next_strike - turn.strike) * (turn.sum / turn.next_gex)
            END AS level
    ) AS crossing
WHERE sign(turn.sum) = -sign(turn.sum_after)
ORDER BY abs(crossing.level - turn.forward), crossing.level
LIMIT 1;
$$;
