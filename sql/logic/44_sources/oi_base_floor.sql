-- The instant before which no quote is looked for that is compared with: see ops.quote_at.
--
-- A contract without a quote since the base had its newest one then: see ops.chains.
CREATE FUNCTION ops.oi_base_floor(
    p_symbol text, p_expiry date, p_base timestamptz
) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT least(p_base - interval '30 days', min(contract.live_time))
FROM fo.contract AS contract
WHERE
    contract.symbol = p_symbol
    AND (p_expiry IS NULL OR contract.expiry = p_expiry)
    AND contract.expiry
    >= (p_base AT TIME ZONE (ops.known_exchange(p_symbol)).time_zone)::date
    AND contract.live_time <= p_base;
$$;
