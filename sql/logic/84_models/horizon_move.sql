-- The move of a symbol's underlying over a horizon, as a share of its level: what labels rest on.
--
-- From the newest known price at an instant to that at the horizon's end, each at most half a
-- horizon old. The horizon has to end in the opening that the instant is in. NULL with a reason
-- where there is no move; without one where the market's clock has not passed the end.
CREATE FUNCTION ops.horizon_move(
    p_symbol text, p_at timestamptz, p_horizon interval,
    OUT session date, OUT ends_at timestamptz, OUT move double precision, OUT reason text
)
LANGUAGE sql STABLE AS $$
SELECT
    opening.session,
    p_at + p_horizon,
    CASE WHEN told.reason IS NULL AND is_over.is_over THEN after.price / before.price - 1 END,
    told.reason
FROM fo.instrument AS instrument
LEFT JOIN fo.session AS opening
    ON
        instrument.exchange = opening.exchange
        AND p_at BETWEEN opening.opens_at AND opening.closes_at
LEFT JOIN
    LATERAL ops.newest_underlying(
        p_symbol, greatest(opening.opens_at, p_at - p_horizon / 2), p_at
    ) AS before (price)
    ON TRUE
LEFT JOIN
    LATERAL ops.newest_underlying(
        p_symbol, p_at + p_horizon / 2, p_at + p_horizon
    ) AS after (price)
    ON TRUE
CROSS JOIN LATERAL (SELECT p_at + p_horizon <= instrument.clock AS is_over) AS is_over
CROSS JOIN
    LATERAL (
        SELECT
            CASE
                WHEN opening.opens_at IS NULL THEN 'it is outside of a session'
                WHEN p_at + p_horizon > opening.closes_at
                    THEN 'the horizon ends after the session'
                WHEN before.price IS NULL THEN 'the underlying was not known then'
                WHEN is_over.is_over AND after.price IS NULL
                    THEN 'the underlying was not known when the horizon ended'
            END AS reason
    ) AS told
WHERE instrument.symbol = p_symbol
ORDER BY opening.opens_at DESC
LIMIT 1;
$$;
