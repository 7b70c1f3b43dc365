-- The JSON of analytics.moneyness_series, and its ETag. One row.
--
-- body is NULL where the reader has that ETag already. event is the newest event of all: the
-- rows include whatever it and those before it have announced.
WITH state AS (
    SELECT
        ops.epoch() AS epoch,
        counter.last_id AS event_id,
        (
            SELECT instrument.clock
            FROM analytics.instrument AS instrument
            WHERE instrument.symbol = %(symbol)s
        ) AS clock
    FROM job.event_counter AS counter
),

tagged AS (
    SELECT
        state.*,
        concat_ws('-', state.epoch, state.event_id) AS etag
    FROM state
)

SELECT
    tagged.etag,
    CASE WHEN tagged.etag <> ALL(%(known_etags)s) THEN convert_to(concat(
        '{"symbol":', to_json(%(symbol)s::text),
        ',"timeframe":', to_json(%(timeframe)s::text),
        ',"indicator":', to_json(%(indicator)s::text),
        ',"event":"', tagged.epoch, ':', tagged.event_id,
        '","clock":', coalesce(to_json(tagged.clock), 'null'),
        ',"columns":["bucket_time","expiry","moneyness_level","call","put"],"rows":[', (
            SELECT
                string_agg(json_build_array(
                    point.bucket_time, point.expiry, point.moneyness_level, point.call, point.put
                )::text, ',')
            FROM analytics.moneyness_series(
                %(symbol)s, %(timeframe)s, %(expiries)s::date[], %(indicator)s, %(around)s::integer,
                %(from)s::timestamptz, %(to)s::timestamptz
            ) AS point
        ), ']}'
    ), 'UTF8') END AS body
FROM tagged;
