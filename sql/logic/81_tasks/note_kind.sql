-- Note a kind of task that a `pgstrike run` does, as its newest version has it.
CREATE FUNCTION ops.note_kind(
    p_name text, p_about text, p_schema jsonb, p_is_for_readers boolean
) RETURNS void
LANGUAGE sql VOLATILE AS $$
INSERT INTO job.task_kind AS kind (name, about, schema, is_for_readers)
VALUES (p_name, p_about, p_schema, p_is_for_readers)
ON CONFLICT (name) DO UPDATE
    SET
        about = excluded.about,
        schema = excluded.schema,
        is_for_readers = excluded.is_for_readers
    WHERE (
        kind.about, kind.schema, kind.is_for_readers
    ) IS DISTINCT FROM (
        excluded.about, excluded.schema, excluded.is_for_readers
    );
$$;
