-- Note that a symbol's quotes are of a source from a time on, with an ops event.
CREATE FUNCTION ops.note_source(
    p_symbol text, p_since timestamptz, p_source text, p_before text, p_reason text
) RETURNS void
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
BEGIN
    INSERT INTO fo.quote_source (symbol, since, source, reason)
    VALUES (p_symbol, p_since, p_source, p_reason);
    PERFORM ops.append_ops_events(
        ARRAY[p_symbol],
        ARRAY[json_build_object(
            'topic', 'ops', 'kind', 'source', 'symbol', p_symbol, 'source', p_source,
            'before', p_before, 'since', p_since, 'reason', p_reason
        )::text]
    );
END;
$$;
