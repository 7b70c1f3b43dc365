INSERT INTO fo.waiting_quote AS waiting (
    symbol, quote_time, expiry, strike, source, is_put_back, quote
)
SELECT
    came.quote ->> 'symbol' AS symbol,
    (came.quote ->> 'quote_time')::timestamptz AS quote_time,
    (came.quote ->> 'expiry')::date AS expiry,
    (came.quote ->> 'strike')::double precision AS strike,
    %(source)s AS source,
    %(is_put_back)s AS is_put_back,
    came.quote
FROM (SELECT %(quote)s::json AS quote) AS came
ON CONFLICT (symbol, quote_time, expiry, strike) DO UPDATE
    SET quote = excluded.quote, source = excluded.source;
