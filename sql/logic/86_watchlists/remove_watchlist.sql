-- Remove a watchlist of the caller's.
CREATE FUNCTION ops.remove_watchlist(p_name text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_list bigint := ops.watchlist_named(p_name);
BEGIN
    DELETE FROM job.watchlist AS list
    WHERE list.id = v_list;
END;
$$;
