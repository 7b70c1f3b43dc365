-- Make the triggers of an edge that is ready; elsewhere do nothing.
--
-- What the primary sends is written by sessions for which ordinary triggers are asleep. Called by
-- `pgstrike edge add`, and when all logic is built.
CREATE FUNCTION ops.guard_edge() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_table regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM job.edge AS edge WHERE edge.is_ready) THEN
        RETURN;
    END IF;
    FOR v_table IN SELECT ops.edge_tables() LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER refuse_on_edge BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE'
            ' ON %s FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_on_edge()',
            v_table
        );
    END LOOP;
    CREATE OR REPLACE TRIGGER send_event AFTER INSERT ON fo.event
    FOR EACH ROW EXECUTE FUNCTION ops.send_event();
    ALTER TABLE fo.event ENABLE REPLICA TRIGGER send_event;
    CREATE OR REPLACE TRIGGER pass_change_on AFTER INSERT ON job.change
    FOR EACH ROW EXECUTE FUNCTION ops.pass_change_on();
    ALTER TABLE job.change ENABLE REPLICA TRIGGER pass_change_on;
    CREATE OR REPLACE TRIGGER tell_answered AFTER UPDATE ON job.incoming
    FOR EACH ROW WHEN (new.answer IS NOT NULL) EXECUTE FUNCTION ops.tell_answered();
    ALTER TABLE job.incoming ENABLE REPLICA TRIGGER tell_answered;
    PERFORM ops.follow_quote_days();
END;
$$;
