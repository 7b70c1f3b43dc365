-- Drop the oldest events, those that no reader need resume from. Returns how many.
--
-- An event is kept for 24 hours by the wall clock, and as long as the newest session that an
-- event tells of is its own, by the market's clock: whichever is longer. The newest event always
-- stays, and so do all after the first that does: what is kept has no hole. At most p_most go in
-- one call. An event of the future was written while the server's clock was ahead: it is old.
CREATE FUNCTION ops.prune_events(p_most integer DEFAULT 10000) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_session text := (
        SELECT newest.payload ->> 'session'
        FROM fo.event AS newest
        WHERE newest.topic = 'chain' AND newest.payload ->> 'session' IS NOT NULL
        ORDER BY newest.id DESC
        LIMIT 1
    );
    v_keep bigint := (
        SELECT kept.id
        FROM fo.event AS kept
        WHERE kept.created_at BETWEEN now() - interval '24 hours' AND now()
            OR (kept.topic = 'chain' AND kept.payload ->> 'session' >= v_session)
            OR kept.id = (SELECT max(event.id) FROM fo.event AS event)
        ORDER BY kept.id
        LIMIT 1
    );
    v_pruned bigint;
BEGIN
    WITH pruned AS (
        DELETE FROM fo.event AS event
        WHERE
            event.id < v_keep
            AND event.id < (SELECT min(oldest.id) FROM fo.event AS oldest) + p_most
        RETURNING event.id
    )

    SELECT count(*) INTO v_pruned
    FROM pruned;
    RETURN v_pruned;
END;
$$;
