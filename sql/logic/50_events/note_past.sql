-- Note that what is known of a symbol's past changed, from an instant on.
--
-- Of more than 500 instants the older half becomes one, so that an old answer may count as changed
-- when it was not, and never the other way round.
CREATE FUNCTION ops.note_past(
    p_symbol text, p_source text, p_from timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_most constant integer := 500;
    v_newest bigint := ops.past_number(p_symbol, p_source, 'infinity');
    v_half timestamptz;
BEGIN
    DELETE FROM job.past_change AS later
    WHERE later.symbol = p_symbol AND later.source = p_source AND later.from_time >= p_from;
    INSERT INTO job.past_change (symbol, source, from_time, change)
    VALUES (p_symbol, p_source, p_from, v_newest + 1);
    SELECT known.from_time INTO v_half
    FROM job.past_change AS known
    WHERE known.symbol = p_symbol AND known.source = p_source
    ORDER BY known.from_time DESC
    LIMIT 1 OFFSET c_most;
    IF v_half IS NULL THEN
        RETURN;
    END IF;
    WITH old AS (
        DELETE FROM job.past_change AS known
        WHERE
            known.symbol = p_symbol
            AND known.source = p_source
            AND known.from_time < (
                SELECT each.from_time
                FROM job.past_change AS each
                WHERE each.symbol = p_symbol AND each.source = p_source
                ORDER BY each.from_time DESC
                LIMIT 1 OFFSET c_most / 2
            )
        RETURNING known.from_time, known.change
    )

    INSERT INTO job.past_change (symbol, source, from_time, change)
    SELECT p_symbol, p_source, '-infinity', max(old.change)
    FROM old;
END;
$$;
