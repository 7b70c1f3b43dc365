-- The IV of each wing of a chain where its delta is 0.25: the first crossing, out of the money.
--
-- Linear in delta between the two strikes around it. One row; NULL for a wing that does not cross.
CREATE FUNCTION ops.chain_wings(p_strikes ops.measured_strike[])
RETURNS TABLE (call_25_iv double precision, put_25_iv double precision)
LANGUAGE sql IMMUTABLE AS $$
WITH leg AS (
    SELECT
        TRUE AS is_call, chain.strike - chain.forward AS distance,
        chain.call_delta AS delta, chain.call_iv AS iv
    FROM unnest(p_strikes) AS chain
    WHERE chain.strike >= chain.forward
    UNION ALL
    SELECT
        FALSE AS is_call, chain.forward - chain.strike AS distance,
        -chain.put_delta AS delta, chain.put_iv AS iv
    FROM unnest(p_strikes) AS chain
    WHERE chain.strike < chain.forward
),

step AS (
    SELECT
        leg.is_call, leg.distance, leg.delta, leg.iv,
        lag(leg.delta) OVER outwards AS last_delta,
        lag(leg.iv) OVER outwards AS last_iv
    FROM leg
    WHERE leg.delta IS NOT NULL AND leg.iv IS NOT NULL
    WINDOW outwards AS (PARTITION BY leg.is_call ORDER BY leg.distance)
),

crossing AS (
    -- Arrays are compared by their first elements.
    SELECT
        step.is_call,
        min(ARRAY[
            step.distance,
            step.iv
            + (step.last_iv - step.iv) * (0.25 - step.delta) / (step.last_delta - step.delta)
        ]) AS nearest
    FROM step
    WHERE step.last_delta >= 0.25 AND step.delta <= 0.25 AND step.last_delta > step.delta
    GROUP BY step.is_call
)

SELECT
    max(crossing.nearest[2]) FILTER (WHERE crossing.is_call),
    max(crossing.nearest[2]) FILTER (WHERE NOT crossing.is_call)
FROM crossing;
$$;
