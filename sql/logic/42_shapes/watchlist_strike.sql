-- One strike of a watchlist: the rows of analytics.watchlist. A view, which has no row itself,
-- because a type cannot take over the columns of another one.
CREATE VIEW ops.watchlist_strike AS
SELECT
    asked.symbol,
    chain.* -- noqa: AM04
FROM unnest(NULL::text[]) AS asked (symbol)
CROSS JOIN unnest(NULL::analytics.chain_strike[]) AS chain;
