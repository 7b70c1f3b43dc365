-- The chains of ops.chains, one row each, with its strikes in order.
--
-- The first part of ops.measure_chains; the others are about one chain each. The ages are those of
-- the newest quote.
CREATE FUNCTION ops.measured_chains(
    p_symbol text, p_expiries date[], p_moments timestamptz[], p_rate double precision,
    p_tick double precision
) RETURNS TABLE (
    as_of timestamptz,
    expiry date,
    underlying_source text,
    forward_source text,
    strikes ops.measured_strike[],
    age interval,
    stamp_age interval,
    is_stale boolean
)
LANGUAGE sql STABLE AS $$
SELECT
    quote.as_of, quote.expiry, min(quote.underlying_source), min(quote.forward_source),
    array_agg(
        ROW(
            quote.strike, quote.session,
            ops.leg_counts(
                quote.call_ltp, quote.call_bid, quote.call_ask, quote.call_volume, quote.call_oi,
                quote.call_iv, quote.call_dropout
            ),
            ops.leg_counts(
                quote.put_ltp, quote.put_bid, quote.put_ask, quote.put_volume, quote.put_oi,
                quote.put_iv, quote.put_dropout
            ),
            quote.years, quote.underlying, quote.forward,
            ops.known_price(quote.call_bid, quote.call_ask, quote.call_ltp, p_tick),
            ops.known_price(quote.put_bid, quote.put_ask, quote.put_ltp, p_tick),
            quote.call_oi, quote.put_oi,
            coalesce(quote.call_oi, 0)::double precision,
            coalesce(quote.put_oi, 0)::double precision,
            quote.call_volume, quote.put_volume,
            ops.known_iv(quote.call_iv), ops.known_iv(quote.put_iv),
            quote.call_delta, quote.put_delta,
            exposure.call_gex, exposure.put_gex,
            ops.known_sum(exposure.call_gex, exposure.put_gex),
            exposure.call_dex, exposure.put_dex, exposure.call_vanna, exposure.put_vanna,
            exposure.call_charm, exposure.put_charm
        )::ops.measured_strike
        ORDER BY quote.strike
    ),
    min(quote.age), min(quote.stamp_age), bool_or(quote.is_stale)
FROM ops.chains(p_symbol, p_expiries, p_moments) AS quote
CROSS JOIN LATERAL ops.strike_exposure(quote, p_rate) AS exposure
GROUP BY quote.as_of, quote.expiry;
$$;
