-- How many raw quotes a symbol has of a session, and a checksum over some of their columns.
--
-- The checksum is the sum of the rows' hashes, so that their order does not matter and parts add
-- up. p_relation is ops.archived_quote, or a table of the same columns.
CREATE FUNCTION ops.quotes_checksum(
    p_relation regclass, p_symbol text, p_session date, p_columns text[],
    OUT quotes bigint, OUT checksum numeric
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    EXECUTE format(
        'SELECT count(*), coalesce(sum(hash_record_extended(ROW(%s), 0)), 0) FROM %s AS quote'
        ' WHERE quote.symbol = $1 AND quote.quote_time >= $2 AND quote.quote_time < $3',
        (
            SELECT string_agg(format('quote.%I', name.name), ', ' ORDER BY name.place)
            FROM unnest(p_columns) WITH ORDINALITY AS name (name, place)
        ),
        p_relation
    )
    INTO quotes, checksum
    USING p_symbol, ops.session_from(p_session), ops.session_from(p_session + 1);
END;
$$;
