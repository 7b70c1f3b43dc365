-- All that a page needs to know before it asks for figures, as JSON, its ETag, and what it was made
-- at. One row.
--
-- What the key may read, and each symbol that has data, with its live expiries; those without are
-- `waiting`. A key without topic chain learns the symbols and the dates alone.
WITH answer AS (
    SELECT
        concat(
            '{"version":', to_json(%(version)s::text),
            ',"event":"', ops.epoch(), ':', counter.last_id,
            '","key":', json_build_object(
                'name', %(name)s::text, 'symbols', %(symbols)s::text[],
                'topics', %(topics)s::text[], 'is_admin', %(is_admin)s::boolean
            ),
            ',"topics":', to_json(ops.readable_topics()),
            ',"waiting":', to_json(ARRAY(
                SELECT instrument.symbol
                FROM analytics.instrument AS instrument
                WHERE instrument.clock IS NULL
                ORDER BY instrument.symbol
            )),
            ',"symbols":', coalesce(
                CASE
                    WHEN 'chain' = ANY(ops.readable_topics())
                        THEN (
                            SELECT
                                json_agg(
                                    json_build_object(
                                        'symbol', market.symbol,
                                        'exchange', market.exchange,
                                        'currency', market.currency,
                                        'zone', market.zone,
                                        'source_kind', market.source_kind,
                                        'is_simulated', market.is_simulated,
                                        'quote_source', market.quote_source,
                                        'exercise_style', market.exercise_style,
                                        'clock', market.clock,
                                        'committed_at', market.committed_at,
                                        'wall_pace_seconds',
                                        extract(EPOCH FROM market.wall_pace)::float8,
                                        'market_pace_seconds',
                                        extract(EPOCH FROM market.market_pace)::float8,
                                        'underlying', market.underlying,
                                        'underlying_source', market.underlying_source,
                                        'first', market.first,
                                        'last', market.last,
                                        'quotes_from', (
                                            SELECT instrument.raw_floor
                                            FROM ops.read_instrument(market.symbol) AS instrument
                                        ),
                                        'session', json_build_object(
                                            'date', market.session,
                                            'opens_at', market.opens_at,
                                            'closes_at', market.closes_at
                                        ),
                                        'previous_session',
                                        CASE
                                            WHEN market.previous_session IS NOT NULL
                                                THEN json_build_object(
                                                    'date', market.previous_session,
                                                    'opens_at', market.previous_opens_at,
                                                    'closes_at', market.previous_closes_at
                                                )
                                        END,
                                        'expiries', (
                                            SELECT
                                                coalesce(
                                                    json_agg(live ORDER BY live.expiry), '[]'
                                                )
                                            FROM analytics.expiries(market.symbol) AS live
                                        )
                                    ) ORDER BY market.symbol
                                )
                            FROM analytics.market() AS market
                        )
                    ELSE (
                        SELECT
                            json_agg(
                                json_build_object(
                                    'symbol', instrument.symbol,
                                    'exchange', instrument.exchange,
                                    'clock', instrument.clock,
                                    'expiries', (
                                        SELECT
                                            coalesce(
                                                json_agg(
                                                    json_build_object('expiry', life.expiry)
                                                    ORDER BY life.expiry
                                                ), '[]'
                                            )
                                        FROM
                                            unnest(
                                                ops.readable_expiries(instrument.symbol, TRUE)
                                            ) AS life (expiry)
                                    )
                                ) ORDER BY instrument.symbol
                            )
                        FROM analytics.instrument AS instrument
                        WHERE instrument.clock IS NOT NULL
                    )
                END, '[]'
            ),
            '}'
        ) AS body
    FROM job.event_counter AS counter
)

SELECT
    md5(answer.body) AS etag,
    convert_to(answer.body, 'UTF8') AS body,
    stamp.newest AS event,
    stamp.newest,
    stamp.symbols,
    stamp.topics
FROM answer
CROSS JOIN ops.answer_stamp() AS stamp;
