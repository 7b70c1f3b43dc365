-- The bars of one strike, of one leg or of both.
CREATE FUNCTION analytics.option_bars(
    p_symbol text,
    p_expiry date,
    p_strike double precision,
    p_leg text DEFAULT NULL,
    p_timeframe text DEFAULT '5min',
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL,
    p_fill boolean DEFAULT FALSE
) RETURNS TABLE (
    leg text,
    bucket_time timestamptz,
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    bid double precision,
    ask double precision,
    iv double precision,
    volume bigint,
    oi bigint,
    oi_change bigint,
    underlying double precision,
    moneyness_level integer,
    quotes bigint
)
LANGUAGE plpgsql STABLE SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
DECLARE
    c_legs constant text[] := '{call,put}';
    v_rollup text := 'option_strike_bars_' || p_timeframe;
    v_width interval := (
        SELECT known.width FROM job.rollup AS known WHERE known.rollup = v_rollup
    );
BEGIN
    PERFORM ops.check_known_strike(p_symbol, p_expiry, p_strike);
    PERFORM ops.check_known('timeframe', p_timeframe, ops.timeframes_of('option_bars'));
    IF p_leg IS NOT NULL THEN
        PERFORM ops.check_known('leg', p_leg, c_legs);
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
        WITH bar AS MATERIALIZED (
            SELECT source.*
            FROM fo.%I AS source
            WHERE source.symbol = $1 AND source.expiry = $2 AND source.strike = $3
                AND source.bucket_time >= $4 AND source.bucket_time < $5
        ),

        moment AS (
            SELECT bar.bucket_time FROM bar
            UNION
            SELECT grid.bucket_time FROM ops.bucket_grid($1, $6, $4, $5) AS grid WHERE $7
        )

        SELECT
            side.leg, moment.bucket_time, side.open, side.high, side.low, side.close,
            side.bid, side.ask, side.iv, side.volume, side.oi, side.oi_change,
            bar.underlying, bar.moneyness_level, coalesce(bar.quotes, 0)
        FROM moment
        LEFT JOIN bar ON moment.bucket_time = bar.bucket_time
        CROSS JOIN LATERAL (
            VALUES
            ('call', bar.call_open, bar.call_high, bar.call_low, bar.call_close, bar.call_bid,
            bar.call_ask, bar.call_iv, bar.call_volume, bar.call_oi, bar.call_oi_change),
            ('put', bar.put_open, bar.put_high, bar.put_low, bar.put_close, bar.put_bid,
            bar.put_ask, bar.put_iv, bar.put_volume, bar.put_oi, bar.put_oi_change)
        ) AS side (leg, open, high, low, close, bid, ask, iv, volume, oi, oi_change)
        WHERE side.leg = ANY($8)
        ORDER BY side.leg, moment.bucket_time
        $sql$,
        v_rollup
    ) USING
        p_symbol, p_expiry, p_strike,
        coalesce(p_from, ops.known_session(p_symbol)), coalesce(p_to, 'infinity'),
        v_width, coalesce(p_fill, FALSE),
        CASE WHEN p_leg IS NULL THEN c_legs ELSE ARRAY[p_leg] END;
END;
$$;

COMMENT ON FUNCTION analytics.option_bars IS
'The bars of one strike: one row per leg and bucket in which it was quoted, in that order. p_leg '
'is call or put, NULL both. open to close are of the last traded price; bid, ask, iv and oi the '
'last known in the bucket, volume and oi_change the growths in it. Windows and timeframes as of '
'analytics.oi_series; p_fill adds the buckets of the exchange''s sessions, up to the market clock, '
'in which the strike was not quoted: quotes is 0 there, and all else NULL. An unknown symbol, '
'expiry, strike, leg or timeframe raises 22023.';
