-- The sessions of a symbol with quotes from an instant on, in order.
--
-- was_open says whether a quote of it was read while the exchange was open. One step into an index
-- for each session.
CREATE FUNCTION ops.quoted_sessions(p_symbol text, p_from timestamptz)
RETURNS TABLE (session date, was_open boolean)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_next timestamptz := coalesce(p_from, '-infinity');
    v_session date;
BEGIN
    LOOP
        SELECT min(moment.quote_time) INTO v_next
        FROM fo.underlying_quote AS moment
        WHERE moment.symbol = p_symbol AND moment.quote_time >= v_next;
        EXIT WHEN v_next IS NULL;
        v_session := ops.bucket_session(v_next);
        v_next := ops.session_from(v_session + 1);
        RETURN QUERY
        SELECT v_session, coalesce(bool_or(moment.in_session), FALSE)
        FROM fo.underlying_quote AS moment
        WHERE
            moment.symbol = p_symbol
            AND moment.quote_time >= ops.session_from(v_session)
            AND moment.quote_time < v_next;
    END LOOP;
END;
$$;
