-- Keep other writers of a symbol out, and say how its quotes were priced and what they are.
--
-- No row for a symbol that is not known.
SELECT
    instrument.rate,
    instrument.source_kind
FROM fo.instrument AS instrument
WHERE instrument.symbol = %s
FOR NO KEY UPDATE;
