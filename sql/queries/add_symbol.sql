-- Make a symbol known, traded on an exchange; no row where it is known already.
INSERT INTO fo.instrument AS instrument (symbol, exchange, exercise_style)
SELECT
    %(symbol)s AS symbol,
    %(exchange)s AS exchange,
    %(exercise)s AS exercise_style
WHERE ops.check_known_exchange(%(exchange)s)
ON CONFLICT (symbol) DO NOTHING
RETURNING instrument.symbol;
