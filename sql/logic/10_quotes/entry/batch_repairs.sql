-- Whether the batch can change stored rows: something of it is not ahead of the market clock, or
-- stored quotes are derived again with it.
CREATE FUNCTION ops.batch_repairs() RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM pg_temp.batch_chain AS chain WHERE chain.is_behind AND chain.reason IS NULL
    ) OR (
        -- Without one of these, and without a chain behind, no stored quote was brought in.
        EXISTS (SELECT FROM pg_temp.batch_session)
        AND EXISTS (
            SELECT FROM pg_temp.batch_series AS series WHERE series.arrival = 'regrown'
        )
    );
END;
$$;
