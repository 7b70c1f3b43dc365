-- The rows of an archive: raw quotes with all that is stored of them.
--
-- One row per row of fo.option_quote. call_said_... and put_said_... are the figures of
-- fo.quote_dropout, moment_... those of fo.underlying_quote.
CREATE VIEW ops.archived_quote AS
SELECT
    quote.*, -- noqa: AM04
    call.ltp AS call_said_ltp,
    call.bid AS call_said_bid,
    call.ask AS call_said_ask,
    call.bid_qty AS call_said_bid_qty,
    call.ask_qty AS call_said_ask_qty,
    call.volume AS call_said_volume,
    call.oi AS call_said_oi,
    call.prev_oi AS call_said_prev_oi,
    call.iv AS call_said_iv,
    call.delta AS call_said_delta,
    call.gamma AS call_said_gamma,
    call.theta AS call_said_theta,
    call.vega AS call_said_vega,
    put.ltp AS put_said_ltp,
    put.bid AS put_said_bid,
    put.ask AS put_said_ask,
    put.bid_qty AS put_said_bid_qty,
    put.ask_qty AS put_said_ask_qty,
    put.volume AS put_said_volume,
    put.oi AS put_said_oi,
    put.prev_oi AS put_said_prev_oi,
    put.iv AS put_said_iv,
    put.delta AS put_said_delta,
    put.gamma AS put_said_gamma,
    put.theta AS put_said_theta,
    put.vega AS put_said_vega,
    moment.underlying AS moment_underlying,
    moment.underlying_source AS moment_underlying_source,
    moment.in_session AS moment_in_session,
    moment.session AS moment_session,
    moment.fed_underlying AS moment_fed_underlying,
    moment.implied_spot AS moment_implied_spot,
    moment.fed_by_expiry AS moment_fed_by_expiry,
    moment.is_whole AS moment_is_whole
FROM fo.option_quote AS quote
LEFT JOIN fo.quote_dropout AS call
    ON
        (quote.call_dropout OR quote.call_volume_doubted)
        AND call.leg = 'call'
        AND quote.symbol = call.symbol
        AND quote.expiry = call.expiry
        AND quote.strike = call.strike
        AND quote.quote_time = call.quote_time
LEFT JOIN fo.quote_dropout AS put
    ON
        (quote.put_dropout OR quote.put_volume_doubted)
        AND put.leg = 'put'
        AND quote.symbol = put.symbol
        AND quote.expiry = put.expiry
        AND quote.strike = put.strike
        AND quote.quote_time = put.quote_time
LEFT JOIN fo.underlying_quote AS moment
    ON quote.symbol = moment.symbol AND quote.quote_time = moment.quote_time;
