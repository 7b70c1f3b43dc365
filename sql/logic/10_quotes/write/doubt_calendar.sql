-- Notice where the feed of a symbol moves on a day that the calendar has closed.
--
-- It moves where the exchange stamped a quote with that day, or where the volumes of the day's two
-- newest snapshots differ, if they are volumes of a session. Noted, and told as an ops event, once
-- for each symbol and day; not where the user has said that the exchange is closed.
CREATE FUNCTION ops.doubt_calendar() RETURNS void
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_symbols text[];
    v_bodies text[];
BEGIN
    IF NOT EXISTS (
            SELECT FROM pg_temp.batch_chain AS chain
            WHERE chain.opens_at IS NULL AND chain.reason IS NULL
        ) THEN
        RETURN;
    END IF;
    WITH closed AS MATERIALIZED (
        SELECT day.*, span.from_time, span.to_time
        FROM (
            SELECT
                market.symbol, market.symbol_no, market.exchange, market.volume_kind,
                chain.session, max(chain.quote_time) AS quote_time
            FROM pg_temp.batch_chain AS chain
            INNER JOIN pg_temp.batch_market AS market ON chain.symbol = market.symbol
            WHERE chain.opens_at IS NULL AND chain.reason IS NULL
            GROUP BY
                market.symbol, market.symbol_no, market.exchange, market.volume_kind,
                chain.session
        ) AS day
        CROSS JOIN LATERAL ops.session_span(day.exchange, day.session) AS span
        WHERE
            NOT EXISTS (
                SELECT FROM fo.session AS known
                WHERE
                    known.exchange = day.exchange
                    AND known.session = day.session
                    AND (known.opens_at IS NOT NULL OR known.source = 'user')
            )
            AND NOT EXISTS (
                SELECT FROM job.calendar_doubt AS noted
                WHERE noted.symbol = day.symbol AND noted.session = day.session
            )
    ),

    moving AS (
        SELECT closed.symbol, closed.session, closed.exchange
        FROM closed
        WHERE
            EXISTS (
                SELECT FROM pg_temp.quote_batch AS batch
                WHERE
                    batch.symbol = closed.symbol_no
                    AND batch.exchange_time >= closed.from_time
                    AND batch.exchange_time < closed.to_time
            )
            OR EXISTS (
                SELECT
                FROM fo.option_quote AS newest
                INNER JOIN fo.option_quote AS before
                    ON
                        newest.symbol = before.symbol
                        AND newest.expiry = before.expiry
                        AND newest.strike = before.strike
                WHERE
                    closed.volume_kind = 'session'
                    AND newest.symbol = closed.symbol
                    AND newest.quote_time = closed.quote_time
                    AND before.quote_time = (
                        SELECT max(moment.quote_time)
                        FROM fo.underlying_quote AS moment
                        WHERE
                            moment.symbol = closed.symbol
                            AND moment.quote_time >= closed.from_time
                            AND moment.quote_time < closed.quote_time
                    )
                    AND (
                        newest.call_volume <> before.call_volume
                        OR newest.put_volume <> before.put_volume
                    )
            )
    ),

    noted AS (
        INSERT INTO job.calendar_doubt (symbol, session)
        SELECT moving.symbol, moving.session
        FROM moving
        ON CONFLICT DO NOTHING
        RETURNING symbol, session
    )

    SELECT
        array_agg(noted.symbol),
        array_agg(json_build_object(
            'topic', 'ops', 'kind', 'calendar_doubt', 'symbol', noted.symbol,
            'exchange', moving.exchange, 'session', noted.session
        )::text)
    INTO v_symbols, v_bodies
    FROM noted
    INNER JOIN moving ON noted.symbol = moving.symbol AND noted.session = moving.session;
    PERFORM ops.append_ops_events(v_symbols, v_bodies);
END;
$$;
