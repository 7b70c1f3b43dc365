-- Refuse what a series of bars by strike cannot answer, and say which bars are meant.
--
-- p_expiry NULL means every live expiry, p_strikes NULL every strike, p_from NULL the newest
-- session, p_to NULL no end.
CREATE FUNCTION ops.check_known_bars(
    p_symbol text,
    p_expiry date,
    p_strikes double precision[],
    p_timeframe text,
    p_from timestamptz,
    p_to timestamptz
) RETURNS ops.bar_window
LANGUAGE sql STABLE AS $$
SELECT ops.check_known_expiry(p_symbol, p_expiry, FALSE);

SELECT ops.check_known('timeframe', p_timeframe, ops.timeframes_of('option_bars'));

SELECT
    CASE
        WHEN p_expiry IS NOT NULL THEN ARRAY[p_expiry]
        ELSE ops.known_expiries(p_symbol)
    END,
    p_strikes,
    coalesce(p_from, ops.known_session(p_symbol)),
    coalesce(p_to, 'infinity');
$$;
