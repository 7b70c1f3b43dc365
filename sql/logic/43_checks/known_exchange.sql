-- The exchange that a symbol is traded on; NULL where the symbol is unknown.
CREATE FUNCTION ops.known_exchange(p_symbol text) RETURNS fo.exchange
LANGUAGE sql STABLE AS $$
SELECT exchange.*
FROM fo.exchange AS exchange
WHERE exchange.exchange = (
    SELECT instrument.exchange FROM fo.instrument AS instrument
    WHERE instrument.symbol = p_symbol
);
$$;
