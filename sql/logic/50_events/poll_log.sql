-- Where the log stands, its next events, and a mark of the changes that no event tells of. One row.
--
-- For who polls a standby, many times a second. payloads has at most p_most events after p_after,
-- as they were notified. data and rights differ from what they were after each such change: a sum
-- of ids, for transactions may commit in another order than they took their ids.
CREATE FUNCTION ops.poll_log(
    p_after bigint,
    p_most integer,
    OUT epoch text,
    OUT newest bigint,
    OUT payloads text[],
    OUT data text,
    OUT rights text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    ops.epoch(),
    counter.last_id,
    CASE
        WHEN counter.last_id > p_after
            THEN (
                SELECT array_agg(event.payload::text ORDER BY event.id)
                FROM fo.event AS event
                WHERE event.id > p_after AND event.id <= p_after + p_most
            )
    END,
    changed.data,
    changed.rights
FROM job.event_counter AS counter
CROSS JOIN (
    SELECT
        concat_ws(
            ':',
            sum(change.id) FILTER (WHERE change.kind = 'data'),
            count(*) FILTER (WHERE change.kind = 'data')
        ) AS data,
        concat_ws(
            ':',
            sum(change.id) FILTER (WHERE change.kind = 'rights'),
            count(*) FILTER (WHERE change.kind = 'rights')
        ) AS rights
    FROM job.change AS change
) AS changed;
$$;
