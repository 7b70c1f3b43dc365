-- When the session of an instant's day begins, by the exchange of a symbol.
CREATE FUNCTION ops.session_start(p_symbol text, p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
BEGIN
    RETURN ((p_at AT TIME ZONE v_exchange.time_zone)::date + v_exchange.opens_at)
        AT TIME ZONE v_exchange.time_zone;
END;
$$;
