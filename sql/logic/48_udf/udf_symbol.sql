-- What TradingView has to know of a ticker before it asks for bars, as JSON.
CREATE FUNCTION ops.udf_symbol(p_ticker text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    json_strip_nulls(json_build_object(
        'name', part.ticker,
        'ticker', part.ticker,
        'description',
        ops.udf_about(part.symbol, part.expiry, part.strike, part.leg, part.indicator),
        'type', CASE
            WHEN part.indicator IS NOT NULL THEN 'indicator'
            WHEN part.leg IS NOT NULL THEN 'option'
            ELSE 'underlying'
        END,
        'exchange', exchange.exchange,
        'listed_exchange', exchange.exchange,
        'timezone', CASE exchange.time_zone WHEN 'UTC' THEN 'Etc/UTC' ELSE exchange.time_zone END,
        'session', session.hours,
        'session_holidays', session.holidays,
        'corrections', session.corrections,
        'pricescale', price.pricescale,
        'minmov', price.minmov,
        'has_intraday', TRUE,
        'has_daily', TRUE,
        'has_weekly_and_monthly', FALSE,
        'intraday_multipliers', ops.udf_resolutions(exchange.exchange, clock.day),
        'supported_resolutions', '{1,5,15,60,1D}'::text[],
        'visible_plots_set', CASE
            WHEN part.indicator IS NOT NULL THEN 'c'
            WHEN part.leg IS NOT NULL THEN 'ohlcv'
            ELSE 'ohlc'
        END,
        'data_status', 'streaming',
        'expired', life.expires_at <= instrument.clock,
        'expiration_date', extract(EPOCH FROM life.expires_at)::bigint
    ))::text
FROM ops.udf_parts(p_ticker) AS part
INNER JOIN fo.instrument AS instrument ON part.symbol = instrument.symbol
INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
LEFT JOIN fo.expiry AS life ON part.symbol = life.symbol AND part.expiry = life.expiry
CROSS JOIN
    LATERAL (
        SELECT (coalesce(instrument.clock, now()) AT TIME ZONE exchange.time_zone)::date AS day
    ) AS clock
CROSS JOIN LATERAL ops.udf_session(exchange.exchange, clock.day) AS session
CROSS JOIN LATERAL ops.udf_price_scale(p_ticker) AS price;
$$;
