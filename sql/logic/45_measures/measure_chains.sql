-- The figures of each chain of a symbol's expiries, now or as it was known at instants.
--
-- One row per (as_of, expiry), as fo.expiry_metrics keeps them: the one place where they are
-- computed. p_expiries and p_moments are those of ops.chains; docs/metrics.md says what each
-- figure is, with its ties and its NULLs. The parts, ops.chain_..., take one chain each, and are
-- plain SQL, so that they are inlined. Sums are of doubles, which are exact for OI times strike
-- below 2^53.
CREATE FUNCTION ops.measure_chains(
    p_symbol text, p_expiries date[], p_moments timestamptz[]
) RETURNS SETOF fo.expiry_metrics
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_rate double precision;
    v_tick double precision;
BEGIN
    SELECT instrument.rate, instrument.tick INTO v_rate, v_tick
    FROM fo.instrument AS instrument
    WHERE instrument.symbol = p_symbol;
    RETURN QUERY
    SELECT
        fo.bucket_start('1 minute', chain.as_of), p_symbol, chain.expiry, chain.as_of,
        chain.age, chain.stamp_age, chain.is_stale, first.years,
        first.underlying, chain.underlying_source, first.forward, chain.forward_source,
        ops.minus(first.forward, first.underlying),
        atm.strike, atm.call_price, atm.put_price,
        ops.as_written(atm.call_price + atm.put_price),
        atm.iv, first.forward * atm.iv * sqrt(first.years),
        total.call_oi, total.put_oi,
        CASE WHEN total.put_oi IS NOT NULL THEN total.puts / nullif(total.calls, 0) END,
        total.call_volume, total.put_volume,
        total.put_volume::double precision / nullif(total.call_volume, 0),
        CASE WHEN total.calls + total.puts > 0 THEN pain.strike END,
        CASE WHEN total.calls + total.puts > 0 THEN pain.payout END,
        level.support, level.support_oi, level.resistance, level.resistance_oi,
        total.calls_by_strike / nullif(total.calls, 0),
        total.puts_by_strike / nullif(total.puts, 0),
        (total.calls_by_strike + total.puts_by_strike) / nullif(total.calls + total.puts, 0),
        wing.call_25_iv, wing.put_25_iv, ops.minus(wing.put_25_iv, wing.call_25_iv),
        ops.as_written((wing.call_25_iv + wing.put_25_iv) / 2 - atm.iv),
        total.call_gex, total.put_gex, total.net_gex, flip.level,
        level.call_wall, level.put_wall,
        ops.known_sum(total.call_dex, total.put_dex),
        ops.known_sum(total.call_vanna, total.put_vanna),
        ops.known_sum(total.call_charm, total.put_charm),
        total.legs, total.known_legs, total.known_oi_legs, total.known_volume_legs
    FROM ops.measured_chains(p_symbol, p_expiries, p_moments, v_rate, v_tick) AS chain
    CROSS JOIN LATERAL (SELECT (chain.strikes[1]).*) AS first
    CROSS JOIN LATERAL ops.chain_sums(chain.strikes) AS total
    CROSS JOIN LATERAL ops.chain_max_pain(chain.strikes) AS pain
    CROSS JOIN LATERAL ops.chain_levels(chain.strikes) AS level
    CROSS JOIN LATERAL ops.chain_wings(chain.strikes) AS wing
    LEFT JOIN LATERAL ops.chain_atm(chain.strikes) AS atm ON TRUE
    LEFT JOIN LATERAL ops.chain_flip(chain.strikes) AS flip ON TRUE
    ORDER BY chain.as_of, chain.expiry;
END;
$$;
