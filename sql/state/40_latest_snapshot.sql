-- The newest row of every contract that is listed, and live by its market clock.
--
-- One row per (timeframe, symbol, expiry, strike). timeframe live is the newest quote of a
-- session: volume is cumulative, and growths are since the quote before. 1min, 5min and 15min
-- are the newest bar: quote_time is its bucket_time, ltp its close, volume its own. What a
-- timeframe does not have is NULL. No column is volatile, or CONCURRENTLY would rewrite every
-- row: age is computed by the views that read this.
--
-- Every row is fetched by its whole key or by one step into an index, so the cost is that of
-- the live contracts, whatever the history. LIMIT keeps the planner from joining instead.

CREATE MATERIALIZED VIEW fo.latest_snapshot AS
WITH live AS (
    SELECT
        contract.symbol,
        contract.expiry,
        contract.strike,
        contract.live_time
    FROM fo.instrument AS instrument
    INNER JOIN fo.expiry AS life
        ON
            instrument.symbol = life.symbol
            AND instrument.clock < life.expires_at
            AND life.expiry >= (instrument.clock AT TIME ZONE 'UTC')::date - 1
    CROSS JOIN
        LATERAL (
            SELECT known.*
            FROM fo.contract AS known
            WHERE known.symbol = life.symbol AND known.expiry = life.expiry
            ORDER BY known.strike
            -- All of them; what it cannot know the planner takes for a tenth, and keeps to the
            -- index: dead contracts are many.
            LIMIT (SELECT 2147483647)
        ) AS contract
    WHERE
        contract.live_time IS NOT NULL
        AND contract.delisted_at IS NULL
        AND coalesce(contract.live_time >= instrument.listed_since, TRUE)
)

SELECT
    'live' AS timeframe,
    live.symbol,
    live.expiry,
    live.strike,
    quote.quote_time,
    quote.exchange_time,
    quote.underlying,
    quote.underlying_source,
    quote.forward,
    quote.forward_source,
    quote.strike_gap,
    quote.moneyness_level,
    quote.call_moneyness,
    quote.put_moneyness,
    NULL::bigint AS quotes,
    quote.call_ltp,
    NULL::double precision AS call_open,
    NULL::double precision AS call_high,
    NULL::double precision AS call_low,
    NULL::double precision AS call_close,
    quote.call_bid,
    quote.call_ask,
    quote.call_bid_qty,
    quote.call_ask_qty,
    quote.call_volume,
    quote.call_oi,
    quote.call_prev_oi,
    quote.call_iv,
    quote.call_iv_status,
    quote.call_delta,
    quote.call_gamma,
    quote.call_theta,
    quote.call_vega,
    quote.call_fed,
    NULL::bigint AS call_oi_change,
    quote.call_volume_growth,
    quote.call_oi_growth,
    quote.call_dropout,
    quote.call_volume_doubted,
    quote.put_ltp,
    NULL::double precision AS put_open,
    NULL::double precision AS put_high,
    NULL::double precision AS put_low,
    NULL::double precision AS put_close,
    quote.put_bid,
    quote.put_ask,
    quote.put_bid_qty,
    quote.put_ask_qty,
    quote.put_volume,
    quote.put_oi,
    quote.put_prev_oi,
    quote.put_iv,
    quote.put_iv_status,
    quote.put_delta,
    quote.put_gamma,
    quote.put_theta,
    quote.put_vega,
    quote.put_fed,
    NULL::bigint AS put_oi_change,
    quote.put_volume_growth,
    quote.put_oi_growth,
    quote.put_dropout,
    quote.put_volume_doubted,
    quote.session,
    quote.in_session
FROM live
CROSS JOIN
    LATERAL (
        SELECT source.*
        FROM fo.option_quote AS source
        WHERE
            source.symbol = live.symbol
            AND source.expiry = live.expiry
            AND source.strike = live.strike
            AND source.quote_time = live.live_time
        LIMIT 1
    ) AS quote
UNION ALL
SELECT
    bar.timeframe,
    live.symbol,
    live.expiry,
    live.strike,
    bar.bucket_time,
    NULL::timestamptz,
    bar.underlying,
    NULL::text,
    NULL::double precision,
    NULL::text,
    NULL::double precision,
    bar.moneyness_level,
    NULL::text,
    NULL::text,
    bar.quotes,
    bar.call_close AS call_ltp,
    bar.call_open,
    bar.call_high,
    bar.call_low,
    bar.call_close,
    bar.call_bid,
    bar.call_ask,
    NULL::bigint,
    NULL::bigint,
    bar.call_volume,
    bar.call_oi,
    NULL::bigint,
    bar.call_iv,
    NULL::text,
    NULL::double precision,
    NULL::double precision,
    NULL::double precision,
    NULL::double precision,
    NULL::smallint,
    bar.call_oi_change,
    NULL::bigint,
    NULL::bigint,
    NULL::boolean,
    NULL::boolean,
    bar.put_close AS put_ltp,
    bar.put_open,
    bar.put_high,
    bar.put_low,
    bar.put_close,
    bar.put_bid,
    bar.put_ask,
    NULL::bigint,
    NULL::bigint,
    bar.put_volume,
    bar.put_oi,
    NULL::bigint,
    bar.put_iv,
    NULL::text,
    NULL::double precision,
    NULL::double precision,
    NULL::double precision,
    NULL::double precision,
    NULL::smallint,
    bar.put_oi_change,
    NULL::bigint,
    NULL::bigint,
    NULL::boolean,
    NULL::boolean,
    NULL::date,
    NULL::boolean
FROM live
CROSS JOIN LATERAL (
    (
        SELECT
            '1min' AS timeframe,
            source.*
        FROM fo.option_strike_bars_1min AS source
        WHERE
            source.symbol = live.symbol
            AND source.expiry = live.expiry
            AND source.strike = live.strike
            AND source.bucket_time <= live.live_time
        ORDER BY source.bucket_time DESC
        LIMIT 1
    )
    UNION ALL
    (
        SELECT
            '5min' AS timeframe,
            source.*
        FROM fo.option_strike_bars_5min AS source
        WHERE
            source.symbol = live.symbol
            AND source.expiry = live.expiry
            AND source.strike = live.strike
            AND source.bucket_time <= live.live_time
        ORDER BY source.bucket_time DESC
        LIMIT 1
    )
    UNION ALL
    (
        SELECT
            '15min' AS timeframe,
            source.*
        FROM fo.option_strike_bars_15min AS source
        WHERE
            source.symbol = live.symbol
            AND source.expiry = live.expiry
            AND source.strike = live.strike
            AND source.bucket_time <= live.live_time
        ORDER BY source.bucket_time DESC
        LIMIT 1
    )
) AS bar;

CREATE UNIQUE INDEX latest_snapshot_key ON fo.latest_snapshot (timeframe, symbol, expiry, strike);
