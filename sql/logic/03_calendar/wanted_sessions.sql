-- What fo.session is to have of the dates of which neither user nor broker said something.
--
-- A function with a setting is not inlined. Inlined, the planner expects two rows, and loops.
CREATE FUNCTION ops.wanted_sessions(
    p_exchange text,
    p_from date,
    p_to date,
    p_source text,
    p_days date[],
    p_opens time[],
    p_closes time[],
    p_kinds text[],
    p_sources text[]
) RETURNS TABLE (
    exchange text,
    session date,
    opens_at timestamptz,
    closes_at timestamptz,
    kind text,
    source text
)
LANGUAGE sql STABLE ROWS 300 SET timezone = 'UTC' AS $$
SELECT
    p_exchange,
    day.day,
    CASE
        WHEN NOT came.is_closed
            THEN coalesce(
                (day.day + came.opens_at) AT TIME ZONE exchange.time_zone, regular.opens_at
            )
    END,
    CASE
        WHEN NOT came.is_closed
            THEN coalesce(
                (day.day + came.closes_at) AT TIME ZONE exchange.time_zone, regular.closes_at
            )
    END,
    came.kind,
    came.source
FROM fo.exchange AS exchange
CROSS JOIN
    LATERAL (
        SELECT generate_series(p_from, p_to, interval '1 day')::date AS day
    ) AS day
CROSS JOIN LATERAL ops.regular_hours(p_exchange, day.day) AS regular
LEFT JOIN
    unnest(p_days, p_opens, p_closes, p_kinds, p_sources)
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
        SELECT FROM fo.session AS said
        WHERE
            said.exchange = p_exchange
            AND said.session = day.day
            AND ops.session_rank(said.source) > 0
    );
$$;
