-- The newest session of an exchange that had opened at an instant: its date, its first opening and
-- its last close.
--
-- By the regular hours where the calendar knows of none, or ends in an earlier year: it is filled
-- by years, when a quote of one comes. One row.
CREATE FUNCTION ops.newest_opening(
    p_exchange text,
    p_at timestamptz,
    OUT session date,
    OUT opens_at timestamptz,
    OUT closes_at timestamptz
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    session := (
        SELECT newest.session
        FROM fo.session AS newest
        INNER JOIN fo.exchange AS exchange ON newest.exchange = exchange.exchange
        WHERE
            newest.exchange = p_exchange
            AND newest.opens_at <= p_at
            AND (
                extract(YEAR FROM newest.session)
                = extract(YEAR FROM p_at AT TIME ZONE exchange.time_zone)
                OR EXISTS (
                    SELECT FROM fo.session AS later
                    WHERE later.exchange = p_exchange AND later.opens_at > p_at
                )
            )
        ORDER BY newest.opens_at DESC
        LIMIT 1
    );
    IF session IS NOT NULL THEN
        SELECT min(opening.opens_at), max(opening.closes_at) INTO opens_at, closes_at
        FROM fo.session AS opening
        WHERE opening.exchange = p_exchange AND opening.session = newest_opening.session;
        RETURN;
    END IF;
    SELECT day.date, regular.opens_at, regular.closes_at INTO session, opens_at, closes_at
    FROM fo.exchange AS exchange
    CROSS JOIN generate_series(0, 7) AS earlier (days)
    CROSS JOIN
        LATERAL (
            SELECT (p_at AT TIME ZONE exchange.time_zone)::date + 1 - earlier.days AS date
        ) AS day
    CROSS JOIN LATERAL ops.regular_hours(p_exchange, day.date) AS regular
    WHERE exchange.exchange = p_exchange AND regular.is_day AND regular.opens_at <= p_at
    ORDER BY day.date DESC
    LIMIT 1;
END;
$$;
