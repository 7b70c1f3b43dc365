-- Check the quotes of pg_temp.quote_batch, and pass the good ones on to pg_temp.batch_quote.
--
-- Rows that cannot be right go to pg_temp.batch_reject with the reason. Of rows with one key the
-- last one counts. Unknown comes as NaN, as the smallest bigint, or as -infinity, so that every
-- row of the COPY has one width. seen is true where the snapshot may be stored already, late
-- where the contract has a quote of this instant or a newer one; the seeds are what the session
-- had reached before.
CREATE FUNCTION ops.accept_batch(
    p_symbols text[], p_is_live boolean, p_horizon interval, p_ahead interval
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    WITH market AS (
        SELECT
            named.code - 1 AS code,
            instrument.symbol,
            instrument.clock,
            exchange.exchange,
            exchange.time_zone,
            exchange.opens_at,
            exchange.closes_at
        FROM unnest(p_symbols) WITH ORDINALITY AS named (symbol, code)
        LEFT JOIN fo.instrument AS instrument ON named.symbol = instrument.symbol
        LEFT JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
    ),
    timed AS (
        SELECT
            batch.*,
            market.symbol AS name,
            market.clock,
            market.exchange,
            market.opens_at,
            market.closes_at,
            batch.quote_time AT TIME ZONE market.time_zone AS local_time,
            (batch.expiry + market.closes_at) AT TIME ZONE market.time_zone AS dies_at
        FROM pg_temp.quote_batch AS batch
        INNER JOIN market ON batch.symbol = market.code
    ),
    checked AS MATERIALIZED (
        SELECT
            timed.*,
            CASE
                WHEN timed.name IS NULL THEN 'unknown_symbol'
                WHEN timed.dies_at < timed.quote_time THEN 'expired'
                WHEN timed.quote_time < timed.clock - p_horizon THEN 'too_old'
                WHEN p_is_live AND timed.quote_time > clock_timestamp() + p_ahead THEN 'ahead_of_clock'
            END AS reason
        FROM timed
    ),
    rejected AS (
        INSERT INTO pg_temp.batch_reject (row_no, reason)
        SELECT checked.row_no, checked.reason FROM checked WHERE checked.reason IS NOT NULL
    )
    INSERT INTO pg_temp.batch_quote (
        quote_time, exchange_time, symbol, expiry, strike, underlying,
        call_ltp, call_bid, call_ask, call_bid_qty, call_ask_qty, call_volume, call_oi, call_iv, call_delta, call_gamma, call_theta, call_vega,
        put_ltp, put_bid, put_ask, put_bid_qty, put_ask_qty, put_volume, put_oi, put_iv, put_delta, put_gamma, put_theta, put_vega,
        session, in_session, call_dropout, put_dropout, arrival, dies_at, seen, late,
        seed_call_volume, seed_put_volume, seed_call_oi, seed_put_oi
    )
    SELECT DISTINCT ON (typed.name, typed.expiry, typed.strike, typed.quote_time)
        typed.quote_time,
        nullif(typed.exchange_time, '-infinity'),
        typed.name,
        typed.expiry,
        typed.strike,
        nullif(typed.underlying, double precision 'NaN'),
        nullif(typed.call_ltp, double precision 'NaN'),
        nullif(typed.call_bid, double precision 'NaN'),
        nullif(typed.call_ask, double precision 'NaN'),
        nullif(typed.call_bid_qty, -9223372036854775808),
        nullif(typed.call_ask_qty, -9223372036854775808),
        nullif(typed.call_volume, -9223372036854775808),
        nullif(typed.call_oi, -9223372036854775808),
        nullif(typed.call_iv, double precision 'NaN'),
        nullif(typed.call_delta, double precision 'NaN'),
        nullif(typed.call_gamma, double precision 'NaN'),
        nullif(typed.call_theta, double precision 'NaN'),
        nullif(typed.call_vega, double precision 'NaN'),
        nullif(typed.put_ltp, double precision 'NaN'),
        nullif(typed.put_bid, double precision 'NaN'),
        nullif(typed.put_ask, double precision 'NaN'),
        nullif(typed.put_bid_qty, -9223372036854775808),
        nullif(typed.put_ask_qty, -9223372036854775808),
        nullif(typed.put_volume, -9223372036854775808),
        nullif(typed.put_oi, -9223372036854775808),
        nullif(typed.put_iv, double precision 'NaN'),
        nullif(typed.put_delta, double precision 'NaN'),
        nullif(typed.put_gamma, double precision 'NaN'),
        nullif(typed.put_theta, double precision 'NaN'),
        nullif(typed.put_vega, double precision 'NaN'),
        typed.local_time::date,
        typed.local_time::time BETWEEN typed.opens_at AND typed.closes_at
        AND extract(ISODOW FROM typed.local_time) < 6
        AND holiday.day IS NULL,
        FALSE,
        FALSE,
        'new',
        typed.dies_at,
        coalesce(typed.quote_time <= typed.clock, FALSE),
        coalesce(typed.quote_time <= contract.quote_time, FALSE),
        CASE WHEN contract.session = typed.local_time::date THEN contract.call_volume END,
        CASE WHEN contract.session = typed.local_time::date THEN contract.put_volume END,
        CASE WHEN contract.session = typed.local_time::date THEN contract.call_oi END,
        CASE WHEN contract.session = typed.local_time::date THEN contract.put_oi END
    FROM checked AS typed
    LEFT JOIN fo.holiday AS holiday
        ON typed.exchange = holiday.exchange AND typed.local_time::date = holiday.day
    LEFT JOIN fo.contract AS contract
        ON
            typed.name = contract.symbol
            AND typed.expiry = contract.expiry
            AND typed.strike = contract.strike
    WHERE typed.reason IS NULL
    ORDER BY typed.name, typed.expiry, typed.strike, typed.quote_time, typed.row_no DESC;
    ANALYZE pg_temp.batch_quote (symbol, expiry, strike, quote_time);
END;
$$;
