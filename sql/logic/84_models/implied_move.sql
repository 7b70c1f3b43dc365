-- What options imply of the underlying's log return over a horizon: its mean and its variance.
--
-- All of the variance until expiry, p_iv squared times years, falls on trading time: a horizon has
-- its share of the open hours until expiry, which the calendar counts. The forward is taken for the
-- underlying, so the mean is that of a martingale.
CREATE FUNCTION ops.implied_move(
    p_symbol text, p_at timestamptz, p_horizon interval,
    p_expiry date, p_iv double precision,
    OUT mean double precision, OUT variance double precision
)
LANGUAGE sql STABLE AS $$
SELECT
    -share.variance / 2,
    share.variance
FROM (
    SELECT
        p_iv ^ 2 * ops.years(expiry.expires_at - p_at)
        * extract(EPOCH FROM p_horizon)::double precision
        / extract(EPOCH FROM sum(
            least(opening.closes_at, expiry.expires_at) - greatest(opening.opens_at, p_at)
        ))::double precision AS variance
    FROM fo.expiry AS expiry
    INNER JOIN fo.instrument AS instrument ON expiry.symbol = instrument.symbol
    INNER JOIN fo.session AS opening
        ON
            instrument.exchange = opening.exchange
            AND expiry.expires_at > opening.opens_at
            AND opening.closes_at > p_at
    WHERE
        expiry.symbol = p_symbol
        AND expiry.expiry = p_expiry
        AND expiry.expires_at >= p_at + p_horizon
    GROUP BY expiry.expires_at
) AS share
WHERE p_iv > 0;
$$;
