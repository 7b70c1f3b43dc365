-- Whether a symbol shows what is stored of it, and has a session before.
SELECT count(*) > 0 AS is_shown
FROM fo.latest_snapshot AS live
INNER JOIN fo.instrument AS instrument ON live.symbol = instrument.symbol
WHERE
    live.timeframe = 'live'
    AND live.quote_time > instrument.clock - interval '15 minutes'
    AND EXISTS (
        SELECT FROM fo.underlying_quote AS quote
        WHERE
            quote.symbol = live.symbol
            AND quote.quote_time < live.quote_time - interval '12 hours'
    );
