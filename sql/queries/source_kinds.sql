-- What the quotes of some symbols are, of those that have any.
SELECT
    instrument.symbol,
    instrument.source_kind
FROM fo.instrument AS instrument
WHERE instrument.symbol = ANY(%s) AND instrument.source_kind IS NOT NULL
ORDER BY instrument.symbol;
