-- Turn a feed on or off; one that is on is begun anew.
CREATE FUNCTION ops.switch_feed(p_name text, p_is_on boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM ops.require_feed(p_name);
    UPDATE job.feed AS feed
    SET is_on = p_is_on, set_at = clock_timestamp()
    WHERE feed.name = p_name;
END;
$$;
