-- The kinds of tasks that the reader may know of.
SELECT
    kind.name,
    kind.about,
    kind.schema::text AS schema,
    kind.is_for_readers
FROM ops.task_kinds() AS kind;
