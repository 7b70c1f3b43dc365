-- The chain of one expiry, or of all, now or as it was known at an instant.
CREATE FUNCTION analytics.chain(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS SETOF analytics.chain_strike
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, p_expiry, p_at IS NULL);
    RETURN QUERY
    SELECT chain.*
    FROM ops.chains(
        p_symbol,
        CASE WHEN p_expiry IS NOT NULL THEN ARRAY[p_expiry] END,
        CASE WHEN p_at IS NOT NULL THEN ARRAY[p_at] END
    ) AS chain;
END;
$$;

COMMENT ON FUNCTION analytics.chain IS
'The chain: one row per expiry and strike, in order; p_expiry NULL means every live expiry. p_at '
'NULL: the live rows of fo.latest_snapshot; else the last quote of a session that each contract '
'had at p_at. as_of is the market clock, or p_at, and ages are counted to it: age since the '
'quote was read, stamp_age since the exchange''s stamp. is_stale: the chain''s newest stamp is '
'more than 5 minutes of a session old. Without stamps stamp_age is NULL, and is_stale: no volume '
'or OI of the symbol moved in the 5 minutes before as_of; NULL where the feed has neither. '
'underlying and forward are those of the newest quote, one figure for the chain, and their '
'sources say where they come from; years is the time to the close of expiry day in years of 365 '
'days, a fraction also on that day. volume is cumulative for the row''s session; where '
'volume_doubted it fell in the feed, and stays at what was reached. prev_oi is the feed''s OI of '
'the session before. Volume and OI are in units of the underlying, IV is a decimal. Unknown is '
'NULL. Before the first quote, and after the close of expiry day, there is no row. An unknown '
'symbol or expiry raises 22023.';
