-- The days (UTC) on which contracts of a symbol were quoted: of one expiry, or of all (NULL).
SELECT DISTINCT date_trunc('day', quote.quote_time AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS day
FROM fo.option_quote AS quote
WHERE
    quote.symbol = %(symbol)s
    AND (%(expiry)s::date IS NULL OR quote.expiry = %(expiry)s::date)
ORDER BY day;
