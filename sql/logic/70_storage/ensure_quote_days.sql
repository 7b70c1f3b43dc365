-- Make the day partitions of fo.option_quote that quotes of a session of a symbol need.
--
-- On TimescaleDB the hypertable makes its own chunks, and those that are compressed are opened.
CREATE FUNCTION ops.ensure_quote_days(p_symbol text, p_session date) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    /*postgres
    PERFORM ops.ensure_partition(day.day::date)
    FROM
        generate_series(
            p_session::timestamp - interval '1 day', p_session::timestamp, interval '1 day'
        ) AS day (day);
    */
    PERFORM ops.open_chunks(
        p_symbol, ops.session_from(p_session), ops.session_from(p_session + 1)
    );
END;
$$;
