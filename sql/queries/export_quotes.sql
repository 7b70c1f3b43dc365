-- Every stored quote as a line of NDJSON, with the figures that the feed brought, in order of time.
--
-- Columns that a database of 5f92412 does not have are read through jsonb, so that the quotes of an
-- older database can be stored in a new one. A leg whose volume fell gives what its feed said.
COPY (
    SELECT
        json_build_object(
            'quote_time', to_json(quote.quote_time AT TIME ZONE 'UTC') #>> '{}' || 'Z',
            'exchange_time', to_json(quote.exchange_time AT TIME ZONE 'UTC') #>> '{}' || 'Z',
            'symbol', quote.symbol,
            'expiry', quote.expiry,
            'strike', quote.strike,
            'underlying', CASE
                WHEN has.newer ? 'fed_underlying' THEN has.newer -> 'fed_underlying'
                WHEN quote.underlying_source = 'feed' THEN to_jsonb(quote.underlying)
            END,
            'forward', has.newer -> 'fed_forward',
            'call', CASE
                WHEN NOT quote.call_dropout
                    THEN json_build_object(
                        'ltp', quote.call_ltp, 'bid', quote.call_bid, 'ask', quote.call_ask,
                        'bid_qty', quote.call_bid_qty, 'ask_qty', quote.call_ask_qty,
                        'volume', coalesce(call_kept.volume, quote.call_volume),
                        'oi', quote.call_oi, 'prev_oi', has.newer -> 'call_prev_oi',
                        'iv', CASE WHEN quote.call_fed & 1 > 0 THEN quote.call_iv END,
                        'delta', CASE WHEN quote.call_fed & 2 > 0 THEN quote.call_delta END,
                        'gamma', CASE WHEN quote.call_fed & 4 > 0 THEN quote.call_gamma END,
                        'theta', CASE WHEN quote.call_fed & 8 > 0 THEN quote.call_theta END,
                        'vega', CASE WHEN quote.call_fed & 16 > 0 THEN quote.call_vega END
                    )
                ELSE to_json(call_kept)
            END,
            'put', CASE
                WHEN NOT quote.put_dropout
                    THEN json_build_object(
                        'ltp', quote.put_ltp, 'bid', quote.put_bid, 'ask', quote.put_ask,
                        'bid_qty', quote.put_bid_qty, 'ask_qty', quote.put_ask_qty,
                        'volume', coalesce(put_kept.volume, quote.put_volume),
                        'oi', quote.put_oi, 'prev_oi', has.newer -> 'put_prev_oi',
                        'iv', CASE WHEN quote.put_fed & 1 > 0 THEN quote.put_iv END,
                        'delta', CASE WHEN quote.put_fed & 2 > 0 THEN quote.put_delta END,
                        'gamma', CASE WHEN quote.put_fed & 4 > 0 THEN quote.put_gamma END,
                        'theta', CASE WHEN quote.put_fed & 8 > 0 THEN quote.put_theta END,
                        'vega', CASE WHEN quote.put_fed & 16 > 0 THEN quote.put_vega END
                    )
                ELSE to_json(put_kept)
            END
        ) AS line
    FROM fo.option_quote AS quote
    CROSS JOIN LATERAL (SELECT to_jsonb(quote) AS newer) AS has -- noqa: ST05
    LEFT JOIN fo.quote_dropout AS call_kept
        ON
            quote.symbol = call_kept.symbol
            AND quote.expiry = call_kept.expiry
            AND quote.strike = call_kept.strike
            AND quote.quote_time = call_kept.quote_time
            AND call_kept.leg = 'call'
    LEFT JOIN fo.quote_dropout AS put_kept
        ON
            quote.symbol = put_kept.symbol
            AND quote.expiry = put_kept.expiry
            AND quote.strike = put_kept.strike
            AND quote.quote_time = put_kept.quote_time
            AND put_kept.leg = 'put'
    ORDER BY quote.quote_time, quote.symbol, quote.expiry, quote.strike
) TO STDOUT; -- noqa: PRS
