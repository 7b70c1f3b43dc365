-- The trading hours of an exchange up to a date, its holidays and its other hours, as TradingView
-- writes them.
--
-- hours are the regular ones: 0915-1530, with days where they are not Monday to Friday (1 is
-- Sunday), and each change of them: 0915-1530#20260803/0915-1540. An equal open and close is a
-- session that opens the day before.
CREATE FUNCTION ops.udf_session(
    p_exchange text, p_day date, OUT hours text, OUT holidays text, OUT corrections text
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_zone text := (
        SELECT known.time_zone FROM fo.exchange AS known WHERE known.exchange = p_exchange
    );
BEGIN
    SELECT string_agg(concat(span.shown, '#' || span.until), '/' ORDER BY span.since) INTO hours
    FROM (
        SELECT
            regular.since,
            to_char(regular.opens_at, 'HH24MI') || '-' || to_char(regular.closes_at, 'HH24MI')
            || CASE
                WHEN regular.days <> '{1,2,3,4,5}'
                    THEN ':' || (
                        SELECT string_agg((day % 7 + 1)::text, '' ORDER BY day % 7)
                        FROM unnest(regular.days) AS day
                    )
                ELSE ''
            END AS shown,
            to_char(lead(regular.since) OVER (ORDER BY regular.since), 'YYYYMMDD') AS until
        FROM (
            SELECT date '-infinity' AS since, first.opens_at, first.closes_at, first.days
            FROM fo.exchange AS first
            WHERE first.exchange = p_exchange
            UNION ALL
            SELECT newer.since, newer.opens_at, newer.closes_at, newer.days
            FROM fo.exchange_hours AS newer
            WHERE newer.exchange = p_exchange AND newer.since <= p_day
        ) AS regular
    ) AS span;
    SELECT
        string_agg(day.shown, ',' ORDER BY day.session) FILTER (WHERE day.opening IS NULL),
        string_agg(day.opening || ':' || day.shown, ';' ORDER BY day.session)
        FILTER (WHERE day.is_special)
    INTO holidays, corrections
    FROM (
        SELECT
            session.session,
            to_char(session.session, 'YYYYMMDD') AS shown,
            bool_or(session.kind = 'special') AS is_special,
            string_agg(
                ops.udf_clock(session.opens_at, v_zone, session.session) || '-'
                || ops.udf_clock(session.closes_at, v_zone, session.session),
                ',' ORDER BY session.opens_at
            ) AS opening
        FROM fo.session AS session
        WHERE session.exchange = p_exchange
        GROUP BY session.session
    ) AS day;
END;
$$;
