-- Make an ordinary database of an edge: it keeps what it got, and may be written to.
CREATE FUNCTION ops.leave_edge() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_found record;
BEGIN
    DELETE FROM job.edge;
    FOR v_found IN
        SELECT known.tgrelid::regclass AS relation, known.tgname AS name
        FROM pg_catalog.pg_trigger AS known
        WHERE known.tgname IN (
            'refuse_on_edge', 'send_event', 'pass_change_on', 'tell_answered', 'follow_quote_day'
        )
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', v_found.name, v_found.relation);
    END LOOP;
END;
$$;
