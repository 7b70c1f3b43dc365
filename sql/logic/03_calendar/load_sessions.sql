-- Bring fo.session of some dates up to what is known of them, beside the user's corrections.
--
-- p_source is where it is known from that a date is regular. The arrays are the dates that are
-- not, in parallel: an opening each, or of kind closed; a NULL time is the regular one.
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
DECLARE
    v_wanted fo.session[] := ARRAY(
        SELECT
            ROW(
                p_exchange, day.day,
                CASE WHEN NOT came.is_closed THEN
                    coalesce(
                        (day.day + came.opens_at) AT TIME ZONE exchange.time_zone,
                        regular.opens_at
                    )
                END,
                CASE WHEN NOT came.is_closed THEN
                    coalesce(
                        (day.day + came.closes_at) AT TIME ZONE exchange.time_zone,
                        regular.closes_at
                    )
                END,
                came.kind, came.source
            )::fo.session
        FROM fo.exchange AS exchange
        CROSS JOIN
            LATERAL (
                SELECT generate_series(p_from, p_to, interval '1 day')::date AS day
            ) AS day
        CROSS JOIN LATERAL ops.regular_hours(p_exchange, day.day) AS regular
        LEFT JOIN unnest(p_days, p_opens, p_closes, p_kinds, p_sources)
            AS special (day, opens_at, closes_at, kind, source)
            ON day.day = special.day
        CROSS JOIN
            LATERAL (
                SELECT
                    special.opens_at, special.closes_at,
                    coalesce(special.kind, 'regular') AS kind,
                    coalesce(special.source, p_source) AS source,
                    coalesce(special.kind = 'closed', FALSE) AS is_closed
            ) AS came
        WHERE
            exchange.exchange = p_exchange
            AND (regular.is_day OR special.day IS NOT NULL)
            AND NOT EXISTS (
                SELECT FROM fo.session AS corrected
                WHERE
                    corrected.exchange = p_exchange
                    AND corrected.session = day.day
                    AND corrected.source = 'user'
            )
    );
BEGIN
    DELETE FROM fo.session AS old
    WHERE
        old.exchange = p_exchange
        AND old.session BETWEEN p_from AND p_to
        AND old.source <> 'user'
        AND NOT EXISTS (
            SELECT FROM unnest(v_wanted) AS wanted
            WHERE
                (wanted.session, wanted.opens_at, wanted.closes_at, wanted.kind)
                IS NOT DISTINCT FROM (old.session, old.opens_at, old.closes_at, old.kind)
        );
    INSERT INTO fo.session (exchange, session, opens_at, closes_at, kind, source)
    SELECT
        wanted.exchange, wanted.session, wanted.opens_at, wanted.closes_at,
        wanted.kind, wanted.source
    FROM unnest(v_wanted) AS wanted
    ON CONFLICT DO NOTHING;
END;
$$;
