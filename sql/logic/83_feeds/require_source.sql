-- Refuse to store quotes of a feed that does not drive it any more, or is not in charge of them.
--
-- The last act of the transaction that stores them: it holds the symbols' rows of fo.instrument, so
-- nobody chooses another source meanwhile. not_driven: the caller may have claimed it again since.
-- p_times are the oldest quote_time of each symbol.
CREATE FUNCTION ops.require_source(
    p_feed text, p_attempt integer, p_symbols text[], p_times timestamptz[]
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_wrong text;
BEGIN
    PERFORM FROM job.feed AS feed
    WHERE feed.name = p_feed AND feed.attempt = p_attempt;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another process drives the feed %', p_feed
            USING ERRCODE = 'object_not_in_prerequisite_state', CONSTRAINT = 'not_driven';
    END IF;
    SELECT stored.symbol INTO v_wrong
    FROM unnest(p_symbols, p_times) AS stored (symbol, time)
    CROSS JOIN LATERAL ops.source_in_charge(stored.symbol) AS charge
    WHERE charge.source IS DISTINCT FROM p_feed OR stored.time < charge.oldest
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the feed % is not in charge of %', p_feed, v_wrong
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END;
$$;
