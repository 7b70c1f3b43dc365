-- The chain of one expiry, now or as it was known at an instant.
CREATE FUNCTION analytics.chain(
    p_symbol text, p_expiry date, p_at timestamptz DEFAULT NULL
) RETURNS SETOF analytics.chain_strike
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
    v_at timestamptz := coalesce(
        p_at,
        (SELECT instrument.clock FROM fo.instrument AS instrument WHERE instrument.symbol = p_symbol)
    );
    v_dies_at timestamptz := (p_expiry + v_exchange.closes_at) AT TIME ZONE v_exchange.time_zone;
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, p_expiry, p_at IS NULL);
    RETURN QUERY
    WITH quote AS MATERIALIZED (
        SELECT
            latest.strike,
            latest.quote_time,
            latest.session,
            latest.underlying,
            latest.forward,
            latest.strike_gap,
            latest.moneyness_level,
            latest.call_moneyness,
            latest.put_moneyness,
            latest.call_ltp,
            latest.call_bid,
            latest.call_ask,
            latest.call_volume,
            latest.call_oi,
            latest.call_iv,
            latest.call_iv_status,
            latest.call_delta,
            latest.call_gamma,
            latest.call_theta,
            latest.call_vega,
            latest.put_ltp,
            latest.put_bid,
            latest.put_ask,
            latest.put_volume,
            latest.put_oi,
            latest.put_iv,
            latest.put_iv_status,
            latest.put_delta,
            latest.put_gamma,
            latest.put_theta,
            latest.put_vega
        FROM fo.latest_snapshot AS latest
        WHERE p_at IS NULL
            AND latest.timeframe = 'live'
            AND latest.symbol = p_symbol
            AND latest.expiry = p_expiry
        UNION ALL
        SELECT
            known.strike,
            known.quote_time,
            known.session,
            known.underlying,
            known.forward,
            known.strike_gap,
            known.moneyness_level,
            known.call_moneyness,
            known.put_moneyness,
            known.call_ltp,
            known.call_bid,
            known.call_ask,
            known.call_volume,
            known.call_oi,
            known.call_iv,
            known.call_iv_status,
            known.call_delta,
            known.call_gamma,
            known.call_theta,
            known.call_vega,
            known.put_ltp,
            known.put_bid,
            known.put_ask,
            known.put_volume,
            known.put_oi,
            known.put_iv,
            known.put_iv_status,
            known.put_delta,
            known.put_gamma,
            known.put_theta,
            known.put_vega
        FROM fo.contract AS contract
        CROSS JOIN LATERAL (
            SELECT source.*
            FROM fo.option_quote AS source
            WHERE source.symbol = contract.symbol
                AND source.expiry = contract.expiry
                AND source.strike = contract.strike
                AND source.quote_time <= p_at
                AND source.in_session
            ORDER BY source.quote_time DESC
            LIMIT 1
        ) AS known
        WHERE p_at < v_dies_at AND contract.symbol = p_symbol AND contract.expiry = p_expiry
    ),
    newest AS (
        SELECT quote.underlying, quote.forward
        FROM quote
        ORDER BY quote.quote_time DESC, quote.strike
        LIMIT 1
    )
    SELECT
        quote.strike, quote.quote_time, v_at - quote.quote_time, quote.session,
        newest.underlying, newest.forward,
        extract(EPOCH FROM greatest(v_dies_at - v_at, interval '0'))::double precision
        / (365 * 86400),
        quote.strike_gap,
        quote.moneyness_level,
        quote.call_moneyness,
        quote.put_moneyness,
        quote.call_ltp,
        quote.call_bid,
        quote.call_ask,
        quote.call_volume,
        quote.call_oi,
        quote.call_iv,
        quote.call_iv_status,
        quote.call_delta,
        quote.call_gamma,
        quote.call_theta,
        quote.call_vega,
        quote.put_ltp,
        quote.put_bid,
        quote.put_ask,
        quote.put_volume,
        quote.put_oi,
        quote.put_iv,
        quote.put_iv_status,
        quote.put_delta,
        quote.put_gamma,
        quote.put_theta,
        quote.put_vega
    FROM quote
    CROSS JOIN newest
    ORDER BY quote.strike;
END;
$$;

COMMENT ON FUNCTION analytics.chain IS
'The chain of one expiry: one row per strike, in order. p_at NULL: the live rows of '
'fo.latest_snapshot; else the last quote of a session that each contract had at p_at. age is by '
'the market clock, or p_at. underlying and forward are those of the newest quote, one figure for '
'the chain; years is the time to the close of expiry day in years of 365 days, a fraction also on '
'that day. volume is cumulative for the row''s session; volume and oi are in units of the '
'underlying, IV is a decimal. Unknown is NULL. Before the first quote, and after the close of '
'expiry day, there is no row. An unknown symbol or expiry raises 22023.';
