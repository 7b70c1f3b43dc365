-- The symbols that a question is about and that its reader may read; NULL where that is any symbol.
--
-- p_symbol NULL asks for all. A symbol that the reader may not read gives the same as one that does
-- not exist: none; and so do data of topics of which the reader may read not one (NULL: of any).
CREATE FUNCTION ops.symbols_asked(p_symbol text, p_topics text[] DEFAULT NULL) RETURNS text[]
LANGUAGE sql STABLE AS $$
SELECT
    CASE
        WHEN NOT rights.topics && p_topics THEN '{}'
        WHEN p_symbol IS NULL THEN rights.symbols
        WHEN rights.symbols IS NULL OR p_symbol = ANY(rights.symbols) THEN ARRAY[p_symbol]
        ELSE '{}'
    END
FROM ops.reader_rights() AS rights;
$$;
