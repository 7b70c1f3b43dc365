-- Have partitions follow the primary's days: from before the first row is copied.
CREATE FUNCTION ops.follow_quote_days() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    CREATE OR REPLACE TRIGGER follow_quote_day AFTER INSERT OR UPDATE OR DELETE ON job.quote_day
    FOR EACH ROW EXECUTE FUNCTION ops.follow_quote_day();
    ALTER TABLE job.quote_day ENABLE REPLICA TRIGGER follow_quote_day;
END;
$$;
