-- Whether a session drives a feed, by its pid and its start.
--
-- Sessions of the primary are not to be seen from an edge or a standby: there the row is believed.
CREATE FUNCTION ops.is_driven(p_pid integer, p_backend_start timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
SELECT CASE
    WHEN pg_is_in_recovery() OR EXISTS (SELECT FROM job.edge) THEN p_pid IS NOT NULL
    ELSE ops.is_alive(p_pid, p_backend_start)
END;
$$;
