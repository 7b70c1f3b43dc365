-- The newest quote of every live contract of a symbol, in the form of chain events.
--
-- One row per (expiry, strike): what fo.latest_snapshot has with timeframe live, but as of now.
CREATE FUNCTION ops.live_row(p_symbol text)
RETURNS TABLE (head text, strike double precision, figures text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
SELECT ops.chain_head(live.quote, live.clock), (live.quote).strike, ops.chain_row(live.quote)
FROM ops.live_quote(p_symbol) AS live;
$$;
