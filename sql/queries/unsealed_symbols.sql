-- The symbols with quotes of such sessions that are not sealed: they keep the days.
SELECT DISTINCT instrument.symbol
FROM unnest(%s::date[]) AS wanted (session)
CROSS JOIN fo.instrument AS instrument
WHERE
    NOT ops.is_sealed(instrument.symbol, ops.session_from(wanted.session))
    AND EXISTS (
        SELECT FROM fo.option_quote AS quote
        WHERE
            quote.symbol = instrument.symbol
            AND quote.quote_time >= ops.session_from(wanted.session)
            AND quote.quote_time < ops.session_from(wanted.session + 1)
    )
ORDER BY instrument.symbol;
