-- The last quote of a session that a contract had within a time, both ends included.
--
-- What prices and OI are compared with. Plain SQL, so that it is inlined: mostly one step into one
-- partition's index. A step reads whatever matches on a page of the index, a hundred quotes, before
-- LIMIT stops it: so the last of the time is looked at first, and the rest if there is none in it.
-- p_near, where that begins, comes as an argument, so that it is known when the query is planned.
CREATE FUNCTION ops.quote_at(
    p_symbol text,
    p_expiry date,
    p_strike double precision,
    p_from timestamptz,
    p_near timestamptz,
    p_up_to timestamptz
) RETURNS TABLE (
    quote_time timestamptz,
    call_ltp double precision,
    call_oi bigint,
    put_ltp double precision,
    put_oi bigint
)
LANGUAGE sql STABLE AS $$
(
    SELECT quote.quote_time, quote.call_ltp, quote.call_oi, quote.put_ltp, quote.put_oi
    FROM fo.option_quote AS quote
    WHERE
        quote.symbol = p_symbol
        AND quote.expiry = p_expiry
        AND quote.strike = p_strike
        AND quote.quote_time >= greatest(p_from, p_near)
        AND quote.quote_time <= p_up_to
        AND quote.in_session
    ORDER BY quote.quote_time DESC
    LIMIT 1
)
-- In this order, for no caller's plan is parallel: analytics.chain is not safe for one.
UNION ALL
(
    SELECT quote.quote_time, quote.call_ltp, quote.call_oi, quote.put_ltp, quote.put_oi
    FROM fo.option_quote AS quote
    WHERE
        quote.symbol = p_symbol
        AND quote.expiry = p_expiry
        AND quote.strike = p_strike
        AND quote.quote_time >= p_from
        AND quote.quote_time < least(p_near, p_up_to)
        AND quote.in_session
    ORDER BY quote.quote_time DESC
    LIMIT 1
)
LIMIT 1;
$$;
