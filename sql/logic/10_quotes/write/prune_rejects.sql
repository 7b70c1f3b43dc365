-- Drop rejects: those that did not come again for p_age, and of the others all but the newest.
--
-- p_most stay. Returns how many go. One of the future was written while the server's clock was
-- ahead: it counts as of now, or it would never grow old.
CREATE FUNCTION ops.prune_rejects(
    p_most integer DEFAULT 100000, p_age interval DEFAULT '30 days'
) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_pruned bigint;
BEGIN
    UPDATE fo.quote_reject AS ahead
    SET last_rejected_at = now()
    WHERE ahead.last_rejected_at > clock_timestamp() + interval '1 minute';
    WITH pruned AS (
        DELETE FROM fo.quote_reject AS reject
        WHERE
            reject.last_rejected_at < now() - p_age
            OR reject.last_rejected_at < (
                SELECT oldest.last_rejected_at
                FROM fo.quote_reject AS oldest
                ORDER BY oldest.last_rejected_at DESC
                LIMIT 1 OFFSET greatest(p_most - 1, 0)
            )
        RETURNING reject.id
    )

    SELECT count(*) INTO v_pruned
    FROM pruned;
    RETURN v_pruned;
END;
$$;
