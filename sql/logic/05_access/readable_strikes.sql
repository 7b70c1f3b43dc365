-- The strikes of an expiry of a symbol that its reader may read, in order.
CREATE FUNCTION ops.readable_strikes(p_symbol text, p_expiry date) RETURNS double precision[]
LANGUAGE sql STABLE SECURITY DEFINER AS $$
SELECT
    ARRAY(
        SELECT contract.strike
        FROM fo.contract AS contract
        WHERE
            contract.symbol = ANY(asked.symbols)
            AND contract.symbol = p_symbol
            AND contract.expiry = p_expiry
        ORDER BY contract.strike
    )
FROM ops.symbols_asked(p_symbol, '{chain}') AS asked (symbols);
$$;
