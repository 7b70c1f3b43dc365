SELECT
    littered.schema,
    littered.name
FROM ops.littered_tables() AS littered;
