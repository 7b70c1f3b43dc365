-- Give readers what they may have: functions and views of the relations of fo, and analytics.
--
-- Called once, when all logic is built. Whatever a reader can run runs as the owner: a plan, its
-- estimates and the rows that its conditions reject would tell of rows that the reader may not see,
-- even behind a security barrier. Each function judges by ops.reader_rights whose rows it answers,
-- and says nothing but its rows and errors: no reader can make it print its plan.
CREATE FUNCTION ops.open_to_readers() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_granted constant text[] := '{readable_symbols,readable_topics,readable_expiries,'
    'readable_strikes,epoch,event_position,answer_head,answer_stamp,metric_fields,'
    'metric_names,metric_parameters,metric_rows,words_taken,udf_config,udf_symbol,udf_search,'
    'udf_history,ask_task,cancel_task,tasks,task_kinds,set_alert,remove_alert,alerts,'
    'alert_firings,set_watchlist,remove_watchlist,watchlists,watchlist_rows,models}';
    -- TimescaleDB prints about plans at a level that every client hears.
    v_quiet text := (
        SELECT coalesce(string_agg(format(' SET %s = %L', name, boot_val), '' ORDER BY name), '')
        FROM pg_catalog.pg_settings
        WHERE name ~ '^timescaledb.*debug' AND context = 'user'
    );
    v_relation regclass;
    v_function regprocedure;
BEGIN
    FOR v_relation IN
        SELECT class.oid::regclass
        FROM pg_catalog.pg_class AS class
        WHERE
            class.relnamespace = 'fo'::regnamespace
            AND class.relkind IN ('r', 'p', 'v', 'm')
            AND NOT class.relispartition
            AND to_regclass(format('analytics.%I', class.relname)) IS NULL
    LOOP
        EXECUTE ops.reading_function(v_relation);
        EXECUTE ops.reading_view(v_relation);
    END LOOP;
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA fo, ops, analytics, compat FROM public;
    FOR v_function IN
        SELECT function.oid::regprocedure
        FROM pg_catalog.pg_proc AS function
        WHERE
            function.pronamespace = 'analytics'::regnamespace
            OR (
                function.pronamespace = 'ops'::regnamespace
                AND (function.proname LIKE 'read\_%' OR function.proname = ANY(c_granted))
            )
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp'
            ' SET client_min_messages = error%s',
            v_function, v_quiet
        );
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO pgstrike_reader', v_function);
    END LOOP;
    GRANT USAGE ON SCHEMA analytics, ops TO pgstrike_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO pgstrike_reader;
    GRANT SELECT ON ops.metric_parameter, ops.metric_column TO pgstrike_reader;
    -- Nobody else may be a member of this role: who is may change the function.
    GRANT CREATE ON SCHEMA ops TO pgstrike_alert;
    ALTER FUNCTION ops.alert_rows(text, text, timestamptz, timestamptz, integer)
    OWNER TO pgstrike_alert;
    REVOKE CREATE ON SCHEMA ops FROM pgstrike_alert;
    GRANT USAGE ON SCHEMA job TO pgstrike_server;
    GRANT SELECT ON job.installation, job.event_counter, job.edge TO pgstrike_server;
    GRANT EXECUTE ON FUNCTION
    ops.health(float8, jsonb, float8), ops.market_state(), ops.data_directory(), ops.figures(),
    ops.newest_event(), ops.poll_log(bigint, integer), ops.slow_statements(), ops.log_lines(),
    ops.add_log_lines(text, jsonb), ops.feeds(),
    ops.api_keys(), ops.live_row(text), ops.bar_row(text, text), ops.bar_columns(),
    ops.ladder_row(text), ops.ladder_columns(),
    ops.chain_head(fo.option_quote, timestamptz), ops.sessions(),
    ops.open_session(bytea, text, bytea), ops.renew_session(bytea), ops.end_session(bytea),
    ops.use_sign_in_code(bytea), ops.add_incoming(bytea), ops.settle_incoming(bigint, boolean)
    TO pgstrike_server;
END;
$$;
