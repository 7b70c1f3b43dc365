-- The sessions of a symbol before its p_keep newest ones that are not sealed yet, in order.
--
-- By the quotes, so by the market clock: a day without a quote while the exchange was open is not
-- counted among those that are kept.
CREATE FUNCTION ops.sessions_to_seal(p_symbol text, p_keep integer) RETURNS SETOF date
LANGUAGE sql STABLE AS $$
WITH quoted AS MATERIALIZED (
    SELECT known.session, known.was_open
    FROM fo.instrument AS instrument
    CROSS JOIN LATERAL ops.quoted_sessions(p_symbol, instrument.raw_floor) AS known
    WHERE instrument.symbol = p_symbol
)

SELECT quoted.session
FROM quoted
WHERE
    quoted.session < (
        SELECT newest.session
        FROM quoted AS newest
        WHERE newest.was_open
        ORDER BY newest.session DESC
        LIMIT 1 OFFSET p_keep - 1
    )
ORDER BY quoted.session;
$$;
