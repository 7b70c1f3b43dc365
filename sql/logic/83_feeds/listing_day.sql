-- The day whose contracts an exchange has listed: it begins half an hour before the opening.
--
-- On a continuous exchange it begins a minute after the expiry.
CREATE FUNCTION ops.listing_day(p_exchange text, p_now timestamptz) RETURNS date
LANGUAGE sql STABLE AS $$
SELECT
    CASE
        WHEN exchange.is_continuous
            THEN (
                (p_now AT TIME ZONE exchange.time_zone)
                - coalesce(exchange.expiry_time, time '00:00') - interval '1 minute'
            )::date
        ELSE (
            SELECT opening.session
            FROM ops.newest_opening(p_exchange, p_now + interval '30 minutes') AS opening
        )
    END
FROM fo.exchange AS exchange
WHERE exchange.exchange = p_exchange;
$$;
