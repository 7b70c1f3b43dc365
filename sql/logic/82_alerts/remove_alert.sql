-- Remove an alert of the caller's, with its firings.
CREATE FUNCTION ops.remove_alert(p_name text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM ops.check_readable_topic('alert');
    DELETE FROM job.alert AS alert
    WHERE alert.key = ops.reader_name() AND alert.name = p_name;
    IF NOT FOUND THEN
        PERFORM ops.refuse_call(
            'unknown_alert', format('there is no alert "%s" of yours', left(p_name, 80)),
            'List them first.',
            'name'
        );
    END IF;
END;
$$;
