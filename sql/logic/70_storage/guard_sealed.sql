-- Have ops.keep_sealed guard every rollup, once there is a sealed session.
--
-- Until then no refresh pays for it. A continuous aggregate is guarded in the table that it keeps
-- its rows in; a rollup that is being built has yet to get its bars. Called also when all logic is
-- built.
CREATE FUNCTION ops.guard_sealed() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_table regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM job.sealed_session) THEN
        RETURN;
    END IF;
    FOR v_table IN
        SELECT stored.relation
        FROM ops.rollup_tables() AS stored
        INNER JOIN job.rollup AS rollup ON stored.rollup = rollup.rollup
        WHERE rollup.replaces IS NULL AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS known
            WHERE known.tgrelid = stored.relation AND known.tgname = 'keep_sealed'
        )
    LOOP
        EXECUTE format(
            'CREATE TRIGGER keep_sealed BEFORE INSERT OR UPDATE OR DELETE ON %s'
            ' FOR EACH ROW EXECUTE FUNCTION ops.keep_sealed()',
            v_table
        );
    END LOOP;
END;
$$;
