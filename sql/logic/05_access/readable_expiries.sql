-- The expiries of a symbol that its reader may read, in order: all, or the live ones.
CREATE FUNCTION ops.readable_expiries(
    p_symbol text, p_is_live boolean DEFAULT FALSE
) RETURNS date[]
LANGUAGE sql STABLE SECURITY DEFINER AS $$
SELECT
    CASE
        WHEN p_is_live THEN ops.known_expiries(asked.symbol)
        ELSE ops.expiries_from(asked.symbol, '-infinity')
    END
FROM unnest(ops.symbols_asked(p_symbol, '{chain,metrics}')) AS asked (symbol)
WHERE p_symbol IS NOT NULL;
$$;
