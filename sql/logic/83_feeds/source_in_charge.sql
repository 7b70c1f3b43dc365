-- The source that a symbol's quotes are stored of, since when, and how old a quote of it may be.
--
-- Before its time the quotes are of another source; before that of the first source, of none.
CREATE FUNCTION ops.source_in_charge(
    p_symbol text, OUT source text, OUT since timestamptz, OUT oldest timestamptz
)
LANGUAGE sql STABLE AS $$
SELECT
    newest.source,
    newest.since,
    CASE
        WHEN
            EXISTS (
                SELECT FROM fo.quote_source AS earlier
                WHERE earlier.symbol = p_symbol AND earlier.since < newest.since
            )
            THEN newest.since
        ELSE '1990-01-01T00:00Z'
    END
FROM fo.quote_source AS newest
WHERE newest.symbol = p_symbol
ORDER BY newest.since DESC
LIMIT 1;
$$;
