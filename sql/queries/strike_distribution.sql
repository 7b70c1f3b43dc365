-- The JSON of analytics.strike_distribution, and its ETag. One row.
--
-- body is NULL where the reader has that ETag already. event is the newest event that the
-- snapshot includes, read in the same statement as the rows: what follows it is in the stream.
WITH state AS (
    SELECT
        ops.epoch() AS epoch,
        version.version,
        version.event_id,
        (
            SELECT instrument.clock
            FROM analytics.instrument AS instrument
            WHERE instrument.symbol = %(symbol)s
        ) AS clock
    FROM analytics.snapshot_version AS version
),

tagged AS (
    SELECT
        state.*,
        concat_ws('-', state.epoch, state.version, extract(EPOCH FROM state.clock)) AS etag
    FROM state
)

SELECT
    tagged.etag,
    CASE WHEN tagged.etag <> ALL(%(known_etags)s) THEN convert_to(concat(
        '{"symbol":', to_json(%(symbol)s::text),
        ',"timeframe":', to_json(%(timeframe)s::text),
        ',"indicator":', to_json(%(indicator)s::text),
        ',"event":"', tagged.epoch, ':', tagged.event_id,
        '","version":', tagged.version,
        ',"clock":', coalesce(to_json(tagged.clock), 'null'),
        ',"columns":["expiry","strike","moneyness_level","quote_time","age_seconds","call","put"]',
        ',"rows":[', (
            SELECT
                string_agg(json_build_array(
                    point.expiry, point.strike, point.moneyness_level, point.quote_time,
                    extract(EPOCH FROM point.age)::double precision, point.call, point.put
                )::text, ',')
            FROM analytics.strike_distribution(
                %(symbol)s, %(timeframe)s, %(expiries)s::date[], %(indicator)s, %(around)s::integer
            ) AS point
        ), ']}'
    ), 'UTF8') END AS body
FROM tagged;
