-- When the newest session of which a symbol has bars began; NULL before the first bar.
--
-- By the bars and not by the calendar: quotes of a Sunday move the market clock, and the session
-- to be seen is then still Friday's.
CREATE FUNCTION ops.known_session(p_symbol text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
    v_newest timestamptz := (
        SELECT max(bar.bucket_time)
        FROM fo.moneyness_bars_5min AS bar
        WHERE bar.symbol = p_symbol
    );
BEGIN
    RETURN ((v_newest AT TIME ZONE v_exchange.time_zone)::date + v_exchange.opens_at)
        AT TIME ZONE v_exchange.time_zone;
END;
$$;
