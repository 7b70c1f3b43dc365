-- Remove a feed; which quotes were its own stays in fo.quote_source.
CREATE FUNCTION ops.remove_feed(p_name text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM ops.require_feed(p_name);
    DELETE FROM job.feed AS feed
    WHERE feed.name = p_name;
END;
$$;
