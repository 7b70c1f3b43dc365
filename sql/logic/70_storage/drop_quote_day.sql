-- Drop a part of fo.option_quote, unless it may not go any more. Returns whether it went.
--
-- The caller says by lock_timeout how long readers may be waited for. What ops.newest_quotes
-- returns is stored again.
CREATE FUNCTION ops.drop_quote_day(
    p_relation regclass, p_from timestamptz, p_to timestamptz
) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_newest text[]; -- rows as text
BEGIN
    /*postgres LOCK TABLE ONLY fo.option_quote IN ACCESS EXCLUSIVE MODE; */
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_class AS part WHERE part.oid = p_relation) THEN
        RETURN FALSE; -- another process dropped it
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', p_relation);
    IF NOT ops.is_droppable(p_from, p_to) THEN
        RETURN FALSE;
    END IF;
    v_newest := ARRAY(SELECT newest::text FROM ops.newest_quotes(p_from, p_to) AS newest);
    /*postgres
    IF cardinality(v_newest) > 0 THEN
        EXECUTE format('TRUNCATE %s', p_relation);
        UPDATE job.quote_day AS emptied
        SET emptied_at = clock_timestamp()
        WHERE emptied.day = (p_from AT TIME ZONE 'UTC')::date;
    ELSE
        EXECUTE format('DROP TABLE %s', p_relation);
        DELETE FROM job.quote_day AS dropped
        WHERE dropped.day = (p_from AT TIME ZONE 'UTC')::date;
    END IF;
    */
    /*timescaledb
    PERFORM public.drop_chunks('fo.option_quote', older_than => p_to, newer_than => p_from);
    */
    INSERT INTO fo.option_quote
    SELECT (newest.quote::fo.option_quote).*
    FROM unnest(v_newest) AS newest (quote);
    DELETE FROM fo.quote_dropout AS kept
    WHERE kept.quote_time >= p_from AND kept.quote_time < p_to;
    PERFORM ops.tell_change('data');
    RETURN TRUE;
END;
$$;
