-- A page of the log for a reader: the events after an id, as JSON. One row.
--
-- At most `most` events, of `topics` and about `symbols` (NULL: any) among the 10,000 ids after it.
-- reached is the id up to which the page tells all.
WITH page AS (
    SELECT
        event.id,
        event.payload
    FROM ops.event_position() AS position
    CROSS JOIN
        LATERAL ops.read_event(
            coalesce(%(after)s, position.oldest - 1),
            least(position.newest, coalesce(%(after)s, position.oldest - 1) + 10000)
        ) AS event
    WHERE
        (%(topics)s::text[] IS NULL OR event.topic = ANY(%(topics)s::text[]))
        AND (%(symbols)s::text[] IS NULL OR event.symbol = ANY(%(symbols)s::text[]))
    ORDER BY event.id
    LIMIT %(most)s
),

whole AS (
    SELECT
        string_agg(page.payload::text, ',' ORDER BY page.id) AS events,
        CASE WHEN count(*) = %(most)s THEN max(page.id) END AS last_id
    FROM page
)

SELECT
    ops.epoch() AS epoch,
    position.oldest,
    position.newest,
    convert_to(concat(
        '{"event":"', ops.epoch(), ':',
        coalesce(
            whole.last_id,
            least(position.newest, coalesce(%(after)s, position.oldest - 1) + 10000)
        ),
        '","newest":"', ops.epoch(), ':', position.newest,
        '","events":[', whole.events, ']}'
    ), 'UTF8') AS body
FROM ops.event_position() AS position
CROSS JOIN whole;
