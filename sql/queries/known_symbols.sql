SELECT instrument.symbol
FROM fo.instrument AS instrument
ORDER BY instrument.symbol;
