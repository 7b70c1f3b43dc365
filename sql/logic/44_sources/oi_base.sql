-- The instant with which the OI at p_at (NULL: now) is compared.
--
-- p_over NULL: the last quote of the session before; else that long before the newest quote. It is
-- counted back from what the rows show: in a hole of the feed that is older than p_at. Before the
-- instant itself, and not before the session's start: that is another day's partition.
CREATE FUNCTION ops.oi_base(
    p_symbol text, p_at timestamptz, p_over interval
) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_opens_at timestamptz;
BEGIN
    IF p_over IS NULL THEN
        -- In the condition it would be called for each chunk.
        v_opens_at := ops.session_start(p_symbol, ops.session_at(p_symbol, p_at));
        RETURN (
            SELECT max(moment.quote_time)
            FROM fo.underlying_quote AS moment
            WHERE
                moment.symbol = p_symbol
                AND moment.in_session
                AND moment.quote_time < v_opens_at
        );
    END IF;
    RETURN (
        SELECT max(moment.quote_time)
        FROM fo.underlying_quote AS moment
        WHERE
            moment.symbol = p_symbol
            AND moment.in_session
            AND moment.quote_time <= coalesce(p_at, 'infinity')
    ) - p_over;
END;
$$;
