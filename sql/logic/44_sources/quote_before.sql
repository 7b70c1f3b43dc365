-- The last quote of a session that a contract had before an instant, from another one on.
--
-- The plan is made once and kept: it leaves out other days as it starts.
CREATE FUNCTION ops.quote_before(
    p_symbol text,
    p_expiry date,
    p_strike double precision,
    p_from timestamptz,
    p_before timestamptz
) RETURNS SETOF fo.option_quote
LANGUAGE plpgsql STABLE ROWS 1 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT quote.*
    FROM fo.option_quote AS quote
    WHERE
        quote.symbol = p_symbol
        AND quote.expiry = p_expiry
        AND quote.strike = p_strike
        AND quote.quote_time >= p_from
        AND quote.quote_time < p_before
        AND quote.in_session
    ORDER BY quote.quote_time DESC
    LIMIT 1;
END;
$$;
