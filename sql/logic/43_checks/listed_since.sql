-- The third newest whole chain of a symbol at or before an instant; NULL before the third.
--
-- A contract without a quote of a session since then was delisted at that instant. A symbol whose
-- feeds never sent three whole chains costs one look at fo.instrument.
CREATE FUNCTION ops.listed_since(p_symbol text, p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (
        SELECT
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = p_symbol AND instrument.listed_since IS NOT NULL
    ) THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT moment.quote_time
        FROM fo.underlying_quote AS moment
        WHERE
            moment.symbol = p_symbol
            AND moment.quote_time <= p_at
            AND moment.is_whole
            AND moment.in_session
        ORDER BY moment.quote_time DESC
        LIMIT 1 OFFSET 2
    );
END;
$$;
