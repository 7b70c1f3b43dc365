-- Every known lot: those of one expiry, and those of an expiry and all later ones (is_series).
--
-- A symbol's lots are also those of its aliases. In PostgreSQL's own binary forms of a time and of
-- a date, as in jobs/quote.py.
SELECT
    named.symbol,
    known.expiry - date '2000-01-01' AS expiry,
    known.is_series,
    (extract(EPOCH FROM known.since - '2000-01-01T00:00:00Z') * 1000000)::bigint AS since,
    known.lot,
    known.source
FROM (
    SELECT
        terms.symbol,
        terms.expiry,
        FALSE AS is_series,
        terms.since,
        terms.lot,
        terms.source
    FROM fo.contract_terms AS terms
    UNION ALL
    SELECT
        revision.symbol,
        revision.first_expiry,
        TRUE AS is_series,
        revision.since,
        revision.lot,
        revision.source
    FROM fo.lot_revision AS revision
) AS known
LEFT JOIN LATERAL (
    SELECT known.symbol
    UNION ALL
    SELECT earlier.alias
    FROM fo.symbol_alias AS earlier
    WHERE earlier.symbol = known.symbol
) AS named ON TRUE;
