-- The exchanges of those symbols that are known, and whose holidays each keeps.
SELECT
    instrument.symbol,
    exchange.exchange,
    exchange.calendar
FROM fo.instrument AS instrument
INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
WHERE instrument.symbol = ANY(%s);
