-- How unusual each leg's open interest and volume are for its contract.
--
-- A contract costs two steps into the index of the daily bars, whatever its history.
CREATE FUNCTION analytics.unusual_oi(
    p_symbol text,
    p_expiry date DEFAULT NULL,
    p_at timestamptz DEFAULT NULL,
    p_sessions integer DEFAULT 20
) RETURNS TABLE (
    expiry date,
    strike double precision,
    leg text,
    oi bigint,
    oi_change bigint,
    volume bigint,
    volume_to_oi double precision,
    sessions bigint,
    oi_mean double precision,
    oi_deviation double precision,
    oi_z double precision,
    oi_change_mean double precision,
    oi_change_deviation double precision,
    oi_change_z double precision,
    volume_mean double precision,
    volume_deviation double precision,
    volume_z double precision,
    volume_to_oi_mean double precision,
    volume_to_oi_deviation double precision,
    volume_to_oi_z double precision
)
LANGUAGE plpgsql STABLE
SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
BEGIN
    PERFORM ops.check_count('sessions', p_sessions, 1, 1000);
    RETURN QUERY
    WITH chain AS MATERIALIZED (
        SELECT
            quote.expiry, quote.strike, quote.call_oi, quote.put_oi,
            quote.call_volume, quote.put_volume,
            quote.session,
            max(quote.session) OVER (PARTITION BY quote.expiry) AS newest
        FROM analytics.chain(p_symbol, p_expiry, p_at) AS quote
    ),

    day AS MATERIALIZED (
        SELECT each.newest, ops.session_bucket(p_symbol, each.newest) AS bucket_time
        FROM (SELECT DISTINCT chain.newest FROM chain) AS each
    ),

    leg AS (
        SELECT
            chain.expiry, chain.strike, split.leg, split.oi,
            CASE
                WHEN chain.session = chain.newest THEN split.oi - split.opening_oi
            END AS oi_change,
            CASE WHEN chain.session = chain.newest THEN split.volume END AS volume,
            split.sessions, split.past_oi, split.past_oi_change, split.past_volume,
            split.past_volume_to_oi
        FROM chain
        INNER JOIN day ON chain.newest = day.newest
        LEFT JOIN LATERAL ops.opening_oi(
            p_symbol, chain.expiry, chain.strike, day.bucket_time
        ) AS opening ON TRUE
        CROSS JOIN
            LATERAL ops.contract_past(
                p_symbol, chain.expiry, chain.strike, day.bucket_time, p_sessions
            ) AS past
        CROSS JOIN LATERAL (
            VALUES
            (
                'call', chain.call_oi, chain.call_volume, opening.call_oi, past.call_sessions,
                past.call_oi, past.call_oi_change, past.call_volume, past.call_volume_to_oi
            ),
            (
                'put', chain.put_oi, chain.put_volume, opening.put_oi, past.put_sessions,
                past.put_oi, past.put_oi_change, past.put_volume, past.put_volume_to_oi
            )
        ) AS split (
            leg, oi, volume, opening_oi, sessions,
            past_oi, past_oi_change, past_volume, past_volume_to_oi
        )
    )

    SELECT
        leg.expiry, leg.strike, leg.leg, leg.oi, leg.oi_change, leg.volume, figure.volume_to_oi,
        leg.sessions, (leg.past_oi).mean, (leg.past_oi).deviation, ops.z_score(leg.oi, leg.past_oi),
        (leg.past_oi_change).mean, (leg.past_oi_change).deviation,
        ops.z_score(leg.oi_change, leg.past_oi_change),
        (leg.past_volume).mean, (leg.past_volume).deviation,
        ops.z_score(leg.volume, leg.past_volume),
        (leg.past_volume_to_oi).mean, (leg.past_volume_to_oi).deviation,
        ops.z_score(figure.volume_to_oi, leg.past_volume_to_oi)
    FROM leg
    CROSS JOIN
        LATERAL (
            SELECT leg.volume / nullif(leg.oi, 0)::double precision AS volume_to_oi
        ) AS figure
    ORDER BY leg.expiry, leg.strike, leg.leg;
END;
$$;

COMMENT ON FUNCTION analytics.unusual_oi IS
'How unusual each leg is for its contract: one row per expiry, strike and leg (call, put), in that '
'order. The session is the newest in the expiry''s chain. oi is that of the chain; oi_change is '
'since the session''s first known OI (by its daily bar: NULL until that is first refreshed), '
'volume is the session''s so far; both are NULL for a contract not quoted in it. volume_to_oi = '
'volume / oi, NULL for an OI of 0. Each is held against the contract''s own trailing sessions: its '
'newest p_sessions daily bars before this session, which are whole sessions while this one may not '
'be over. mean is theirs, deviation the sample standard deviation (n - 1), z = (figure - mean) / '
'deviation; NULL with fewer than 3 sessions in which the figure was known, or where it did not '
'deviate. A trailing session''s oi is its last, its oi_change that within it. sessions counts '
'those in which OI or volume of the leg was known.';
