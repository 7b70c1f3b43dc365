-- Whether a chunk is in TimescaleDB's columnstore.
CREATE FUNCTION ops.is_compressed(p_chunk regclass) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    /*timescaledb
    RETURN EXISTS (
        SELECT
        FROM timescaledb_information.chunks AS chunk
        WHERE
            format('%I.%I', chunk.chunk_schema, chunk.chunk_name)::regclass = p_chunk
            AND chunk.is_compressed
    );
    */
    RETURN FALSE;
END;
$$;
