-- All quotes of a watchlist of the caller's, now.
CREATE FUNCTION analytics.watchlist(p_name text) RETURNS SETOF ops.watchlist_strike
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_list bigint := ops.watchlist_named(p_name);
BEGIN
    RETURN QUERY
    WITH live AS MATERIALIZED (
        SELECT named.symbol, ops.known_expiries(named.symbol) AS expiries
        FROM (
            SELECT DISTINCT item.symbol
            FROM job.watchlist_item AS item
            WHERE item.watchlist = v_list AND item.symbol = ANY(ops.readable_symbols())
        ) AS named
    ),

    asked AS MATERIALIZED (
        SELECT item.*, each.expiry AS date
        FROM job.watchlist_item AS item
        INNER JOIN live ON item.symbol = live.symbol
        CROSS JOIN
            LATERAL unnest(ops.expiries_watched(item.expiry, live.expiries)) AS each (expiry)
        WHERE item.watchlist = v_list
    ),

    -- Each symbol's chains are read once, whatever items name it.
    quote AS MATERIALIZED (
        SELECT wanted.symbol, chain
        FROM (
            SELECT asked.symbol, array_agg(DISTINCT asked.date) AS dates
            FROM asked
            GROUP BY asked.symbol
        ) AS wanted
        CROSS JOIN LATERAL ops.chains(wanted.symbol, wanted.dates, NULL) AS chain
    ),

    around AS MATERIALIZED (
        SELECT wanted.symbol, wanted.levels, near.expiry, near.above, near.up_to
        FROM (
            SELECT asked.symbol, asked.levels, array_agg(DISTINCT asked.date) AS dates
            FROM asked
            WHERE asked.levels IS NOT NULL
            GROUP BY asked.symbol, asked.levels
        ) AS wanted
        CROSS JOIN
            LATERAL ops.strikes_around(wanted.symbol, wanted.dates, wanted.levels, NULL) AS near
    ),

    shown AS (
        SELECT DISTINCT ON (quote.symbol, (quote.chain).expiry, (quote.chain).strike)
            quote.symbol, quote.chain, asked.place
        FROM quote
        INNER JOIN asked
            ON quote.symbol = asked.symbol AND (quote.chain).expiry = asked.date
        LEFT JOIN around
            ON
                asked.symbol = around.symbol
                AND asked.levels = around.levels
                AND asked.date = around.expiry
        WHERE
            CASE
                WHEN asked.levels IS NOT NULL
                    THEN
                        (quote.chain).strike > around.above
                        AND (quote.chain).strike <= around.up_to
                ELSE
                    coalesce((quote.chain).strike BETWEEN asked.lowest AND asked.highest, TRUE)
            END
        ORDER BY
            quote.symbol ASC, (quote.chain).expiry ASC, (quote.chain).strike ASC,
            asked.place ASC
    )

    SELECT shown.symbol, (shown.chain).*
    FROM shown
    ORDER BY shown.place, (shown.chain).expiry, (shown.chain).strike;
END;
$$;

COMMENT ON FUNCTION analytics.watchlist IS
'The quotes of a watchlist of the caller''s, which ops.set_watchlist sets: symbol, then the '
'columns of analytics.chain, now. The rows are in the order of the items, and of one item by '
'expiry and strike; a contract that several items name has one row, at the first. There is no row '
'of an expiry that is not live, and none of a symbol that the caller may not read any more. An '
'unknown name raises 22023.';
