-- The first rows that the SELECT of an alert gives, as JSON; p_most 0: none, it is only checked.
--
-- It belongs to pgstrike_alert, a role that may read what readers may, and write nothing. Within
-- such a function no statement can take on another role. The SELECT is opened as a cursor, which
-- takes one statement that reads; as a subquery it can neither write nor show a plan. Rows are
-- given only in a session that has taken on the role, in a transaction that reads (see
-- jobs/alerts/reading.py): there ops.reader_name says whose alert it is, whatever the SELECT sets.
CREATE FUNCTION ops.alert_rows(
    p_statement text, p_symbol text, p_at timestamptz, p_clock timestamptz, p_most integer
) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    c_most_letters constant integer := 100000;
    v_cursor refcursor;
    v_row jsonb;
    v_letters integer := 0;
    v_rows jsonb := '[]';
BEGIN
    IF current_user <> 'pgstrike_alert' THEN
        RAISE EXCEPTION 'ops.alert_rows belongs to %, not to pgstrike_alert', current_user
            USING HINT = 'Run `pgstrike upgrade`.';
    END IF;
    IF p_most > 0 AND (
        current_setting('role') <> 'pgstrike_alert'
        OR NOT current_setting('transaction_read_only')::boolean
    ) THEN
        RAISE EXCEPTION 'the rows of alerts are read by pgstrike_alert, and nothing is written';
    END IF;
    OPEN v_cursor FOR EXECUTE
        'SELECT to_jsonb(found.*) FROM'
        ' (SELECT $1::text AS symbol, $2::timestamptz AS at, $3::timestamptz AS clock) AS asked'
        ' CROSS JOIN LATERAL (' || p_statement || E'\n) AS found LIMIT $4'
        USING p_symbol, p_at, p_clock, p_most;
    WHILE p_most > 0 LOOP
        FETCH v_cursor INTO v_row;
        EXIT WHEN NOT FOUND;
        v_letters := v_letters + length(v_row::text);
        IF v_letters > c_most_letters THEN
            RAISE EXCEPTION 'the rows have more than % letters', c_most_letters
                USING ERRCODE = 'program_limit_exceeded';
        END IF;
        v_rows := v_rows || v_row;
    END LOOP;
    CLOSE v_cursor;
    RETURN v_rows;
END;
$$;
