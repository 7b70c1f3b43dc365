-- Whether any volume or OI of a symbol's quotes of a session moved in a time, both ends included.
--
-- What tells of a feed without stamps whether it stands still. In a market that moves, the first
-- snapshot of the time answers.
CREATE FUNCTION ops.content_moved(
    p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS boolean
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM fo.option_quote AS quote
        WHERE quote.symbol = p_symbol
            AND quote.quote_time >= p_from
            AND quote.quote_time <= p_to
            AND quote.in_session
            AND (
                quote.call_volume_growth <> 0 OR quote.put_volume_growth <> 0
                OR quote.call_oi_growth <> 0 OR quote.put_oi_growth <> 0
            )
    );
END;
$$;
