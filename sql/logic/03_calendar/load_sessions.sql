-- Update fo.session for some dates from what is known of them; what was said of a date stays.
--
-- p_source names the source of the regular dates. The arrays are parallel and have the other dates:
-- a row for each opening, or one of kind closed. A NULL time is the regular one.
CREATE FUNCTION ops.load_sessions(
    p_exchange text,
    p_from date,
    p_to date,
    p_source text,
    p_days date[],
    p_opens time[],
    p_closes time[],
    p_kinds text[],
    p_sources text[]
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF EXISTS (
            SELECT FROM fo.session AS old
            WHERE old.exchange = p_exchange AND old.session BETWEEN p_from AND p_to
        ) THEN
        DELETE FROM fo.session AS old
        WHERE
            old.exchange = p_exchange
            AND old.session BETWEEN p_from AND p_to
            AND ops.session_rank(old.source) = 0
            AND NOT EXISTS (
                SELECT
                FROM
                    ops.wanted_sessions(
                        p_exchange, p_from, p_to, p_source,
                        p_days, p_opens, p_closes, p_kinds, p_sources
                    ) AS wanted
                WHERE
                    -- An equality, for a hash join: a loop takes half a second for one year.
                    wanted.session = old.session
                    AND (wanted.opens_at, wanted.closes_at, wanted.kind)
                    IS NOT DISTINCT FROM (old.opens_at, old.closes_at, old.kind)
            );
    END IF;
    INSERT INTO fo.session (exchange, session, opens_at, closes_at, kind, source)
    SELECT
        wanted.exchange, wanted.session, wanted.opens_at, wanted.closes_at,
        wanted.kind, wanted.source
    FROM
        ops.wanted_sessions(
            p_exchange, p_from, p_to, p_source, p_days, p_opens, p_closes, p_kinds, p_sources
        ) AS wanted
    ON CONFLICT DO NOTHING;
END;
$$;
