-- Refuse an exchange that fo.exchange does not have. Returns TRUE.
CREATE FUNCTION ops.check_known_exchange(p_exchange text) RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT ops.check_known(
    'exchange', p_exchange,
    ARRAY(
        SELECT exchange.exchange
        FROM fo.exchange AS exchange
        ORDER BY exchange.exchange
    )
);
$$;
