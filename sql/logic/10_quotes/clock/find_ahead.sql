-- Reject for now the chains of the batch that are far ahead of their market, with no company.
--
-- Snapshots of different times within 7 days of each other keep company. A snapshot that is further
-- ahead of the market clock has company if another one near it is in the batch or in
-- fo.waiting_quote. If it has none, its reason is ahead_of_market, and the caller keeps it in
-- fo.waiting_quote. Before a symbol's first stored quote, the newest snapshot with company counts
-- as the clock; if none has company, the first one does. While that first one is alone it may
-- itself be wrong, so no other snapshot is too old beside it.
CREATE FUNCTION ops.find_ahead(p_accept_ahead boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_reach constant interval := ops.market_reach();
BEGIN
    IF EXISTS (SELECT FROM pg_temp.batch_chain AS chain WHERE chain.reason = 'too_old') THEN
        UPDATE pg_temp.batch_chain AS chain
        SET reason = NULL
        FROM fo.instrument AS instrument
        WHERE
            chain.reason = 'too_old'
            AND chain.symbol = instrument.symbol
            AND NOT instrument.has_company
            AND NOT EXISTS (
                SELECT
                FROM pg_temp.batch_chain AS other
                WHERE
                    other.symbol = instrument.symbol
                    AND other.reason IS NULL
                    AND other.quote_time <> instrument.clock
                    AND other.quote_time >= instrument.clock - c_reach
                    AND other.quote_time <= instrument.clock + c_reach
            );
    END IF;
    IF p_accept_ahead
        OR NOT EXISTS (
            SELECT
            FROM pg_temp.batch_chain AS chain
            INNER JOIN pg_temp.batch_market AS market ON chain.symbol_no = market.symbol_no
            WHERE
                chain.reason IS NULL
                AND (market.clock IS NULL OR chain.quote_time > market.clock + c_reach)
        ) THEN
        RETURN;
    END IF;
    WITH came AS (
        SELECT DISTINCT market.symbol, market.clock, chain.quote_time
        FROM pg_temp.batch_chain AS chain
        INNER JOIN pg_temp.batch_market AS market ON chain.symbol_no = market.symbol_no
        WHERE chain.reason IS NULL
    ),

    moment AS (
        SELECT came.symbol, came.quote_time
        FROM came
        UNION
        SELECT waiting.symbol, waiting.quote_time
        FROM fo.waiting_quote AS waiting
        WHERE
            NOT waiting.is_put_back
            AND waiting.symbol IN (SELECT came.symbol FROM came)
    ),

    near AS (
        SELECT
            moment.symbol, moment.quote_time,
            coalesce(
                moment.quote_time - lag(moment.quote_time) OVER by_time <= c_reach, FALSE
            )
            OR coalesce(
                lead(moment.quote_time) OVER by_time - moment.quote_time <= c_reach, FALSE
            ) AS has_company
        FROM moment
        WINDOW by_time AS (PARTITION BY moment.symbol ORDER BY moment.quote_time)
    ),

    known AS (
        SELECT
            came.symbol,
            coalesce(
                min(came.clock),
                max(came.quote_time) FILTER (WHERE near.has_company),
                min(came.quote_time)
            ) AS clock
        FROM came
        INNER JOIN near ON came.symbol = near.symbol AND came.quote_time = near.quote_time
        GROUP BY came.symbol
    )

    UPDATE pg_temp.batch_chain AS chain
    SET reason = 'ahead_of_market'
    FROM known
    INNER JOIN near ON known.symbol = near.symbol -- noqa: PRS
    WHERE
        chain.reason IS NULL
        AND chain.symbol = near.symbol
        AND chain.quote_time = near.quote_time
        AND NOT near.has_company
        AND near.quote_time > known.clock + c_reach;
END;
$$;
