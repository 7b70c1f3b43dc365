-- Have a partition of fo.option_quote of a day (UTC), and tell edges of a new one.
CREATE FUNCTION ops.ensure_partition(p_day date) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM job.quote_day AS known WHERE known.day = p_day) THEN
        PERFORM ops.make_partition(p_day);
        INSERT INTO job.quote_day (day) VALUES (p_day)
        ON CONFLICT ON CONSTRAINT quote_day_pkey DO NOTHING;
    END IF;
END;
$$;
