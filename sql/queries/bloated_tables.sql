SELECT
    bloated.schema,
    bloated.name
FROM ops.bloated_tables() AS bloated;
