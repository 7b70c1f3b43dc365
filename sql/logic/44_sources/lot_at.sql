-- Units per lot of an expiry at a time; NULL where they are not known.
--
-- Terms of the expiry itself go before fo.lot_revision, as in jobs/feed/lot_book.py.
CREATE FUNCTION ops.lot_at(p_symbol text, p_expiry date, p_at timestamptz) RETURNS integer
LANGUAGE sql STABLE AS $$
SELECT
    coalesce(
        (
            SELECT terms.lot
            FROM fo.contract_terms AS terms
            WHERE
                terms.symbol = p_symbol
                AND terms.expiry = p_expiry
                AND terms.since <= p_at
            ORDER BY terms.since DESC
            LIMIT 1
        ),
        (
            SELECT revision.lot
            FROM fo.lot_revision AS revision
            WHERE
                revision.symbol = p_symbol
                AND revision.first_expiry <= p_expiry
                AND revision.since <= p_at
            ORDER BY revision.first_expiry DESC, revision.since DESC
            LIMIT 1
        )
    );
$$;
