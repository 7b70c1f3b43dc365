-- The expiries of a symbol that its reader may read, expired ones too, in order.
CREATE FUNCTION ops.readable_expiries(p_symbol text) RETURNS date[]
LANGUAGE sql STABLE SECURITY DEFINER AS $$
SELECT ops.expiries_from(asked.symbol, '-infinity')
FROM unnest(ops.symbols_asked(p_symbol, '{chain,metrics}')) AS asked (symbol)
WHERE p_symbol IS NOT NULL;
$$;
