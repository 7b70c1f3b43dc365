-- The symbols that the caller may read, in order.
CREATE FUNCTION ops.readable_symbols() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    ARRAY(
        SELECT instrument.symbol
        FROM fo.instrument AS instrument
        WHERE rights.symbols IS NULL OR instrument.symbol = ANY(rights.symbols)
        ORDER BY instrument.symbol
    )
FROM ops.reader_rights() AS rights;
$$;
