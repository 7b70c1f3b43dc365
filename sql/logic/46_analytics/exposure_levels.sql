-- What dealers hold of a whole expiry, and the levels that follow from it.
CREATE FUNCTION analytics.exposure_levels(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    call_gex double precision,
    put_gex double precision,
    net_gex double precision,
    gex_flip double precision,
    call_wall double precision,
    put_wall double precision,
    net_dex double precision,
    net_vanna double precision,
    net_charm double precision,
    known_legs bigint,
    legs bigint
)
LANGUAGE sql STABLE AS $$
SELECT
    metrics.expiry, metrics.call_gex, metrics.put_gex, metrics.net_gex, metrics.gex_flip,
    metrics.call_wall, metrics.put_wall, metrics.net_dex, metrics.net_vanna, metrics.net_charm,
    metrics.known_legs, metrics.legs
FROM analytics.expiry_metrics(p_symbol, p_expiry, p_at) AS metrics;
$$;

COMMENT ON FUNCTION analytics.exposure_levels IS
'Sums of analytics.exposure over the strikes, in currency, with its signs (dealers long calls and '
'short puts: puts count negative) and units; what is unknown is left out, and a sum of nothing is '
'NULL: known_legs of the chain''s legs are in them. gex_flip is where the running sum of net_gex '
'from the lowest strike changes sign, linear between the two strikes, among those whose net_gex is '
'known; of several the one nearest the forward (a tie: the lower), NULL where none: a sum that '
'only touches zero has not changed sign. call_wall is the strike of the largest call_gex (a tie: '
'the lower), put_wall that of the most negative put_gex (a tie: the higher); NULL where none is '
'other than 0.';
