SELECT
    instrument.symbol,
    instrument.exchange,
    instrument.tick
FROM fo.instrument AS instrument
WHERE instrument.symbol = ANY(%s);
