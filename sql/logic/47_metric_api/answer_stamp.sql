-- What an answer was made at: the newest event, and the rights of the caller. One row.
CREATE FUNCTION ops.answer_stamp(OUT newest bigint, OUT symbols text[], OUT topics text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    (SELECT counter.last_id FROM job.event_counter AS counter),
    rights.symbols,
    rights.topics
FROM ops.reader_rights() AS rights;
$$;
