-- The source kind, real or simulated, of those symbols that have quotes.
SELECT
    instrument.symbol,
    instrument.source_kind
FROM fo.instrument AS instrument
WHERE instrument.symbol = ANY(%s) AND instrument.source_kind IS NOT NULL
ORDER BY instrument.symbol;
