-- The sessions of a symbol, or of each that has a clock (NULL), older than its newest ones.
SELECT
    instrument.symbol,
    wanted.session
FROM fo.instrument AS instrument
CROSS JOIN LATERAL ops.sessions_to_seal(instrument.symbol, %(keep)s) AS wanted (session)
WHERE
    instrument.clock IS NOT NULL
    AND (%(symbol)s::text IS NULL OR instrument.symbol = %(symbol)s::text)
ORDER BY instrument.symbol, wanted.session;
