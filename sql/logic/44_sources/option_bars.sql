-- The bars of a symbol's contracts in a window (see ops.check_known_bars), in no order.
--
-- The one place where a series of bars by strike is read. Plain SQL, so that it is inlined: what is
-- summed is not stored in between. What is read is what is answered, whatever the history: an
-- expiry's whole window is one range of an index, and strikes are an array and no range, so that
-- each is one step into another; who asks sets the costs of pages to nothing, for the planner would
-- rather read whole days (see analytics.moneyness_series).
CREATE FUNCTION ops.option_bars(
    p_symbol text, p_timeframe text, p_window ops.bar_window
) RETURNS SETOF ops.option_bar
LANGUAGE sql STABLE AS $$
SELECT bar.*
FROM ops.option_bar AS bar
WHERE
    bar.timeframe = p_timeframe
    AND bar.symbol = p_symbol
    AND bar.expiry = ANY((p_window).expiries)
    AND ((p_window).strikes IS NULL OR bar.strike = ANY((p_window).strikes))
    AND bar.bucket_time >= (p_window).from_time
    AND bar.bucket_time < (p_window).to_time;
$$;
