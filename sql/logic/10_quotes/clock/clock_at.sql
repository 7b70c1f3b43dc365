-- The newest stored snapshot of a symbol at or before a time, or NULL.
--
-- Without a time, the newest that has another snapshot within 7 days before it.
CREATE FUNCTION ops.clock_at(p_symbol text, p_time timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT
    CASE
        WHEN p_time IS NULL THEN ops.clock_with_company(p_symbol)
        ELSE (
            SELECT max(moment.quote_time)
            FROM fo.underlying_quote AS moment
            WHERE moment.symbol = p_symbol AND moment.quote_time <= p_time
        )
    END;
$$;
