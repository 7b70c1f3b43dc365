-- The table that has the rows of each rollup.
CREATE FUNCTION ops.rollup_tables() RETURNS TABLE (rollup text, relation regclass)
LANGUAGE sql STABLE AS $$
SELECT
    rollup.rollup,
    coalesce(/*timescaledb
        (
            SELECT
                format(
                    '%I.%I',
                    aggregate.materialization_hypertable_schema,
                    aggregate.materialization_hypertable_name
                )::regclass
            FROM timescaledb_information.continuous_aggregates AS aggregate
            WHERE aggregate.view_schema = 'fo' AND aggregate.view_name = rollup.rollup
        ),
        */format('fo.%I', rollup.rollup)::regclass
    )
FROM job.rollup AS rollup;
$$;
