-- Add the new ones of some rows of the batch to fo.option_quote: those from p_from on, up to p_to,
-- which is not included, or to the end where it is NULL.
--
-- The caller has priced them. ops.store_batch writes all that were not written before. The joins
-- are done as they are written: the planner, who knows nothing of a batch, would hash rows that
-- hold the figures of their chain already. Returns how many were written.
CREATE FUNCTION ops.write_batch(p_from integer, p_to integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET enable_nestloop = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
DECLARE
    v_written bigint;
BEGIN
    INSERT INTO fo.option_quote (/*columns option_quote*/)
    SELECT /*columns option_quote of final*/
    FROM pg_temp.batch_final AS final
    WHERE final.arrival = 'new' AND final.row_no >= p_from AND (final.row_no < p_to) IS NOT FALSE;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    RETURN v_written;
END;
$$;
