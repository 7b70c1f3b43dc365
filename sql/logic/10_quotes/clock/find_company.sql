-- Note whether the clocks of the batch's symbols have company: another snapshot within 7 days.
--
-- A clock that has company keeps it: the clock never moves to a snapshot without. One index lookup
-- for each symbol and no join, because history is long.
CREATE FUNCTION ops.find_company() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE fo.instrument AS instrument
    SET has_company = TRUE
    FROM pg_temp.batch_market AS market
    WHERE
        instrument.symbol = market.symbol
        AND NOT instrument.has_company
        AND (
            SELECT TRUE
            FROM fo.underlying_quote AS moment
            WHERE
                moment.symbol = instrument.symbol
                AND moment.quote_time >= instrument.clock - ops.market_reach()
                AND moment.quote_time < instrument.clock
            LIMIT 1
        );
END;
$$;
