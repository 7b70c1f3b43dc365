-- A symbol's clock, and the newest stored snapshot: at or before a time, or (NULL) with company.
SELECT
    instrument.clock,
    ops.clock_at(instrument.symbol, %(time)s) AS wanted
FROM fo.instrument AS instrument
WHERE instrument.symbol = %(symbol)s;
