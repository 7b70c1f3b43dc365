-- Make a symbol known, traded on an exchange; no row where it is known already.
INSERT INTO fo.instrument AS instrument (symbol, exchange)
SELECT
    %(symbol)s AS symbol,
    %(exchange)s AS exchange
WHERE ops.check_known_exchange(%(exchange)s)
ON CONFLICT (symbol) DO NOTHING
RETURNING instrument.symbol;
