-- One indicator across the strikes of a symbol's live expiries, from the latest snapshot.
--
-- One row per (expiry, strike), in that order; call and put are NULL where unknown. p_expiries
-- NULL means all, p_around 10 means the levels -10 to 10, and age is by the market clock.
-- A word that is not known raises 22023. One index scan and no join; p_around needs another scan:
-- like other answers it has no strike of an expiry whose newest quote has no level.
CREATE FUNCTION analytics.strike_distribution(
    p_symbol text,
    p_timeframe text DEFAULT 'live',
    p_expiries date[] DEFAULT NULL,
    p_indicator text DEFAULT 'oi',
    p_around integer DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    strike double precision,
    moneyness_level integer,
    quote_time timestamptz,
    age interval,
    call double precision,
    put double precision
)
LANGUAGE sql STABLE AS $$
SELECT
    latest.expiry,
    latest.strike,
    latest.moneyness_level,
    latest.quote_time,
    (
        SELECT instrument.clock FROM fo.instrument AS instrument
        WHERE instrument.symbol = p_symbol
    ) - latest.quote_time,
    CASE p_indicator
        WHEN 'oi' THEN latest.call_oi
        WHEN 'ltp' THEN latest.call_ltp
        WHEN 'iv' THEN latest.call_iv
        WHEN 'volume' THEN latest.call_volume
        WHEN 'oi_growth' THEN latest.call_oi_growth
        WHEN 'volume_growth' THEN latest.call_volume_growth
        WHEN 'oi_change' THEN latest.call_oi_change
        WHEN 'bid' THEN latest.call_bid
        WHEN 'ask' THEN latest.call_ask
        WHEN 'delta' THEN latest.call_delta
        WHEN 'gamma' THEN latest.call_gamma
        WHEN 'theta' THEN latest.call_theta
        WHEN 'vega' THEN latest.call_vega
        WHEN 'open' THEN latest.call_open
        WHEN 'high' THEN latest.call_high
        WHEN 'low' THEN latest.call_low
        WHEN 'close' THEN latest.call_close
    END,
    CASE p_indicator
        WHEN 'oi' THEN latest.put_oi
        WHEN 'ltp' THEN latest.put_ltp
        WHEN 'iv' THEN latest.put_iv
        WHEN 'volume' THEN latest.put_volume
        WHEN 'oi_growth' THEN latest.put_oi_growth
        WHEN 'volume_growth' THEN latest.put_volume_growth
        WHEN 'oi_change' THEN latest.put_oi_change
        WHEN 'bid' THEN latest.put_bid
        WHEN 'ask' THEN latest.put_ask
        WHEN 'delta' THEN latest.put_delta
        WHEN 'gamma' THEN latest.put_gamma
        WHEN 'theta' THEN latest.put_theta
        WHEN 'vega' THEN latest.put_vega
        WHEN 'open' THEN latest.put_open
        WHEN 'high' THEN latest.put_high
        WHEN 'low' THEN latest.put_low
        WHEN 'close' THEN latest.put_close
    END
FROM fo.latest_snapshot AS latest
WHERE (
    SELECT
        ops.check_known_chain(
            p_symbol,
            p_timeframe,
            ops.timeframes_of('strike_distribution'),
            p_indicator,
            CASE
                WHEN p_timeframe = 'live'
                    THEN
                        '{oi,volume,ltp,bid,ask,iv,delta,gamma,theta,vega,oi_growth,'
                        'volume_growth}'
                ELSE '{oi,oi_change,volume,open,high,low,close,ltp,bid,ask,iv}'
            END::text[],
            p_around
        )
        AND ops.check_known_expiries(p_symbol, p_expiries, TRUE)
)
AND latest.timeframe = p_timeframe
AND latest.symbol = p_symbol
AND (p_expiries IS NULL OR latest.expiry = ANY(p_expiries))
AND (
    p_around IS NULL
    OR (
        latest.moneyness_level BETWEEN -p_around::bigint AND p_around
        AND latest.expiry = ANY(ARRAY(
            SELECT newest.expiry
            FROM (
                SELECT DISTINCT ON (live.expiry) live.expiry, live.moneyness_level AS level
                FROM fo.latest_snapshot AS live
                WHERE live.timeframe = 'live' AND live.symbol = p_symbol
                ORDER BY live.expiry ASC, live.quote_time DESC, live.strike ASC
            ) AS newest
            WHERE newest.level IS NOT NULL
        ))
    )
)
ORDER BY latest.expiry, latest.strike;
$$;

COMMENT ON FUNCTION analytics.strike_distribution IS
'One indicator across the strikes of a symbol''s live expiries, from fo.latest_snapshot: one row '
'per (expiry, strike), in that order. p_expiries NULL means all, p_around 10 the moneyness levels '
'-10 to 10: none of an expiry whose newest quote has no level. age is by the market clock. Unknown '
'is NULL. Words that are not known raise 22023.';
