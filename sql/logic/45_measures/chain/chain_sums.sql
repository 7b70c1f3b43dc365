-- The sums over the legs of a chain. One row.
--
-- Volumes are those of the newest session in which any of its strikes was quoted. calls and puts
-- are OI as double precision, 0 where it is unknown; by_strike is each times its strike. known_legs
-- counts the legs whose exposures are all known, or are 0 because their OI is 0. known_oi_legs
-- counts those whose OI is known, known_volume_legs those whose volume of that session is known.
CREATE FUNCTION ops.chain_sums(p_strikes ops.measured_strike[])
RETURNS TABLE (
    call_oi bigint, put_oi bigint, call_volume bigint, put_volume bigint,
    calls double precision, puts double precision,
    calls_by_strike double precision, puts_by_strike double precision,
    call_gex double precision, put_gex double precision, net_gex double precision,
    call_dex double precision, put_dex double precision,
    call_vanna double precision, put_vanna double precision,
    call_charm double precision, put_charm double precision,
    legs bigint, known_legs bigint, known_oi_legs bigint, known_volume_legs bigint
)
LANGUAGE sql IMMUTABLE AS $$
SELECT
    sum(chain.call_oi)::bigint, sum(chain.put_oi)::bigint,
    sum(chain.call_volume) FILTER (WHERE chain.is_newest)::bigint,
    sum(chain.put_volume) FILTER (WHERE chain.is_newest)::bigint,
    sum(chain.calls), sum(chain.puts),
    sum(chain.calls * chain.strike), sum(chain.puts * chain.strike),
    sum(chain.call_gex), sum(chain.put_gex), sum(chain.net_gex),
    sum(chain.call_dex), sum(chain.put_dex),
    sum(chain.call_vanna), sum(chain.put_vanna),
    sum(chain.call_charm), sum(chain.put_charm),
    count(*) FILTER (WHERE chain.call_counts) + count(*) FILTER (WHERE chain.put_counts),
    count(*) FILTER (
        WHERE ops.exposure_known(
            chain.call_oi, chain.call_gex, chain.call_dex, chain.call_vanna, chain.call_charm
        )
    )
    + count(*) FILTER (
        WHERE ops.exposure_known(
            chain.put_oi, chain.put_gex, chain.put_dex, chain.put_vanna, chain.put_charm
        )
    ),
    count(chain.call_oi) + count(chain.put_oi),
    count(chain.call_volume) FILTER (WHERE chain.is_newest)
    + count(chain.put_volume) FILTER (WHERE chain.is_newest)
FROM (
    SELECT strike.*, strike.session = max(strike.session) OVER () AS is_newest
    FROM unnest(p_strikes) AS strike
) AS chain;
$$;
