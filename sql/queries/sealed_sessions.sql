-- The sealed sessions in which a symbol was quoted: of one expiry, or of all (NULL).
SELECT sealed.session
FROM job.sealed_session AS sealed
WHERE
    sealed.symbol = %(symbol)s
    AND NOT sealed.is_open
    AND (
        %(expiry)s::date IS NULL
        OR EXISTS (
            SELECT FROM fo.option_strike_bars_1d AS bar
            WHERE
                bar.symbol = sealed.symbol
                AND bar.expiry = %(expiry)s::date
                AND bar.bucket_time = ops.session_from(sealed.session)
        )
    )
ORDER BY sealed.session;
