-- Give readers what they may have: a view of each relation of schema fo, and the functions of
-- schema analytics.
--
-- Called once, when all logic is built. A view is called like its relation and shows the rows of
-- the symbols and topics that whoever asks may read; it is a security barrier, so that no
-- condition of a reader's sees another row. The functions run as the owner, for the sake of
-- their plans, and take no symbol that ops.readable_symbols does not have.
CREATE FUNCTION ops.open_to_readers() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_symbol constant text := '(relation.symbol IS NULL'
    ' OR relation.symbol = ANY((SELECT ops.readable_symbols())::text[]))';
    c_topic constant text := '(relation.topic = ANY((SELECT ops.readable_topics())::text[]))';
    v_relation record;
    v_function regprocedure;
BEGIN
    FOR v_relation IN
        SELECT
            class.relname AS name,
            coalesce(
                string_agg(
                    CASE attribute.attname WHEN 'symbol' THEN c_symbol WHEN 'topic' THEN c_topic END,
                    ' AND ' ORDER BY attribute.attnum
                ),
                'TRUE'
            ) AS condition
        FROM pg_catalog.pg_class AS class
        INNER JOIN pg_catalog.pg_attribute AS attribute ON class.oid = attribute.attrelid
        WHERE class.relnamespace = 'fo'::regnamespace
            AND class.relkind IN ('r', 'p', 'v', 'm')
            AND NOT class.relispartition
            AND attribute.attnum > 0
        GROUP BY class.relname
    LOOP
        EXECUTE format(
            'CREATE VIEW analytics.%1$I WITH (security_barrier) AS'
            ' SELECT relation.* FROM fo.%1$I AS relation WHERE %2$s',
            v_relation.name, v_relation.condition
        );
    END LOOP;
    FOR v_function IN
        SELECT function.oid::regprocedure
        FROM pg_catalog.pg_proc AS function
        WHERE function.pronamespace = 'analytics'::regnamespace
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp', v_function
        );
    END LOOP;
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ops FROM PUBLIC;
    GRANT USAGE ON SCHEMA analytics, ops TO pgstrike_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO pgstrike_reader;
    GRANT EXECUTE ON FUNCTION
    ops.readable_symbols(), ops.readable_topics(), ops.epoch(), ops.event_position()
    TO pgstrike_reader;
    GRANT SELECT ON ops.metric_parameter, ops.metric_column TO pgstrike_reader;
    GRANT EXECUTE ON FUNCTION ops.metric_names(text), ops.metric_rows(text, jsonb) TO pgstrike_reader;
    GRANT USAGE ON SCHEMA job TO pgstrike_server;
    GRANT SELECT ON job.installation, job.event_counter TO pgstrike_server;
    GRANT EXECUTE ON FUNCTION
    ops.health(), ops.api_keys(), ops.live_row(text), ops.bar_row(text, text), ops.bar_columns(),
    ops.chain_head(fo.option_quote, timestamptz)
    TO pgstrike_server;
END;
$$;
