-- Whether quotes of a symbol wait that have company by now, or that its clock has reached.
CREATE FUNCTION ops.is_awaited(p_symbol text, p_clock timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT count(*) > 0
FROM fo.waiting_quote AS waiting
WHERE
    waiting.symbol = p_symbol
    AND waiting.quote_time <= CASE
        WHEN waiting.is_put_back THEN p_clock
        ELSE p_clock + ops.market_reach()
    END;
$$;
