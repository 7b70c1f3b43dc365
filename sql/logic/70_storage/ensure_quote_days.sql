-- Make the day partitions of fo.option_quote that quotes of a session need.
--
-- On TimescaleDB the hypertable makes its own chunks.
CREATE FUNCTION ops.ensure_quote_days(p_session date) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    /*postgres
    PERFORM ops.ensure_partition(day.day::date)
    FROM
        generate_series(
            p_session::timestamp - interval '1 day', p_session::timestamp, interval '1 day'
        ) AS day (day);
    */
    RETURN;
END;
$$;
