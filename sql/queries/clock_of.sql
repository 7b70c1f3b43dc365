-- The market's clock of a symbol.
SELECT instrument.clock
FROM fo.instrument AS instrument
WHERE instrument.symbol = %(symbol)s;
