-- Where an expiry's open interest stands: its support, its resistance, its average strikes.
CREATE FUNCTION analytics.oi_levels(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    underlying double precision,
    support double precision,
    support_oi bigint,
    resistance double precision,
    resistance_oi bigint,
    call_oi_strike double precision,
    put_oi_strike double precision,
    oi_strike double precision,
    known_legs bigint,
    legs bigint
)
LANGUAGE sql STABLE AS $$
SELECT
    metrics.expiry, metrics.underlying, metrics.support, metrics.support_oi,
    metrics.resistance, metrics.resistance_oi,
    metrics.call_oi_strike, metrics.put_oi_strike, metrics.oi_strike,
    metrics.known_oi_legs, metrics.legs
FROM analytics.expiry_metrics(p_symbol, p_expiry, p_at) AS metrics;
$$;

COMMENT ON FUNCTION analytics.oi_levels IS
'Levels by open interest. support: the strike at or below the underlying with most put OI (a tie: '
'the higher, which is nearer the money); resistance: the strike at or above it with most call OI '
'(a tie: the lower). support_oi and resistance_oi are those OIs, in units of the underlying. NULL '
'without an underlying, and where no strike on that side has any. call_oi_strike is sum(call_oi * '
'strike) / sum(call_oi), put_oi_strike the same of puts, oi_strike of both together: the average '
'strike by OI, in points; NULL without any OI. Unknown OI counts as none, and known_legs of the '
'chain''s legs have one. No chain, no row. That writers defend a strike is how traders read it, '
'not what OI shows.';
