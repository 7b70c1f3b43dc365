-- How many quotes of an expiry have one of another expiry at the same strike and instant.
SELECT
    count(*) AS quotes,
    min(old.quote_time) AS quote_time
FROM fo.option_quote AS old
INNER JOIN fo.option_quote AS new
    ON
        old.symbol = new.symbol
        AND old.strike = new.strike
        AND old.quote_time = new.quote_time
WHERE old.symbol = %(symbol)s AND old.expiry = %(old)s AND new.expiry = %(new)s;
