-- Refuse the SELECT of an alert that cannot be run: it is planned, and nothing of it is run.
CREATE FUNCTION ops.check_alert(p_statement text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_most constant integer := 3000; -- an HTTP body has room for them
    v_state text;
    v_message text;
    v_hint text;
BEGIN
    IF length(p_statement) NOT BETWEEN 1 AND c_most THEN
        PERFORM ops.refuse_call(
            'bad_statement', format('the SELECT is empty or longer than %s letters', c_most),
            'Send one SELECT.', 'statement'
        );
    END IF;
    PERFORM ops.alert_rows(p_statement, NULL, NULL, NULL, 0);
EXCEPTION
    WHEN syntax_error_or_access_rule_violation OR data_exception OR feature_not_supported
    OR invalid_cursor_definition OR program_limit_exceeded OR read_only_sql_transaction
    OR invalid_name OR invalid_schema_name OR invalid_catalog_name THEN
        GET STACKED DIAGNOSTICS
            v_state = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT, v_hint = PG_EXCEPTION_HINT;
        IF v_state = '22023' AND v_message LIKE 'the SELECT %' THEN
            RAISE;
        END IF;
        PERFORM ops.refuse_call(
            'bad_statement',
            -- Its other lines are ours.
            format('the SELECT cannot be run: %s', split_part(v_message, E'\n', 1)),
            coalesce(nullif(v_hint, '') || ' ', '')
            || 'Send one SELECT without a semicolon, of functions and views of schema analytics;'
            ' it may use asked.symbol, asked.at and asked.clock.',
            'statement'
        );
END;
$$;
