-- The events after an id, up to and including another, that the reader may read, in order.
--
-- Events about no symbol go by their topic alone. An alert is told to its key and administrators, a
-- line of the log to operators.
CREATE FUNCTION ops.read_event(p_after bigint DEFAULT 0, p_upto bigint DEFAULT NULL)
RETURNS SETOF fo.event
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 AS $$
DECLARE
    v_symbols text[] := ops.symbols_asked(NULL);
    v_topics text[] := ops.readable_topics();
    v_name text := ops.reader_name();
    v_reads_logs boolean := ops.reads_logs();
    v_is_admin boolean := (SELECT rights.is_admin FROM ops.reader_rights() AS rights);
BEGIN
    RETURN QUERY
    SELECT event.*
    FROM fo.event AS event
    WHERE
        event.id > p_after
        AND event.id <= coalesce(p_upto, 9223372036854775807)
        AND event.topic = ANY(v_topics)
        AND (v_is_admin OR event.topic <> 'alert' OR event.payload ->> 'key' = v_name)
        AND (
            v_reads_logs OR event.topic <> 'ops' OR event.payload ->> 'kind' IS DISTINCT FROM 'log'
        )
        AND (v_symbols IS NULL OR event.symbol IS NULL OR event.symbol = ANY(v_symbols))
    ORDER BY event.id;
END;
$$;
